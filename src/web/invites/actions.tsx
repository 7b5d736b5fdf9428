import type { Context } from "hono"
import { Failure } from "../../domain/failure.ts"
import { getInvite } from "../../domain/invites/find.ts"
import { resendInvite } from "../../domain/invites/resend.ts"
import { revokeInvite } from "../../domain/invites/revoke.ts"
import type { AppEnv } from "../../http/context.ts"
import { readForm } from "../../http/forms.ts"
import { isFragmentRequest, redirectBack } from "../../http/htmx.ts"
import { setRetryAfter, toProblem } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { AccountForms } from "../ui/form.tsx"
import { Flash } from "../ui/layout.tsx"
import { InviteListItem } from "./row.tsx"
import {
  actorIn,
  audienceIn,
  BackLink,
  invitePath,
  inviteTitle,
  messagesOf,
  type Section,
  SectionPage,
} from "./section.tsx"

/** Resends or revokes one invite, from a list or its page. */
export function inviteActionRoutes(section: Section) {
  return new Router()
    .serve(`${section.invites}.resend`, async (c) => {
      const id = c.req.param("id")
      const t = messagesOf(actorIn(c, section))
      try {
        const despiteSuppression = (await readForm(c)).despite === "suppression"
        await resendInvite(c.var.deps, audienceIn(c, section), id, { despiteSuppression })
      } catch (error) {
        if (!(error instanceof Failure) || error.reason.kind !== "rate_limited") throw error
        const { resetAt, remaining } = error.reason
        const wait = setRetryAfter(c, resetAt, t)
        const message = `${toProblem(error.reason, t).detail} ${t.retry.in(wait)} ${t.retry.remaining(remaining)}`
        return respondWithRow(c, section, id, { message, tone: "danger", resendAt: resetAt, status: 429 })
      }
      return respondWithRow(c, section, id, { message: t.invite.flashes.resent, tone: "success", flashKey: "resent" })
    })
    .serve(`${section.invites}.revoke`, async (c) => {
      const { id } = await revokeInvite(c.var.deps, audienceIn(c, section), c.req.param("id"))
      const message = messagesOf(actorIn(c, section)).invite.flashes.revoked
      return respondWithRow(c, section, id, { message, tone: "success", flashKey: "revoked" })
    })
}

type RowResponse = { message: string } & (
  | { tone: "success"; flashKey: string; resendAt?: never; status?: never }
  | { tone: "danger"; flashKey?: never; resendAt: Date; status: 429 }
)

/** After an action on an invite: its row and a flash message for htmx, else a redirect to the page of the form. */
async function respondWithRow(c: Context<AppEnv>, section: Section, id: string, response: RowResponse) {
  const { message, tone, flashKey, resendAt, status } = response
  const { deps } = c.var
  const actor = actorIn(c, section)
  if (!isFragmentRequest(c) && flashKey) return redirectBack(c, invitePath({ kind: section.kind, id }), flashKey)
  const invite = await getInvite(deps, audienceIn(c, section), id)
  if (isFragmentRequest(c)) {
    return c.html(
      <AccountForms actor={actor}>
        <InviteListItem {...{ invite, actor, deps, resendAt }} />
        <hx-partial hx-target="#notice" hx-swap="innerHTML">
          <Flash tone={tone}>{message}</Flash>
        </hx-partial>
      </AccountForms>,
      status ?? 200,
    )
  }
  return c.html(
    <SectionPage {...{ actor, section }} title={inviteTitle(invite)} flash={<Flash tone={tone}>{message}</Flash>}>
      <p>
        <BackLink section={section} t={messagesOf(actor)} />
      </p>
    </SectionPage>,
    status ?? 200,
  )
}
