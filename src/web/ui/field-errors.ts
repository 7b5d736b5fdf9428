import { PASSWORD_MAX, PASSWORD_MIN } from "../../domain/access/password.ts"
import type { FieldError, FieldErrorCode } from "../../domain/failure.ts"
import type { FormError } from "../../http/forms.ts"
import type { Messages } from "../../text/en.ts"

type FieldMessages = Messages["fieldErrors"]

/** Translates errors into the language of a contact's or member's page. */
export function translateErrors({ fieldErrors }: Messages, errors: FieldError[]): FormError[] {
  return errors.map((error) => {
    const detail = MESSAGES[error.code]?.(fieldErrors, error) ?? error.detail
    if (!error.link) return { ...error, detail }
    const isInvite = error.code === "invite_pending"
    return { ...error, detail, linkLabel: isInvite ? fieldErrors.openInvite : fieldErrors.showPerson }
  })
}

type ToMessage = (t: FieldMessages, error: FieldError) => string | undefined

/** For errors that the forms of contacts and members can't have. */
const STAFF_ONLY = undefined

const MESSAGES: Record<FieldErrorCode, ToMessage | undefined> = {
  required: (t, { field }) => byField(t.required, field),
  invalid: (t, { field }) => byField(t.invalid, field),
  password_too_short: (t) => t.password_too_short(PASSWORD_MIN),
  password_too_long: (t) => t.password_too_long(PASSWORD_MAX),
  password_common: (t) => t.password_common,
  password_contains_name: (t) => t.password_contains_name,
  password_changed_often: (t) => t.password_changed_often,
  wrong_password: (t) => t.wrong_password,
  passkey_refused: (t) => t.passkey_refused,
  account_exists: (t) => t.account_exists,
  terms_changed: (t) => t.terms_changed,
  code_expired: (t) => t.code_expired,
  wrong_code: (t, { attemptsLeft = 0 }) => t.wrong_code(attemptsLeft),
  invite_pending: (t, { name = "" }) => t.invite_pending(name),
  already_member: (t, { name = "" }) => t.already_member(name),
  email_suppressed: (t) => t.email_suppressed,
  email_unchanged: (t) => t.email_unchanged,
  unknown_field: STAFF_ONLY,
  already_customer: STAFF_ONLY,
  billing_account_not_found: STAFF_ONLY,
  billing_phone_mismatch: STAFF_ONLY,
  billing_email_taken: STAFF_ONLY,
  slug_taken: STAFF_ONLY,
  too_long: (t, { max = 0 }) => t.too_long(max),
  too_large: STAFF_ONLY,
  url_not_allowed: STAFF_ONLY,
}

const byField = (messages: Record<string, string>, field: string): string | undefined => messages[field]
