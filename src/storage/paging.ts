import { and, desc, lt, type SQL } from "drizzle-orm"
import type { SQLiteColumn, SQLiteSelect } from "drizzle-orm/sqlite-core"

/** The number of rows on a page of a list. */
export const PAGE_SIZE = 25

/** One page of a list. Query `PAGE_SIZE + 1` rows: the extra one shows that there are more. */
export type Page<T> = { rows: T[]; next: string | undefined }

/** A page: `size` rows, older than the row `before`. */
export type PageRequest = { before?: string | undefined; size: number }

/** The statement that reads a page of the rows that `query` selects and `condition` allows, newest first. Ids sort by time. */
export function newestFirst<Q extends SQLiteSelect>(
  query: Q,
  id: SQLiteColumn,
  condition: SQL | undefined,
  { before, size }: PageRequest,
) {
  return query
    .where(and(condition, before ? lt(id, before) : undefined))
    .orderBy(desc(id))
    .limit(size + 1)
}

export function toPage<T extends { id: string }>(fetched: T[], size = PAGE_SIZE): Page<T> {
  const rows = fetched.slice(0, size)
  return { rows, next: fetched.length > size ? rows.at(-1)?.id : undefined }
}
