import { PASSWORD_MIN } from "../../domain/access/password.ts"
import { ROLE_NAMES } from "../../domain/access/permissions.ts"
import { termsKey } from "../../domain/invites/accept.ts"
import { senderName } from "../../domain/invites/audience.ts"
import { type FormState, fieldError } from "../../http/forms.ts"
import { href } from "../../routes.ts"
import type { Invite, Reseller } from "../../storage/schema.ts"
import { Field } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"
import { accountName, inviteHeading, LinkLayout } from "./layout.tsx"
import type { LinkPageProps } from "./states.tsx"

/** Sets up the account: a newcomer chooses name and password, somebody with an account proves that it is theirs. */
export function RegistrationForm({ linkState, values, errors, platformName, token }: LinkPageProps<"valid">) {
  const { invite, reseller, inviterName, existingUser, isForSignedInUser } = linkState
  const form: FormState = { values: { name: invite.contactName, ...values, email: invite.contactEmail }, errors }
  const sender = senderName(invite, reseller, platformName)
  const accountLabel =
    invite.kind === "customer" ? "The new account" : `The account of ${accountName(invite, reseller)}`
  return (
    <LinkLayout title={inviteHeading(invite, reseller)} {...{ reseller, platformName }}>
      <p class="muted">
        {inviterName ? `${inviterName} of ${sender}` : sender} invited you. {roleSentence(invite, reseller)}
      </p>
      <div hx-post={href("registration.opening", { token })} hx-trigger="load" hx-swap="none" />
      <div hx-post={href("registration.start", { token })} hx-trigger="input from:#registration once" hx-swap="none" />
      <Form class="stack" id="registration" action={href("registration.accept", { token })} novalidate data-submit-once>
        <Field form={form} name="email" label="Email" type="email" autocomplete="username" readonly />
        {isForSignedInUser && existingUser ? (
          <p class="help">
            You are signed in as {existingUser.name}. {accountLabel} is added to those that you have.
          </p>
        ) : existingUser ? (
          <Field
            form={form}
            name="password"
            label="Your password"
            type="password"
            help={`You have an account already. Its password proves that it is you, and ${accountLabel.replace("The", "the")} is added to yours.`}
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
        {!isForSignedInUser && (
          <button type="button" class="link" data-show-password aria-controls="password" aria-pressed="false" hidden>
            Show password
          </button>
        )}
        <TermsCheckbox {...{ form, reseller, linkState }} />
        <button class="button full-width" type="submit">
          {existingUser ? "Accept the invite" : "Create account"}
        </button>
      </Form>
    </LinkLayout>
  )
}

/** What the contact becomes. */
function roleSentence({ kind, companyName, role }: Invite, reseller: Reseller): string {
  const roleName = role && ROLE_NAMES[role]
  switch (kind) {
    case "customer":
      return "You will be the Admin of the new account, responsible for inviting your colleagues."
    case "staff":
      return `You will be on the staff of ${reseller.name}, in the role ${roleName}.`
    case "member":
      return `You will be ${role === "admin" ? "an" : "a"} ${roleName} of the account of ${companyName} with ${reseller.name}.`
  }
}

type TermsCheckboxProps = { form: FormState; reseller: Reseller; linkState: LinkPageProps<"valid">["linkState"] }

/** Names its terms in the form, so that nobody accepts others than they were shown. */
function TermsCheckbox({ form, reseller, linkState }: TermsCheckboxProps) {
  const { terms } = linkState
  const error = fieldError(form, "accept_terms")
  const isAccepted = form.values.accept_terms === "on" && error?.code !== "terms_changed"
  return (
    <>
      <input type="hidden" name="terms_shown" value={termsKey(terms)} />
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
          {linkState.invite.kind !== "staff" && ` of ${reseller.name}`}, version {terms.version}.
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
