import type { ContentfulStatusCode } from "hono/utils/http-status"
import type { LimitScope, Reason } from "../domain/failure.ts"

/** A failure as people and programs are told it: the one place where reasons meet statuses and words. */
export type Problem = { status: ContentfulStatusCode; code: string; title: string; detail: string }

const LIMIT_WORDS: Record<LimitScope, string> = {
  invite_pause: "This invite was sent again a moment ago.",
  invite_day: "This invite was sent again as often as it may be in a day.",
  reseller_hour: "Your company has sent as many invites as it may in an hour.",
}

export function problemOf(reason: Reason): Problem {
  switch (reason.kind) {
    case "not_found":
      return problem(404, reason.kind, "Not found", "There is nothing at this address, or it is not yours to see.")
    case "forbidden":
      return problem(403, reason.kind, "Not allowed", "Your role does not allow this. Ask an Admin of your company.")
    case "not_pending":
      return problem(
        409,
        reason.kind,
        "No longer pending",
        `This invite is ${reason.status}. Only a pending one can be revoked.`,
      )
    case "not_resendable":
      return problem(409, reason.kind, "Cannot be sent again", `This invite is ${reason.status}, and that is final.`)
    case "address_invited_again":
      return problem(
        409,
        reason.kind,
        "Invited again already",
        "A newer invite to this address is pending. Resend that one.",
      )
    case "rate_limited":
      return problem(429, reason.scope, "Too many e-mails", LIMIT_WORDS[reason.scope])
    case "billing_account_is_default":
      return problem(409, reason.kind, "This is the default", "Make another billing account the default first.")
    case "billing_account_in_use": {
      const pending =
        reason.pendingInvites === 1 ? "One pending invite uses" : `${reason.pendingInvites} pending invites use`
      return problem(
        409,
        reason.kind,
        "Still in use",
        `${pending} this billing account. Revoke them, or wait until they are accepted.`,
      )
    }
  }
}

/** RFC 9110, 10.2.3: whole seconds from now. */
export function retryAfterSeconds(resetAt: Date, now: Date): number {
  return Math.max(1, Math.ceil((resetAt.getTime() - now.getTime()) / 1000))
}

function problem(status: ContentfulStatusCode, code: string, title: string, detail: string): Problem {
  return { status, code, title, detail }
}
