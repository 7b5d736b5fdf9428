import { type GetColumnData, getTableColumns, type SQL, sql } from "drizzle-orm"
import type { SQLiteTable } from "drizzle-orm/sqlite-core"

type AliasedColumns<T extends SQLiteTable> = {
  [K in keyof T["_"]["columns"]]: SQL.Aliased<GetColumnData<T["_"]["columns"][K]>>
}

/**
 * The columns of a table under names of their own. D1 answers a batch with rows as objects, where columns of one name
 * (two tables' `id`) would fall together: every batched join selects its tables through this.
 */
export function aliasedColumns<T extends SQLiteTable>(table: T, prefix: string): AliasedColumns<T> {
  const entries = Object.entries(getTableColumns(table)).map(([key, column]) => [
    key,
    sql`${column}`.mapWith(column).as(`${prefix}_${column.name}`),
  ])
  return Object.fromEntries(entries)
}
