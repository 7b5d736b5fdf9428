import type { CountedD1 } from "./counted-d1.ts"
import { GROUP_TABLES, type GroupTable } from "./tables.ts"

/** How many rows of all resellers one statement reads, so that others don't wait for it. */
export const WINDOW = 2_000

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
export const orderOf = ({ sequence, key }: GroupTable) => (sequence ? [sequence] : key)

export const tuple = (expressions: readonly string[]) =>
  expressions.length === 1 ? (expressions[0] ?? "") : `(${expressions.join(", ")})`

/** SQL: a column of `row` as a value that JSON can have. */
export const toJson = ({ name, isBlob }: MovedTable["columns"][number]) =>
  isBlob ? `hex(row.${name}) AS ${name}` : `row.${name}`

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
    keysOnly = false,
  }: {
    resellerId: string
    after?: Row | undefined
    journaled: "as they are" | "left out" | "released"
    upTo?: number | undefined
    keysOnly?: boolean
  },
): Promise<Page> {
  const order = orderOf(table)
  const bounds = [
    ...(after ? [`${tuple(order)} > ${tuple(order.map((_, n) => `?${n + 1}`))}`] : []),
    ...(upTo === undefined ? [] : [`${order[0]} <= ${upTo}`]),
  ]
  const read = [...new Set([...table.columns.map(({ name }) => name), ...order])]
  const window = `FROM ${table.name} ${bounds.length > 0 ? `WHERE ${bounds.join(" AND ")}` : ""} ORDER BY ${order.join(", ")}`
  const columns = keysOnly ? table.columns.filter(({ name }) => table.key.includes(name)) : table.columns
  const selected = columns.map((column) => {
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
