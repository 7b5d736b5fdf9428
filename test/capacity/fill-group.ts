import { DatabaseSync } from "node:sqlite"
import type { ChainHead } from "../../src/domain/audit/seal-chain.ts"
import type { FilledReseller } from "./filled-resellers.ts"
import { type Into, insertInvite, insertReseller, type Row, YEAR_MS } from "./filled-rows.ts"

const CHUNK = 4_000

/**
 * Fills the file of a group's database, which nothing else has open, with its resellers and their invites: in the order of time, as they
 * would be, so that those of a reseller stand apart. `firstNumber` is that of the first invite. Ids are unique over all groups.
 */
export function fillGroup(file: string, resellers: FilledReseller[], firstNumber: number): void {
  const db = new DatabaseSync(file, { enableForeignKeyConstraints: false })
  db.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA temp_store = MEMORY",
  )
  // Indexes are built at the end, which is faster, but for those of members, by which a trigger looks for the Admin of a customer.
  const indexes = db
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name <> 'members'")
    .all()
  for (const { name } of indexes) db.exec(`DROP INDEX ${name}`)
  const heads = new Map<string, ChainHead>()
  insertTogether(db, (into) => {
    for (const reseller of resellers) insertReseller(into, reseller)
  })
  const total = resellers.reduce((sum, { invites }) => sum + invites, 0)
  const order = inTurns(resellers, total)
  for (let start = 0; start < total; start += CHUNK) {
    insertTogether(db, (into) => {
      for (const [n, reseller] of order.slice(start, start + CHUNK).entries()) {
        const createdAt = Date.now() - YEAR_MS + Math.floor(((start + n) / total) * YEAR_MS)
        const invite = { reseller, number: firstNumber + start + n, createdAt }
        insertInvite(into, heads, invite)
      }
    })
  }
  insertTogether(db, (into) => {
    for (const [reseller_id, { sequence, hash }] of heads) into("audit_heads", { reseller_id, sequence, hash })
  })
  for (const { sql } of indexes) db.exec(String(sql))
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)")
  db.close()
}

/** Inserts the rows of a table in one statement: FTS5 writes what it has collected at each statement that a trigger may abort. */
function insertTogether(db: DatabaseSync, collect: (into: Into) => void): void {
  const tables = new Map<string, Row[]>()
  collect((table, row) =>
    tables
      .set(table, tables.get(table) ?? [])
      .get(table)
      ?.push(row),
  )
  db.exec("BEGIN")
  for (const [table, rows] of tables) {
    const columns = Object.keys(rows[0] ?? {})
    const values = columns.map((name) => `value ->> '$.${name}'`).join(", ")
    db.prepare(`INSERT INTO ${table} (${columns.join(", ")}) SELECT ${values} FROM json_each(?)`).run(
      JSON.stringify(rows),
    )
  }
  db.exec("COMMIT")
}

/** Whose the invites are, one after the other: spread evenly. */
function inTurns(resellers: FilledReseller[], total: number): FilledReseller[] {
  const order = resellers.flatMap((reseller) =>
    Array.from({ length: reseller.invites }, (_, n) => ({
      reseller,
      at: ((n + (reseller.number % 97) / 97) / reseller.invites) * total,
    })),
  )
  return order.sort((one, other) => one.at - other.at).map(({ reseller }) => reseller)
}
