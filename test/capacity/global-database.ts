import type { FilledReseller } from "./filled-resellers.ts"
import { staffOf } from "./filled-rows.ts"

/**
 * What the global database has besides people and their sessions. `is_closed`: the reseller's changes are refused for the end of a move.
 * Memberships say in which accounts a person is, and what these are called in their menu.
 */
const DIRECTORY_SQL = [
  `CREATE TABLE reseller_groups (reseller_id TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, group_number INTEGER NOT NULL,
     is_closed INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID`,
  `CREATE TABLE memberships (user_id TEXT NOT NULL, account_id TEXT NOT NULL, reseller_id TEXT NOT NULL, name TEXT NOT NULL,
     PRIMARY KEY (user_id, account_id)) STRICT, WITHOUT ROWID`,
  "CREATE TABLE api_key_resellers (secret_hash TEXT PRIMARY KEY, reseller_id TEXT NOT NULL) STRICT, WITHOUT ROWID",
]

/** Gives the global database a directory of the resellers of each group, and the membership of one of their staff each. */
export async function createDirectory(global: D1Database, groups: FilledReseller[][]): Promise<void> {
  const rows = groups.flatMap((resellers, n) =>
    resellers.map((reseller) => ({ id: reseller.id, number: reseller.number, group: n + 1, ...staffOf(reseller) })),
  )
  await global.batch([
    ...DIRECTORY_SQL.map((sql) => global.prepare(sql)),
    global
      .prepare(
        `INSERT INTO reseller_groups (reseller_id, number, group_number)
         SELECT value ->> 'id', value ->> 'number', value ->> 'group' FROM json_each(?)`,
      )
      .bind(JSON.stringify(rows)),
    global
      .prepare(
        `INSERT INTO memberships SELECT value ->> 'userId', value ->> 'id', value ->> 'id', 'Reseller ' || (value ->> 'number')
         FROM json_each(?)`,
      )
      .bind(JSON.stringify(rows)),
  ])
}
