import { sql } from "drizzle-orm"
import { insertFrom } from "../../storage/insert-select.ts"
import { auditHeads, auditSeals, auditUnsealed } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import { type ChainHead, GENESIS, type SealedEntry, type SealedValues, sealEntry } from "./seal-chain.ts"

const SEAL_BATCH = 500
const SEAL_ROUNDS = 10

type UnsealedRow = SealedEntry & SealedValues & { sequence: number | null; hash: string | null }
type SealRow = { reseller: string; base: string; sequence: number; entry: string; seal: ReturnType<typeof sealEntry> }

/** Seals the oldest entries of all resellers, in a limited number of batches per run. */
export async function sealAuditLog(deps: Pick<Deps, "db" | "now">): Promise<void> {
  for (let round = 0; round < SEAL_ROUNDS; round++) {
    if ((await sealBatch(deps)) < SEAL_BATCH) return
  }
}

/**
 * Seals one batch. Its statements apply to a reseller only if its chain still ends where the entries were read, so of two runs at
 * once one seals and the other changes nothing.
 */
async function sealBatch({ db, now }: Pick<Deps, "db" | "now">): Promise<number> {
  const rows = await db.all<UnsealedRow>(sql`
    SELECT entry.*, value.actor_salt, value.actor_name, value.detail_salt, value.detail, value.changes,
      head.sequence, head.hash
    FROM (SELECT entry_id FROM audit_unsealed ORDER BY entry_id LIMIT ${SEAL_BATCH}) AS waiting
    CROSS JOIN audit_entries AS entry ON entry.id = waiting.entry_id
    LEFT JOIN audit_values AS value ON value.entry_id = entry.id
    LEFT JOIN audit_heads AS head ON head.reseller_id = entry.reseller_id
    ORDER BY entry.id`)
  if (rows.length === 0) return 0
  const seals = JSON.stringify(toSeals(rows, now().getTime()))
  const field = (path: string) => sql.raw(`seal.value ->> '$.${path}'`)
  const source = sql`FROM json_each(${seals}) AS seal`
  const head = sql`(SELECT head.hash FROM audit_heads AS head WHERE head.reseller_id = ${field("reseller")})`
  await db.batch([
    insertFrom(
      db,
      auditSeals,
      {
        resellerId: field("reseller"),
        sequence: field("sequence"),
        entryId: field("entry"),
        actorHash: field("seal.actor_hash"),
        detailHash: field("seal.detail_hash"),
        sealedAt: field("seal.sealed_at"),
        hash: field("seal.hash"),
      },
      sql`${source} WHERE ${field("base")} = coalesce(${head}, ${GENESIS})`,
    ),
    db
      .delete(auditUnsealed)
      .where(
        sql`entry_id IN (SELECT done.entry_id ${source} JOIN audit_seals AS done ON done.entry_id = ${field("entry")})`,
      ),
    insertFrom(
      db,
      auditHeads,
      { resellerId: sql`done.reseller_id`, sequence: sql`done.sequence`, hash: sql`done.hash` },
      sql`${source} JOIN audit_seals AS done ON done.reseller_id = ${field("reseller")}
        AND done.sequence = ${field("sequence")} AND done.hash = ${field("seal.hash")}
        WHERE TRUE ORDER BY done.sequence`,
    ).onConflictDoUpdate({
      target: auditHeads.resellerId,
      set: { sequence: sql`excluded.sequence`, hash: sql`excluded.hash` },
      setWhere: sql`excluded.sequence > audit_heads.sequence`,
    }),
  ])
  return rows.length
}

/** The seals of these entries: for each reseller a continuation of its chain. */
function toSeals(rows: UnsealedRow[], sealedAt: number): SealRow[] {
  const heads = new Map<string, ChainHead & { base: string }>()
  return rows.map((row) => {
    const base = row.hash ?? GENESIS
    const head = heads.get(row.reseller_id) ?? { sequence: row.sequence ?? 0, hash: base, base }
    const seal = sealEntry(head, row, row, sealedAt)
    heads.set(row.reseller_id, { ...seal, base })
    return { reseller: row.reseller_id, base: head.base, sequence: seal.sequence, entry: row.id, seal }
  })
}
