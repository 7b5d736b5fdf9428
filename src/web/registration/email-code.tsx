import { Failure, type RateLimit } from "../../domain/failure.ts"
import { senderName } from "../../domain/invites/audience.ts"
import { CODE_TTL_MINUTES, sendEmailCode, verifyEmailCode } from "../../domain/invites/email-codes.ts"
import { openLink } from "../../domain/invites/link-state.ts"
import { readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { inviteMessages } from "../../http/language.ts"
import { rateLimit } from "../../http/problems.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { href } from "../../routes.ts"
import { maskEmail } from "../../text/sanitize.ts"
import { joinSentences } from "../../text/sentences.ts"
import { Field } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"
import { Flash } from "../ui/layout.tsx"
import { respondWithGuessLimit } from "./guess-limit.tsx"
import { inviteHeading, LinkLayout } from "./layout.tsx"
import { type LinkPageProps, respondWithLinkState } from "./states.tsx"

export const emailCodeRoutes = new Router()

emailCodeRoutes.serve("registration.sendCode", async (c) => {
  const { deps } = c.var
  const token = c.req.param("token")
  try {
    const linkState = await sendEmailCode(deps, token)
    if (linkState.state === "invalid") return respondWithLinkState(c, token, linkState)
    return redirect(c, href("registration.show", { token }))
  } catch (error) {
    const linkState = await openLink(deps, token)
    if (linkState.state === "invalid") return respondWithLinkState(c, token, linkState)
    c.set("securitySubject", { inviteId: linkState.invite.id })
    const t = inviteMessages(c, linkState.invite)
    const { suppressed, cooldown, dailyLimit, hourlyLimit, retryIn } = t.emailCode
    if (error instanceof Failure && error.reason.kind === "email_suppressed") {
      return respondWithLinkState(c, token, linkState, { errorMessage: suppressed, status: 409 })
    }
    const { scope, wait } = rateLimit(c, error, t)
    const reasons: Partial<Record<RateLimit, string>> = {
      resend_daily_limit: dailyLimit,
      email_hourly_limit: hourlyLimit,
    }
    const errorMessage = joinSentences(t, reasons[scope] ?? cooldown, retryIn(wait))
    return respondWithLinkState(c, token, linkState, { errorMessage, status: 429 })
  }
})

emailCodeRoutes.serve("registration.verifyCode", async (c) => {
  const token = c.req.param("token")
  const { code = "" } = await readForm(c)
  const verification = await verifyEmailCode(c.var.deps, token, code).catch((error) =>
    respondWithGuessLimit(c, error, { token }),
  )
  if (verification instanceof Response) return verification
  if (verification.isVerified) return redirect(c, href("registration.show", { token: verification.token }))
  const { linkState, errors } = verification
  if (linkState.state !== "invalid" && errors.some((error) => error.code === "wrong_code")) {
    logSecurityEvent(c, { event: "wrong_code", inviteId: linkState.invite.id })
  }
  return respondWithLinkState(c, token, linkState, { errors })
})

/** Anyone could hold a copied link, so the visitor must enter a code that we send to the contact. */
export function EmailCodePage({
  t,
  linkState,
  errors,
  errorMessage,
  platformName,
  token,
}: LinkPageProps<"needs_code">) {
  const { invite, reseller, isCodeSent } = linkState
  const maskedAddress = maskEmail(invite.contactEmail)
  const sender = senderName(invite, reseller, platformName)
  const isCodeRequested = isCodeSent || errors.length > 0
  const sendCodeForm = (
    <Form class="stack" action={href("registration.sendCode", { token })} data-submit-once>
      <button class={isCodeRequested ? "button secondary full-width" : "button full-width"} type="submit">
        {isCodeRequested ? t.emailCode.sendAnother : t.emailCode.send}
      </button>
    </Form>
  )
  return (
    <LinkLayout title={inviteHeading(t, invite, reseller)} {...{ t, reseller, platformName }}>
      <p class="muted">
        {isCodeRequested ? t.emailCode.sent(sender, maskedAddress) : t.emailCode.willSend(sender, maskedAddress)}
      </p>
      {errorMessage && <Flash tone="danger">{errorMessage}</Flash>}
      {isCodeRequested && (
        <Form class="stack" action={href("registration.verifyCode", { token })} novalidate data-submit-once>
          <Field
            form={{ values: {}, errors }}
            name="code"
            label={t.emailCode.label}
            help={t.emailCode.help(CODE_TTL_MINUTES)}
            autocomplete="one-time-code"
            inputmode="numeric"
            required
            autofocus
          />
          <button class="button full-width" type="submit">
            {t.emailCode.submit}
          </button>
        </Form>
      )}
      {sendCodeForm}
    </LinkLayout>
  )
}
