import { and, desc, eq, type SQL, sql } from "drizzle-orm"
import type { Db } from "../../storage/db.ts"
import { newId } from "../../storage/ids.ts"
import { type AuditEntry, auditEntries, auditLog, type FieldChange } from "../../storage/schema.ts"
import { withPlainAddresses } from "../../text/sandbox-address.ts"
import type { Actor, ResellerActor } from "../access/actor.ts"
import { can, type Permission } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { AUDIT_ACTIONS, type AuditAction, readableActions } from "./audit-actions.ts"
import { customerEntriesSql } from "./entry-ids.ts"

/** The actor of an audit entry, with their name at that time. */
export type AuditActor = { kind: AuditEntry["actorKind"]; id?: string; name?: string }

export type NewAuditEntry = typeof auditLog.$inferInsert & { action: string; subjectId: string; detail: string | null }

export const SYSTEM: AuditActor = { kind: "system" }

/** An audit entry at the current time, with a new id. Write it in the batch of the change. */
export function newAuditEntry(
  { now }: Pick<Deps, "now">,
  resellerId: string,
  actor: AuditActor,
  action: AuditAction,
  subjectId: string,
  detail: string | null = null,
): NewAuditEntry {
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
    createdAt: at,
  }
}

/** SQL: the id of one of the entries that a batch writes about many subjects. `id` is what they have in common. */
export const entryIdOf = ({ id }: Pick<NewAuditEntry, "id">, subjectId: SQL): SQL =>
  sql`(${id} || '_' || substr(${subjectId}, 5))`

/** The statement that writes an audit entry, for the batch of the change. */
export function auditEntryStatement(deps: Pick<Deps, "db" | "now">, ...entry: NewAuditEntryArguments) {
  return deps.db.insert(auditLog).values(newAuditEntry(deps, ...entry))
}

type NewAuditEntryArguments = Parameters<typeof newAuditEntry> extends [unknown, ...infer Rest] ? Rest : never

/** SQL condition: this batch has written the entry. Guards its other statements, if the entry is written only with a change. */
export function isRecorded({ id }: { id: string | SQL }): SQL {
  return sql`EXISTS (SELECT 1 FROM ${auditEntries} WHERE ${auditEntries.id} = ${id})`
}

/** SQL condition: entries of one subject. The plus keeps SQLite from scanning all entries of the reseller. */
export function forSubject(
  resellerId: string,
  subjectId: string,
  log: typeof auditLog | typeof auditEntries = auditLog,
) {
  return and(eq(log.subjectId, subjectId), sql`+${log.resellerId} = ${resellerId}`)
}

const TIMELINE_LENGTH = 50

type TimelineReader = { actor: Actor; resellerId: string; read: Permission }

/**
 * The statement that reads the latest audit entries of an invite that the actor can see, newest first. `read` is the permission of
 * its section. Pass the rows through `toReadable`.
 */
export function timelineQuery(db: Db, { actor, resellerId, read }: TimelineReader, inviteId: string) {
  const condition = and(forSubject(resellerId, inviteId), hasAction(readableActions(actor, read)))
  return db.select().from(auditLog).where(condition).orderBy(desc(auditLog.id)).limit(TIMELINE_LENGTH)
}

/** How many of the latest entries about a customer, and about its invite, its page looks at. */
const CUSTOMER_SCAN_LIMIT = 25

/** The statement that reads the latest entries about a customer that the actor can see. Pass the rows through `toReadable`. */
export function customerTimelineQuery(db: Db, actor: ResellerActor, customerId: string, limit: number) {
  const resellerId = actor.reseller.id
  const entries = customerEntriesSql(resellerId, customerId, { size: limit }, CUSTOMER_SCAN_LIMIT)
  const condition = and(
    sql`${auditLog.id} IN (${entries})`,
    sql`+${auditLog.resellerId} = ${resellerId}`,
    hasAction(readableActions(actor)),
  )
  return db.select().from(auditLog).where(condition).orderBy(desc(auditLog.id)).limit(limit)
}

/**
 * SQL condition: entries with these actions; undefined if these are all actions. The actions are part of the SQL: bound, they could be
 * more parameters than D1 takes.
 */
export function hasAction(actions: AuditAction[]): SQL | undefined {
  return actions.length === AUDIT_ACTIONS.length
    ? undefined
    : sql`${auditLog.action} IN ${actions.map((action) => sql.raw(`'${action}'`))}`
}

/** The detail of a purge (audit/purge-proof.ts). */
const PROOF = /^[\w-]{43}$/

/**
 * An entry as the actor can read it: only those who can see API keys see which one acted, and each key what it did itself. The proof
 * of a purge isn't for people. Addresses are as they were entered.
 */
export function toReadable<T extends AuditEntry>(actor: Actor, entry: T): T {
  const isHidden = entry.actorKind === "api_key" && entry.actorId !== actor.id && !can(actor, "api_keys:write")
  const isProof = entry.action.endsWith(".purged") && PROOF.test(entry.detail ?? "")
  const readable = {
    ...entry,
    detail: isProof ? null : entry.detail && withPlainAddresses(entry.detail),
    changes: entry.changes && entry.changes.map(toPlainChange),
  }
  return isHidden ? { ...readable, actorId: null, actorName: null } : readable
}

/** A change with addresses as they were entered. */
const toPlainChange = ([field, ...values]: FieldChange): FieldChange =>
  [field, ...values.map((value) => (typeof value === "string" ? withPlainAddresses(value) : value))] as FieldChange
