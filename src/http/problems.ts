import type { Context } from "hono"
import type { ContentfulStatusCode } from "hono/utils/http-status"
import { PENDING_COUNT_CAP } from "../domain/billing/reassign-invites.ts"
import type { RateLimit, Reason } from "../domain/failure.ts"
import { suppressionMessage } from "../domain/mail/suppressions.ts"
import type { AppEnv } from "./context.ts"

/** A failure as people and programs see it. Only this file maps reasons to statuses. */
export type Problem = { status: ContentfulStatusCode; code: string; title: string; detail: string }

export const PROBLEMS = {
  not_found: { status: 404, title: "Not found" },
  forbidden: { status: 403, title: "Not allowed" },
  invalid_cursor: { status: 422, title: "Unknown cursor" },
  invite_not_pending: { status: 409, title: "No longer pending" },
  invite_not_resendable: { status: 409, title: "Cannot be sent again" },
  newer_invite_pending: { status: 409, title: "Invited again already" },
  email_suppressed: { status: 409, title: "This address gets no mail" },
  resend_cooldown: { status: 429, title: "Too many e-mails" },
  resend_daily_limit: { status: 429, title: "Too many e-mails" },
  email_hourly_limit: { status: 429, title: "Too many e-mails" },
  billing_account_is_default: { status: 409, title: "Default billing account" },
  billing_account_in_use: { status: 409, title: "Billing account in use" },
  secret_rotation_pending: { status: 409, title: "Secret rotated recently" },
  webhook_disabled: { status: 409, title: "Webhook disabled" },
  delivery_in_progress: { status: 409, title: "Delivery in progress" },
  already_resent: { status: 409, title: "Sent again already" },
  billing_account_not_found: { status: 422, title: "Billing account not found" },
  billing_account_removed: { status: 409, title: "Billing account deleted" },
  api_key_limit: { status: 409, title: "Too many API keys" },
  webhook_limit: { status: 409, title: "Too many webhooks" },
  version_conflict: { status: 412, title: "Changed meanwhile" },
  last_admin: { status: 409, title: "The last Admin" },
  reseller_suspended: { status: 403, title: "Suspended" },
  no_active_account: { status: 403, title: "No account" },
  wrong_account: { status: 403, title: "Not in this account" },
  api_key_invalid: { status: 401, title: "Unknown API key" },
  api_key_revoked: { status: 401, title: "API key revoked" },
  api_key_expired: { status: 401, title: "API key expired" },
} as const

const LIMIT_MESSAGES: Record<RateLimit, string> = {
  resend_cooldown: "This invite was sent again a moment ago.",
  resend_daily_limit: "This invite was sent again as often as it may be in a day.",
  email_hourly_limit: "As many invites were sent within the hour as may be.",
}

export function toProblem(reason: Reason): Problem {
  const code = reason.kind === "rate_limited" ? reason.scope : reason.kind
  return { code, ...PROBLEMS[code], detail: problemDetail(reason) }
}

function problemDetail(reason: Reason): string {
  switch (reason.kind) {
    case "not_found":
      return "There is nothing at this address, or it is not yours to see."
    case "forbidden":
      return "Your role does not allow this. Ask an Admin of your company."
    case "invalid_cursor":
      return "No list was left at this cursor. Start again without one."
    case "invite_not_pending":
      return `This invite is ${reason.status}. Only a pending one can be revoked, or its link copied.`
    case "invite_not_resendable":
      return `This invite is ${reason.status}, and that is final.`
    case "newer_invite_pending":
      return "A newer invite to this address is pending. Resend that one."
    case "email_suppressed":
      return suppressionMessage(reason, reason.inviteKind)
    case "rate_limited":
      return LIMIT_MESSAGES[reason.scope]
    case "billing_account_is_default":
      return "Make another billing account the default first."
    case "billing_account_in_use":
      return `${pendingInvitesPhrase(reason.pendingInvites)} this billing account. Move pending invites to another one, revoke them, or wait until they are accepted.`
    case "version_conflict":
      return "Somebody changed it since you read it. Read it again, and make your change to what is there now."
    case "secret_rotation_pending":
      return `The previous secret is valid until ${reason.until.toISOString()}. You can rotate again after that.`
    case "webhook_disabled":
      return "This webhook is disabled. Enable it first."
    case "delivery_in_progress":
      return "We're sending this event right now."
    case "already_resent":
      return "Somebody sent this invite again at this very moment."
    case "billing_account_removed":
      return "The billing account of this invite was deleted. Edit the invite and choose another one."
    case "billing_account_not_found":
      return "This billing account doesn't exist, or it isn't yours."
    case "api_key_limit":
      return `You already have ${reason.limit} active keys, the maximum. Revoke one first.`
    case "webhook_limit":
      return `You already have ${reason.limit} webhooks, the maximum. Delete one first.`
    case "last_admin":
      return "Nobody else is an Admin. Make somebody else one first."
    case "reseller_suspended":
      return `${reason.name} is suspended, so nobody can sign in to its accounts. Ask whoever runs this service.`
    case "no_active_account":
      return "You are in no account any more: you left, or an Admin took you out. Ask them to invite you again."
    case "wrong_account":
      return "This form was made in an account that is not open to you any more. Nothing was changed."
    case "api_key_invalid":
      return "Unknown API key. Check that you copied all of it."
    case "api_key_revoked":
      return `This key was revoked on ${reason.at.toISOString()}.`
    case "api_key_expired":
      return `This key expired on ${reason.at.toISOString()}.`
  }
}

/** `3 pending invites use`, to be followed by what they use. */
export function pendingInvitesPhrase(invites: number): string {
  if (invites === 1) return "One pending invite uses"
  return invites < PENDING_COUNT_CAP
    ? `${invites} pending invites use`
    : `${PENDING_COUNT_CAP} or more pending invites use`
}

/** Whole seconds from now (RFC 9110, 10.2.3). */
export function retryAfterSeconds(resetAt: Date, now: Date): number {
  return Math.max(1, Math.ceil((resetAt.getTime() - now.getTime()) / 1000))
}

/** Sets `Retry-After`, and returns the wait in words. */
export function setRetryAfter(c: Context<AppEnv>, resetAt: Date): string {
  const seconds = retryAfterSeconds(resetAt, c.var.deps.now())
  c.header("Retry-After", String(seconds))
  return formatWait(seconds)
}

/** A wait in words: `45 seconds`, `10 minutes`, `3 hours`. Rounded up, so that nobody retries too early. */
export function formatWait(seconds: number): string {
  if (seconds < 120) return seconds === 1 ? "1 second" : `${seconds} seconds`
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds / 3600)} hours`
}
