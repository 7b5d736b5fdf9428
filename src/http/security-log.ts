import { createHmac } from "node:crypto"
import type { Context } from "hono"
import type { AppEnv } from "./context.ts"

/** Someone who is known: a user, an API key or the operator, and the reseller or customer they act in. */
type KnownActor = { actorKind: string; actorId: string; accountId: string }

export type SignInMethod = "password" | "invite" | "passkey" | "second_factor"

/** Where a password or another factor is checked. */
type Entrance = "sign_in" | "second_factor" | "invite" | "profile" | "confirmation"

/**
 * Every security event, with ids only: never a name, an address, a URL or a token. A new event or field is added here, so that
 * this list is all that the log can hold.
 */
type SecurityEvent =
  | { event: "signed_in"; userId: string; method: SignInMethod }
  | {
      event: "sign_in_failed"
      entrance: Entrance
      reason: "wrong_password" | "wrong_factor" | "suspended"
      userId?: string
    }
  | { event: "identity_confirmed"; userId: string; method: "password" | "passkey" }
  | { event: "signed_out"; userId: string | undefined }
  | { event: "sessions_ended"; userId: string; reason: "user" | "admin" }
  | { event: "password_reset_requested" }
  | { event: "password_changed"; userId: string; method: "profile" | "reset" }
  | { event: "email_changed"; userId: string }
  | {
      event: "factor_changed"
      userId: string
      factor: "passkey" | "authenticator" | "recovery_codes"
      change: "added" | "removed" | "replaced"
    }
  | { event: "factors_reset"; userId?: string; by: "admin" | "operator" }
  | { event: "input_refused"; status: number }
  | ({ event: "permission_refused"; permission?: string | undefined } & Partial<KnownActor>)
  | { event: "credentials_refused"; reason: string }
  | { event: "forged_form" }
  | { event: "forged_link"; link: "registration" | "decline" | "password_reset" | "email_change" | "malformed" }
  | { event: "wrong_code"; inviteId?: string | undefined }
  | ({ event: "limit_reached"; limit: string } & Partial<KnownActor>)

/** Logs a security event as one line of JSON, with its time and the client it came from. */
export function logSecurityEvent(c: Context<AppEnv>, event: SecurityEvent): void {
  const at = new Date().toISOString()
  console.log(JSON.stringify({ level: "security", at, ...event, client: clientName(c), requestId: c.var.requestId }))
}

const CLIENT_BYTES = 8

/** A keyed hash of the client's network: events of one source can be told from others without naming it. */
function clientName(c: Context<AppEnv>): string | undefined {
  const { client, config } = c.var.deps ?? {}
  if (!client || !config) return undefined
  const hash = createHmac("sha256", config.masterSecret).update(`log client ${client.network}`).digest()
  return hash.subarray(0, CLIENT_BYTES).toString("hex")
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
