import type { Context } from "hono"
import type { Child } from "hono/jsx"
import type { FieldError } from "../../domain/failure.ts"
import { senderName } from "../../domain/invites/audience.ts"
import type { LinkState } from "../../domain/invites/link-state.ts"
import type { AppEnv } from "../../http/context.ts"
import { href } from "../../routes.ts"
import { maskEmail } from "../../text/sanitize.ts"
import { Form } from "../ui/form.tsx"
import { RelativeTime, ShortDate } from "../ui/time.tsx"
import { EmailCodePage } from "./email-code.tsx"
import { RegistrationForm } from "./form.tsx"
import { InvalidLinkPage, joinedPhrase, LinkLayout, RenewalForm, SupportContact } from "./layout.tsx"

const STATUS_CODES = {
  valid: 200,
  needs_code: 200,
  invalid: 404,
  superseded: 410,
  email_changed: 410,
  expired: 410,
  revoked: 410,
  declined: 410,
  suspended: 403,
  accepted: 409,
  wrong_user: 409,
} as const

type ResponseOptions = {
  values?: Record<string, string>
  errors?: FieldError[]
  /** What came of a form when it was no field's fault. */
  errorMessage?: string
  status?: 403 | 409 | 429
}

/** Answers with the page of a link's state; `token` is the link's own. */
export function respondWithLinkState(
  c: Context<AppEnv>,
  token: string,
  linkState: LinkState,
  { values = {}, errors = [], errorMessage, status }: ResponseOptions = {},
) {
  const { config, now } = c.var.deps
  const page = {
    values,
    errors,
    errorMessage,
    platformName: config.platformName,
    now: now(),
    token,
  }
  const defaultStatus = errors.length > 0 ? 422 : STATUS_CODES[linkState.state]
  return c.html(<LinkStatePage linkState={linkState} {...page} />, status ?? defaultStatus)
}

export type LinkPageProps<State extends LinkState["state"] = LinkState["state"]> = {
  linkState: Extract<LinkState, { state: State }>
  values: Record<string, string>
  errors: FieldError[]
  errorMessage: string | undefined
  platformName: string
  token: string
  now: Date
}

/** One page for every state of a registration link, each with the right next step. */
function LinkStatePage({ linkState, ...page }: LinkPageProps) {
  const { platformName, token, now } = page
  if (linkState.state === "invalid") return <InvalidLinkPage brand={platformName} />
  const { invite, reseller } = linkState
  const sender = senderName(invite, reseller, platformName)
  // Whose invite it is not, cannot send it again.
  const supportParagraph =
    invite.kind === "member" ? undefined : (
      <p>
        <SupportContact reseller={reseller} />
      </p>
    )
  const maskedAddress = maskEmail(invite.contactEmail)
  const messagePage = (title: string, text: Child, nextStep?: Child) => (
    <LinkLayout {...{ title, reseller, platformName }}>
      <p class="muted">{text}</p>
      {nextStep}
    </LinkLayout>
  )
  const switchUserForm = (returnPath: string) => (
    <Form action={href("session.delete")} data-submit-once>
      <input type="hidden" name="next" value={returnPath} />
      <button class="button full-width" type="submit">
        Sign out and go on
      </button>
    </Form>
  )
  switch (linkState.state) {
    case "valid":
      return <RegistrationForm {...page} linkState={linkState} />
    case "needs_code":
      return <EmailCodePage {...page} linkState={linkState} />
    case "wrong_user":
      return messagePage(
        "You are signed in as somebody else",
        <>
          This invite is for {maskedAddress}. You are signed in as {linkState.signedInUser?.name},{" "}
          {linkState.signedInUser?.email}, and nothing was changed for you.
        </>,
        switchUserForm(href("registration.show", { token })),
      )
    case "email_changed":
      return messagePage(
        "This invite went to another address",
        `${sender} has another address for it since, and this link no longer works. If you expected it here, ask them:`,
        supportParagraph,
      )
    case "suspended":
      return messagePage(
        "Not open at the moment",
        `Accounts with ${reseller.name} are not open at the moment, so this link does nothing now. Try it again later, or ask them:`,
        <p>
          <SupportContact reseller={reseller} />
        </p>,
      )
    case "superseded":
      return messagePage(
        "There is a newer link",
        <>
          A newer link was sent to {maskedAddress} <RelativeTime at={invite.resentAt ?? invite.createdAt} now={now} />.
          Open the latest e-mail from {reseller.name} and use the link there.
        </>,
        <RenewalForm token={token} isSecondary />,
      )
    case "expired":
      return messagePage(
        "This link has expired",
        <>
          It worked until <ShortDate at={invite.expiresAt} now={now} />. A new one can be sent to {maskedAddress}, which{" "}
          {sender} has on record.
        </>,
        <RenewalForm token={token} />,
      )
    case "accepted":
      if (linkState.isForSignedInUser) {
        return messagePage(
          "You are in already",
          `You ${joinedPhrase(invite, reseller)} with this invite, and you are signed in.`,
          <a class="button full-width" href={href(invite.kind === "staff" ? "dashboard.show" : "account.show")}>
            Go to your account
          </a>,
        )
      }
      if (linkState.signedInUser) {
        return messagePage(
          "You are signed in as somebody else",
          `Somebody ${joinedPhrase(invite, reseller)} with this invite, at ${maskedAddress}. You are signed in as ${linkState.signedInUser.name}, ${linkState.signedInUser.email}.`,
          switchUserForm(href("session.new")),
        )
      }
      return messagePage(
        "You already have an account",
        `Somebody ${joinedPhrase(invite, reseller)} with this invite. Sign in with the address it was for, ${maskedAddress}.`,
        <a class="button full-width" href={href("session.new")}>
          Sign in
        </a>,
      )
    case "revoked":
      return messagePage(
        "This invite was withdrawn",
        `${sender} withdrew it, and its link no longer works. If that surprises you, ask them:`,
        supportParagraph,
      )
    case "declined":
      return messagePage(
        "This invite was declined",
        `Somebody said that it was not meant for them. If you want to join after all, ask ${sender} to send it again:`,
        supportParagraph,
      )
  }
}
