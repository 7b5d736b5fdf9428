import type { Cursor, Neighbors, Page } from "../../storage/paging.ts"
import type { Messages } from "../../text/en.ts"

type PagerProps = {
  t: Messages
  /** The paths of the next and the previous page; undefined on the last and the first one. */
  next: string | undefined
  prev?: string | undefined
  order?: string
  label?: string
  prevLabel?: string
}

/** Below a list: its order, and links to its other pages. Lists are newest first unless `order` says otherwise. */
export function Pager({
  t,
  next,
  prev,
  order = t.layout.newestFirst,
  label = t.layout.older,
  prevLabel = t.layout.newer,
}: PagerProps) {
  if (!order && !next && !prev) return null
  return (
    <div class="pager">
      <span class="muted">{order}</span>
      <span class="buttons">
        {prev && <a href={prev}>{prevLabel}</a>}
        {next && <a href={next}>{label}</a>}
      </span>
    </div>
  )
}

/** The paths of a page's neighbors in a list with the newest first. */
export const neighborPaths = ({ next, prev }: Neighbors, toPath: (cursor: Cursor) => string) => ({
  next: next && toPath({ before: next }),
  prev: prev && toPath({ after: prev }),
})

/** True for a page beyond the end of a list, because its rows have left the list since. */
export const isBeyondEnd = ({ rows, next, prev }: Page<unknown>, { before, after }: Cursor) =>
  rows.length === 0 && (after ? !prev : Boolean(before) && !next)
