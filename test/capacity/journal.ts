import type { CountedD1 } from "./counted-d1.ts"
import { accountsSql, type MovedTable } from "./moved-table.ts"

// While a reseller moves, triggers in the database that it leaves write down the key of each row of it that changes. Once the move is
// to end, they refuse every change instead: that is one row, so that no statement falls between.

const trigger = (table: string, event: string) => `move_${table}_${event}`
const EVENTS = ["insert", "update", "delete"] as const

/** Begins to write down changes. Throws if another reseller of this database is moving. */
export async function openJournal(db: CountedD1, tables: MovedTable[], resellerId: string): Promise<void> {
  await db.batch([
    [
      "CREATE TABLE move_journal (table_name TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (table_name, key)) STRICT, WITHOUT ROWID",
    ],
    ["CREATE TABLE move (reseller_id TEXT PRIMARY KEY, is_closed INTEGER NOT NULL) STRICT"],
    ["INSERT INTO move VALUES (?, 0)", resellerId],
    ...tables.flatMap((table) => EVENTS.map((event) => [triggerSql(table, event, resellerId)] as const)),
  ])
}

function triggerSql(table: MovedTable, event: (typeof EVENTS)[number], resellerId: string): string {
  const rows = event === "insert" ? ["new"] : event === "delete" ? ["old"] : ["old", "new"]
  const accounts = accountsSql(resellerId)
  // An insert or update is journaled once the row is there, since a condition may look for it.
  const time = event === "delete" ? "BEFORE" : "AFTER"
  const isOf = rows.map((row) => table.isOf(row, accounts)).join(" OR ")
  const written = [
    ...rows.map((row) => ({ name: table.name, key: table.key.map((column) => `${row}.${column}`).join(", ") })),
    ...(table.person && event === "insert" ? [{ name: "users", key: `new.${table.person}` }] : []),
  ]
  const journal = written.map(
    ({ name, key }) => `INSERT INTO move_journal SELECT '${name}', json_array(${key})
      WHERE NOT EXISTS (SELECT 1 FROM move_journal WHERE table_name = '${name}' AND key = json_array(${key}));`,
  )
  return `CREATE TRIGGER ${trigger(table.name, event)} ${time} ${event.toUpperCase()} ON ${table.name} WHEN ${isOf} BEGIN
    SELECT RAISE(ABORT, 'the reseller is moving') FROM move WHERE is_closed = 1;
    ${journal.join("\n    ")}
  END`
}

/** From here on, every batch that changes something of the reseller fails as a whole. */
export const closeJournal = (db: CountedD1) => db.batch([["UPDATE move SET is_closed = 1"]])

export async function dropJournal(db: CountedD1, tables: MovedTable[]): Promise<void> {
  await db.batch([
    ...tables.flatMap(({ name }) => EVENTS.map((event) => [`DROP TRIGGER ${trigger(name, event)}`] as const)),
    ["DROP TABLE move_journal"],
    ["DROP TABLE move"],
  ])
}
