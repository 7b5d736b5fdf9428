import type { Child } from "hono/jsx"
import { PASSWORD_MIN } from "../../domain/access/password.ts"
import { roleName } from "../../domain/access/permissions.ts"
import { senderName } from "../../domain/invites/audience.ts"
import { termsKey } from "../../domain/invites/identify.ts"
import { type FormState, fieldError } from "../../http/forms.ts"
import { href } from "../../routes.ts"
import type { Invite, Reseller } from "../../storage/schema.ts"
import type { Messages } from "../../text/en.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { parseSandboxId } from "../../text/sandbox-address.ts"
import { joinSentences } from "../../text/sentences.ts"
import { Field } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"
import { Flash } from "../ui/layout.tsx"
import { PasskeyButton } from "../ui/passkey-button.tsx"
import { accountName, inviteHeading, LinkLayout } from "./layout.tsx"
import type { LinkPageProps } from "./states.tsx"

/** The form that accepts an invite: new users choose a name and password; existing ones enter theirs, unless signed in. */
export function RegistrationForm(props: LinkPageProps<"valid">) {
  const { t, linkState, values, errors, errorMessage, platformName, token, passkeyOptions } = props
  const { invite, reseller, inviterName, existingUser, isForSignedInUser } = linkState
  const form: FormState = {
    values: { name: invite.contactName, ...values, email: readableAddress(invite.contactEmail) },
    errors,
  }
  const sender = senderName(invite, reseller, platformName)
  const account = accountName(invite, reseller)
  const inviter = inviterName ? t.phrases.personOfCompany(inviterName, sender) : sender
  return (
    <LinkLayout
      title={inviteHeading(t, invite, reseller)}
      languageSwitch={{ formId: "registration" }}
      {...{ t, reseller, platformName }}
    >
      <p class="muted">{joinSentences(t, t.registration.invitedYou(inviter), roleSentence(t, invite, reseller))}</p>
      {errorMessage && <Flash tone="danger">{errorMessage}</Flash>}
      <div hx-post={href("registration.opening", { token })} hx-trigger="load" hx-swap="none" />
      <div hx-post={href("registration.start", { token })} hx-trigger="input from:#registration once" hx-swap="none" />
      <Form class="stack" id="registration" action={href("registration.accept", { token })} novalidate data-submit-once>
        <Field form={form} name="email" label={t.registration.email} type="email" autocomplete="username" readonly />
        {isForSignedInUser && existingUser ? (
          <p class="help">{t.registration.signedInAs(existingUser.name, account)}</p>
        ) : existingUser ? (
          <Field
            form={form}
            name="password"
            label={t.registration.existingPassword}
            type="password"
            help={t.registration.existingPasswordHelp(account)}
            autocomplete="current-password"
            required
          />
        ) : (
          <>
            <Field form={form} name="name" label={t.registration.name} autocomplete="name" required />
            <Field
              form={form}
              name="password"
              label={t.registration.password}
              type="password"
              help={t.registration.passwordHelp(PASSWORD_MIN)}
              autocomplete="new-password"
              required
            />
          </>
        )}
        {!isForSignedInUser && (
          <button
            type="button"
            class="link"
            data-show-password
            data-other-label={t.registration.hidePassword}
            aria-controls="password"
            aria-pressed="false"
            hidden
          >
            {t.registration.showPassword}
          </button>
        )}
        {existingUser && !isForSignedInUser && (
          <p>
            <a href={href("passwordReset.new", {}, { invite: invite.id, sandbox: parseSandboxId(reseller.id) })}>
              {t.signIn.forgotPassword}
            </a>
          </p>
        )}
        <TermsCheckbox {...{ t, form, reseller, linkState }} />
        <button class="button full-width" type="submit">
          {existingUser ? t.registration.accept : t.registration.create}
        </button>
        {passkeyOptions && (
          <>
            <PasskeyButton
              label={existingUser ? t.registrationByPasskey.accept : t.registrationByPasskey.create}
              options={passkeyOptions}
            />
            {!existingUser && (
              <p class="help" data-with-passkeys hidden>
                {t.registrationByPasskey.help}
              </p>
            )}
          </>
        )}
      </Form>
    </LinkLayout>
  )
}

/** The role that the contact will have, as a sentence. */
function roleSentence(t: Messages, { kind, companyName, role }: Invite, reseller: Reseller): string {
  const { roleOf } = t.registration
  const roleLabel = role ? roleName(t, role) : ""
  switch (kind) {
    case "customer":
      return roleOf.customer
    case "staff":
      return roleOf.staff(reseller.name, roleLabel)
    case "member":
      return roleOf.member(companyName, reseller.name, roleLabel)
  }
}

type TermsCheckboxProps = {
  t: Messages
  form: FormState
  reseller: Reseller
  linkState: LinkPageProps<"valid">["linkState"]
}

/** The form says which terms it showed, so that nobody accepts different ones. */
function TermsCheckbox({ t, form, reseller, linkState }: TermsCheckboxProps) {
  const { terms, invite } = linkState
  const termsLink = (
    <a href={terms.url} rel="noreferrer noopener" target="_blank">
      {t.registration.termsOfService}
    </a>
  )
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
          required
          aria-invalid={error && "true"}
          aria-describedby={error && "accept_terms-hint"}
          autofocus={error !== undefined && form.errors[0] === error}
        />
        <label for="accept_terms">
          {t.registration.acceptTerms<Child>(
            termsLink,
            invite.kind === "staff" ? undefined : reseller.name,
            terms.version,
          )}
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
