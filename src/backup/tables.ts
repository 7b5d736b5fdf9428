import { RESTORE_TABLE } from "../domain/deployment/restore-table.ts"
import { type Database, quote } from "./database.ts"

/**
 * A table whose rows are in a backup. `columns` are the stored ones; `key` is by what its pages are read: columns, or the row id.
 * `level`: how many tables a row needs above it, by foreign keys.
 */
export type Table = {
  name: string
  columns: Column[]
  key: string[]
  references: Reference[]
  level: number
}
type Column = { name: string; isBlob: boolean }
type Reference = { column: string; table: string; to: string }

/**
 * Rows change while they are read. Of the audit log, what refers to an entry is read before the entries, which stay: so each seal that
 * was read has its entry.
 */
const READ_IN_ORDER = ["audit_heads", "audit_unsealed", "audit_seals", "audit_values", "audit_entries"]

/**
 * The tables of a database in the order in which they are read: those that refer to others first, so that a row lacks another one only if
 * that was deleted meanwhile. Without the indexes for searches, which have no rows of their own.
 */
export async function readTables(database: Database): Promise<Table[]> {
  const tables = new Map<string, Table>()
  for (const [table, withoutRowId, column, type, keyPosition] of await database.query(COLUMNS_SQL)) {
    const name = String(table)
    const known = tables.get(name) ?? {
      name,
      columns: [],
      key: withoutRowId ? [] : ["rowid"],
      references: [],
      level: 0,
    }
    tables.set(name, known)
    known.columns.push({ name: String(column), isBlob: type === "BLOB" })
    if (withoutRowId && keyPosition) known.key[Number(keyPosition) - 1] = String(column)
  }
  for (const [table, column, target, to] of await database.query(REFERENCES_SQL)) {
    const reference = { column: String(column), table: String(target), to: String(to) }
    tables.get(String(table))?.references.push(reference)
  }
  const levelOf = (table: Table): number =>
    Math.max(0, ...table.references.map((one) => (one.table === table.name ? 0 : 1 + levelOf(find(tables, one.table)))))
  for (const table of tables.values()) table.level = levelOf(table)
  const order = (table: Table) => READ_IN_ORDER.indexOf(table.name)
  return [...tables.values()].sort((a, b) => b.level - a.level || order(a) - order(b))
}

function find(tables: Map<string, Table>, name: string): Table {
  const table = tables.get(name)
  if (!table) throw new Error(`there is no table ${name}`)
  return table
}

/** Without those of SQLite, D1 and Wrangler, our own progress, and the mailbox of a developer's machine, which has links. */
const TABLES_SQL = `pragma_table_list AS t WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT GLOB 'sqlite_*'
  AND t.name NOT GLOB '_cf_*' AND t.name NOT IN ('d1_migrations', '${RESTORE_TABLE}', 'local_mail')`

const COLUMNS_SQL = `SELECT t.name, t.wr, c.name, c.type, c.pk FROM (SELECT t.name, t.wr FROM ${TABLES_SQL}) AS t
  JOIN pragma_table_xinfo(t.name) AS c WHERE c.hidden = 0 ORDER BY t.name, c.cid`

const REFERENCES_SQL = `SELECT t.name, f."from", f."table", f."to" FROM (SELECT t.name FROM ${TABLES_SQL}) AS t
  JOIN pragma_foreign_key_list(t.name) AS f ORDER BY t.name, f.id, f.seq`

/** The names of the migrations that were applied. */
export async function readMigrations(database: Database): Promise<string[]> {
  const [known] = await database.query("SELECT 1 FROM sqlite_schema WHERE name = 'd1_migrations'")
  if (!known) return []
  return (await database.query("SELECT name FROM d1_migrations ORDER BY id")).map(([name]) => String(name))
}

/** How to read a column as JSON has it. */
export const readColumn = ({ name, isBlob }: Column) =>
  isBlob ? `iif(${quote(name)} IS NULL, NULL, hex(${quote(name)}))` : quote(name)

/** How to write the nth value of a row in JSON. */
export const writeColumn = ({ isBlob }: Column, n: number) =>
  isBlob ? `unhex(value ->> '$[${n}]')` : `value ->> '$[${n}]'`
