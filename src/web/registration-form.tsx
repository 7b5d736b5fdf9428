import { termsShown } from "../domain/accepting.ts"
import { ROLE_NAMES } from "../domain/actor.ts"
import { hostNameOf } from "../domain/inviters.ts"
import { PASSWORD_MIN } from "../domain/password.ts"
import { errorOf, type FormState } from "../http/forms.ts"
import type { Invite, Reseller } from "../storage/schema.ts"
import { Field } from "./fields.tsx"
import { accountOf, LinkPage, purposeOf } from "./link-pages.tsx"
import type { PageProps } from "./registration-page.tsx"

/** Sets up the account: a newcomer chooses name and password, somebody with an account proves that it is theirs. */
export function RegistrationForm({ registration, typed, errors, platformName, path }: PageProps<"valid">) {
  const { invite, reseller, inviterName, account, isVisitors } = registration
  const form: FormState = { values: { name: invite.contactName, ...typed, email: invite.contactEmail }, errors }
  const host = hostNameOf(invite, reseller, platformName)
  const added = invite.kind === "customer" ? "The new account" : `The account of ${accountOf(invite, reseller)}`
  return (
    <LinkPage title={purposeOf(invite, reseller)} {...{ reseller, platformName }}>
      <p class="muted">
        {inviterName ? `${inviterName} of ${host}` : host} invited you. {placeIn(invite, reseller)}
      </p>
      <div hx-post={`${path}/opening`} hx-trigger="load" hx-swap="none" />
      <div hx-post={`${path}/start`} hx-trigger="input from:#registration once" hx-swap="none" />
      <form class="stack" id="registration" method="post" action={path} novalidate data-submit-once>
        <Field form={form} name="email" label="Email" type="email" autocomplete="username" readonly />
        {isVisitors && account ? (
          <p class="help">
            You are signed in as {account.name}. {added} is added to those that you have.
          </p>
        ) : account ? (
          <Field
            form={form}
            name="password"
            label="Your password"
            type="password"
            help={`You have an account already. Its password proves that it is you, and ${added.replace("The", "the")} is added to yours.`}
            autocomplete="current-password"
            required
          />
        ) : (
          <>
            <Field form={form} name="name" label="Your name" autocomplete="name" required />
            <Field
              form={form}
              name="password"
              label="Password"
              type="password"
              help={`${PASSWORD_MIN} characters or more; a short sentence works well. Paste one of your password manager's if you like.`}
              autocomplete="new-password"
              required
            />
          </>
        )}
        {!isVisitors && (
          <button type="button" class="link" data-show-password aria-controls="password" aria-pressed="false" hidden>
            Show password
          </button>
        )}
        <Terms {...{ form, reseller, registration }} />
        <button class="button full-width" type="submit">
          {account ? "Accept the invite" : "Create account"}
        </button>
      </form>
    </LinkPage>
  )
}

/** What the contact becomes. */
function placeIn({ kind, companyName, role }: Invite, reseller: Reseller): string {
  const name = role && ROLE_NAMES[role]
  switch (kind) {
    case "customer":
      return "You will be the Admin of the new account, responsible for inviting your colleagues."
    case "staff":
      return `You will be on the staff of ${reseller.name}, in the role ${name}.`
    case "member":
      return `You will be ${role === "admin" ? "an" : "a"} ${name} of the account of ${companyName} with ${reseller.name}.`
  }
}

type TermsProps = { form: FormState; reseller: Reseller; registration: PageProps<"valid">["registration"] }

/** Names its terms in the form, so that nobody accepts others than they were shown. */
function Terms({ form, reseller, registration }: TermsProps) {
  const { terms } = registration
  const error = errorOf(form, "accept_terms")
  const isAccepted = form.values.accept_terms === "on" && error?.code !== "terms_changed"
  return (
    <>
      <input type="hidden" name="terms_shown" value={termsShown(terms)} />
      <div class="form-check">
        <input
          type="checkbox"
          id="accept_terms"
          name="accept_terms"
          value="on"
          checked={isAccepted}
          aria-invalid={error && "true"}
          aria-describedby={error && "accept_terms-hint"}
          autofocus={error !== undefined && form.errors[0] === error}
        />
        <label for="accept_terms">
          I accept the{" "}
          <a href={terms.url} rel="noreferrer noopener" target="_blank">
            terms of service
          </a>
          {registration.invite.kind !== "staff" && ` of ${reseller.name}`}, version {terms.version}.
        </label>
      </div>
      {error && (
        <p class="error" id="accept_terms-hint">
          {error.detail}
        </p>
      )}
    </>
  )
}
