import type { InviteKind, Suppression } from "../storage/schema.ts"

type SuppressionCause = Suppression["cause"]

/** Why an operation can't happen now. Only http/problems.ts maps it to a status and text. */
export type Reason =
  | { kind: "not_found" }
  | { kind: "forbidden"; permission: string }
  | { kind: "invalid_cursor" }
  | { kind: "cursor_expired" }
  | { kind: "invite_not_pending"; status: string }
  | { kind: "invite_not_resendable"; status: string }
  | { kind: "invite_not_scheduled" }
  | { kind: "newer_invite_pending"; inviteId: string }
  | { kind: "revocation_final" }
  | { kind: "external_id_taken"; owner: { kind: "invite" | "customer"; id: string; name: string } }
  | { kind: "email_suppressed"; cause: SuppressionCause; reason: string | null; inviteKind?: InviteKind }
  | { kind: "rate_limited"; scope: RateLimit; limit: number; remaining: number; resetAt: Date }
  | { kind: "billing_account_is_default" }
  | { kind: "billing_account_in_use"; pendingInvites: number }
  | { kind: "version_conflict" }
  | { kind: "webhook_limit"; limit: number }
  | { kind: "api_key_limit"; limit: number }
  | { kind: "already_resent" }
  | { kind: "secret_rotation_pending"; until: Date }
  | { kind: "webhook_disabled" }
  | { kind: "delivery_in_progress" }
  | { kind: "billing_account_removed" }
  | { kind: "billing_account_not_found" }
  | { kind: "last_admin" }
  | { kind: "inherited_staff" }
  | { kind: "sandbox_only" }
  | { kind: "no_reminder_planned" }
  | { kind: "email_scheduled" }
  | { kind: "role_exceeds_scopes"; role: string }
  | { kind: "person_required" }
  | { kind: "invite_not_ended" }
  | { kind: "reseller_suspended"; name: string }
  | { kind: "no_active_account" }
  | { kind: "wrong_account" }
  | { kind: "confirmation_required" }
  | { kind: "signed_out" }
  | { kind: "passkey_limit"; limit: number }
  | { kind: "no_factors" }
  | { kind: "factors_shared" }
  | { kind: "sessions_shared" }
  | { kind: "api_key_invalid" }
  | { kind: "api_key_revoked"; at: Date }
  | { kind: "api_key_expired"; at: Date }

/**
 * The limit that was reached: the wait between resends, an invite's resends per day, a reseller's emails per hour, an address's
 * reset links, the wait between changes of one's own address, wrong passwords or codes, the forms of one sender, or (`busy`) the
 * passwords that are hashed at once; new passwords are also `busy` while nothing says which ones are common.
 */
export type RateLimit =
  | "resend_cooldown"
  | "resend_daily_limit"
  | "email_hourly_limit"
  | "email_change_cooldown"
  | "guess_limit"
  | "request_limit"
  | "busy"

export class Failure extends Error {
  readonly reason: Reason

  constructor(reason: Reason) {
    super(reason.kind)
    this.reason = reason
  }
}

export type FieldErrorCode =
  | "required"
  | "invalid"
  | "not_visible"
  | "unknown_field"
  | "repeated"
  | "not_found"
  | "password_too_short"
  | "password_too_long"
  | "password_common"
  | "password_contains_name"
  | "password_changed_often"
  | "wrong_password"
  | "passkey_refused"
  | "account_exists"
  | "terms_changed"
  | "code_expired"
  | "wrong_code"
  | "email_several"
  | "email_quoted"
  | "email_letters"
  | "email_local_part"
  | "email_local_part_too_long"
  | "email_domain"
  | "phone_extension"
  | "invite_pending"
  | "external_id_taken"
  | "duplicate_row"
  | "already_customer"
  | "already_member"
  | "email_suppressed"
  | "email_unchanged"
  | "billing_account_not_found"
  | "billing_phone_mismatch"
  | "billing_email_taken"
  | "slug_taken"
  | "too_large"
  | "too_long"
  | "url_not_allowed"

/** What is wrong with one field of a form or request: `code` for programs, `detail` for people. */
export type FieldError = {
  field: string
  code: FieldErrorCode
  detail: string
  /** The person, customer or billing account that conflicts, or the billing account that doesn't exist. */
  name?: string
  /** With `invite_pending` to a customer: its company. */
  company?: string
  /** With `billing_phone_mismatch`: the end of the right number. */
  lastDigits?: string
  /** With `email_suppressed`: why, for staff. */
  suppression?: Pick<Suppression, "cause" | "reason">
  /** The limit, of characters unless the field is an image or a time. */
  max?: number
  /** With `duplicate_row`: the number of the row with the same address. */
  row?: number
  /** With `password_common` and `password_contains_name`: the word that gives it away, if one does. */
  word?: string
  /** With `wrong_code`. */
  attemptsLeft?: number
  /** The existing invite, customer or person that conflicts. */
  link?: { kind: "invite" | "staff_invite" | "member_invite" | "customer" | "staff" | "member"; id: string }
}

export type Result<T> = { ok: true; value: T } | { ok: false; errors: FieldError[] }

/** True if the database refused `error`'s statement because of a constraint. */
export function isConstraintViolation(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message.includes("constraint failed")) return true
  }
  return false
}

/** True if `error` is a violation of the unique index over exactly these columns (`table.column`). */
export function isUniqueViolation(error: unknown, ...columns: string[]): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const violatedColumns = /UNIQUE constraint failed: ([^:]+)/.exec(cause.message)?.[1]
    if (violatedColumns && violatedColumns.trim() === columns.join(", ")) return true
  }
  return false
}
