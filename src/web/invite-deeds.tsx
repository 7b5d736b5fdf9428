import type { Context } from "hono"
import { Failure } from "../domain/failure.ts"
import { resendInvite } from "../domain/invite-sending.ts"
import { findInvite, revokeInvite } from "../domain/invites.ts"
import { factory, type Vestibule } from "../http/context.ts"
import { askForPatience, problemOf } from "../http/failures.ts"
import { readForm } from "../http/forms.ts"
import { redirectBack, wantsFragment } from "../http/htmx.ts"
import { RowOf } from "./invited-row.tsx"
import { NoticeCard } from "./layout.tsx"
import { hostIn, inviteeOf, invitePath, inviterIn, type Place, PlacePage } from "./places.tsx"

/** What is done to one invite where it is listed: sent again, revoked. */
export function inviteDeedRoutes(place: Place) {
  return factory
    .createApp()
    .post(`${place.path}/:id/resends`, async (c) => {
      const id = c.req.param("id")
      try {
        const despiteSuppression = (await readForm(c)).despite === "suppression"
        await resendInvite(c.var.deps, inviterIn(c, place), id, { despiteSuppression })
      } catch (error) {
        if (!(error instanceof Failure) || error.reason.kind !== "rate_limited") throw error
        const { resetAt } = error.reason
        const wait = askForPatience(c, resetAt)
        const told = `${problemOf(error.reason).detail} Try again in ${wait}; ${left(error.reason.remaining)}.`
        return answerWithRow(c, place, id, { told, tone: "danger", resendAt: resetAt, status: 429 })
      }
      return answerWithRow(c, place, id, { told: INVITE_DEEDS.resent, tone: "success", done: "resent" })
    })
    .post(`${place.path}/:id/revocation`, async (c) => {
      const { id } = await revokeInvite(c.var.deps, inviterIn(c, place), c.req.param("id"))
      return answerWithRow(c, place, id, { told: INVITE_DEEDS.revoked, tone: "success", done: "revoked" })
    })
}

/** What was done to an invite, as the page says that it was done on. */
export const INVITE_DEEDS = {
  resent: "The invite is on its way, with a new link.",
  revoked: "The invite is revoked. Its link no longer works.",
}

type RowAnswer = { told: string } & (
  | { tone: "success"; done: string; resendAt?: never; status?: never }
  | { tone: "danger"; done?: never; resendAt: Date; status: 429 }
)

/** After an action on one invite: to htmx its row and a notice, else back to the page it was asked on. */
async function answerWithRow(c: Context<Vestibule>, place: Place, id: string, answer: RowAnswer) {
  const { told, tone, done, resendAt, status } = answer
  const { deps } = c.var
  const host = hostIn(c, place)
  if (!wantsFragment(c) && done) return redirectBack(c, invitePath({ kind: place.kind, id }), done)
  const invite = await findInvite(deps, inviterIn(c, place), id)
  if (wantsFragment(c)) {
    return c.html(
      <>
        <RowOf {...{ invite, host, deps, resendAt }} />
        <hx-partial hx-target="#notice" hx-swap="innerHTML">
          <NoticeCard tone={tone}>{told}</NoticeCard>
        </hx-partial>
      </>,
      status ?? 200,
    )
  }
  return c.html(
    <PlacePage {...{ host, place }} title={inviteeOf(invite)} notice={<NoticeCard tone={tone}>{told}</NoticeCard>}>
      <p>
        <a href={place.list}>← {place.name}</a>
      </p>
    </PlacePage>,
    status ?? 200,
  )
}

const left = (n: number) => (n === 1 ? "1 is left today" : `${n} are left today`)
