import { eq, type SQL, sql } from "drizzle-orm"
import { auditHeads } from "../../storage/schema.ts"
import type { StaffActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { masterSecretsOf } from "../master-secrets.ts"
import { type ChainHead, type ChainLink, type ChainProblem, GENESIS, verifyHead, verifyLinks } from "./seal-chain.ts"

/** How many seals one page verifies. */
export const VERIFY_PAGE = 1_000

const column = <T>(name: string) => sql<T>`${sql.identifier(name)}`.as(name)

/** The columns of `chainSql`. Those of the entry are null where it was removed. */
const CHAIN_COLUMNS = {
  sequence: column<number>("sequence"),
  entry_id: column<string>("entry_id"),
  actor_hash: column<string | null>("actor_hash"),
  detail_hash: column<string | null>("detail_hash"),
  sealed_at: column<number>("sealed_at"),
  hash: column<string>("hash"),
  id: column<string | null>("id"),
  reseller_id: column<string | null>("reseller_id"),
  action: column<string | null>("action"),
  subject_id: column<string | null>("subject_id"),
  person_id: column<string | null>("person_id"),
  actor_kind: column<string | null>("actor_kind"),
  actor_id: column<string | null>("actor_id"),
  created_at: column<number | null>("created_at"),
  actor_salt: column<string | null>("actor_salt"),
  actor_name: column<string | null>("actor_name"),
  detail_salt: column<string | null>("detail_salt"),
  detail: column<string | null>("detail"),
  changes: column<string | null>("changes"),
  purges: column<string | null>("purges"),
}

export type ChainRow = { [K in keyof typeof CHAIN_COLUMNS]: (typeof CHAIN_COLUMNS)[K]["_"]["type"] }

/**
 * The statement that reads seals after a number with what they cover, in order; where values are missing, also with the purges of
 * their subject, person or actor.
 */
export function chainSql(resellerId: string, after: number | SQL, limit: number): SQL {
  return sql`SELECT seal.sequence, seal.entry_id, seal.actor_hash, seal.detail_hash, seal.sealed_at, seal.hash, entry.id,
      entry.reseller_id, entry.action, entry.subject_id, entry.person_id, entry.actor_kind, entry.actor_id, entry.created_at,
      value.actor_salt, value.actor_name, value.detail_salt, value.detail, value.changes,
      CASE WHEN (seal.actor_hash IS NOT NULL AND value.actor_name IS NULL)
        OR (seal.detail_hash IS NOT NULL AND coalesce(value.detail, value.changes) IS NULL)
      THEN (SELECT json_group_array(json_object('id', purge.id, 'reseller_id', purge.reseller_id, 'action', purge.action,
          'subject_id', purge.subject_id, 'detail', purge_value.detail, 'sequence', purge_seal.sequence))
        FROM audit_entries AS purge LEFT JOIN audit_values AS purge_value ON purge_value.entry_id = purge.id
        LEFT JOIN audit_seals AS purge_seal ON purge_seal.entry_id = purge.id
        WHERE purge.subject_id IN (entry.subject_id, entry.person_id, entry.actor_id) AND purge.action GLOB '*.purged') END AS purges
    FROM audit_seals AS seal LEFT JOIN audit_entries AS entry ON entry.id = seal.entry_id
    LEFT JOIN audit_values AS value ON value.entry_id = seal.entry_id
    WHERE seal.reseller_id = ${resellerId} AND seal.sequence > ${after} ORDER BY seal.sequence LIMIT ${limit}`
}

/** A row as the chain's link: `id` is null where the entry was removed. */
export function toLink({
  id,
  reseller_id,
  action,
  subject_id,
  person_id,
  actor_kind,
  actor_id,
  created_at,
  ...row
}: ChainRow): ChainLink {
  const { actor_salt, actor_name, detail_salt, detail, changes } = row
  const entry =
    id !== null &&
    reseller_id !== null &&
    action !== null &&
    subject_id !== null &&
    actor_kind !== null &&
    created_at !== null
      ? { id, reseller_id, action, subject_id, person_id, actor_kind, actor_id, created_at }
      : null
  return {
    ...row,
    entry,
    values: { actor_salt, actor_name, detail_salt, detail, changes },
    purges: JSON.parse(row.purges ?? "[]"),
  }
}

/** The statement that finds entries that were sealed or should wait for it, and are neither: their seals were removed. */
export const strayEntriesSql = (resellerId: string): SQL =>
  sql`SELECT entry.id FROM audit_entries AS entry
    LEFT JOIN audit_seals AS seal ON seal.entry_id = entry.id
    LEFT JOIN audit_unsealed AS waiting ON waiting.entry_id = entry.id
    WHERE entry.reseller_id = ${resellerId} AND seal.entry_id IS NULL AND waiting.entry_id IS NULL LIMIT 100`

export type VerifiedPart = {
  /** The numbers of the first and last seal of this part; both are 0 if there is none. */
  first: number
  last: number
  /** The end of the chain as stored, and how many entries wait for the next run; counted up to a limit. */
  head: ChainHead | undefined
  unsealedCount: number
  problems: ChainProblem[]
}

const UNSEALED_COUNT_MAX = 1_000

/**
 * Verifies at most a thousand seals of the actor's reseller: the newest, or those up to number `until`. The first of them must
 * follow the seal before it, and the newest must be the stored end of the chain. Throws `forbidden`.
 */
export async function verifyPart({ db, read, config }: Deps, actor: StaffActor, until?: number): Promise<VerifiedPart> {
  authorize(actor, "settings:write")
  const id = actor.reseller.id
  const newestSql = sql`(SELECT max(sequence) FROM audit_seals WHERE reseller_id = ${id})`
  const beforeFirstSql = sql`max(0, coalesce(${until ?? newestSql}, 0) - ${VERIFY_PAGE})`
  const waitingSql = sql`(SELECT 1 FROM audit_unsealed WHERE reseller_id = ${id} LIMIT ${UNSEALED_COUNT_MAX})`
  const [[head], [counts], rows] = await read([
    db
      .select({ sequence: auditHeads.sequence, hash: auditHeads.hash })
      .from(auditHeads)
      .where(eq(auditHeads.resellerId, id)),
    db
      .select({ before: sql<number>`${beforeFirstSql}`.as("before"), unsealed: sql<number>`count(*)`.as("unsealed") })
      .from(waitingSql),
    // The seal before the first one only says what that one builds on.
    db.select(CHAIN_COLUMNS).from(sql`(${chainSql(id, sql`(${beforeFirstSql} - 1)`, VERIFY_PAGE + 1)})`),
  ])
  const before = counts?.before ?? 0
  const base = before === 0 ? { sequence: 0, hash: GENESIS } : rows[0]
  const links = rows.filter(({ sequence }) => sequence > before && (until === undefined || sequence <= until))
  const { head: end, problems } = verifyLinks(
    masterSecretsOf({ config }),
    base ?? { sequence: before, hash: GENESIS },
    links.map(toLink),
  )
  if (until === undefined) problems.push(...verifyHead(end, head))
  const last = until ?? end.sequence
  return { first: Math.min(before + 1, last), last, head, unsealedCount: counts?.unsealed ?? 0, problems }
}
