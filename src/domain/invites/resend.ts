import { and, eq, inArray, isNull, type SQL, sql } from "drizzle-orm"
import {
  type FieldChange,
  type Invite,
  invites,
  type StaffRole,
  type Suppression,
  suppressions,
} from "../../storage/schema.ts"
import { authorize, authorizeRole } from "../access/permissions.ts"
import { commit } from "../commit.ts"
import type { Deps, EmailedInvite, SendKind } from "../deps.ts"
import type { AuditAction } from "../events/audit-actions.ts"
import { type NewAuditEntry, newAuditEntry } from "../events/audit-log.ts"
import { recordChangeStatements } from "../events/record-change.ts"
import { externalIdFailure, isExternalIdTaken } from "../external-ids.ts"
import { Failure, isUniqueViolation, type Reason } from "../failure.ts"
import { storeResponseStatements } from "../idempotency.ts"
import { contactEmailSql, suppressionQuery, suppressionSenderId } from "../mail/suppressions.ts"
import { enqueueEmailStatement } from "../outbox/enqueue.ts"
import { newEmailId } from "../outbox/outbox.ts"
import { DAY_MS } from "../time.ts"
import { requireVersion, type Versions } from "../versions.ts"
import { newerInviteFailure, PENDING_INVITE_INDEX } from "./address-conflicts.ts"
import type { InviteAudience, InviteContext } from "./audience.ts"
import { derivedColumns } from "./derived-columns.ts"
import { inviteQuery, isLatestChange } from "./find.ts"
import { IS_EMAIL_SCHEDULED, remindAtSql, scheduledFor } from "./schedule.ts"
import { isResendable, RESENDABLE_STATUSES } from "./status.ts"

/**
 * `despiteSuppression` lifts a suppression of the address, except that members can't lift one by the reseller. With `versions`, the
 * invite is resent only at one of them.
 */
type ResendInviteOptions = {
  despiteSuppression?: boolean
  /** Only if the email still waits for its time: otherwise throws `invite_not_scheduled`. */
  ifScheduled?: boolean
  role?: StaffRole
  versions?: Versions
}

/**
 * Resends an invite with a new link and expiry; earlier links stop working, and an email that waits for its time isn't sent. Throws
 * `not_found`, `forbidden`, `invite_not_resendable` (accepted or revoked), `email_suppressed`, `newer_invite_pending`, `external_id_taken`,
 * `billing_account_removed`, `already_resent` and `rate_limited`; with `versions` or a new `role`, which is written with it, also
 * `version_conflict`; `role_exceeds_scopes` like `revokeInvite`.
 */
export async function resendInvite(
  deps: Deps,
  context: InviteContext,
  id: string,
  { despiteSuppression = false, ifScheduled = false, role, versions }: ResendInviteOptions = {},
): Promise<Invite> {
  authorize(context.actor, context.write)
  const { db } = deps
  const [[invite], [suppression]] = await deps.read([
    inviteQuery(db, context, id),
    suppressionQuery(db, context, contactEmailSql(context, id)),
  ])
  if (!invite) throw new Failure({ kind: "not_found" })
  authorizeRole(context.actor, invite.role)
  if (!isResendable(invite)) throw new Failure({ kind: "invite_not_resendable", status: invite.status })
  requireVersion(versions, invite.lastChangeId)
  if (ifScheduled && !scheduledFor(invite, deps.now())) throw new Failure({ kind: "invite_not_scheduled" })
  if (suppression && !(despiteSuppression && canLiftSuppression(context, suppression))) {
    throw new Failure({ kind: "email_suppressed", inviteKind: context.kind, ...suppression })
  }
  const newEntry = (action: AuditAction, detail?: string) =>
    newAuditEntry(deps, invite.resellerId, context.actor, action, id, detail)
  const resentEntry = newEntry("invite.resent", invite.contactEmail)
  const fieldChanges: FieldChange[] = role && role !== invite.role ? [["role", invite.role, role]] : []
  return enqueueResend(deps, invite, {
    entries: [resentEntry, ...fieldChanges.map((change) => ({ ...newEntry("invite.updated"), changes: [change] }))],
    ...(role && { update: { changes: { role }, condition: undefined } }),
    ...(versions && { isAtVersion: true }),
    liftsSuppression: suppression !== undefined,
  })
}

/** Reserves the sending of one email. Throws `rate_limited`. */
export async function reserveSend(deps: Deps, invite: EmailedInvite, kind: SendKind) {
  const reservation = await deps.reserveSend(invite, kind)
  if (reservation.allowed) return reservation
  const { allowed: _, ...limit } = reservation
  throw new Failure({ kind: "rate_limited", ...limit })
}

/** Runs `write`, which enqueues a reserved email. Releases the reservation if it throws or returns undefined: nothing is sent. */
export async function withReservation<T>(
  reservation: { release: () => Promise<void> } | undefined,
  write: () => Promise<T | undefined>,
): Promise<T | undefined> {
  let written: T | undefined
  try {
    written = await write()
  } finally {
    if (written === undefined) await reservation?.release()
  }
  return written
}

type ResendOptions = {
  /** The audit entries. The first one identifies the change. */
  entries: [NewAuditEntry, ...NewAuditEntry[]]
  /** Changes to write with it, if the invite hasn't changed since it was read and `condition` holds. */
  update?: { changes: Partial<Invite>; condition: SQL | undefined }
  /** Whether to send it only if the invite hasn't changed since it was read, as with an `update`. */
  isAtVersion?: boolean
  /** Whether to lift the suppression of the address. */
  liftsSuppression?: boolean
  /** What it counts as. */
  sendKind?: "resend" | "renewal"
}

