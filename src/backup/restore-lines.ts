import { RESTORE_TABLE } from "../domain/deployment/restore-table.ts"
import { BackupError, type Database, quote } from "./database.ts"
import { CLOCK_DIFFERENCE_MS, correctDerived, fillSearchIndexes } from "./derived.ts"
import { type Footer, type Header, parseChunk } from "./format.ts"
import { holdUnfinished, RESIZED_TABLES } from "./hold.ts"
import { readMigrations, readTables, type Table, writeColumn } from "./tables.ts"

/** A backup that was checked. `lines` reads it from its start, once for each call. */
export type Backup = { sha256: string; header: Header; footer: Footer; lines: () => AsyncIterable<string> }

/**
 * What a restore did. `leftOut`: rows whose row above was deleted while the backup was read, or that contradict another row. `corrected`:
 * rows that triggers keep and that were wrong. `incomplete`: accepted invites whose customer or its Admin is missing. `heldEmails`: how
 * many emails waited and can be sent again.
 */
export type Restored = {
  leftOut: Record<string, number>
  corrected: Record<string, number>
  incomplete: string[]
  heldEmails: number
}

/** After how many chunks the progress is recorded. A chunk that is written twice has no further effect. */
const RECORDED_CHUNKS = 10

type Report = (table: string) => void

/**
 * Writes a backup into an empty database with the same migrations, or continues where an earlier run with the same file was interrupted.
 * Triggers are dropped meanwhile, so that every row is as it was: also what triggers would add. Throws `BackupError`.
 */
export async function restoreLines(database: Database, backup: Backup, report: Report = () => {}): Promise<Restored> {
  const tables = await readTables(database)
  await refuseOtherSchema(database, backup.header, tables)
  const done = (await readProgress(database, backup)) ?? (await begin(database, backup, tables))
  const triggers = await dropTriggers(database)
  await writeChunks(database, backup, tables, done, report)

  const present = await countRows(database, tables)
  const missing = Object.entries(backup.footer.counts).map(
    ([table, count]) => [table, count - (present[table] ?? 0)] as const,
  )
  const startedAt = new Date(backup.header.started_at)
  const corrected = await correctDerived(database, startedAt)
  await fillSearchIndexes(database)
  for (const sql of triggers) await database.query(sql.replace(/^CREATE TRIGGER /, "CREATE TRIGGER IF NOT EXISTS "))
  const restored = {
    leftOut: Object.fromEntries(missing.filter(([, count]) => count > 0)),
    corrected,
    incomplete: await findIncomplete(database, startedAt),
    heldEmails: await holdUnfinished(database, new Date()),
  }
  await database.query(`DROP TABLE IF EXISTS ${RESTORE_TABLE}`)
  return restored
}

async function refuseOtherSchema(database: Database, header: Header, tables: Table[]): Promise<void> {
  const migrations = await readMigrations(database)
  if (migrations.length === 0) {
    throw new BackupError("The database has no tables. Apply its migrations: npx wrangler d1 migrations apply DB")
  }
  if (migrations.join() !== header.migrations.join()) {
    throw new BackupError(
      `The backup is of a database with the migrations ${header.migrations.join(", ")}; this one has ${migrations.join(", ")}.
Restore it with the version of Vestibule that made it: create the database with that version's migrations, restore, then migrate.`,
    )
  }
  const describe = (list: Header["tables"]) =>
    list.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column}`)).sort()
  const actual = describe(tables.map(({ name, columns }) => ({ name, columns: columns.map((column) => column.name) })))
  const expected = describe(header.tables)
  const different = [
    ...actual.filter((column) => !expected.includes(column)),
    ...expected.filter((column) => !actual.includes(column)),
  ]
  if (different.length > 0) {
    throw new BackupError(`The backup and the database have different columns: ${different.join(", ")}.`)
  }
}

/** How many chunks an earlier run wrote; undefined if there was none. */
async function readProgress(database: Database, { sha256 }: Backup): Promise<number | undefined> {
  const [exists] = await database.query(
    "SELECT 1 FROM sqlite_schema WHERE name = ?1 ->> '$'",
    JSON.stringify(RESTORE_TABLE),
  )
  if (!exists) return undefined
  const [[file, chunks] = []] = await database.query(`SELECT file, chunks FROM ${RESTORE_TABLE}`)
  if (file === undefined) return undefined
  if (file === sha256) return Number(chunks)
  throw new BackupError(
    "A restore of another file was started in this database. Continue with that file, or create a new database.",
  )
}

/** Notes which file is restored, and the triggers, so that they are created again however often this is interrupted. */
async function begin(database: Database, { sha256, footer }: Backup, tables: Table[]): Promise<number> {
  const present = await countRows(database, tables)
  const filled = Object.keys(present).filter((table) => present[table])
  const counts = Object.entries(footer.counts).filter(([table]) => !RESIZED_TABLES.includes(table))
  if (filled.length > 0 && counts.every(([table, count]) => present[table] === count)) {
    throw new BackupError("The database has as many rows of each table as the backup: it is restored already.")
  }
  if (filled.length > 0) {
    throw new BackupError(
      `The database isn't empty: there are rows in ${filled.join(", ")}. Restore into a new one that no Worker uses yet.`,
    )
  }
  await database.query(
    `CREATE TABLE IF NOT EXISTS ${RESTORE_TABLE} (file TEXT NOT NULL, chunks INTEGER NOT NULL, triggers TEXT NOT NULL)`,
  )
  await database.query(
    `INSERT INTO ${RESTORE_TABLE} SELECT ?1 ->> '$', 0, json_group_array(sql) FROM sqlite_schema WHERE type = 'trigger'
      AND NOT EXISTS (SELECT 1 FROM ${RESTORE_TABLE})`,
    JSON.stringify(sha256),
  )
  return 0
}

