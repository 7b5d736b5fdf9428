import { getTableColumns, is, SQL, sql } from "drizzle-orm"
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core"
import type { Db } from "./db.ts"

type Row<T extends SQLiteTable> = { [K in keyof T["$inferInsert"]]: T["$inferInsert"][K] | SQL }

/** `INSERT INTO table … SELECT row WHERE condition`: a row that is written only if an earlier statement took effect. */
export function insertWhere<T extends SQLiteTable>(db: Db, table: T, row: Row<T>, condition: SQL) {
  const columns: Record<string, SQLiteColumn> = getTableColumns(table)
  const names: SQL[] = []
  const values: SQL[] = []
  for (const [key, value] of Object.entries(row)) {
    const column = columns[key]
    if (!column || value === undefined) continue
    names.push(sql`${sql.identifier(column.name)}`)
    values.push(is(value, SQL) ? value : sql`${sql.param(value, column)}`)
  }
  return db.run(
    sql`INSERT INTO ${table} (${sql.join(names, sql`, `)}) SELECT ${sql.join(values, sql`, `)} WHERE ${condition}`,
  )
}
