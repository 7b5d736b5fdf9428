import { assets } from "../../../.generated/assets.ts"
import { PASSWORD_MIN } from "../../domain/access/password.ts"
import type { FormState } from "../../http/forms.ts"
import { href } from "../../routes.ts"
import type { Messages } from "../../text/en.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { sandboxIdOf } from "../../text/sandbox-address.ts"
import { Field, SaveButton } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"
import { PasswordField } from "../ui/password-field.tsx"

type PasswordCardProps = { t: Messages; form: FormState; email: string }

const forgotPath = (email: string) => href("passwordReset.new", {}, { sandbox: sandboxIdOf(email) })

/** For people who sign in with passkeys alone. */
export function NoPasswordCard({ t, email }: Pick<PasswordCardProps, "t" | "email">) {
  const { title, none, add } = t.profile.password
  return (
    <section class="card card-body stack" aria-labelledby="password-title">
      <h2 id="password-title">{title}</h2>
      <p>{none}</p>
      <p>
        <a href={forgotPath(email)}>{add}</a>
      </p>
    </section>
  )
}

/** Password managers read the hidden address, to know which password changes. */
export function PasswordCard({ t, form, email }: PasswordCardProps) {
  const { title, current, new: newLabel, help, save } = t.profile.password
  return (
    <Form class="card card-body stack" action={href("profile.changePassword")} novalidate data-submit-once>
      <h2>{title}</h2>
      <input type="hidden" name="username" autocomplete="username" value={readableAddress(email)} />
      <Field
        form={form}
        name="current_password"
        label={current}
        type="password"
        autocomplete="current-password"
        required
      />
      <PasswordField
        {...{ form, t }}
        label={newLabel}
        help={help(PASSWORD_MIN)}
        autocomplete="new-password"
        checkPath={href("profile.checkPassword")}
      />
      <script src={assets.passwordCheck} defer />
      <SaveButton label={save} />
      <p>
        <a href={forgotPath(email)}>{t.signIn.forgotPassword}</a>
      </p>
    </Form>
  )
}
