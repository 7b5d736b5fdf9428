import type { Context } from "hono"
import type { Problem } from "../http/failures.ts"
import { wantsFragment } from "../http/htmx.ts"
import { NarrowPage, NoticeCard } from "./layout.tsx"

/** Where nothing of ours is open to the person. */
const NOWHERE = ["no_active_account", "reseller_suspended"]

/** A refusal as a page; to htmx as a notice on the page that is open. */
export function answerProblem(c: Context, { status, title, detail, code }: Problem, requestId?: string) {
  if (wantsFragment(c)) {
    c.header("HX-Retarget", "#notice")
    c.header("HX-Reswap", "innerHTML")
    return c.html(<NoticeCard tone="danger">{detail}</NoticeCard>, status)
  }
  return c.html(
    <NarrowPage title={title} brand="Vestibule">
      <h1>{title}</h1>
      <p class="muted">{detail}</p>
      {requestId && <p class="muted">If you report this, say the number {requestId}.</p>}
      {NOWHERE.includes(code) ? (
        <form method="post" action="/sign-out">
          <button class="button full-width" type="submit">
            Sign out
          </button>
        </form>
      ) : (
        <p>
          <a class="button full-width" href="/">
            Go to the start
          </a>
        </p>
      )}
    </NarrowPage>,
    status,
  )
}
