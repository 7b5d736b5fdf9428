import { inArray, type SQL } from "drizzle-orm"
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core"
import type { Db } from "./db.ts"

/** How many rows one run of a cron job deletes, so that a run stays short. The next one continues. */
const DELETE_BATCH = 500

/** The statement that deletes some of the rows that match `condition`, by their primary key. */
export function deleteSome(
  db: Db,
  table: SQLiteTable,
  key: SQLiteColumn,
  condition: SQL | undefined,
  max = DELETE_BATCH,
) {
  return db.delete(table).where(inArray(key, db.select({ key }).from(table).where(condition).limit(max)))
}
