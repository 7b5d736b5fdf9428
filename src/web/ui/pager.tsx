import type { Cursor, Neighbors, Page } from "../../storage/paging.ts"
import type { Messages } from "../../text/en.ts"
import { formatNumber } from "../../text/numbers.ts"
import { staffWordsOf } from "../../text/staff/locales.ts"
import type { pageRange } from "./page-range.ts"

type PagerProps = {
  t: Messages
  /** The paths of the next and the previous page; undefined on the last and the first one. */
  next: string | undefined
  prev?: string | undefined
  order?: string
  /** The rows of this page, where they are known. */
  range?: ReturnType<typeof pageRange>
  label?: string
  prevLabel?: string
}

/** Below a list: which rows these are, or else their order, and links to the other pages. Lists are newest first unless `order` says otherwise. */
export function Pager({
  t,
  next,
  prev,
  order = t.layout.newestFirst,
  range,
  label = t.layout.older,
  prevLabel = t.layout.newer,
}: PagerProps) {
  if (!order && !next && !prev) return null
  return (
    <div class="pager">
      <span class="muted count">{range ? rangeText(t, range) : order}</span>
      <span class="buttons">
        {prev && <a href={prev}>{prevLabel}</a>}
        {next && <a href={next}>{label}</a>}
      </span>
    </div>
  )
}

function rangeText(t: Messages, { first, last, total }: NonNullable<PagerProps["range"]>): string {
  const [from, to, of] = [first, last, total].map((count) => formatNumber(t, count))
  return staffWordsOf(t).layout.range(from ?? "", to ?? "", of ?? "")
}

/** The paths of a page's neighbors in a list with the newest first. */
export const neighborPaths = ({ next, prev }: Neighbors, toPath: (cursor: Cursor) => string) => ({
  next: next && toPath({ before: next }),
  prev: prev && toPath({ after: prev }),
})

/** True for a page beyond the end of a list, because its rows have left the list since. */
export const isBeyondEnd = ({ rows, next, prev }: Page<unknown>, { before, after }: Cursor) =>
  rows.length === 0 && (after ? !prev : Boolean(before) && !next)
