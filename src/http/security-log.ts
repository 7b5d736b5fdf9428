import type { Context } from "hono"
import type { AppEnv } from "./context.ts"

/** Someone who is known: a user, an API key or the operator, and the reseller or customer they act in. */
type KnownActor = { actorKind: string; actorId: string; accountId: string }

export type SignInMethod = "password" | "invite" | "passkey" | "second_factor"

/**
 * Every security event, with ids only: never a name, an address, a URL or a token. A new event or field is added here, so that
 * this list is all that the log can hold.
 */
export type SecurityEvent =
  | { event: "signed_in"; userId: string; method: SignInMethod }
  | { event: "sign_in_failed"; reason: "wrong_credentials" | "suspended" | "wrong_factor" }
  | { event: "signed_out"; userId: string | undefined }
  | { event: "sessions_ended"; userId: string; reason: "user" | "admin" | "password" | "factor" | "removed" }
  | { event: "password_changed"; userId: string; method: "profile" | "reset" }
  | { event: "email_changed"; userId: string }
  | {
      event: "factor_changed"
      userId: string
      factor: "passkey" | "authenticator" | "recovery_codes"
      change: "added" | "removed" | "used" | "reset"
    }
  | ({ event: "permission_refused"; permission?: string | undefined } & Partial<KnownActor>)
  | { event: "credentials_refused"; reason: string }
  | { event: "forged_form" }
  | { event: "forged_link"; link: "registration" | "decline" | "password_reset" | "email_change" | "malformed" }
  | { event: "wrong_code"; inviteId?: string | undefined }
  | ({ event: "limit_reached"; limit: string } & Partial<KnownActor>)

/** Logs a security event as one line of JSON. */
export function logSecurityEvent(c: Context<AppEnv>, event: SecurityEvent): void {
  console.log(JSON.stringify({ level: "security", ...event, requestId: c.var.requestId }))
}

/** Logs a refusal if it is a security event. */
export function logRefusal(c: Context<AppEnv>, reason: { kind: string; permission?: string; scope?: string }): void {
  switch (reason.kind) {
    case "forbidden":
    case "insufficient_scope":
    case "wrong_account":
      logSecurityEvent(c, { event: "permission_refused", permission: reason.permission, ...knownActor(c) })
      break
    case "api_key_invalid":
    case "api_key_revoked":
    case "api_key_expired":
      logSecurityEvent(c, { event: "credentials_refused", reason: reason.kind })
      break
    case "rate_limited":
    case "too_many_requests":
      logSecurityEvent(c, { event: "limit_reached", limit: reason.scope ?? "api_requests", ...knownActor(c) })
  }
}

function knownActor({ var: { staff, member, apiKey } }: Context<AppEnv>): Partial<KnownActor> {
  if (member) return { actorKind: member.kind, actorId: member.id, accountId: member.customer.id }
  const actor = staff ?? apiKey
  return actor ? { actorKind: actor.kind, actorId: actor.id, accountId: actor.reseller.id } : {}
}
