import { Failure } from "../domain/failure.ts"
import { hostNameOf } from "../domain/inviters.ts"
import { CODE_MINUTES, proveMailbox, sendCode } from "../domain/mailbox-codes.ts"
import { openRegistration } from "../domain/registration.ts"
import { maskedEmail } from "../domain/text.ts"
import { factory } from "../http/context.ts"
import { askForPatience } from "../http/failures.ts"
import { readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import { Field } from "./fields.tsx"
import { NoticeCard } from "./layout.tsx"
import { LinkPage, notYet, purposeOf } from "./link-pages.tsx"
import { answerRegistration, type PageProps } from "./registration-page.tsx"

export const mailboxProofRoutes = factory.createApp()

mailboxProofRoutes.post("/register/:token/codes", async (c) => {
  const { deps } = c.var
  const token = c.req.param("token")
  try {
    const registration = await sendCode(deps, token)
    if (registration.state === "mangled") return answerRegistration(c, token, registration)
    return redirect(c, `/register/${token}`)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { reason } = error
    const registration = await openRegistration(deps, token)
    if (reason.kind === "email_suppressed") {
      return answerRegistration(c, token, registration, { refusal: NO_MAIL, status: 409 })
    }
    if (reason.kind !== "rate_limited") throw error
    const wait = askForPatience(c, reason.resetAt)
    const refusal = `${notYet(reason.scope, "code")} Another can be sent in ${wait}.`
    return answerRegistration(c, token, registration, { refusal, status: 429 })
  }
})

mailboxProofRoutes.post("/register/:token/proof", async (c) => {
  const token = c.req.param("token")
  const { code = "" } = await readForm(c)
  const proof = await proveMailbox(c.var.deps, token, code)
  if (proof.isProven) return redirect(c, `/register/${proof.token}`)
  return answerRegistration(c, token, proof.registration, { errors: proof.errors })
})

const NO_MAIL = "No mail can be sent to this address. Ask for an invite to another one."

/** A copied link may be in anybody's hands: a code that is mailed to the contact shows that these are theirs. */
export function MailboxProof({ registration, errors, refusal, platformName, path }: PageProps<"unproven">) {
  const { invite, reseller, isCodeSent } = registration
  const address = maskedEmail(invite.contactEmail)
  const isAsked = isCodeSent || errors.length > 0
  const send = (
    <form class="stack" method="post" action={`${path}/codes`} data-submit-once>
      <button class={isAsked ? "button secondary full-width" : "button full-width"} type="submit">
        {isAsked ? "Send another code" : "Send me a code"}
      </button>
    </form>
  )
  return (
    <LinkPage title={purposeOf(invite, reseller)} {...{ reseller, platformName }}>
      <p class="muted">
        {hostNameOf(invite, reseller, platformName)} invited you. {isAsked ? "We sent" : "First we send"} six digits to{" "}
        {address}, to be sure that this mailbox is yours.
      </p>
      {refusal && <NoticeCard tone="danger">{refusal}</NoticeCard>}
      {isAsked && (
        <form class="stack" method="post" action={`${path}/proof`} novalidate data-submit-once>
          <Field
            form={{ values: {}, errors }}
            name="code"
            label="Code"
            help={`From the e-mail; it works for ${CODE_MINUTES} minutes.`}
            autocomplete="one-time-code"
            inputmode="numeric"
            maxlength={20}
            required
          />
          <button class="button full-width" type="submit">
            Go on
          </button>
        </form>
      )}
      {send}
    </LinkPage>
  )
}
