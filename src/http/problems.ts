import type { Context } from "hono"
import type { ContentfulStatusCode } from "hono/utils/http-status"
import { PENDING_COUNT_CAP } from "../domain/billing/reassign-invites.ts"
import { Failure, type Reason } from "../domain/failure.ts"
import { suppressionMessage } from "../domain/mail/suppressions.ts"
import { formatDuration } from "../text/dates.ts"
import { en, type Messages } from "../text/en.ts"
import { joinSentences } from "../text/sentences.ts"
import { staffEn } from "../text/staff/en.ts"
import { staffWordsOf } from "../text/staff/locales.ts"
import type { AppEnv } from "./context.ts"
import { logRefusal } from "./security-log.ts"

/** A failure as people and programs see it. Only this file maps reasons to statuses. */
export type Problem = { status: ContentfulStatusCode; code: string; title: string; detail: string }

/** The failures that pages and the API show. */
export const SHARED_PROBLEMS = {
  not_found: { status: 404, title: en.problems.not_found.title },
  invalid_cursor: { status: 422, title: en.problems.invalid_cursor.title },
  cursor_expired: { status: 410, title: "Cursor expired" },
  invite_not_pending: { status: 409, title: en.problems.invite_not_pending.title },
  invite_not_resendable: { status: 409, title: en.problems.invite_not_resendable.title },
  invite_not_scheduled: { status: 409, title: staffEn.problems.invite_not_scheduled.title },
  newer_invite_pending: { status: 409, title: en.problems.newer_invite_pending.title },
  external_id_taken: { status: 409, title: staffEn.problems.external_id_taken.title },
  email_suppressed: { status: 409, title: en.problems.email_suppressed.title },
  resend_cooldown: { status: 429, title: en.problems.resend_cooldown.title },
  resend_daily_limit: { status: 429, title: en.problems.resend_daily_limit.title },
  email_hourly_limit: { status: 429, title: en.problems.email_hourly_limit.title },
  billing_account_is_default: { status: 409, title: staffEn.problems.billing_account_is_default.title },
  billing_account_in_use: { status: 409, title: staffEn.problems.billing_account_in_use.title },
  secret_rotation_pending: { status: 409, title: staffEn.problems.secret_rotation_pending.title },
  webhook_disabled: { status: 409, title: staffEn.problems.webhook_disabled.title },
  delivery_in_progress: { status: 409, title: staffEn.problems.delivery_in_progress.title },
  already_resent: { status: 409, title: en.problems.already_resent.title },
  billing_account_not_found: { status: 422, title: staffEn.problems.billing_account_not_found.title },
  billing_account_removed: { status: 409, title: staffEn.problems.billing_account_removed.title },
  webhook_limit: { status: 409, title: staffEn.problems.webhook_limit.title },
  version_conflict: { status: 412, title: en.problems.version_conflict.title },
  reseller_suspended: { status: 403, title: en.problems.reseller_suspended.title },
  api_key_invalid: { status: 401, title: "Unknown API key" },
  api_key_revoked: { status: 401, title: "API key revoked" },
  api_key_expired: { status: 401, title: "API key expired" },
  no_factors: { status: 409, title: en.problems.no_factors.title },
  inherited_staff: { status: 409, title: staffEn.problems.inherited_staff.title },
  sandbox_only: { status: 403, title: "Only in a sandbox" },
  email_scheduled: { status: 409, title: "Email scheduled" },
  no_reminder_planned: { status: 409, title: "No reminder planned" },
  person_required: { status: 403, title: "Only a person can do this" },
  role_exceeds_scopes: { status: 403, title: "Role beyond the key's scopes" },
} as const

/** The failures that only pages show. */
const PAGE_PROBLEMS = {
  forbidden: { status: 403, title: en.problems.forbidden.title },
  email_change_cooldown: { status: 429, title: en.problems.email_change_cooldown.title },
  guess_limit: { status: 429, title: en.problems.guess_limit.title },
  busy: { status: 503, title: en.problems.busy.title },
  request_limit: { status: 429, title: en.problems.request_limit.title },
  api_key_limit: { status: 409, title: staffEn.problems.api_key_limit.title },
  invite_not_ended: { status: 409, title: en.problems.invite_not_ended.title },
  revocation_final: { status: 409, title: en.problems.revocation_final.title },
  last_admin: { status: 409, title: en.problems.last_admin.title },
  no_active_account: { status: 403, title: en.problems.no_active_account.title },
  wrong_account: { status: 403, title: en.problems.wrong_account.title },
  confirmation_required: { status: 403, title: en.confirmIdentity.title },
  signed_out: { status: 403, title: en.signIn.title },
  passkey_limit: { status: 409, title: en.problems.passkey_limit.title },
  factors_shared: { status: 409, title: en.problems.factors_shared.title },
  sessions_shared: { status: 409, title: en.problems.sessions_shared.title },
} as const

const PROBLEMS = { ...SHARED_PROBLEMS, ...PAGE_PROBLEMS }

