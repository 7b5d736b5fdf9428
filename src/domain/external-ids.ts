import { and, eq, type Placeholder, type SQL, sql } from "drizzle-orm"
import { compiled, type Places } from "../storage/compiled.ts"
import { customers, INVITE_STATUSES } from "../storage/schema.ts"
import { staffEn } from "../text/staff/en.ts"
import type { ResellerActor } from "./access/actor.ts"
import type { Deps } from "./deps.ts"
import { Failure, type FieldError } from "./failure.ts"
import { INVITE_FIELDS } from "./invites/fields.ts"

/** The pending invite or the customer that has an external id. `expiresAt` is null for a customer. */
export type ExternalIdOwner = { kind: "invite" | "customer"; id: string; name: string; expiresAt: number | null }

type Value = string | Placeholder | SQL

/** SQL condition: a pending invite or a customer of the reseller, other than `exceptId`, has this external id. */
export const isExternalIdTaken = (resellerId: Value, externalId: Value | null, exceptId: Value): SQL =>
  sql`(EXISTS (SELECT 1 FROM invites AS live WHERE live.audience_id = ${resellerId} AND live.external_id = ${externalId}
      AND live.status = 'pending' AND live.id <> ${exceptId})
    OR EXISTS (SELECT 1 FROM customers AS owner WHERE owner.reseller_id = ${resellerId}
      AND owner.external_id = ${externalId} AND owner.id <> ${exceptId}))`

const OWNER_COLUMNS = {
  kind: sql<ExternalIdOwner["kind"]>`kind`,
  id: sql<string>`id`,
  name: sql<string>`name`,
  expiresAt: sql<number | null>`expires_at`,
}

type OwnerPlaces = Places<{ resellerId: string; externalId: string; exceptId: string }>

/** The statement that finds whose external id this is, other than `exceptId`'s. */
export const externalIdOwnerQuery = compiled((db, { resellerId, externalId, exceptId }: OwnerPlaces) => {
  const owners = sql`(SELECT 'invite' AS kind, id, company_name AS name, expires_at FROM invites
      WHERE audience_id = ${resellerId} AND external_id = ${externalId} AND status = 'pending' AND id <> ${exceptId}
    UNION ALL SELECT 'customer', id, name, NULL FROM customers
      WHERE reseller_id = ${resellerId} AND external_id = ${externalId} AND id <> ${exceptId})`
  return db.select(OWNER_COLUMNS).from(owners).limit(1)
})

/** The statement that finds whose external ids these are. */
export function externalIdOwnersQuery(db: Deps["db"], resellerId: string, externalIds: string[]) {
  const owners = sql`(SELECT value AS external_id, 'invite' AS kind, invites.id, company_name AS name, expires_at
      FROM json_each(${JSON.stringify([...new Set(externalIds)])}) CROSS JOIN invites
      ON audience_id = ${resellerId} AND external_id = value AND status = 'pending'
    UNION ALL SELECT value, 'customer', customers.id, name, NULL
      FROM json_each(${JSON.stringify([...new Set(externalIds)])}) CROSS JOIN customers
      ON reseller_id = ${resellerId} AND external_id = value)`
  return db.select({ externalId: sql<string>`external_id`, ...OWNER_COLUMNS }).from(owners)
}

/** True for an invite that has expired and isn't marked yet. */
export const isOverdue = (owner: ExternalIdOwner | undefined, now: Date): boolean =>
  owner?.expiresAt != null && owner.expiresAt <= now.getTime()

/** The field error for an external id that somebody else has. An overdue invite doesn't keep it. */
export function externalIdErrors(owner: ExternalIdOwner | undefined, now: Date): FieldError[] {
  if (!owner || isOverdue(owner, now)) return []
  const { kind, id, name } = owner
  const detail = staffEn.fieldErrors.external_id_taken(name)
  return [{ field: "external_id", code: "external_id_taken", detail, name, link: { kind, id } }]
}

/** The failure of a change of a record whose external id somebody else has; undefined if nobody has it. */
export async function externalIdFailure(
  { db }: Pick<Deps, "db">,
  { id, resellerId, externalId }: { id: string; resellerId: string; externalId: string | null },
): Promise<Failure | undefined> {
  if (externalId === null) return undefined
  const [[owner]] = await db.batch([externalIdOwnerQuery(db, { resellerId, externalId, exceptId: id })])
  return owner && new Failure({ kind: "external_id_taken", owner })
}

/** Marks an external id that stands where an id is expected. */
const EXTERNAL_PREFIX = "external:"

type OwnedExternalId = { resellerId: string; externalId: string }

/** The pending one, else the newest. */
const inviteByExternalIdQuery = compiled((db, { resellerId, externalId }: Places<OwnedExternalId>) => {
  // One query for each status, because that comes first in the index.
  const newest = INVITE_STATUSES.map(
    (status) => sql`SELECT * FROM (SELECT id, seq, status FROM invites WHERE audience_id = ${resellerId}
      AND status = ${sql.raw(`'${status}'`)} AND external_id = ${externalId} ORDER BY seq DESC LIMIT 1)`,
  )
  return db
    .select({ id: sql<string>`id` })
    .from(sql`(${sql.join(newest, sql` UNION ALL `)})`)
    .orderBy(sql`status = 'pending' DESC, seq DESC`)
    .limit(1)
})

const customerByExternalIdQuery = compiled((db, { resellerId, externalId }: Places<OwnedExternalId>) =>
  db
    .select({ id: customers.id })
    .from(customers)
    .where(and(eq(customers.resellerId, resellerId), eq(customers.externalId, externalId))),
)

/**
 * The id of an invite from its id or from `external:` and its external id. Of several invites with that, the pending one is meant, else
 * the newest.
 */
export const inviteIdOf = (deps: Pick<Deps, "db" | "read">, actor: ResellerActor, identifier: string) =>
  resolveId(deps, actor, identifier, inviteByExternalIdQuery)

/** The id of a customer from its id or from `external:` and its external id. */
export const customerIdOf = (deps: Pick<Deps, "db" | "read">, actor: ResellerActor, identifier: string) =>
  resolveId(deps, actor, identifier, customerByExternalIdQuery)

/** Returns an unknown identifier unchanged: no record has it as its id either. */
async function resolveId(
  { db, read }: Pick<Deps, "db" | "read">,
  actor: ResellerActor,
  identifier: string,
  query: typeof inviteByExternalIdQuery | typeof customerByExternalIdQuery,
): Promise<string> {
  if (!identifier.startsWith(EXTERNAL_PREFIX)) return identifier
  const { data: externalId } = INVITE_FIELDS.external_id.rule.safeParse(identifier.slice(EXTERNAL_PREFIX.length)) // as it is stored
  if (!externalId) return identifier
  const [[found]] = await read([query(db, { resellerId: actor.reseller.id, externalId })])
  return found?.id ?? identifier
}
