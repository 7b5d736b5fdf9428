import { eq, type SQL, sql } from "drizzle-orm"
import type { SQLiteColumn } from "drizzle-orm/sqlite-core"
import { insertSelect } from "../../storage/insert-select.ts"
import {
  auditLog,
  idempotentResponses,
  invites,
  outbox,
  termsAcceptances,
  users,
  verifications,
} from "../../storage/schema.ts"
import { provePurge } from "../audit/purge-proof.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { isRecorded, type NewAuditEntry, newAuditEntry, SYSTEM } from "../events/audit-log.ts"
import type { AccountActor } from "../invites/audience.ts"
import { keptHashSql } from "../outbox/recipient-limits.ts"
import { removePerson } from "../people.ts"
import { findEarlierAddresses } from "./earlier-addresses.ts"
import {
  purgeActorsStatement,
  purgeDetailsStatement,
  purgedInviteColumns,
  purgeStatements,
} from "./purge-statements.ts"

/** How many invites of the person are purged with them. The retention of the reseller deletes the others. */
const INVITES_MAX = 50
/** How many entries about a member one entry of a purge lists. */
const LISTED_MAX = 1_000

/**
 * Removes a person from the account and, if they belong to no other one, deletes the user with credentials and sessions, their
 * invites and their name in the audit log, which keeps their id. Returns whether it did. Throws what `removePerson` throws.
 */
export async function deletePerson(deps: Deps, actor: AccountActor, id: string): Promise<boolean> {
  const { db } = deps
  await removePerson(deps, actor, id)
  const addresses = await findAddresses(deps, id)
  const purgeEntries = await newPurgeEntries(deps, actor, id)
  await commit(deps, purgeUserStatements(deps, id, addresses, purgeEntries))
  const [remaining] = await db.select({ id: users.id }).from(users).where(eq(users.id, id))
  if (remaining) return false
  await purgeInvitesTo(deps, actor, addresses)
  return true
}

/** The address of a user and the earlier ones that we know, unless someone else has them by now; as a JSON list. */
async function findAddresses({ db }: Deps, id: string): Promise<string> {
  const earlier = await findEarlierAddresses(db, id)
  const rows = await db.all<{ address: string }>(sql`SELECT address FROM (
      SELECT value AS address FROM json_each(${JSON.stringify(earlier)}) UNION
      SELECT ${users.email} AS address FROM ${users} WHERE ${users.id} = ${id}
      UNION SELECT ${invites.contactEmail} FROM ${invites}
        JOIN ${termsAcceptances} ON ${termsAcceptances.inviteId} = ${invites.id} WHERE ${termsAcceptances.userId} = ${id}
      UNION SELECT ${outbox.recipient} FROM ${outbox}
        WHERE ${outbox.resellerId} IS NULL AND json_extract(payload, '$.userId') = ${id})
    WHERE address <> '' AND address NOT IN (SELECT other.email FROM users AS other WHERE other.id <> ${id})`)
  return JSON.stringify(rows.map(({ address }) => address))
}

/**
 * The entries that record the purge: `own` in this reseller's log, `others` in those of other resellers that know the person. `listed`
 * are those about a member, whose details it empties, with the ids of these.
 */
type PurgeEntries = { own: NewAuditEntry; others: NewAuditEntry[]; listed: { entry: NewAuditEntry; ids: string[] }[] }

type AccountOfLog = { resellerId: string; subjectId: string }

/** One entry for each reseller whose log knows the person, without naming this one elsewhere; and for each customer that does. */
async function newPurgeEntries(deps: Deps, actor: AccountActor, id: string): Promise<PurgeEntries> {
  const { db } = deps
  const newEntry = (kind: AccountActor["kind"], { resellerId, subjectId }: AccountOfLog, ids?: string[]) => {
    const by = resellerId === actor.reseller.id ? actor : SYSTEM
    const entry = newAuditEntry(deps, resellerId, by, `${kind}.purged`, subjectId)
    return { ...entry, detail: provePurge(deps.config.masterSecret, entry, ids) }
  }
  const others = await db.all<AccountOfLog>(sql`SELECT DISTINCT reseller_id AS resellerId, ${id} AS subjectId FROM (
      SELECT reseller_id FROM audit_entries WHERE subject_id = ${id}
      UNION SELECT reseller_id FROM audit_entries WHERE actor_id = ${id}) WHERE reseller_id <> ${actor.reseller.id}`)
  const about = await db.all<AccountOfLog & { entryId: string }>(sql`SELECT audit_entries.id AS entryId,
      audit_entries.reseller_id AS resellerId, audit_entries.subject_id AS subjectId
    FROM audit_entries WHERE ${isAboutMember(id)} ORDER BY audit_entries.subject_id, audit_entries.id`)
  const listed = [...Map.groupBy(about, ({ subjectId }) => subjectId).values()].flatMap((entries) =>
    Array.from({ length: Math.ceil(entries.length / LISTED_MAX) }, (_, i) => {
      const part = entries.slice(i * LISTED_MAX, (i + 1) * LISTED_MAX)
      const ids = part.map(({ entryId }) => entryId)
      return part.slice(0, 1).map((account) => ({ entry: newEntry("member", account, ids), ids }))
    }).flat(),
  )
  const own = newEntry(actor.kind, { resellerId: actor.reseller.id, subjectId: id })
  return { own, others: others.map((account) => newEntry(actor.kind, account)), listed }
}

