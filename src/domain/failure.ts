import type { InviteKind, Suppression } from "../storage/schema.ts"

type SuppressionCause = Suppression["cause"]

/** Why an operation cannot happen now. Turned into pages, fragments and statuses in http/failures.ts alone. */
export type Reason =
  | { kind: "not_found" }
  | { kind: "forbidden"; permission: string }
  | { kind: "cursor_unknown" }
  | { kind: "not_pending"; status: string }
  | { kind: "not_resendable"; status: string }
  | { kind: "address_invited_again"; inviteId: string }
  | { kind: "address_suppressed"; cause: SuppressionCause; reason: string | null; of?: InviteKind }
  | { kind: "rate_limited"; scope: LimitScope; limit: number; remaining: number; resetAt: Date }
  | { kind: "billing_account_is_default" }
  | { kind: "billing_account_in_use"; pendingInvites: number }
  | { kind: "changed_meanwhile" }
  | { kind: "too_many_webhooks"; limit: number }
  | { kind: "too_many_keys"; limit: number }
  | { kind: "resent_meanwhile" }
  | { kind: "secret_is_new"; until: Date }
  | { kind: "webhook_off" }
  | { kind: "delivery_under_way" }
  | { kind: "billing_account_gone" }
  | { kind: "billing_account_unknown" }
  | { kind: "last_admin" }
  | { kind: "reseller_suspended"; name: string }
  | { kind: "no_account" }
  | { kind: "not_in_account" }
  | { kind: "key_unknown" }
  | { kind: "key_revoked"; at: Date }
  | { kind: "key_expired"; at: Date }

/** Which of the mail limits was reached: one invite's pause, one invite's day, or the reseller's hour. */
export type LimitScope = "invite_pause" | "invite_day" | "reseller_hour"

export class Failure extends Error {
  readonly reason: Reason

  constructor(reason: Reason) {
    super(reason.kind)
    this.reason = reason
  }
}

/** What is wrong with one field of a form or request: `code` for programs, `detail` for people. */
export type FieldError = {
  field: string
  code: string
  detail: string
  /** Where the answer is, when it is an invite, a customer or a person that is there already. */
  link?: { kind: "invite" | "staff_invite" | "member_invite" | "customer" | "staff" | "member"; id: string }
}

export type Checked<T> = { ok: true; value: T } | { ok: false; errors: FieldError[] }

/** True when `error` says that a unique index over exactly these columns (`table.column`) refused a row. */
export function isUniqueViolation(error: unknown, ...columns: string[]): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const refused = /UNIQUE constraint failed: ([^:]+)/.exec(cause.message)?.[1]
    if (refused && refused.trim() === columns.join(", ")) return true
  }
  return false
}
