import { type Column, type GetColumnData, getTableColumns, is, type SQL, sql } from "drizzle-orm"
import { SQLiteTable } from "drizzle-orm/sqlite-core"

type Columns = Record<string, Column>
type ColumnsOf<T extends SQLiteTable | Columns> = T extends SQLiteTable ? T["_"]["columns"] : T
type AliasedColumns<T extends SQLiteTable | Columns> = {
  [K in keyof ColumnsOf<T>]: ColumnsOf<T>[K] extends Column ? SQL.Aliased<GetColumnData<ColumnsOf<T>[K]>> : never
}

/**
 * The columns of a table, or some of them, with unique aliases. D1 returns the rows of a batch as objects, in which equally named
 * columns (two tables' `id`) would collide. Every batched join selects its tables through this.
 */
export function aliasedColumns<T extends SQLiteTable | Columns>(table: T, prefix: string): AliasedColumns<T>
export function aliasedColumns(table: SQLiteTable | Columns, prefix: string) {
  const columns: Columns = is(table, SQLiteTable) ? getTableColumns(table) : table
  const entries = Object.entries(columns).map(([key, column]) => [
    key,
    sql`${column}`.mapWith(column).as(`${prefix}_${column.name}`),
  ])
  return Object.fromEntries(entries)
}
