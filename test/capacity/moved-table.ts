import { jsonChunks } from "../../src/storage/json-chunks.ts"
import type { CountedD1 } from "./counted-d1.ts"
import { GROUP_TABLES, type GroupTable } from "./tables.ts"

/** How many rows of all resellers one statement reads, so that others don't wait for it. */
export const WINDOW = 2_000
const CHUNK_ROWS = 500

export type Row = Record<string, string | number | null>

/** A table with its columns, without those that the database computes or gives again. */
export type MovedTable = GroupTable & { columns: { name: string; isBlob: boolean }[] }

const RESELLER_ID = /^res_[0-9a-z]+$/

/** SQL: the ids of a reseller and its sandbox. Triggers can't have parameters. */
export function accountsSql(resellerId: string): string {
  if (!RESELLER_ID.test(resellerId)) throw new Error("this is no id of a live reseller")
  return `(SELECT id FROM resellers WHERE id = '${resellerId}' OR sandbox_of = '${resellerId}')`
}

/** The tables of a group as a database has them. */
export async function readTables(db: CountedD1): Promise<MovedTable[]> {
  const results = await db.batch(
    GROUP_TABLES.map(({ name }) => ["SELECT name, type FROM pragma_table_info(?) ORDER BY cid", name]),
  )
  return GROUP_TABLES.map((table, n) => {
    const given = [table.sequence, ...(table.counted ?? [])]
    const columns = (results[n]?.results ?? [])
      .filter(({ name }) => !given.includes(String(name)))
      .map(({ name, type }) => ({ name: String(name), isBlob: type === "BLOB" }))
    if (columns.length === 0) throw new Error(`there is no table ${table.name}`)
    return { ...table, columns }
  })
}

/** The columns in whose order a table is read. */
const orderOf = ({ sequence, key }: GroupTable) => (sequence ? [sequence] : key)

export const tuple = (expressions: readonly string[]) =>
  expressions.length === 1 ? (expressions[0] ?? "") : `(${expressions.join(", ")})`

/** SQL: a column of a row that is an object of JSON. Bytes are written as hexadecimal digits. */
const fromJson = ({ name, isBlob }: MovedTable["columns"][number]) =>
  isBlob ? `unhex(item.value ->> '$.${name}')` : `item.value ->> '$.${name}'`

const toJson = ({ name, isBlob }: MovedTable["columns"][number]) =>
  isBlob ? `hex(row.${name}) AS ${name}` : `row.${name}`

/** SQL: `row` is the one that the JSON of `item` describes. */
const isItem = ({ key }: MovedTable, row: string) =>
  key.map((name) => `${row}.${name} = item.value ->> '$.${name}'`).join(" AND ")

/** SQL: `row` was journaled, because it changed since the move began. */
const isJournaled = ({ name, key }: GroupTable, row: string) =>
  `EXISTS (SELECT 1 FROM move_journal AS changed WHERE changed.table_name = '${name}'
    AND changed.key = json_array(${key.map((column) => `${row}.${column}`).join(", ")}))`

export type Page = { rows: Row[]; cursor: Row | undefined }

/**
 * The rows of a reseller in the next window of a table, and where the one after it begins. `journaled`: what to do with rows that changed
 * since the move began. `upTo`: the last number to read.
 */
export async function readWindow(
  db: CountedD1,
  table: MovedTable,
  {
    resellerId,
    after,
    journaled,
    upTo,
  }: {
    resellerId: string
    after?: Row | undefined
    journaled: "as they are" | "left out" | "released"
    upTo?: number | undefined
  },
): Promise<Page> {
  const order = orderOf(table)
  const bounds = [
    ...(after ? [`${tuple(order)} > ${tuple(order.map((_, n) => `?${n + 1}`))}`] : []),
    ...(upTo === undefined ? [] : [`${order[0]} <= ${upTo}`]),
  ]
  const read = [...new Set([...table.columns.map(({ name }) => name), ...order])]
  const window = `FROM ${table.name} ${bounds.length > 0 ? `WHERE ${bounds.join(" AND ")}` : ""} ORDER BY ${order.join(", ")}`
  const selected = table.columns.map((column) => {
    const release = journaled === "released" ? table.released?.[column.name] : undefined
    return release
      ? `iif(${isJournaled(table, "row")}, ${release("row")}, row.${column.name}) AS ${column.name}`
      : toJson(column)
  })
  const values = after ? order.map((name) => after[name] ?? null) : []
  const [rows, end] = await db.batch([
    [
      `SELECT ${selected.join(", ")} FROM (SELECT ${read.join(", ")} ${window} LIMIT ${WINDOW}) AS row
        WHERE ${table.isOf("row", accountsSql(resellerId))} ${journaled === "left out" ? `AND NOT ${isJournaled(table, "row")}` : ""}
        ORDER BY ${order.map((name) => `row.${name}`).join(", ")}`,
      ...values,
    ],
    [`SELECT ${order.join(", ")} ${window} LIMIT 1 OFFSET ${WINDOW - 1}`, ...values],
  ])
  return { rows: rows?.results ?? [], cursor: end?.results[0] }
}

