import type { Cursor, Page } from "../../storage/paging.ts"

/** Where a page begins, as its URL says. `rest`: how many rows of the list there are from its cursor on. */
export type Place = Cursor & { rest?: string | number | undefined }

type List = {
  /** The number of its rows; undefined if nobody knows. */
  total: number | undefined
  /** Rows are added at its beginning alone, and none is ever taken away. */
  isAppendOnly: boolean
}

/** Which rows of a list a page has, from 1 on; undefined if that isn't certain. */
export function pageRange(
  { rows: { length }, next, prev }: Page<unknown>,
  { before, after, rest }: Place,
  { total, isAppendOnly }: List,
): { first: number; last: number; total: number } | undefined {
  if (total === undefined || length === 0) return undefined
  const isFirst = after ? !prev : !before
  const fromCursor = isAppendOnly && /^[1-9]\d{0,8}$/.test(String(rest)) ? Number(rest) : Number.NaN
  const fromStart = after ? fromCursor + length : fromCursor
  const first = isFirst ? 1 : total - (next ? fromStart : length) + 1
  const last = first + length - 1
  const isConsistent = first > 0 && (first === 1) === isFirst && last <= total && last < total === Boolean(next)
  return isConsistent ? { first, last, total } : undefined
}

/** The places of a page's neighbors in a list with the newest first. */
export function neighborPlaces(page: Page<unknown>, range: ReturnType<typeof pageRange>) {
  const rest = range && range.total - range.first + 1
  return {
    next: page.next ? { before: page.next, rest: rest && rest - page.rows.length } : undefined,
    prev: page.prev ? { after: page.prev, rest } : undefined,
  }
}
