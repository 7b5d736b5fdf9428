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
import { PasskeyButton } from "../ui/passkey-button.tsx"
import { PasswordField } from "../ui/password-field.tsx"
import { accountName, inviteHeading, LinkLayout } from "./layout.tsx"
import type { LinkPageProps } from "./states.tsx"

/** The form that accepts an invite: new users choose a name, and a passkey or a password; existing ones prove theirs, unless signed in. */
export function RegistrationForm(props: LinkPageProps<"valid">) {
  const { t, linkState, values, errors, errorMessage, platformName, token } = props
  const { invite, reseller, inviterName, existingUser, isForSignedInUser } = linkState
  const form: FormState = { values: { name: invite.contactName, ...values }, errors }
  const sender = senderName(invite, reseller, platformName)
  const inviter = inviterName ? t.phrases.personOfCompany(inviterName, sender) : sender
  return (
    <LinkLayout
      title={inviteHeading(t, invite, reseller)}
      languageSwitch={{ formId: "registration" }}
      {...{ t, reseller, platformName }}
    >
      <p class="muted">{joinSentences(t, t.registration.invitedYou(inviter), roleSentence(t, invite, reseller))}</p>
      <Form
        class="stack"
        id="registration"
        action={href("registration.accept", { token })}
        novalidate
        data-checked
        data-failed={t.registration.failed}
        data-opening={href("registration.opening", { token })}
        data-start={href("registration.start", { token })}
      >
        <FormMessage>{errorMessage}</FormMessage>
        <div class="field inline">
          <label for="email">{t.registration.email}</label>
          <input
            type="email"
            id="email"
            name="email"
            value={readableAddress(invite.contactEmail)}
            autocomplete="username"
            readonly
          />
        </div>
        {existingUser ? (
          <>
            {isForSignedInUser ? (
              <p class="help">{t.registration.signedInAs(existingUser.name, accountName(invite, reseller))}</p>
            ) : (
              <ExistingPassword {...props} form={form} />
            )}
            <TermsCheckbox {...{ t, form, reseller, linkState }} />
            <button class="button full-width" type="submit">
              {t.registration.accept}
            </button>
            <PasskeyOption {...props} />
          </>
        ) : (
          <NewUser {...props} form={form} />
        )}
      </Form>
    </LinkLayout>
  )
}

/** Where a form says what is wrong besides its fields; public/guest/checked-form.js writes there too. */
const FormMessage = ({ children }: { children?: Child }) => (
  <p class="notice danger" role="alert" data-message hidden={!children}>
    {children}
  </p>
)

type FormPartProps = LinkPageProps<"valid"> & { form: FormState }

/** What a new user fills in. A passkey comes first: it is quicker, and nothing has to be invented. */
function NewUser({ form, ...props }: FormPartProps) {
  const { t, linkState, token } = props
  return (
    <>
      <Field
        form={form}
        name="name"
        label={t.registration.name}
        autocomplete="name"
        required
        data={{ "data-required": t.fieldErrors.required.name }}
      />
      <TermsCheckbox {...{ t, form, linkState }} reseller={linkState.reseller} />
      <PasskeyOption {...props} isPrimary />
      <PasswordField
        {...{ form, t }}
        label={t.registration.password}
        help={t.registration.passwordHelp(PASSWORD_MIN)}
        autocomplete="new-password"
        checkPath={href("registration.checkPassword", { token })}
      />
      <button class="button full-width alternative" type="submit">
        {t.registration.create}
      </button>
    </>
  )
}

function ExistingPassword({ t, form, linkState: { invite, reseller } }: FormPartProps) {
  return (
    <>
      <PasswordField
        {...{ form, t }}
        label={t.registration.existingPassword}
        help={t.registration.existingPasswordHelp(accountName(invite, reseller))}
        autocomplete="current-password"
      />
      <p>
        <a href={href("passwordReset.new", {}, { invite: invite.id, sandbox: parseSandboxId(reseller.id) })}>
          {t.signIn.forgotPassword}
        </a>
      </p>
    </>
  )
}

/** A passkey instead of the password, where the browser has passkeys. */
function PasskeyOption({ t, linkState, passkeyOptions, isPrimary }: LinkPageProps<"valid"> & { isPrimary?: boolean }) {
  if (!passkeyOptions) return null
  const { create, accept, help, or, cancelled } = t.registrationByPasskey
  if (!isPrimary) return <PasskeyButton label={linkState.existingUser ? accept : create} options={passkeyOptions} />
  return (
    <div class="with-passkeys">
      <PasskeyButton label={create} options={passkeyOptions} cancelled={cancelled} isPrimary />
      <p class="help">{help}</p>
      <p class="divider">{or}</p>
    </div>
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
          data-required={t.fieldErrors.required.accept_terms}
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
