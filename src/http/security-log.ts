import { createHmac } from "node:crypto"
import type { Context } from "hono"
import type { TokenPurpose } from "../domain/access/signed-token.ts"
import { recordSecurityEvent, type SecurityAction, type SecuritySubject } from "../domain/events/security-entries.ts"
import type { AppEnv } from "./context.ts"
import { logError } from "./log.ts"

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
  | { event: "email_change_requested" | "email_change_cancelled" | "email_changed"; userId: string }
  | {
      event: "factor_changed"
      userId: string
      factor: "passkey" | "authenticator" | "recovery_codes"
      change: "added" | "removed" | "replaced"
    }
  | { event: "factors_reset"; userId?: string; by: "admin" | "operator" }
  | { event: "operator_signed_in" | "operator_signed_out" }
  | { event: "dead_letters_replayed"; count: number; outboxId?: string }
  | { event: "input_refused"; status: number }
  | ({ event: "permission_refused"; permission?: string | undefined } & Partial<KnownActor>)
  | { event: "credentials_refused"; reason: string }
  | { event: "forged_form" }
  | {
      event: "forged_link"
      link: TokenPurpose | "malformed"
    }
  | { event: "wrong_code"; inviteId?: string | undefined }
  | ({ event: "limit_reached"; limit: string } & Partial<KnownActor>)

/**
 * Logs a security event as one line of JSON, with its time and the client it came from. Where a reseller is known, its audit log gets
 * an entry. The response doesn't wait for it, so that nobody learns from its time who has an account.
 */
export function logSecurityEvent(c: Context<AppEnv>, event: SecurityEvent): void {
  const at = new Date().toISOString()
  console.log(JSON.stringify({ level: "security", at, ...event, client: clientName(c), requestId: c.var.requestId }))
  const { action, subject, isTheirs } = toEntry(c, event) ?? {}
  if (!action || !subject) return
  const recorded = recordSecurityEvent(c.var.deps, subject, action, isTheirs ?? false)
  c.executionCtx.waitUntil(
    recorded.catch((error) => logError("could not record a security event", error, { requestId: c.var.requestId })),
  )
}

type SecurityEntry = { action: SecurityAction; subject: SecuritySubject | undefined; isTheirs?: boolean }

/** How an event is recorded in the audit log; undefined if the batch of its change did so, or if no reseller can be known. */
function toEntry(c: Context<AppEnv>, event: SecurityEvent): SecurityEntry | undefined {
  const { member, staff, apiKey, securitySubject } = c.var
  const actor = member ?? staff ?? apiKey
  const known = actor && { actor }
  switch (event.event) {
    case "signed_in":
      // Accepting an invite has an entry of its own.
      return event.method === "invite"
        ? undefined
        : { action: "signed_in", subject: { userId: event.userId }, isTheirs: true }
    case "signed_out":
      return { action: "signed_out", subject: event.userId ? { userId: event.userId } : undefined, isTheirs: true }
    case "sign_in_failed":
      return { action: "sign_in_failed", subject: event.userId ? { userId: event.userId } : securitySubject }
    case "permission_refused":
      return { action: "permission_refused", subject: known, isTheirs: true }
    case "credentials_refused":
      // A revoked or expired key is still known.
      return event.reason === "api_key_invalid" ? undefined : { action: "refused", subject: securitySubject }
    case "wrong_code":
      return { action: "code_refused", subject: event.inviteId ? { inviteId: event.inviteId } : undefined }
    case "limit_reached":
      if (event.limit === "busy") return undefined
      return { action: "limit_reached", subject: known ?? securitySubject, isTheirs: actor !== undefined }
    default:
      return undefined
  }
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
