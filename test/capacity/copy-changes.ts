import type { CountedD1, Statement } from "./counted-d1.ts"
import { type MovedTable, orderOf, type Row, toJson, tuple } from "./moved-table.ts"
import { chunksOf, deleteStatement, releaseStatements, sameStatement, writeStatements } from "./row-statements.ts"

const PAGE = 500
/** Triggers of one table may change rows of another, which are then written again. */
const ROUNDS_MAX = 5

/** Copies what the journal has, until it is in the target as it is in the source. Nothing may change meanwhile. */
export async function copyChanges(source: CountedD1, target: CountedD1, allTables: MovedTable[]) {
  const [journaled] = await source.batch([["SELECT DISTINCT table_name FROM move_journal"]])
  const names = journaled?.results.map(({ table_name }) => table_name)
  const tables = allTables.filter(({ name }) => names?.includes(name))
  const rows = await readJournaled(source, tables)
  const chunks = tables.flatMap((table, n) => chunksOf(rows[n] ?? []).map((chunk) => ({ table, chunk })))
  await target.all([
    ...(await goneStatements(source, tables)),
    ...chunks.flatMap(({ table, chunk }) => releaseStatements(table, chunk)),
  ])
  const changedRows = rows.reduce((sum, { length }) => sum + length, 0)
  let differing = chunks
  for (let rounds = 1; rounds <= ROUNDS_MAX; rounds++) {
    await target.all(differing.flatMap(({ table, chunk }) => writeStatements(table, chunk)))
    const same = await target.all(chunks.map(({ table, chunk }) => sameStatement(table, chunk)))
    differing = chunks.filter(({ chunk }, n) => same[n]?.results[0]?.same !== JSON.parse(chunk).length)
    if (differing.length === 0) return { changedRows, rounds }
  }
  throw new Error(`the changes of ${differing.map(({ table }) => table.name)} don't settle`)
}

/** The rows of each table that changed since the move began, in order. */
async function readJournaled(db: CountedD1, tables: MovedTable[]): Promise<Row[][]> {
  const pages = tables.map((): { rows: Row[]; after: Row | undefined; isComplete: boolean } => ({
    rows: [],
    after: undefined,
    isComplete: false,
  }))
  for (;;) {
    const open = tables.map((table, n) => ({ table, page: pages[n] })).filter(({ page }) => page && !page.isComplete)
    if (open.length === 0) return pages.map(({ rows }) => rows)
    const results = await db.all(open.map(({ table, page }) => journaledStatement(table, page?.after)))
    for (const [n, { page }] of open.entries()) {
      const found = results[n]?.results ?? []
      if (!page) continue
      page.rows.push(...found.map(withoutCursor))
      page.after = found.at(-1)
      page.isComplete = found.length < PAGE
    }
  }
}

const CURSOR = "cursor_"

function journaledStatement(table: MovedTable, after: Row | undefined): Statement {
  const order = orderOf(table).map((name) => `row.${name}`)
  const cursors = order.map((_, n) => `${CURSOR}${n}`)
  const keys = table.key.map((_, n) => `key ->> ${n}`).join(", ")
  return [
    `SELECT ${table.columns.map(toJson).join(", ")}, ${order.map((column, n) => `${column} AS ${cursors[n]}`).join(", ")}
      FROM ${table.name} AS row
      WHERE ${tuple(table.key.map((name) => `row.${name}`))} IN (SELECT ${keys} FROM move_journal WHERE table_name = '${table.name}')
      ${after ? `AND ${tuple(order)} > ${tuple(order.map((_, n) => `?${n + 1}`))}` : ""} ORDER BY ${order.join(", ")} LIMIT ${PAGE}`,
    ...(after ? cursors.map((name) => after[name] ?? null) : []),
  ]
}

const withoutCursor = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith(CURSOR)))

/** The statements that delete rows which are journaled and no longer in the source, those first that refer to others. */
async function goneStatements(source: CountedD1, tables: MovedTable[]): Promise<Statement[]> {
  const results = await source.all(
    tables.map(({ name, key }) => [
      `SELECT json_group_array(json(key)) AS keys FROM move_journal WHERE table_name = '${name}' AND NOT EXISTS
        (SELECT 1 FROM ${name} AS row WHERE ${key.map((column, n) => `row.${column} = key ->> ${n}`).join(" AND ")})`,
    ]),
  )
  return tables
    .map((table, n) => deleteStatement(table, String(results[n]?.results[0]?.keys ?? "[]")))
    .filter(([, keys]) => keys !== "[]")
    .toReversed()
}
