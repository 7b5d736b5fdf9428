import { PASSWORD_MAX, PASSWORD_MIN } from "../../domain/access/password.ts"
import type { FieldError, FieldErrorCode } from "../../domain/failure.ts"
import { INVITE_LIFETIME_MAX_DAYS } from "../../domain/invites/fields.ts"
import { suppressionMessage } from "../../domain/mail/suppressions.ts"
import type { FormError } from "../../http/forms.ts"
import { en, type Messages } from "../../text/en.ts"
import { type StaffWords, staffEn } from "../../text/staff/en.ts"
import { staffWordsOf } from "../../text/staff/locales.ts"

type FieldMessages = Messages["fieldErrors"]

/** Translates errors into the language of their page. */
export function translateErrors(t: Messages, errors: FieldError[]): FormError[] {
  return errors.map((error) => {
    const detail = translateRule(t, error) ?? MESSAGES[error.code]?.(t.fieldErrors, error, t) ?? error.detail
    return { ...error, detail, ...(error.link && { linkLabel: linkLabel(t, error) }) }
  })
}

function linkLabel(t: Messages, { code, link }: FieldError): string {
  if (link?.kind === "customer") return staffWordsOf(t).fieldErrors.openCustomer
  return code === "invite_pending" || code === "external_id_taken" ? t.fieldErrors.openInvite : t.fieldErrors.showPerson
}

/** What a field of a staff form requires: its English words say which rule it is, since one code stands for several. */
function translateRule(t: Messages, { detail, max = 0 }: FieldError): string | undefined {
  const toText = (rule: Rule) => (typeof rule === "string" ? rule : rule(max))
  const entry = Object.entries<Rule>(staffEn.rules).find(([, rule]) => toText(rule) === detail)
  return entry && toText(staffWordsOf(t).rules[entry[0] as keyof StaffWords["rules"]])
}

type Rule = StaffWords["rules"][keyof StaffWords["rules"]]

type ToMessage = (fieldErrors: FieldMessages, error: FieldError, t: Messages) => string | undefined

/** For errors that no form has, and for those of which a rule always says more. */
const NO_MESSAGE = undefined

const MESSAGES: Record<FieldErrorCode, ToMessage | undefined> = {
  required: (fieldErrors, { field }, t) => byField({ ...expiryErrors(t), ...fieldErrors.required }, field),
  invalid: (fieldErrors, { field, detail, max }, t) => {
    const text = byField({ ...expiryErrors(t), ...fieldErrors.invalid }, field)
    if (!text && detail === en.fieldErrors.invalid.contact_email) return fieldErrors.invalid.contact_email
    return text ?? (max === undefined ? undefined : fieldErrors.too_long(max))
  },
  password_too_short: (t) => t.password_too_short(PASSWORD_MIN),
  password_too_long: (t) => t.password_too_long(PASSWORD_MAX),
  password_common: (t, { word }) => t.password_common(word),
  password_contains_name: (t, { word }) => t.password_contains_name(word),
  password_changed_often: (t) => t.password_changed_often,
  wrong_password: (t) => t.wrong_password,
  passkey_refused: (t) => t.passkey_refused,
  account_exists: (t) => t.account_exists,
  terms_changed: (t) => t.terms_changed,
  code_expired: (t) => t.code_expired,
  wrong_code: (t, { attemptsLeft = 0 }) => t.wrong_code(attemptsLeft),
  email_several: (t) => t.email_several,
  email_quoted: (t) => t.email_quoted,
  email_letters: (t) => t.email_letters,
  email_local_part: (t) => t.email_local_part,
  email_local_part_too_long: (t, { max = 0 }) => t.email_local_part_too_long(max),
  email_domain: (t) => t.email_domain,
  phone_extension: (t) => t.phone_extension,
  not_visible: (t) => t.not_visible,
  invite_pending: (fieldErrors, { name = "", company }, t) =>
    fieldErrors.invite_pending(company ? t.phrases.personOfCompany(name, company) : name),
  external_id_taken: (_, { name = "", row }, t) => {
    const { external_id_taken, duplicate_external_id } = staffWordsOf(t).fieldErrors
    return row === undefined ? external_id_taken(name) : duplicate_external_id(row)
  },
  duplicate_row: (_, { row = 0 }, t) => staffWordsOf(t).fieldErrors.duplicate_row(row),
  already_member: (t, { name = "" }) => t.already_member(name),
  email_suppressed: (fieldErrors, { suppression }, t) =>
    suppression ? suppressionMessage(suppression, "customer", t) : fieldErrors.email_suppressed,
  email_unchanged: (t) => t.email_unchanged,
  unknown_field: NO_MESSAGE,
  repeated: NO_MESSAGE,
  not_found: NO_MESSAGE,
  already_customer: (_, { name = "" }, t) => staffWordsOf(t).fieldErrors.already_customer(name),
  billing_account_not_found: (_, { name = "" }, t) => staffWordsOf(t).fieldErrors.billing_account_not_found(name),
  billing_phone_mismatch: (_, { name = "", lastDigits = "" }, t) =>
    staffWordsOf(t).fieldErrors.billing_phone_mismatch(name, lastDigits),
  billing_email_taken: (_, { name = "" }, t) => staffWordsOf(t).fieldErrors.billing_email_taken(name),
  slug_taken: NO_MESSAGE,
  too_long: (t, { max = 0 }) => t.too_long(max),
  too_large: NO_MESSAGE,
  url_not_allowed: NO_MESSAGE,
}

function expiryErrors(t: Messages): Record<string, string> {
  const text = staffWordsOf(t).fieldErrors.expires_in_days(INVITE_LIFETIME_MAX_DAYS)
  return { expires_in_days: text, default_expires_in_days: text }
}

const byField = (messages: Record<string, string>, field: string): string | undefined => messages[field]