/** The rows that changed since the move began, in order, some hundreds at a time. */
export async function* journaledRows(db: CountedD1, table: MovedTable): AsyncGenerator<Row[]> {
  const order = orderOf(table)
  const keys = table.key.map((_, n) => `key ->> ${n}`).join(", ")
  const cursorNames = order.map((_, n) => `cursor_${n}`)
  for (let after: Row | undefined; ; ) {
    const [page] = await db.batch([
      [
        `SELECT ${table.columns.map(toJson).join(", ")}, ${order.map((name, n) => `row.${name} AS cursor_${n}`).join(", ")}
          FROM ${table.name} AS row
          WHERE ${tuple(table.key.map((name) => `row.${name}`))} IN (SELECT ${keys} FROM move_journal WHERE table_name = '${table.name}')
          ${after ? `AND ${tuple(order.map((name) => `row.${name}`))} > ${tuple(order.map((_, n) => `?${n + 1}`))}` : ""}
          ORDER BY ${order.map((name) => `row.${name}`).join(", ")} LIMIT ${CHUNK_ROWS}`,
        ...(after ? cursorNames.map((name) => after?.[name] ?? null) : []),
      ],
    ])
    const found = page?.results ?? []
    if (found.length > 0) yield found.map((row) => without(row, cursorNames))
    if (found.length < CHUNK_ROWS) return
    after = found.at(-1)
  }
}

const without = (row: Row, names: string[]): Row =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)))

/** Deletes the rows that are journaled and no longer in the source. Returns how many there were. */
export async function deleteGone(source: CountedD1, target: CountedD1, table: MovedTable): Promise<number> {
  const isThere = table.key.map((name, n) => `row.${name} = key ->> ${n}`).join(" AND ")
  const [gone] = await source.batch([
    [
      `SELECT key FROM move_journal WHERE table_name = '${table.name}' AND NOT EXISTS (SELECT 1 FROM ${table.name} AS row WHERE ${isThere})`,
    ],
  ])
  return deleteKeys(target, table, gone?.results.map(({ key }) => JSON.parse(String(key))) ?? [])
}

/** Deletes rows by the values of their keys. Returns how many there were. */
export async function deleteKeys(db: CountedD1, table: GroupTable, keys: unknown[][]): Promise<number> {
  const values = table.key.map((_, n) => `value ->> ${n}`).join(", ")
  let deleted = 0
  for (const chunk of jsonChunks(keys).filter((json) => json !== "[]")) {
    const [result] = await db.batch([
      [
        `DELETE FROM ${table.name} WHERE ${tuple(table.key)} IN (SELECT ${values} FROM json_each(?)) RETURNING 1`,
        chunk,
      ],
    ])
    deleted += result?.results.length ?? 0
  }
  return deleted
}

/** Releases what rows with these keys have that only one row can have. */
export async function release(db: CountedD1, table: MovedTable, rows: Row[]): Promise<void> {
  if (!table.released) return
  const set = Object.entries(table.released).map(([column, value]) => `${column} = ${value(table.name)}`)
  for (const chunk of chunksOf(rows)) {
    await db.batch([
      [
        `UPDATE ${table.name} SET ${set.join(", ")} FROM json_each(?) AS item WHERE ${isItem(table, table.name)}`,
        chunk,
      ],
    ])
  }
}

/**
 * Makes rows of the database what they are in the source, and adds those that are missing, in order: one of them may have been added by a
 * trigger meanwhile. Returns how many were the same before; throws if `mustMatch` and any isn't the same afterwards.
 */
export async function writeRows(
  db: CountedD1,
  table: MovedTable,
  rows: Row[],
  { mustMatch }: { mustMatch: boolean },
): Promise<number> {
  const names = table.columns.map(({ name }) => name)
  const own = tuple(names.map((name) => `${table.name}.${name}`))
  const items = tuple(table.columns.map(fromJson))
  const countSame = `SELECT count(*) AS same FROM json_each(?) AS item JOIN ${table.name} ON ${isItem(table, table.name)} WHERE ${own} IS ${items}`
  let same = 0
  for (const chunk of chunksOf(rows)) {
    const [before, , , after] = await db.batch([
      [countSame, chunk],
      [
        `UPDATE ${table.name} SET ${table.columns.map((column) => `${column.name} = ${fromJson(column)}`).join(", ")}
          FROM json_each(?) AS item WHERE ${isItem(table, table.name)} AND ${own} IS NOT ${items}`,
        chunk,
      ],
      [
        `INSERT INTO ${table.name} (${names.join(", ")}) SELECT ${table.columns.map(fromJson).join(", ")} FROM json_each(?) AS item
          WHERE NOT EXISTS (SELECT 1 FROM ${table.name} AS kept WHERE ${isItem(table, "kept")}) ORDER BY item.key
          ON CONFLICT (${table.key.join(", ")}) DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(", ")}`,
        chunk,
      ],
      [countSame, chunk],
    ])
    same += Number(before?.results[0]?.same)
    const count = JSON.parse(chunk).length
    if (mustMatch && after?.results[0]?.same !== count)
      throw new Error(`${table.name}: ${after?.results[0]?.same} of ${count} rows arrived as they were`)
  }
  return same
}

/** The rows as lists of JSON, each small enough for one statement. */
function chunksOf(rows: Row[]): string[] {
  const parts = Array.from({ length: Math.ceil(rows.length / CHUNK_ROWS) }, (_, n) =>
    rows.slice(n * CHUNK_ROWS, (n + 1) * CHUNK_ROWS),
  )
  return parts.flatMap(jsonChunks)
}
