import { getTableColumns, is, SQL, sql } from "drizzle-orm"
import type { SQLiteTable } from "drizzle-orm/sqlite-core"
import type { Db } from "./db.ts"

type InsertRow<T extends SQLiteTable> = { [K in keyof T["$inferInsert"]]: T["$inferInsert"][K] | SQL }

/** `INSERT INTO table … SELECT row WHERE condition`: a row that is written only if an earlier statement took effect. */
export function insertSelect<T extends SQLiteTable>(db: Db, table: T, row: InsertRow<T>, condition: SQL) {
  const valuesByKey = new Map<string, unknown>(Object.entries(row))
  const values = Object.entries(getTableColumns(table)).map(([key, column]) => {
    const value = valuesByKey.get(key) ?? column.default ?? null
    return is(value, SQL) ? value : sql`${sql.param(value, column)}`
  })
  return db.insert(table).select(sql`SELECT ${sql.join(values, sql`, `)} WHERE ${condition}`)
}
