import type { Context } from "hono"
import type { Child } from "hono/jsx"
import type { FieldError, FieldErrorCode } from "../../domain/failure.ts"
import { senderName } from "../../domain/invites/audience.ts"
import { linkPasskeyOptions } from "../../domain/invites/identify.ts"
import type { LinkState } from "../../domain/invites/link-state.ts"
import { sendingTime } from "../../domain/invites/schedule.ts"
import type { AppEnv } from "../../http/context.ts"
import type { FormError } from "../../http/forms.ts"
import { isBackgroundForm } from "../../http/htmx.ts"
import { inviteMessages } from "../../http/language.ts"
import { href } from "../../routes.ts"
import type { Messages } from "../../text/en.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { parseSandboxId } from "../../text/sandbox-address.ts"
import { maskEmail } from "../../text/sanitize.ts"
import { translateErrors } from "../ui/field-errors.ts"
import { Form } from "../ui/form.tsx"
import { ExpiryTime, PageTimeZone, RelativeTime } from "../ui/time.tsx"
import { EmailCodePage } from "./email-code.tsx"
import { RegistrationForm } from "./form.tsx"
import { respondWithInvalidLink } from "./invalid-link.tsx"
import { accountName, LinkLayout, RenewalForm } from "./layout.tsx"

const STATUS_CODES = {
  valid: 200,
  needs_code: 200,
  superseded: 410,
  email_changed: 410,
  expired: 410,
  revoked: 410,
  declined: 410,
  suspended: 403,
  accepted: 409,
  wrong_user: 409,
} as const

/** Errors after which the form isn't the same, so that the browser needs the page. */
const NEW_FORM_CODES: FieldErrorCode[] = ["terms_changed", "account_exists"]

type ResponseOptions = {
  values?: Record<string, string>
  errors?: FieldError[]
  /** An error of the form that belongs to no field. */
  errorMessage?: Child
  status?: 403 | 409 | 429 | 503
}

/** Responds with the page for a link's state. */
export async function respondWithLinkState(
  c: Context<AppEnv>,
  token: string,
  linkState: LinkState,
  { values = {}, errors = [], errorMessage, status }: ResponseOptions = {},
) {
  const { deps } = c.var
  const { platformName } = deps.config
  if (linkState.state === "invalid") return respondWithInvalidLink(c, token, "registration")
  const t = inviteMessages(c, linkState.invite)
  const isOpen = linkState.state === "valid" && !linkState.isForSignedInUser
  const page = {
    t,
    values,
    errors: translateErrors(t, errors),
    errorMessage,
    platformName,
    now: deps.now(),
    token,
    passkeyOptions: isOpen ? await linkPasskeyOptions(deps, linkState) : undefined,
  }
  const defaultStatus = errors.length > 0 ? 422 : STATUS_CODES[linkState.state]
  if (isBackgroundForm(c) && errors.length > 0 && !errors.some(({ code }) => NEW_FORM_CODES.includes(code))) {
    return c.json({ errors: page.errors.map(({ field, detail }) => ({ field, detail })) }, 422)
  }
  return c.html(
    <PageTimeZone.Provider value={deps.client?.timeZone ?? linkState.reseller.timeZone}>
      <LinkStatePage linkState={linkState} {...page} />
    </PageTimeZone.Provider>,
    status ?? defaultStatus,
  )
}

/** The states of links that we signed. */
type ValidatedState = Exclude<LinkState["state"], "invalid">

export type LinkPageProps<State extends ValidatedState> = {
  linkState: Extract<LinkState, { state: State }>
  t: Messages
  values: Record<string, string>
  errors: FormError[]
  errorMessage: Child
  platformName: string
  token: string
  now: Date
  /** What the browser is asked for if someone registers or accepts with a passkey. */
  passkeyOptions: object | undefined
}

/** The page for each state of a registration link, with the next step. */
function LinkStatePage({ linkState, ...page }: LinkPageProps<ValidatedState>) {
  const { t, platformName, token, now } = page
  const { invite, reseller } = linkState
  const { linkStates } = t
  const sender = senderName(invite, reseller, platformName)
  const account = accountName(invite, reseller)
  const maskedAddress = maskEmail(invite.contactEmail)
  const signInPath = href(
    "session.new",
    {},
    { sandbox: parseSandboxId(reseller.id), next: href("registration.show", { token }) },
  )
  const messagePage = (title: string, text: Child, nextStep?: Child) => (
    <LinkLayout {...{ t, title, reseller, platformName }}>
      <p class="muted">{text}</p>
      {nextStep}
    </LinkLayout>
  )
  const switchUserForm = (returnPath: string) => (
    <Form action={href("session.delete")} data-submit-once>
      <input type="hidden" name="next" value={returnPath} />
      <button class="button full-width" type="submit">
        {linkStates.signOutAndContinue}
      </button>
    </Form>
  )
  switch (linkState.state) {
    case "valid":
      return <RegistrationForm {...page} linkState={linkState} />
    case "needs_code":
      return <EmailCodePage {...page} linkState={linkState} />
    case "wrong_user": {
      const { name = "", email = "" } = linkState.signedInUser ?? {}
      const { title, text } = linkStates.wrong_user
      return messagePage(
        title,
        text(maskedAddress, name, readableAddress(email)),
        switchUserForm(href("registration.show", { token })),
      )
    }
    case "email_changed":
      return messagePage(linkStates.email_changed.title, linkStates.email_changed.text(sender))
    case "suspended":
      return messagePage(linkStates.suspended.title, linkStates.suspended.text(reseller.name))
    case "superseded": {
      const sentAt = <RelativeTime at={sendingTime(invite)} {...{ now, t }} />
      const text = linkStates.superseded.text<Child>(maskedAddress, sentAt, reseller.name)
      return messagePage(linkStates.superseded.title, text, <RenewalForm t={t} token={token} isSuperseded />)
    }
    case "expired": {
      const expiredOn = <ExpiryTime at={invite.expiresAt} {...{ now, t }} />
      const text = linkStates.expired.text<Child>(expiredOn, maskedAddress, sender)
      return messagePage(linkStates.expired.title, text, <RenewalForm t={t} token={token} />)
    }
    case "accepted": {
      if (linkState.isForSignedInUser && !linkState.isInAccount) {
        return messagePage(linkStates.leftAccount.title, linkStates.leftAccount.text(account))
      }
      if (linkState.isForSignedInUser) {
        return messagePage(
          linkStates.accepted.title,
          linkStates.accepted.text(account),
          <a class="button full-width" href={href(invite.kind === "staff" ? "dashboard.show" : "account.show")}>
            {linkStates.goToAccount}
          </a>,
        )
      }
      if (linkState.signedInUser) {
        const { name, email } = linkState.signedInUser
        const text = linkStates.acceptedByOther.text(account, maskedAddress, name, readableAddress(email))
        return messagePage(linkStates.wrong_user.title, text, switchUserForm(signInPath))
      }
      return messagePage(
        linkStates.acceptedSignedOut.title,
        linkStates.acceptedSignedOut.text(account, maskedAddress),
        <a class="button full-width" href={signInPath}>
          {linkStates.signIn}
        </a>,
      )
    }
    case "revoked":
      return messagePage(linkStates.revoked.title, linkStates.revoked.text(sender))
    case "declined":
      return messagePage(linkStates.declined.title, linkStates.declined.text(sender))
  }
}
