import type { Context } from "hono"
import type { Child } from "hono/jsx"
import type { FieldError } from "../domain/failure.ts"
import { hostNameOf } from "../domain/inviters.ts"
import type { Registration } from "../domain/registration.ts"
import { maskedEmail } from "../domain/text.ts"
import type { Vestibule } from "../http/context.ts"
import { joinedBy, LinkPage, MangledLink, RenewalForm, Support } from "./link-pages.tsx"
import { MailboxProof } from "./mailbox-proof.tsx"
import { RegistrationForm } from "./registration-form.tsx"
import { Day, When } from "./when.tsx"

const STATUSES = {
  valid: 200,
  unproven: 200,
  mangled: 404,
  superseded: 410,
  readdressed: 410,
  expired: 410,
  revoked: 410,
  declined: 410,
  suspended: 403,
  used: 409,
  other_person: 409,
} as const

type Answer = {
  typed?: Record<string, string>
  errors?: FieldError[]
  /** What came of a form when it was no field's fault. */
  refusal?: string
  status?: 403 | 409 | 429
}

/** Answers with the page of a link's state; `token` is the link's own. */
export function answerRegistration(
  c: Context<Vestibule>,
  token: string,
  registration: Registration,
  { typed = {}, errors = [], refusal, status }: Answer = {},
) {
  const { config, now } = c.var.deps
  const page = { typed, errors, refusal, platformName: config.platformName, now: now(), path: `/register/${token}` }
  const told = errors.length > 0 ? 422 : STATUSES[registration.state]
  return c.html(<RegistrationPage registration={registration} {...page} />, status ?? told)
}

export type PageProps<State extends Registration["state"] = Registration["state"]> = {
  registration: Extract<Registration, { state: State }>
  typed: Record<string, string>
  errors: FieldError[]
  refusal: string | undefined
  platformName: string
  path: string
  now: Date
}

/** One page for every state of a registration link, each with the right next step. */
function RegistrationPage({ registration, ...page }: PageProps) {
  const { platformName, path, now } = page
  if (registration.state === "mangled") return <MangledLink brand={platformName} />
  const { invite, reseller } = registration
  const host = hostNameOf(invite, reseller, platformName)
  // Whose invite it is not, cannot send it again.
  const toAsk =
    invite.kind === "member" ? undefined : (
      <p>
        <Support reseller={reseller} />
      </p>
    )
  const address = maskedEmail(invite.contactEmail)
  const told = (title: string, words: Child, next?: Child) => (
    <LinkPage {...{ title, reseller, platformName }}>
      <p class="muted">{words}</p>
      {next}
    </LinkPage>
  )
  const switchPerson = (next: string) => (
    <form method="post" action="/sign-out" data-submit-once>
      <input type="hidden" name="next" value={next} />
      <button class="button full-width" type="submit">
        Sign out and go on
      </button>
    </form>
  )
  switch (registration.state) {
    case "valid":
      return <RegistrationForm {...page} registration={registration} />
    case "unproven":
      return <MailboxProof {...page} registration={registration} />
    case "other_person":
      return told(
        "You are signed in as somebody else",
        <>
          This invite is for {address}. You are signed in as {registration.visitor?.name}, {registration.visitor?.email}
          , and nothing was changed for you.
        </>,
        switchPerson(path),
      )
    case "readdressed":
      return told(
        "This invite went to another address",
        `${host} has another address for it since, and this link no longer works. If you expected it here, ask them:`,
        toAsk,
      )
    case "suspended":
      return told(
        "Not open at the moment",
        `Accounts with ${reseller.name} are not open at the moment, so this link does nothing now. Try it again later, or ask them:`,
        <p>
          <Support reseller={reseller} />
        </p>,
      )
    case "superseded":
      return told(
        "There is a newer link",
        <>
          A newer link was sent to {address} <When at={invite.resentAt ?? invite.createdAt} now={now} />. Open the
          latest e-mail from {reseller.name} and use the link there.
        </>,
        <RenewalForm action={path} isSecondary />,
      )
    case "expired":
      return told(
        "This link has expired",
        <>
          It worked until <Day at={invite.expiresAt} now={now} />. A new one can be sent to {address}, which {host} has
          on record.
        </>,
        <RenewalForm action={path} />,
      )
    case "used":
      if (registration.isVisitors) {
        return told(
          "You are in already",
          `You ${joinedBy(invite, reseller)} with this invite, and you are signed in.`,
          <a class="button full-width" href={invite.kind === "staff" ? "/" : "/account"}>
            Go to your account
          </a>,
        )
      }
      if (registration.visitor) {
        return told(
          "You are signed in as somebody else",
          `Somebody ${joinedBy(invite, reseller)} with this invite, at ${address}. You are signed in as ${registration.visitor.name}, ${registration.visitor.email}.`,
          switchPerson("/sign-in"),
        )
      }
      return told(
        "You already have an account",
        `Somebody ${joinedBy(invite, reseller)} with this invite. Sign in with the address it was for, ${address}.`,
        <a class="button full-width" href="/sign-in">
          Sign in
        </a>,
      )
    case "revoked":
      return told(
        "This invite was withdrawn",
        `${host} withdrew it, and its link no longer works. If that surprises you, ask them:`,
        toAsk,
      )
    case "declined":
      return told(
        "This invite was declined",
        `Somebody said that it was not meant for them. If you want to join after all, ask ${host} to send it again:`,
        toAsk,
      )
  }
}
