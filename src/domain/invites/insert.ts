import { type SQL, sql } from "drizzle-orm"
import type { Places } from "../../storage/compiled.ts"
import type { Db } from "../../storage/db.ts"
import { newId, newReference } from "../../storage/ids.ts"
import { insertFrom, insertSelect } from "../../storage/insert-select.ts"
import { auditLog, type FieldChange, type Invite, invites } from "../../storage/schema.ts"
import { isActiveKey } from "../access/api-keys.ts"
import type { BillingAccountValues } from "../billing/fields.ts"
import { commit, compiledBatch, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import type { AuditActor } from "../events/audit-log.ts"
import { newEventIds, oneInvite, writeEventStatements } from "../events/record-event.ts"
import { isExternalIdTaken } from "../external-ids.ts"
import { type ResponseKey, storeStatements, toResponseKey } from "../idempotency.ts"
import { toHashValues } from "../mail/suppressions.ts"
import { newEmailId } from "../outbox/outbox.ts"
import { hashRecipient } from "../outbox/recipient-limits.ts"
import { hashesOfAddress } from "../privacy/address-hash.ts"
import { DAY_MS } from "../time.ts"
import { hasNoConflicts } from "./address-conflicts.ts"
import { derivedColumns } from "./derived-columns.ts"
import { mapPlainColumns } from "./field-values.ts"
import type { InviteDraft } from "./fields.ts"
import { isLatestChange } from "./find.ts"
import { newAccountStatements, toPlaces } from "./new-account.ts"
import { reserveSend, withReservation } from "./resend.ts"
import { remindAtSql } from "./schedule.ts"

export type InsertOptions = {
  /** Whether it is emailed. Otherwise staff copy its link. */
  isSent: boolean
  /** When its email is sent, if not at once. */
  sendAt?: Date | undefined
  /** Statements of the same batch that run before it. */
  precedingStatements?: Statement[]
  /** Its billing account, if that is to be created with it. */
  newAccount?: BillingAccountValues | undefined
}

/**
 * Inserts an invite with its outbox row, audit entry and event in one batch. Returns undefined if something conflicts with inviting its
 * address (address-conflicts.ts), or if a customer's billing account doesn't exist. Throws `rate_limited`, and the violation of a unique index if a new account has the
 * email address of another one.
 *
 * An email for later counts in the hour in which it is created, so that who schedules can create no more invites than who sends. As a
 * bulk email, it takes turns (limiters/mail-pacer.ts): however many are due at nine, other emails and resellers go between them.
 */
export async function insertInvite(
  deps: Deps,
  actor: AuditActor & { id: string },
  draft: InviteDraft,
  { isSent, sendAt, precedingStatements = [], newAccount }: InsertOptions,
): Promise<Invite | undefined> {
  const now = deps.now()
  const row = newRow(draft, { now, isSent, sendAt, invitedBy: actor.id })
  const hashes = hashesOfAddress(deps, draft.contactEmail)
  const { id: eventId, end: eventEnd } = newEventIds(deps)
  const values = {
    ...row,
    ...derivedColumns(row),
    ...toHashValues(hashes),
    givenLocale: draft.locale ?? null,
    givenDays: draft.expiresInDays ?? null,
    recipientHash: hashRecipient(deps, "invite", row.contactEmail),
    actorKind: actor.kind,
    actorName: actor.name ?? null,
    ...(sendAt && { scheduling: [["send_at", null, sendAt.toISOString()]] satisfies FieldChange[] }),
    eventId,
    eventEnd,
    ...(deps.request && toResponseKey(deps.request, now)),
  }
  const shape = {
    kind: row.kind,
    isSent,
    isScheduled: sendAt !== undefined,
    hashes: hashes.length,
    isRepeatable: deps.request !== undefined,
    hasExternalId: row.externalId !== null,
    // The INSERT must be the first statement then. Without a guard, the key has just been looked up.
    checksKey:
      deps.accessGuard !== undefined && actor.kind === "api_key" && precedingStatements.length === 0 && !newAccount,
  }
  const statements = insertStatements(deps.db, values, shape)
  const accountStatements = newAccount
    ? newAccountStatements(deps.db, { ...values, ...toPlaces(newAccount, now) }, shape)
    : []
  const reservation = isSent ? await reserveSend(deps, row, "first") : undefined
  return withReservation(reservation, async () => {
    const allPreceding = [...precedingStatements, ...accountStatements]
    const [[defaults]] = await commit(deps, statements, allPreceding, { isSelfChecked: shape.checksKey })
    return defaults && { ...row, ...defaults }
  })
}

/** The columns that the database works out: from the reseller's defaults, and from its billing account. */
type ComputedColumn = "billingAccountId" | "locale" | "expiresInDays" | "expiresAt" | "remindAt"
type NewRow = Omit<Invite, ComputedColumn>

function newRow(
  { locale: _, expiresInDays: __, ...draft }: InviteDraft,
  { now, isSent, sendAt, invitedBy }: { now: Date; isSent: boolean; sendAt: Date | undefined; invitedBy: string },
): NewRow {
  return {
    ...draft,
    id: newId("inv", now),
    reference: newReference(),
    status: "pending",
    emailStatus: isSent ? "queued" : null,
    emailError: null,
    linkVersion: 1,
    emailSinceVersion: 1,
    sendCount: isSent ? 1 : 0,
    lastChangeId: newId("aud", now),
    invitedBy,
    createdAt: now,
    lastSentAt: null,
    sendAt: sendAt ?? null,
    resentAt: null,
    acceptedAt: null,
    updatedAt: now,
    latestEmailId: isSent ? newEmailId(now) : null,
    openedAt: null,
    formStartedAt: null,
    purgedAt: null,
    firstSentAt: null,
    funnelStep: 0,
    funnelStepAt: null,
  }
}

export type NewInviteValues = NewRow &
  Partial<ResponseKey> & {
    searchRuns: string
    companyKey: string
    givenLocale: string | null
    givenDays: number | null
    recipientHash: string | null
    actorKind: AuditActor["kind"]
    actorName: string | null
    /** What the audit entry says of an email for later. */
    scheduling?: FieldChange[]
    eventId: string
    eventEnd: string
  }
/** `checksKey`: the invite is inserted only if the API key that invites is active. */
export type InsertShape = Record<"isSent" | "isScheduled" | "isRepeatable" | "hasExternalId" | "checksKey", boolean> & {
  kind: Invite["kind"]
  hashes: number
}

const insertStatements = compiledBatch((db, at: Places<NewInviteValues>, shape: InsertShape) => {
  const { isSent, isScheduled, isRepeatable } = shape
  const deps = { db, now: () => at.createdAt }
  const isCreated = isLatestChange(at.id, at.lastChangeId)
  const email = {
    id: at.latestEmailId,
    kind: "invite" as const,
    resellerId: at.resellerId,
    inviteId: at.id,
    linkVersion: at.linkVersion,
    recipient: at.contactEmail,
    recipientHash: at.recipientHash,
  }
  const entry = {
    id: at.lastChangeId,
    resellerId: at.resellerId,
    action: "invite.created",
    subjectId: at.id,
    actorKind: at.actorKind,
    actorId: at.invitedBy,
    actorName: at.actorName,
    detail: at.contactEmail,
    createdAt: at.createdAt,
    ...(isScheduled && { changes: at.scheduling }),
  }
  const eventIds = { id: at.eventId, end: at.eventEnd }
  const time = isScheduled ? { status: "scheduled" as const, nextAttemptAt: at.sendAt, isBulk: true } : {}
  const emails = isSent ? [{ message: { ...email, ...time }, source: sql`WHERE ${isCreated}` }] : []
  const source = oneInvite("invite.created", at.id, at.contactEmail, isCreated)
  return [
    insertRow(db, at, shape),
    insertSelect(db, auditLog, entry, isCreated),
    ...writeEventStatements(deps, eventIds, source, emails),
    ...(isRepeatable ? storeStatements(db, at, invites, at.id, sql`TRUE`) : []),
  ] as const
})

/** SQL condition: nothing conflicts with the invite. */
export function isInsertable(db: Db, at: Places<NewInviteValues>, { kind, hashes, hasExternalId }: InsertShape): SQL {
  const address = { audienceId: at.audienceId, resellerId: at.resellerId, email: at.contactEmail }
  const isTaken = hasExternalId ? isExternalIdTaken(at.resellerId, at.externalId, "") : sql`FALSE`
  return sql`${hasNoConflicts(db, address, kind, hashes)} AND NOT ${isTaken}`
}

/** The statement that inserts the row with the reseller's defaults, unless something conflicts. */
function insertRow(db: Db, at: Places<NewInviteValues>, shape: InsertShape) {
  const { kind, isSent, isScheduled, checksKey } = shape
  const isBilled = kind === "customer"
  const days = sql`reseller.days`
  const sendingTime = isScheduled ? sql.param(at.sendAt, invites.sendAt) : sql.param(at.createdAt, invites.createdAt)
  const expiresAt = sql`${sendingTime} + ${days} * ${DAY_MS}`
  const row = {
    id: at.id,
    reference: at.reference,
    resellerId: at.resellerId,
    kind,
    audienceId: at.audienceId,
    ...mapPlainColumns((column) => at[column]),
    status: "pending" as const,
    emailStatus: isSent ? ("queued" as const) : null,
    billingAccountId: isBilled ? sql`account.id` : null,
    billingEmail: isBilled ? sql`account.email` : null,
    billingPhone: isBilled ? sql`account.phone` : null,
    locale: sql`coalesce(${at.givenLocale}, reseller.locale)`,
    linkVersion: 1,
    expiresInDays: days,
    sendCount: isSent ? 1 : 0,
    lastChangeId: at.lastChangeId,
    invitedBy: at.invitedBy,
    customerId: isBilled ? null : at.customerId,
    createdAt: at.createdAt,
    updatedAt: at.createdAt,
    sendAt: isScheduled ? at.sendAt : null,
    expiresAt,
    latestEmailId: isSent ? at.latestEmailId : null,
    remindAt: isSent ? remindAtSql(days, expiresAt) : null,
    searchRuns: at.searchRuns,
    companyKey: at.companyKey,
  }
  const account = sql`JOIN billing_accounts AS account ON account.reseller_id = reseller.id
    AND account.email = ${at.billingEmail} AND account.phone = ${at.billingPhone}`
  const key = { id: at.invitedBy, resellerId: at.resellerId, now: at.createdAt }
  const condition = sql`${isInsertable(db, at, shape)} AND ${checksKey ? isActiveKey(db, key) : sql`TRUE`}`
  const source = sql`FROM (SELECT id, locale, coalesce(${at.givenDays}, default_expires_in_days) AS days FROM resellers
    WHERE resellers.id = ${at.resellerId}) AS reseller ${isBilled ? account : sql``} WHERE ${condition}`
  return insertFrom(db, invites, row, source).returning({
    billingAccountId: invites.billingAccountId,
    locale: invites.locale,
    expiresInDays: invites.expiresInDays,
    expiresAt: invites.expiresAt,
    remindAt: invites.remindAt,
  })
}
