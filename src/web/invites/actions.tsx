import type { Context } from "hono"
import { getInvite } from "../../domain/invites/find.ts"
import { resendInvite } from "../../domain/invites/resend.ts"
import { restoreInvite } from "../../domain/invites/restore.ts"
import { revokeInvite } from "../../domain/invites/revoke.ts"
import type { AppEnv } from "../../http/context.ts"
import { readForm } from "../../http/forms.ts"
import { isFragmentRequest, redirect, redirectBack } from "../../http/htmx.ts"
import { rateLimit } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { joinSentences } from "../../text/sentences.ts"
import { InviteFlash, type InviteFlashKey, inviteFlash } from "../ui/flash.tsx"
import { fragment } from "../ui/form.tsx"
import { Flash } from "../ui/layout.tsx"
import { InviteListItem } from "./row.tsx"
import {
  actorIn,
  BackLink,
  inviteContextIn,
  invitePath,
  inviteTitle,
  messagesOf,
  type Section,
  SectionPage,
} from "./section.tsx"

/** Resends one invite, revokes it or undoes that, from a list or its page. */
export function inviteActionRoutes(section: Section) {
  return new Router()
    .serve(`${section.invites}.resend`, async (c) => {
      const id = c.req.param("id")
      const t = messagesOf(actorIn(c, section))
      const { despite, only_if } = await readForm(c)
      const despiteSuppression = despite === "suppression"
      const options = { despiteSuppression, ifScheduled: only_if === "scheduled" }
      try {
        await resendInvite(c.var.deps, inviteContextIn(c, section), id, options)
      } catch (error) {
        const { scope, message, remaining, resetAt } = rateLimit(c, error, t)
        const resendsLeft = scope === "resend_cooldown" ? [t.retry.remaining(remaining)] : []
        return respondWithRow(c, section, id, { message: joinSentences(t, message, ...resendsLeft), resendAt: resetAt })
      }
      // The form that allows email again is on the edit page, which has nothing left to do.
      if (despiteSuppression)
        return redirect(c, invitePath({ kind: section.kind, id }, "show", inviteFlash("invite_resent", id)))
      return respondWithRow(c, section, id, { flashKey: "invite_resent" })
    })
    .serve(`${section.invites}.revoke`, async (c) => {
      const { id } = await revokeInvite(c.var.deps, inviteContextIn(c, section), c.req.param("id"))
      return respondWithRow(c, section, id, { flashKey: "invite_revoked" })
    })
    .serve(`${section.invites}.restore`, async (c) => {
      const { id } = await restoreInvite(c.var.deps, inviteContextIn(c, section), c.req.param("id"))
      return respondWithRow(c, section, id, { flashKey: "invite_restored" })
    })
}

type RowResponse = { flashKey: InviteFlashKey } | { message: string; resendAt: Date }

/** Responds to an action on an invite: htmx gets its row and a flash message, others a redirect back to the form's page. */
async function respondWithRow(c: Context<AppEnv>, section: Section, id: string, response: RowResponse) {
  const { deps } = c.var
  const actor = actorIn(c, section)
  const t = messagesOf(actor)
  const isDone = "flashKey" in response
  if (isDone && !isFragmentRequest(c)) {
    return redirectBack(c, invitePath({ kind: section.kind, id }), inviteFlash(response.flashKey, id))
  }
  const invite = await getInvite(deps, inviteContextIn(c, section), id)
  const message = isDone ? (
    <InviteFlash flashKey={response.flashKey} {...{ invite, t }} now={deps.now()} isInRow />
  ) : (
    <Flash tone="danger">{response.message}</Flash>
  )
  if (!isFragmentRequest(c)) {
    return c.html(
      <SectionPage
        {...{ actor, section }}
        title={inviteTitle(invite, t)}
        flash={message}
        back={<BackLink {...{ section, t }} />}
      ></SectionPage>,
      429,
    )
  }
  const resendAt = isDone ? undefined : response.resendAt
  return fragment(
    c,
    actor,
    <>
      <InviteListItem {...{ invite, actor, deps, resendAt }} />
      <hx-partial hx-target="#notice" hx-swap="beforeend">
        {message}
      </hx-partial>
    </>,
    isDone ? 200 : 429,
  )
}
