import { getTableColumns, is, type Placeholder, SQL, sql } from "drizzle-orm"
import type { SQLiteTable } from "drizzle-orm/sqlite-core"
import type { Db } from "./db.ts"

/** A value for each column, by name. Columns without a default are required. */
export type InsertRow<T extends SQLiteTable> = {
  [K in keyof T["$inferInsert"]]: T["$inferInsert"][K] | SQL | Placeholder
}

/** `INSERT INTO table SELECT row FROM …`: one row for each row of `source`, which starts with FROM and has a WHERE. */
export const insertFrom = <T extends SQLiteTable>(db: Db, table: T, row: InsertRow<T>, source: SQL) =>
  db.insert(table).select(selectRow(table, row, source))

/** `SELECT row FROM …`, with the columns of the table in its order. */
export function selectRow<T extends SQLiteTable>(table: T, row: InsertRow<T>, source: SQL): SQL {
  const valuesByKey = new Map<string, unknown>(Object.entries(row))
  // Drizzle lists the columns of an INSERT in the order of the schema.
  const values = Object.entries(getTableColumns(table)).map(([key, column]) => {
    const value = valuesByKey.get(key) ?? column.default ?? sql`NULL`
    return is(value, SQL) ? value : sql`${sql.param(value, column)}`
  })
  return sql`SELECT ${sql.join(values, sql`, `)} ${source}`
}

/** `INSERT INTO table SELECT row WHERE condition`: writes a row only if an earlier statement took effect. */
export function insertSelect<T extends SQLiteTable>(db: Db, table: T, row: InsertRow<T>, condition: SQL) {
  return insertFrom(db, table, row, sql`WHERE ${condition}`)
}
