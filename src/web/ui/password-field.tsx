import type { Context } from "hono"
import { PASSWORD_MIN } from "../../domain/access/password.ts"
import type { FieldError } from "../../domain/failure.ts"
import { type FormState, fieldError } from "../../http/forms.ts"
import type { Messages } from "../../text/en.ts"
import { translateErrors } from "./field-errors.ts"

/** Tells public/password-check.js what is wrong with a new password, if anything is. */
export const respondToPasswordCheck = (c: Context, t: Messages, errors: FieldError[]) =>
  c.json({ detail: translateErrors(t, errors)[0]?.detail })

type PasswordFieldProps = {
  form: FormState
  t: Messages
  label: string
  help?: string
  autocomplete: "current-password" | "new-password"
  autofocus?: boolean
  /** For a new password: where public/password-check.js asks whether what is typed will be accepted. */
  checkPath?: string
}

/** A password with a button that shows it. The button comes after the field, so that Tab leads to the field first. */
export function PasswordField({ form, t, label, help, autocomplete, autofocus, checkPath }: PasswordFieldProps) {
  const error = fieldError(form, "password")
  const { registration } = t
  const hint = error?.detail ?? help
  const checkData = checkPath && {
    "data-password-check": checkPath,
    "data-min": PASSWORD_MIN,
    "data-count-label": registration.passwordCount,
    "data-checking": registration.passwordChecking,
    "data-good": registration.passwordGood,
  }
  return (
    <div class="field password">
      <label for="password">{label}</label>
      <input
        type="password"
        id="password"
        name="password"
        autocomplete={autocomplete}
        required
        autofocus={autofocus || (error !== undefined && form.errors[0] === error)}
        aria-invalid={error && "true"}
        aria-describedby={hint && "password-hint"}
        data-help={help}
        data-required={t.fieldErrors.required.password}
        {...checkData}
      />
      <button
        type="button"
        class="link"
        data-show-password
        data-other-label={registration.hidePassword}
        aria-controls="password"
        aria-pressed="false"
        hidden
      >
        {registration.showPassword}
      </button>
      {hint && (
        <p class={error ? "error" : "help"} id="password-hint">
          {hint}
        </p>
      )}
      {checkPath && <p class="visually-hidden" role="status" data-password-status />}
    </div>
  )
}
