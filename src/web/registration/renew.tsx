import type { Context } from "hono"
import { Failure } from "../../domain/failure.ts"
import { type LinkState, openLink } from "../../domain/invites/link-state.ts"
import { renewLink } from "../../domain/invites/renew.ts"
import type { AppEnv } from "../../http/context.ts"
import { redirect } from "../../http/htmx.ts"
import { inviteMessages } from "../../http/language.ts"
import { rateLimit } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { Messages } from "../../text/en.ts"
import { maskEmail } from "../../text/sanitize.ts"
import { joinSentences } from "../../text/sentences.ts"
import { LinkLayout } from "./layout.tsx"
import { respondWithLinkState } from "./states.tsx"

export const renewalRoutes = new Router()

renewalRoutes.serve("registration.renew", async (c) => {
  const token = c.req.param("token")
  try {
    const { outcome, linkState } = await renewLink(c.var.deps, token)
    if (outcome === "not_needed") return redirect(c, href("registration.show", { token })) // its page says why
    return respondWithRenewal(c, token, linkState, { outcome })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const linkState = await openLink(c.var.deps, token)
    if (error.reason.kind !== "rate_limited") return respondWithRenewal(c, token, linkState, { outcome: "unavailable" })
    return respondWithRenewal(c, token, linkState, { outcome: "rate_limited", error })
  }
})

type RenewalResult =
  | { outcome: "sent" | "sent_again" | "suppressed" | "unavailable" }
  | { outcome: "rate_limited"; error: Failure }

const STATUS_CODES = { sent: 202, sent_again: 202, suppressed: 409, unavailable: 409, rate_limited: 429 } as const

function respondWithRenewal(c: Context<AppEnv>, token: string, linkState: LinkState, result: RenewalResult) {
  if (linkState.state === "invalid") return respondWithLinkState(c, token, linkState)
  const { invite, reseller } = linkState
  const { platformName } = c.var.deps.config
  const t = inviteMessages(c, invite)
  return c.html(
    <LinkLayout title={resultTitle(t, result)} {...{ t, reseller, platformName }}>
      <p class="muted">{resultText(c, t, linkState, result)}</p>
    </LinkLayout>,
    STATUS_CODES[result.outcome],
  )
}

function resultTitle(t: Messages, { outcome }: RenewalResult): string {
  if (outcome === "sent") return t.renewal.sentTitle
  return outcome === "sent_again" ? t.renewal.sentAgainTitle : t.renewal.notSentTitle
}

function resultText(
  c: Context<AppEnv>,
  t: Messages,
  { invite, reseller }: Exclude<LinkState, { state: "invalid" }>,
  result: RenewalResult,
): string {
  const address = maskEmail(invite.contactEmail)
  switch (result.outcome) {
    case "sent":
      return t.renewal.sent(address, reseller.name)
    case "sent_again":
      return t.renewal.sentAgain(address, reseller.name)
    case "suppressed":
      return t.renewal.suppressed(address, reseller.name)
    case "unavailable":
      return t.renewal.unavailable(reseller.name)
    case "rate_limited": {
      const { scope, wait } = rateLimit(c, result.error, t)
      const reason = scope === "email_hourly_limit" ? t.renewal.hourlyLimit : t.renewal.cooldown
      return joinSentences(t, reason, t.renewal.retryIn(wait))
    }
  }
}
