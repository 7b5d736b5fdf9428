import type { EmailChange } from "../../domain/identity/email-change.ts"
import type { FormState } from "../../http/forms.ts"
import { href } from "../../routes.ts"
import type { Messages } from "../../text/en.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { isSandboxAddress } from "../../text/sandbox-address.ts"
import { joinSentences } from "../../text/sentences.ts"
import { Field, SaveButton } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"

type EmailCardProps = {
  t: Messages
  userId: string
  form: FormState
  email: string
  asksPassword: boolean
  change: EmailChange | undefined
}

export function EmailCard({ t, userId, form, email, asksPassword, change }: EmailCardProps) {
  const { title, current, label, help, save } = t.profile.email
  return (
    <section class="card card-body stack" aria-labelledby="email-title">
      <h2 id="email-title">{title}</h2>
      <p>{current(readableAddress(email))}</p>
      {isSandboxAddress(email) && <p class="help">{t.sandbox.signInAddress(email)}</p>}
      {change && <WaitingChange {...{ t, change }} />}
      <Form class="stack" action={href("profile.changeEmail")} novalidate data-submit-once>
        <input type="hidden" name="person" value={userId} />
        <Field form={form} name="email" label={label} type="email" help={help} autocomplete="email" required />
        {asksPassword && (
          <Field
            form={form}
            name="current_password"
            id="email-current-password"
            label={t.profile.password.current}
            type="password"
            autocomplete="current-password"
            required
          />
        )}
        <SaveButton label={save} />
      </Form>
    </section>
  )
}

function WaitingChange({ t, change }: { t: Messages; change: EmailChange }) {
  const { waiting, confirmedCurrent, confirmedNew, cancel } = t.profile.email
  const confirmed = [change.currentConfirmedAt ? confirmedCurrent : "", change.newConfirmedAt ? confirmedNew : ""]
  return (
    <Form action={href("profile.cancelEmailChange")}>
      <p>{joinSentences(t, waiting(readableAddress(change.newEmail)), ...confirmed.filter(Boolean))}</p>
      <button class="link" type="submit">
        {cancel}
      </button>
    </Form>
  )
}
