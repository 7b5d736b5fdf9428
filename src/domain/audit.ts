import { and, desc, eq, type SQL, sql } from "drizzle-orm"
import type { Db } from "../storage/db.ts"
import { newId } from "../storage/ids.ts"
import { type AuditEntry, audit } from "../storage/schema.ts"
import { type Actor, may } from "./actor.ts"
import type { Deps } from "./deps.ts"

/** Who did it, as the audit keeps it: the name as it was then. */
export type AuditActor = { kind: AuditEntry["actorKind"]; id?: string; name?: string }

export type AuditAction =
  | "invite.created"
  | "invite.sent"
  | "invite.resent"
  | "invite.revoked"
  | "invite.expired"
  | "invite.accepted"
  | "invite.corrected"
  | "invite.billing_changed"
  | "invite.declined"
  | "invite.opened"
  | "invite.started"
  | "invite.link_copied"
  | "invite.code_sent"
  | "invite.reminded"
  | "invite.delivered"
  | "invite.deferred"
  | "invite.bounced"
  | "invite.complained"
  | "invite.failed"
  | "webhook.created"
  | "webhook.changed"
  | "webhook.switched_on"
  | "webhook.switched_off"
  | "webhook.secret_rotated"
  | "webhook.removed"
  | "billing_account.added"
  | "billing_account.changed"
  | "billing_account.made_default"
  | "billing_account.removed"
  | `${"staff" | "member"}.${"role_changed" | "removed" | "left"}`
  | "reseller.opened"
  | "reseller.suspended"
  | "reseller.reinstated"
  | "reseller.invite_settings_changed"
  | "reseller.company_changed"
  | "reseller.logo_changed"
  | "reseller.logo_removed"
  | "customer.billing_changed"
  | "api_key.created"
  | "api_key.revoked"

export type AuditRow = typeof audit.$inferInsert & { action: string; subjectId: string; detail: string | null }

export const SYSTEM: AuditActor = { kind: "system" }

export function auditRow(
  { now }: Pick<Deps, "now">,
  resellerId: string,
  actor: AuditActor,
  action: AuditAction,
  subjectId: string,
  detail: string | null = null,
): AuditRow {
  const at = now()
  return {
    id: newId("aud", at),
    resellerId,
    action,
    subjectId,
    actorKind: actor.kind,
    actorId: actor.id ?? null,
    actorName: actor.name ?? null,
    detail,
    at,
  }
}

/** The statement that records one event; to be batched with the change it tells of. */
export function auditEntry(deps: Pick<Deps, "db" | "now">, ...entry: AuditEntryArguments) {
  return deps.db.insert(audit).values(auditRow(deps, ...entry))
}

type AuditEntryArguments = Parameters<typeof auditRow> extends [unknown, ...infer Rest] ? Rest : never

/** Of one subject. The plus keeps SQLite from walking all of the reseller's entries instead. */
export function isAbout(resellerId: string, subjectId: string) {
  return and(eq(audit.subjectId, subjectId), sql`+${audit.resellerId} = ${resellerId}`)
}

const TIMELINE_LENGTH = 50

/** The statement that reads the newest events of one subject that the actor may see, newest first. */
export function timelineOf(db: Db, actor: Actor, resellerId: string, subjectId: string) {
  const wanted = and(isAbout(resellerId, subjectId), isToldTo(actor))
  return db.select().from(audit).where(wanted).orderBy(desc(audit.id)).limit(TIMELINE_LENGTH)
}

/** Whoever may not see billing is told nothing of what was done about it; undefined where everything is told. */
export function isToldTo(actor: Actor): SQL | undefined {
  if (may(actor, "billing:read")) return undefined
  return sql`(${audit.action} NOT LIKE 'billing_account.%'
    AND ${audit.action} NOT IN ('customer.billing_changed', 'invite.billing_changed'))`
}
