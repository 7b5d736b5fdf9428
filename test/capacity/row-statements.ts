import { jsonChunks } from "../../src/storage/json-chunks.ts"
import type { Statement } from "./counted-d1.ts"
import { type MovedTable, type Row, tuple } from "./moved-table.ts"
import type { GroupTable } from "./tables.ts"

// Statements that write rows of a table in another database. The rows are JSON: a list of objects, or of keys.

const CHUNK_ROWS = 500

/** The rows as lists of JSON, each small enough for one statement. */
export function chunksOf(rows: Row[]): string[] {
  const parts = Array.from({ length: Math.ceil(rows.length / CHUNK_ROWS) }, (_, n) =>
    rows.slice(n * CHUNK_ROWS, (n + 1) * CHUNK_ROWS),
  )
  return parts.flatMap(jsonChunks)
}

/** SQL: a column of a row that is an object of JSON. Bytes are written as hexadecimal digits. */
const fromJson = ({ name, isBlob }: MovedTable["columns"][number]) =>
  isBlob ? `unhex(item.value ->> '$.${name}')` : `item.value ->> '$.${name}'`

/** SQL: `row` is the one that the JSON of `item` describes. */
const isItem = ({ key }: MovedTable, row: string) =>
  key.map((name) => `${row}.${name} = item.value ->> '$.${name}'`).join(" AND ")

/** Makes rows what they are in the source, and adds those that are missing, in order. A trigger may have added one of them meanwhile. */
export function writeStatements(table: MovedTable, chunk: string): Statement[] {
  const { name, key, columns } = table
  const names = columns.map((column) => column.name)
  const values = columns.filter((column) => !key.includes(column.name))
  const isDifferent = `${tuple(values.map((column) => `${name}.${column.name}`))} IS NOT ${tuple(values.map(fromJson))}`
  const update: Statement = [
    `UPDATE ${name} SET ${values.map((column) => `${column.name} = ${fromJson(column)}`).join(", ")}
      FROM json_each(?) AS item WHERE ${isItem(table, name)} AND ${isDifferent}`,
    chunk,
  ]
  const insert: Statement = [
    `INSERT INTO ${name} (${names.join(", ")}) SELECT ${columns.map(fromJson).join(", ")} FROM json_each(?) AS item
      WHERE NOT EXISTS (SELECT 1 FROM ${name} AS kept WHERE ${isItem(table, "kept")}) ORDER BY item.key
      ON CONFLICT (${key.join(", ")}) DO UPDATE SET ${values.map((column) => `${column.name} = excluded.${column.name}`).join(", ")}`,
    chunk,
  ]
  return [update, insert]
}

/** Counts the rows that are what they are in the source, as `same`. */
export function sameStatement(table: MovedTable, chunk: string): Statement {
  const own = tuple(table.columns.map(({ name }) => `${table.name}.${name}`))
  return [
    `SELECT count(*) AS same FROM json_each(?) AS item JOIN ${table.name} ON ${isItem(table, table.name)}
      WHERE ${own} IS ${tuple(table.columns.map(fromJson))}`,
    chunk,
  ]
}

/** Releases what rows have that only one can have. None for most tables. */
export function releaseStatements(table: MovedTable, chunk: string): Statement[] {
  const set = Object.entries(table.released ?? {}).map(([column, value]) => `${column} = ${value(table.name)}`)
  if (set.length === 0) return []
  return [
    [`UPDATE ${table.name} SET ${set.join(", ")} FROM json_each(?) AS item WHERE ${isItem(table, table.name)}`, chunk],
  ]
}

/** SQL condition: the row has one of the keys in a list of JSON, which is a parameter. */
export const hasKeySql = ({ key }: Pick<GroupTable, "key">) =>
  `${tuple(key)} IN (SELECT ${key.map((_, n) => `value ->> ${n}`).join(", ")} FROM json_each(?))`

export const deleteStatement = (table: Pick<GroupTable, "name" | "key">, keys: string): Statement => [
  `DELETE FROM ${table.name} WHERE ${hasKeySql(table)}`,
  keys,
]
