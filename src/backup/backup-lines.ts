import { BackupError, type Database, quote } from "./database.ts"
import { type Footer, toChunk, toHeader } from "./format.ts"
import { readColumn, readMigrations, readTables, type Table } from "./tables.ts"

/** About how many characters a page has that is read, and a chunk at most: D1 takes parameters of up to two million bytes. */
const CHUNK_CHARACTERS = 250_000
const FIRST_PAGE_ROWS = 25
const PAGE_ROWS_MAX = 5_000

/** Reads a database page by page and yields the lines of a backup. `report` is told how many rows each table has. */
export async function* backupLines(
  database: Database,
  report: (table: string, count: number) => void = () => {},
): AsyncGenerator<string> {
  const details = {
    migrations: await readMigrations(database),
    started_at: new Date().toISOString(),
    bookmark: await database.bookmark(),
  }
  if (details.migrations.length === 0)
    throw new BackupError("The database has no tables: its migrations were never applied.")
  const tables = await readTables(database)
  yield JSON.stringify(toHeader(details, tables))

  const counts: Footer["counts"] = {}
  for (const table of tables) {
    let count = 0
    for await (const page of readPages(database, table)) {
      count += page.length
      yield* toChunks(table, page)
    }
    counts[table.name] = count
    report(table.name, count)
  }
  const footer: Footer = { counts, finished_at: new Date().toISOString(), bookmark: await database.bookmark() }
  yield JSON.stringify(footer)
}

/** The rows of a table as JSON, in pages of about as many characters as a chunk has. */
async function* readPages(database: Database, { name, columns, key }: Table): AsyncGenerator<string[]> {
  const selected = [...columns.map(readColumn), ...key.map(quote)].join(", ")
  const keys = key.map(quote).join(", ")
  const place = key.map((_, n) => `?1 ->> '$[${n}]'`).join(", ")
  const pageSql = (condition: string, limit: number) =>
    `SELECT ${selected} FROM ${quote(name)} ${condition} ORDER BY ${keys} LIMIT ${limit}`

  let limit = FIRST_PAGE_ROWS
  let rows = await database.query(pageSql("", limit))
  while (rows.length > 0) {
    const page = rows.map((row) => JSON.stringify(row.slice(0, columns.length)))
    const lastKey = JSON.stringify(rows.at(-1)?.slice(columns.length))
    yield page // however few rows it has: only an empty one is the end
    limit = nextLimit(page)
    rows = await database.query(pageSql(`WHERE (${keys}) > (${place})`, limit), lastKey)
  }
}

/** Pages grow by steps, because the next rows may be longer than those of this page. */
function nextLimit(page: string[]): number {
  const characters = page.reduce((sum, { length }) => sum + length, 0)
  const fitting = Math.floor((page.length * CHUNK_CHARACTERS) / characters)
  return Math.max(1, Math.min(fitting, 8 * page.length, PAGE_ROWS_MAX))
}

function* toChunks({ name }: Table, page: string[]): Generator<string> {
  let rows: string[] = []
  let characters = 0
  for (const row of page) {
    if (rows.length > 0 && characters + row.length > CHUNK_CHARACTERS) {
      yield toChunk(name, rows)
      rows = []
      characters = 0
    }
    rows.push(row)
    characters += row.length
  }
  yield toChunk(name, rows)
}
