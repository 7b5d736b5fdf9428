import { type GetColumnData, getTableColumns, type SQL, sql } from "drizzle-orm"
import type { SQLiteTable } from "drizzle-orm/sqlite-core"

type AliasedColumns<T extends SQLiteTable> = {
  [K in keyof T["_"]["columns"]]: SQL.Aliased<GetColumnData<T["_"]["columns"][K]>>
}

/**
 * The columns of a table with unique aliases. D1 returns the rows of a batch as objects, in which equally named columns (two tables'
 * `id`) would collide. Every batched join selects its tables through this.
 */
export function aliasedColumns<T extends SQLiteTable>(table: T, prefix: string): AliasedColumns<T> {
  const entries = Object.entries(getTableColumns(table)).map(([key, column]) => [
    key,
    sql`${column}`.mapWith(column).as(`${prefix}_${column.name}`),
  ])
  return Object.fromEntries(entries)
}