/** Drops all triggers. Returns the statements that create those that the database had. */
async function dropTriggers(database: Database): Promise<string[]> {
  const [[triggers] = []] = await database.query(`SELECT triggers FROM ${RESTORE_TABLE}`)
  for (const [name] of await database.query("SELECT name FROM sqlite_schema WHERE type = 'trigger'")) {
    await database.query(`DROP TRIGGER IF EXISTS ${quote(String(name))}`)
  }
  return JSON.parse(String(triggers))
}

/** Writes the rows, those first that others refer to: so the file is read once for each level of tables. */
async function writeChunks(
  database: Database,
  backup: Backup,
  tables: Table[],
  done: number,
  report: Report,
): Promise<void> {
  const byName = new Map(tables.map((table) => [table.name, table]))
  const levels = [...new Set(tables.map(({ level }) => level))].sort((a, b) => a - b)
  let position = 0
  for (const level of levels) {
    let last: string | undefined
    for await (const line of backup.lines()) {
      const chunk = parseChunk(line)
      const table = chunk && byName.get(chunk.table)
      if (!table || table.level !== level) continue
      position += 1
      if (position <= done) continue
      if (table.name !== last) report(table.name)
      last = table.name
      await database.query(insertSql(table, backup.header), chunk.json)
      if (position % RECORDED_CHUNKS === 0) await recordProgress(database, position)
    }
  }
  await recordProgress(database, position)
}

const recordProgress = (database: Database, chunks: number) =>
  database.query(`UPDATE ${RESTORE_TABLE} SET chunks = ?1 ->> '$'`, String(chunks))

/** The statement that inserts the rows of a chunk, except those that are there already, and those without the row that they need. */
function insertSql({ name, columns, references }: Table, header: Header): string {
  const order = header.tables.find((table) => table.name === name)?.columns ?? []
  const itemOf = (column: string) => `value ->> '$[${order.indexOf(column)}]'`
  // A table that refers to itself has the other row in the same chunk or an earlier one.
  const conditions = references
    .filter(({ table }) => table !== name)
    .map(({ column, table, to }) => {
      const parent = `SELECT 1 FROM ${quote(table)} WHERE ${quote(to)} = ${itemOf(column)}`
      return `(${itemOf(column)} IS NULL OR EXISTS (${parent}))`
    })
  return `INSERT INTO ${quote(name)} (${columns.map((column) => quote(column.name)).join(", ")})
    SELECT ${columns.map((column) => writeColumn(column, order.indexOf(column.name))).join(", ")}
    FROM json_each(?1) WHERE ${["TRUE", ...conditions].join(" AND ")} ON CONFLICT DO NOTHING`
}

/** How many tables are counted in one statement. */
const COUNTED_TABLES = 20

async function countRows(database: Database, tables: Pick<Table, "name">[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (let start = 0; start < tables.length; start += COUNTED_TABLES) {
    const counted = tables.slice(start, start + COUNTED_TABLES)
    const columns = counted.map(({ name }) => `(SELECT count(*) FROM ${quote(name)})`)
    const [row = []] = await database.query(`SELECT ${columns.join(", ")}`)
    for (const [n, { name }] of counted.entries()) counts[name] = Number(row[n])
  }
  return counts
}

/** Accepting an invite writes several tables: some may have been read before it, and some after. */
async function findIncomplete(database: Database, startedAt: Date): Promise<string[]> {
  const rows = await database.query(
    `SELECT id FROM invites WHERE kind = 'customer' AND status = 'accepted' AND accepted_at >= ?1 ->> '$' AND NOT EXISTS (
      SELECT 1 FROM customers JOIN members ON members.customer_id = customers.id WHERE customers.id = invites.customer_id)`,
    String(startedAt.getTime() - CLOCK_DIFFERENCE_MS),
  )
  return rows.map(([id]) => String(id))
}
