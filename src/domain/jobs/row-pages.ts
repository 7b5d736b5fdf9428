import { and, asc, desc, eq, type SQL, sql } from "drizzle-orm"
import type { SQLiteSelect } from "drizzle-orm/sqlite-core"
import { type Cursor, type Page, type PageRequest, toPageOf } from "../../storage/paging.ts"
import { type JobRow, jobRows } from "../../storage/schema.ts"

/** Which rows of a job: those in a status or with a code, or all. */
export type RowFilter = { status?: JobRow["status"] | undefined; code?: string | undefined }

/** As they are in the file or in the list of invites, or by status, so that those of a dry run with problems come first. */
export type RowOrder = "position" | "status"

/** The number of rows on a page for people. */
export const ROW_PAGE_SIZE = 50

/**
 * The statement that reads a page of the rows of a job that `query` selects. As in lists with the newest first, the cursor `before`
 * leads on and `after` back. A cursor that can't be read leads to the first page.
 */
export function rowPageQuery<Q extends SQLiteSelect>(
  query: Q,
  jobId: string,
  { status, code }: RowFilter,
  order: RowOrder,
  page: PageRequest,
) {
  const columns = order === "position" ? [jobRows.position] : [jobRows.status, jobRows.position]
  return query
    .where(
      and(
        eq(jobRows.jobId, jobId),
        status && eq(jobRows.status, status),
        code ? eq(jobRows.code, code) : undefined,
        isBeyond(order, page),
      ),
    )
    .orderBy(...columns.map((column) => (page.after ? desc(column) : asc(column))))
    .limit(page.size + 1)
}

/** The page of rows that `rowPageQuery` found. */
export const toRowPage = <T extends Pick<JobRow, "position" | "status">>(
  found: T[],
  order: RowOrder,
  page: PageRequest,
): Page<T> =>
  toPageOf(found, ({ position, status }) => `row_${position}${order === "status" ? `.${status}` : ""}`, page)

function isBeyond(order: RowOrder, { before, after }: Cursor): SQL | undefined {
  const [, position, status] = /^row_(\d{1,9})(?:\.([a-z]+))?$/.exec(after ?? before ?? "") ?? []
  if (!position || (order === "status" && !status)) return undefined
  const sign = sql.raw(after ? "<" : ">")
  return order === "position"
    ? sql`${jobRows.position} ${sign} ${Number(position)}`
    : sql`(${jobRows.status}, ${jobRows.position}) ${sign} (${status}, ${Number(position)})`
}

/** Yields the pages of a list, from its first to its last. */
export async function* eachPage<T>(list: (cursor: Cursor) => Promise<Page<T>>): AsyncGenerator<T[]> {
  let before: string | undefined
  do {
    const { rows, next } = await list({ before })
    yield rows
    before = next
  } while (before)
}