/** Enqueues an email with a new link and expiry, and applies an `update` with it. Throws like `resendInvite`, and `version_conflict`. */
export async function enqueueResend(
  deps: Deps,
  invite: Invite,
  { entries, update, isAtVersion = update !== undefined, liftsSuppression = false, sendKind = "resend" }: ResendOptions,
): Promise<Invite> {
  const { id, linkVersion } = invite
  const reservation = await reserveSend(deps, invite, sendKind)
  const now = deps.now()
  const emailId = newEmailId(now)
  const [{ id: changeId }] = entries
  const isChanged = isLatestChange(id, changeId)
  const nextInvite = { ...invite, ...update?.changes, linkVersion: linkVersion + 1 }
  const externalId = update?.changes.externalId ?? sql`${invites.externalId}`
  const requested = sendKind === "renewal" ? { payload: REQUESTED } : {}
  const expiresInDays = update?.changes.expiresInDays ?? sql`${invites.expiresInDays}` // as it is when the statement runs
  try {
    const updated = await withReservation(reservation, async () => {
      const [[row]] = await commit(deps, [
        deps.db
          .update(invites)
          .set({
            ...update?.changes,
            ...(update && derivedColumns(nextInvite)),
            ...resendColumns(emailId, now, sql`${expiresInDays}`),
            linkVersion: nextInvite.linkVersion,
            lastChangeId: changeId,
          })
          .where(
            and(
              eq(invites.id, id),
              inArray(invites.status, RESENDABLE_STATUSES),
              isNull(invites.purgedAt),
              eq(invites.linkVersion, linkVersion),
              isAtVersion ? eq(invites.lastChangeId, invite.lastChangeId) : undefined,
              update?.condition ?? isBillable,
              sql`NOT ${isExternalIdTaken(invite.resellerId, externalId, id)}`,
            ),
          )
          .returning(),
        enqueueEmailStatement(deps, { ...inviteEmail(nextInvite, emailId, "invite"), ...requested }, isChanged),
        ...recordChangeStatements(deps, entries),
        ...storeResponseStatements(deps, invites, id, isChanged),
        ...(liftsSuppression ? [liftSuppressionStatement(deps, nextInvite, isChanged)] : []),
      ])
      return row
    })
    if (!updated) throw new Failure(await resendFailure(deps, { ...nextInvite, linkVersion }, isAtVersion))
    return updated
  } catch (error) {
    if (isUniqueViolation(error, ...PENDING_INVITE_INDEX)) throw await newerInviteFailure(deps, nextInvite)
    throw error
  }
}

/** SQL condition: the invite has no billing account, or its billing account still exists. */
export const isBillable = sql`(${invites.kind} <> 'customer'
  OR EXISTS (SELECT 1 FROM billing_accounts AS bill WHERE bill.id = ${invites.billingAccountId}))`

async function resendFailure(deps: Deps, invite: Invite, isAtVersion: boolean): Promise<Reason> {
  const { id, linkVersion, lastChangeId } = invite
  const [current] = await deps.db.select().from(invites).where(eq(invites.id, id))
  if (!current) return { kind: "not_found" }
  if (!isResendable(current)) return { kind: "invite_not_resendable", status: current.status }
  if (isAtVersion && current.lastChangeId !== lastChangeId) return { kind: "version_conflict" }
  const taken = await externalIdFailure(deps, invite)
  if (taken) return taken.reason
  return { kind: current.linkVersion === linkVersion ? "billing_account_removed" : "already_resent" }
}

function liftSuppressionStatement({ db }: Deps, invite: Invite, condition: SQL) {
  return db
    .delete(suppressions)
    .where(
      and(
        eq(suppressions.senderId, suppressionSenderId(invite)),
        eq(suppressions.email, invite.contactEmail),
        condition,
      ),
    )
}

/** True if the inviter can lift the suppression. Members can't lift one by the reseller. */
export const canLiftSuppression = (audience: InviteAudience, { senderId }: Suppression) =>
  senderId === suppressionSenderId(audience)

/** The columns that every further email of an invite changes. */
export const newEmailColumns = (emailId: string | SQL) => ({
  latestEmailId: emailId,
  emailStatus: "queued" as const,
  emailError: null,
  sendCount: sql`${invites.sendCount} + 1`,
  remindAt: null,
})

/**
 * The columns that a resend changes. A resent invite gets no reminder. If it replaces the first email before that was sent, it is the
 * first itself.
 */
export function resendColumns(emailId: string | SQL, now: Date, expiresInDays: SQL) {
  const at = now.getTime()
  const expiresAt = sql`${at} + ${expiresInDays} * ${DAY_MS}`
  const isFirst = sql`(${invites.sendAt} IS NOT NULL AND ${IS_EMAIL_SCHEDULED})`
  return {
    ...newEmailColumns(emailId),
    sendCount: sql`${invites.sendCount} + NOT ${isFirst}`,
    remindAt: sql`iif(${isFirst}, ${remindAtSql(expiresInDays, expiresAt)}, NULL)`,
    status: "pending" as const,
    sendAt: null,
    resentAt: now,
    expiresAt,
  }
}

/** The payload of an email that the contact asked for. It isn't stopped because they have unsubscribed from what they don't ask for. */
export const REQUESTED = { requestedBy: "contact" } as const

/** The outbox message of an invite's email or reminder. */
export function inviteEmail(
  { id, resellerId, linkVersion, contactEmail }: Invite,
  emailId: string,
  kind: "invite" | "reminder",
) {
  return { id: emailId, kind, resellerId, inviteId: id, linkVersion, recipient: contactEmail }
}