/** A failure in words: English for the API, otherwise the language of `t`. */
export function toProblem(reason: Reason, t: Messages = en): Problem & { code: keyof typeof PROBLEMS } {
  const code = reason.kind === "rate_limited" ? reason.scope : reason.kind
  const titles: Partial<Record<typeof code, { title: string }>> = { ...t.problems, ...staffWordsOf(t).problems }
  const { title } = code === "confirmation_required" ? t.confirmIdentity : (titles[code] ?? PROBLEMS[code])
  return { code, status: PROBLEMS[code].status, title, detail: problemDetail(reason, t) }
}

function problemDetail(reason: Reason, t: Messages): string {
  const { problems } = t
  const { problems: staffProblems } = staffWordsOf(t)
  switch (reason.kind) {
    case "not_found":
    case "forbidden":
    case "invalid_cursor":
    case "newer_invite_pending":
    case "version_conflict":
    case "already_resent":
    case "revocation_final":
    case "last_admin":
    case "invite_not_ended":
    case "no_active_account":
    case "wrong_account":
    case "no_factors":
    case "factors_shared":
    case "sessions_shared":
      return problems[reason.kind].detail
    case "confirmation_required":
      return t.confirmIdentity.intro
    case "signed_out":
      return t.signIn.signedOut
    case "passkey_limit":
      return problems.passkey_limit.detail(reason.limit)
    case "invite_not_pending":
    case "invite_not_resendable":
      return problems[reason.kind].detail(reason.status)
    case "rate_limited":
      return problems[reason.scope].detail
    case "reseller_suspended":
      return problems.reseller_suspended.detail(reason.name)
    case "email_suppressed":
      return joinSentences(
        t,
        reason.inviteKind === "member"
          ? problems.email_suppressed.detail
          : suppressionMessage(reason, reason.inviteKind, t),
        problems.email_suppressed.wayOut(t.invite.editAndResend),
      )
    case "external_id_taken":
      return staffProblems.external_id_taken.detail(reason.owner.name)
    case "invite_not_scheduled":
    case "billing_account_is_default":
    case "webhook_disabled":
    case "delivery_in_progress":
    case "billing_account_removed":
    case "billing_account_not_found":
    case "inherited_staff":
      return staffProblems[reason.kind].detail
    case "billing_account_in_use":
      return staffProblems.billing_account_in_use.detail(pendingInvitesPhrase(t, reason.pendingInvites))
    case "secret_rotation_pending":
      return staffProblems.secret_rotation_pending.detail(reason.until.toISOString())
    case "api_key_limit":
    case "webhook_limit":
      return staffProblems[reason.kind].detail(reason.limit)
    case "cursor_expired":
      return "There are events after this cursor that are no longer listed. Start without a cursor, then get your invites and customers."
    case "api_key_invalid":
      return "Unknown API key. Check that you copied all of it."
    case "api_key_revoked":
      return `This key was revoked on ${reason.at.toISOString()}.`
    case "sandbox_only":
      return "This is for tests only. Use a test key (vst_test_…), which you create in your sandbox."
    case "email_scheduled":
      return "The email of this invite still waits for its time. Move forward to sending first."
    case "no_reminder_planned":
      return "There is no reminder to move forward to: the invite has had one or was resent, is too short, its email didn't arrive or its contact has just opened it, or reminders are off."
    case "person_required":
      return "An API key can't do this. An Admin can, under Settings, Security, after confirming their identity."
    case "role_exceeds_scopes":
      return `The role ${reason.role} can do what this API key can't. Let an Admin do this, on the Staff page.`
    case "api_key_expired":
      return `This key expired on ${reason.at.toISOString()}.`
  }
}

/** `3 pending invites use`, to be followed by what they use. */
export const pendingInvitesPhrase = (t: Messages, invites: number): string =>
  staffWordsOf(t).billing.usedBy(invites, invites >= PENDING_COUNT_CAP)

/** Whole seconds from now (RFC 9110, 10.2.3). */
export function retryAfterSeconds(resetAt: Date, now: Date): number {
  return Math.max(1, Math.ceil((resetAt.getTime() - now.getTime()) / 1000))
}

/** Sets `Retry-After` and returns its seconds. */
export function setRetryAfter(c: Context<AppEnv>, resetAt: Date): number {
  const seconds = retryAfterSeconds(resetAt, c.var.deps.now())
  c.header("Retry-After", String(seconds))
  return seconds
}

/**
 * The rate limit that stopped an operation, and what to tell people: `status` is 429, or 503 if it was busy. Sets `Retry-After`.
 * Rethrows any other error.
 */
export function rateLimit(c: Context<AppEnv>, error: unknown, t: Messages = en) {
  if (!(error instanceof Failure) || error.reason.kind !== "rate_limited") throw error
  logRefusal(c, error.reason)
  const wait = formatDuration(t, setRetryAfter(c, error.reason.resetAt))
  const status: 429 | 503 = error.reason.scope === "busy" ? 503 : 429
  return {
    ...error.reason,
    wait,
    status,
    message: joinSentences(t, toProblem(error.reason, t).detail, t.retry.in(wait)),
  }
}
