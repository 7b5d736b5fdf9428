import { and, asc, desc, gt, lt, type SQL } from "drizzle-orm"
import type { SQLiteColumn, SQLiteSelect } from "drizzle-orm/sqlite-core"

/** The number of rows on a page of a list. */
export const PAGE_SIZE = 25

/** The cursors of a page's neighbors in a list with the newest first: `next` is older, `prev` newer. */
export type Neighbors = { next: string | undefined; prev: string | undefined }

/** One page of a list. Query `size + 1` rows: the extra one shows that there are more. */
export type Page<T> = Neighbors & { rows: T[] }

/** Where a page begins: the nearest rows that are older than `before`, or newer than `after`; with neither, the newest. */
export type Cursor = { before?: string | undefined; after?: string | undefined }

export type PageRequest = Cursor & { size: number }

/** SQL condition: the row is on the wanted side of the cursor. Ids sort by time. */
export function isBeyond(id: SQLiteColumn, { before, after }: Cursor): SQL | undefined {
  if (after) return gt(id, after)
  return before ? lt(id, before) : undefined
}

/** The order in which a page is read, from its cursor on. */
export const readingOrder = (id: SQLiteColumn | SQL, { after }: Cursor) => (after ? asc(id) : desc(id))

/** The statement that reads a page of the rows that `query` selects and `condition` allows, newest first. */
export function newestFirst<Q extends SQLiteSelect>(
  query: Q,
  id: SQLiteColumn,
  condition: SQL | undefined,
  page: PageRequest,
) {
  return query
    .where(and(condition, isBeyond(id, page)))
    .orderBy(readingOrder(id, page))
    .limit(page.size + 1)
}

/**
 * The page of rows that were fetched in reading order. `scanEnd` is the last row that was looked at, if that wasn't all. A page
 * takes for granted that the list still has the rows on the side where its cursor came from; one without rows leads back there.
 */
export const toPage = <T extends { id: string }>(fetched: T[], page: PageRequest, scanEnd?: string): Page<T> =>
  toPageOf(fetched, ({ id }) => id, page, scanEnd)

/** The page of rows with other cursors than their ids. */
export function toPageOf<T>(
  fetched: T[],
  toCursor: (row: T) => string,
  { before, after, size }: PageRequest,
  scanEnd?: string,
): Page<T> {
  const rows = fetched.slice(0, size)
  const [first, last] = [rows[0], rows.at(-1)]
  const end = last && fetched.length > size ? toCursor(last) : scanEnd
  const start = first ? toCursor(first) : (scanEnd ?? after ?? before)
  if (after) return { rows: rows.reverse(), next: start, prev: end }
  return { rows, next: end, prev: before ? start : undefined }
}
