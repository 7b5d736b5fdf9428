import { DatabaseSync } from "node:sqlite"
import type { FilledReseller } from "./filled-resellers.ts"
import { staffOf } from "./filled-rows.ts"

/**
 * What the global database has besides people and their sessions. `is_closed`: the reseller's changes are refused for the end of a move.
 * Memberships say in which accounts a person is, and what these are called in their menu.
 */
export const DIRECTORY_SQL = [
  `CREATE TABLE reseller_groups (reseller_id TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, group_number INTEGER NOT NULL,
     is_closed INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID`,
  `CREATE TABLE memberships (user_id TEXT NOT NULL, account_id TEXT NOT NULL, reseller_id TEXT NOT NULL, name TEXT NOT NULL,
     PRIMARY KEY (user_id, account_id)) STRICT, WITHOUT ROWID`,
  "CREATE TABLE api_key_resellers (secret_hash TEXT PRIMARY KEY, reseller_id TEXT NOT NULL) STRICT, WITHOUT ROWID",
]

/** Fills the file of the global database with the directory of all groups. */
export function fillDirectory(file: string, groups: FilledReseller[][]): void {
  const db = new DatabaseSync(file)
  for (const sql of DIRECTORY_SQL) db.exec(sql)
  const place = db.prepare("INSERT INTO reseller_groups (reseller_id, number, group_number) VALUES (?, ?, ?)")
  const member = db.prepare("INSERT INTO memberships (user_id, account_id, reseller_id, name) VALUES (?, ?, ?, ?)")
  db.exec("BEGIN")
  for (const [n, resellers] of groups.entries()) {
    for (const reseller of resellers) {
      place.run(reseller.id, reseller.number, n + 1)
      member.run(staffOf(reseller).userId, reseller.id, reseller.id, `Reseller ${reseller.number}`)
    }
  }
  db.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")
  db.close()
}