/** The statements that delete a user who belongs to no account. */
function purgeUserStatements(
  deps: Deps,
  id: string,
  addresses: string,
  { own, others, listed }: PurgeEntries,
): Statement[] {
  const { db } = deps
  const belongsNowhere = sql`EXISTS (SELECT 1 FROM users WHERE users.id = ${id})
    AND NOT EXISTS (SELECT 1 FROM staff WHERE staff.user_id = ${id})
    AND NOT EXISTS (SELECT 1 FROM members WHERE members.user_id = ${id})`
  const isPurged = isRecorded(own)
  const hasAddress = (column: SQLiteColumn) => sql`${column} IN (SELECT value FROM json_each(${addresses}))`
  return [
    insertSelect(db, auditLog, own, belongsNowhere),
    ...others.map((entry) => insertSelect(db, auditLog, entry, isPurged)),
    ...listed.flatMap(({ entry, ids }) => [
      insertSelect(db, auditLog, entry, isPurged),
      purgeDetailsStatement(
        db,
        sql`audit_entries.id IN (SELECT value FROM json_each(${JSON.stringify(ids)})) AND ${isPurged}`,
      ),
    ]),
    purgeDetailsStatement(db, sql`audit_entries.subject_id = ${id} AND ${isPurged}`),
    purgeActorsStatement(db, sql`audit_entries.actor_id = ${id} AND ${isPurged}`),
    db.delete(idempotentResponses).where(sql`${idempotentResponses.actorId} = ${id} AND ${isPurged}`),
    db.delete(verifications).where(sql`${hasAddress(verifications.identifier)} AND ${isPurged}`),
    db
      .update(outbox)
      .set({
        recipient: "",
        recipientHash: keptHashSql(deps.now()),
        payload: null,
        lastError: null,
        status: sql`iif(${outbox.status} IN ('queued', 'sending'), 'cancelled', ${outbox.status})`,
      })
      .where(
        sql`((${hasAddress(outbox.recipient)} AND ${outbox.kind} <> 'webhook' AND ${outbox.inviteId} IS NULL)
          OR (${outbox.resellerId} IS NULL AND json_extract(payload, '$.userId') = ${id})) AND ${isPurged}`,
      ),
    db.delete(users).where(sql`${users.id} = ${id} AND ${isPurged}`),
  ]
}

/**
 * SQL condition: the entry is about this person as a member of a customer. Entries about a customer's members have the customer as their
 * subject, and name the member first, as they were called then: `Name`, `Name: …` or `Name → new name`. The customers are those that
 * the person acted in or accepted the invite of.
 */
function isAboutMember(id: string): SQL {
  const customerIds = sql`SELECT acting.subject_id FROM audit_entries AS acting
      WHERE acting.actor_id = ${id} AND acting.action GLOB 'member.*'
    UNION SELECT ${termsAcceptances.customerId} FROM ${termsAcceptances}
      WHERE ${termsAcceptances.userId} = ${id} AND ${termsAcceptances.customerId} IS NOT NULL`
  const names = sql`SELECT users.name FROM users WHERE users.id = ${id} UNION SELECT acting_value.actor_name
    FROM audit_entries AS acting JOIN audit_values AS acting_value ON acting_value.entry_id = acting.id
    WHERE acting.actor_id = ${id} AND acting_value.actor_name IS NOT NULL`
  return sql`audit_entries.subject_id IN (${customerIds}) AND audit_entries.action GLOB 'member.*'
    AND EXISTS (SELECT 1 FROM audit_values AS value JOIN (${names}) AS named WHERE value.entry_id = audit_entries.id
      AND (substr(value.detail || ':', 1, length(named.name) + 1) = named.name || ':'
        OR substr(value.detail, 1, length(named.name) + 3) = named.name || ' → '))`
}

/** Purges the ended invites of this reseller to the addresses. */
async function purgeInvitesTo(deps: Deps, actor: AccountActor, addresses: string) {
  const isTheirs = sql`${invites.resellerId} = ${actor.reseller.id} AND ${invites.contactEmail} IN (SELECT value FROM json_each(${addresses}))`
  const purged = await deps.db.select(purgedInviteColumns).from(invites).where(isTheirs).limit(INVITES_MAX)
  await commit(deps, purgeStatements(deps, actor, actor.reseller.id, purged))
}
