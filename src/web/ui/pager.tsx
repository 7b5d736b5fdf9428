import { en, type Messages } from "../../text/en.ts"

type PagerProps = {
  /** The path of the next page; undefined on the last one. */
  next: string | undefined
  t?: Messages
  order?: string
  label?: string
}

/** Below a list: its order, and the link to the next page. Lists are newest first unless `order` says otherwise. */
export function Pager({ next, t = en, order = t.layout.newestFirst, label = t.layout.older }: PagerProps) {
  return (
    <div class="pager">
      <span class="muted">{order}</span>
      {next && <a href={next}>{label}</a>}
    </div>
  )
}
