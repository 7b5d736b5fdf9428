import { and, eq, gt, type SQL, sql } from "drizzle-orm"
import type { SQLiteColumn } from "drizzle-orm/sqlite-core"
import { insertSelect } from "../../storage/insert-select.ts"
import { auditLog, type Invite, invites } from "../../storage/schema.ts"
import { authorize } from "../access/permissions.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { isRecorded, type NewAuditEntry, newAuditEntry } from "../events/audit-log.ts"
import { Failure } from "../failure.ts"
import { storeResponseStatements } from "../idempotency.ts"
import type { InviteContext } from "../invites/audience.ts"
import { expireStatements } from "../invites/expire.ts"
import { INVITE_COLUMNS, inviteQuery, isLatestChange } from "../invites/find.ts"
import { isReminderUnwanted, remindStatements } from "../invites/remind.ts"
import { reserveSend, withReservation } from "../invites/resend.ts"
import { scheduledFor } from "../invites/schedule.ts"
import { currentStatus } from "../invites/status.ts"
import { queueScheduledStatement } from "../outbox/outbox.ts"
import { isVersionConflict, retryConflicts } from "../retry-conflicts.ts"
import { requireVersion, type Versions } from "../versions.ts"
import { requireSandbox } from "./require-sandbox.ts"

/** What can be next in the life of an invite. */
export const ADVANCE_STEPS = ["sending", "reminder", "expiry"] as const
export type AdvanceStep = (typeof ADVANCE_STEPS)[number]

/**
 * Does the next step of a sandbox's invite as if the time until it had passed: its times move back, except when it was created, which
 * its id and its place in lists contain too. With `versions`, only at one of them. Throws `forbidden`, `sandbox_only`, `not_found`,
 * `invite_not_pending`, `version_conflict`, `email_scheduled` for what comes after the sending of a scheduled email, `invite_not_scheduled`
 * for the sending of any other, and for a reminder `no_reminder_planned` and `rate_limited`.
 */
export function advanceInvite(
  deps: Deps,
  context: InviteContext,
  id: string,
  step: AdvanceStep,
  versions?: Versions,
): Promise<Invite> {
  authorize(context.actor, context.write)
  requireSandbox(context.resellerId)
  const attempt = () => attemptAdvance(deps, context, id, step, versions)
  return versions ? attempt() : retryConflicts(attempt, isVersionConflict)
}

async function attemptAdvance(
  requestDeps: Deps,
  context: InviteContext,
  id: string,
  step: AdvanceStep,
  versions: Versions,
): Promise<Invite> {
  const at = requestDeps.now() // one moment, at which the step is due once the times have moved
  const deps = { ...requestDeps, now: () => at }
  const [[invite]] = await deps.read([inviteQuery(deps.db, context, id)])
  if (!invite) throw new Failure({ kind: "not_found" })
  requireVersion(versions, invite.lastChangeId)
  const status = currentStatus(invite, deps.now())
  if (status !== "pending") throw new Failure({ kind: "invite_not_pending", status })
  const entry = newAuditEntry(deps, invite.resellerId, context.actor, "invite.advanced", id)
  const advanced = await doStep(deps, invite, entry, step)
  if (!advanced) throw new Failure({ kind: "version_conflict" })
  return advanced
}

/** Returns the invite after the step; undefined if it has changed since it was read. */
function doStep(deps: Deps, invite: Invite, entry: NewAuditEntry, step: AdvanceStep): Promise<Invite | undefined> {
  const sendAt = scheduledFor(invite, deps.now())
  const isMoved = isLatestChange(invite.id, entry.id)
  if (step === "sending") {
    if (!sendAt) throw new Failure({ kind: "invite_not_scheduled" })
    return moveUntil(deps, invite, entry, sendAt, [queueScheduledStatement(deps, invite.latestEmailId ?? "", isMoved)])
  }
  if (sendAt) throw new Failure({ kind: "email_scheduled" })
  if (step === "reminder") return advanceToReminder(deps, invite, entry)
  const expireStep = expireStatements(deps, [invite.id], isMoved)
  return moveUntil(deps, invite, entry, invite.expiresAt, expireStep)
}

async function moveUntil(
  deps: Deps,
  invite: Invite,
  entry: NewAuditEntry,
  until: Date,
  stepStatements: Statement[],
): Promise<Invite | undefined> {
  const { db } = deps
  const movedQuery = db
    .select(INVITE_COLUMNS)
    .from(invites)
    .where(and(eq(invites.id, invite.id), isRecorded(entry)))
  const [[moved]] = await commit(
    deps,
    [movedQuery],
    [
      moveTimesStatement(deps, invite, { until, changeId: entry.id }),
      insertSelect(db, auditLog, entry, isLatestChange(invite.id, entry.id)),
      ...stepStatements,
      ...storeResponseStatements(deps, invites, invite.id, isRecorded(entry)),
    ],
  )
  return moved
}

async function advanceToReminder(deps: Deps, invite: Invite, entry: NewAuditEntry): Promise<Invite | undefined> {
  const { db } = deps
  const { remindAt } = invite
  if (!remindAt || (await isUnwanted(deps, invite, remindAt))) throw new Failure({ kind: "no_reminder_planned" })
  const isMoved = isLatestChange(invite.id, entry.id)
  const isDue = and(eq(invites.id, invite.id), eq(invites.lastChangeId, entry.id))
  const { updateStatement, furtherStatements, isReminded } = remindStatements(deps, invite, isDue)
  const reservation = await reserveSend(deps, invite, "resend")
  return withReservation(reservation, async () => {
    const [, , [reminded]] = await commit(deps, [
      moveTimesStatement(deps, invite, { until: remindAt, changeId: entry.id }),
      insertSelect(db, auditLog, entry, isMoved),
      updateStatement,
      ...furtherStatements,
      ...storeResponseStatements(deps, invites, invite.id, isReminded),
    ])
    return reminded
  })
}

async function isUnwanted({ db, read }: Deps, { id }: Invite, remindAt: Date): Promise<boolean> {
  const [[unwanted]] = await read([
    db
      .select({ id: invites.id })
      .from(invites)
      .where(and(eq(invites.id, id), isReminderUnwanted(remindAt))),
  ])
  return unwanted !== undefined
}

/** The columns with times that the next step depends on, or that show when something happened. */
const MOVED_COLUMNS = {
  sendAt: invites.sendAt,
  expiresAt: invites.expiresAt,
  remindAt: invites.remindAt,
  lastSentAt: invites.lastSentAt,
  resentAt: invites.resentAt,
  openedAt: invites.openedAt,
  formStartedAt: invites.formStartedAt,
}

/** The statement that moves the times of an invite back by the time from now `until` a later one, unless it has changed. */
function moveTimesStatement({ db, now }: Deps, invite: Invite, { until, changeId }: { until: Date; changeId: string }) {
  const duration = Math.max(0, until.getTime() - now().getTime())
  const earlier = (column: SQLiteColumn): SQL => sql`${column} - ${duration}`
  return db
    .update(invites)
    .set({
      ...Object.fromEntries(Object.entries(MOVED_COLUMNS).map(([name, column]) => [name, earlier(column)])),
      lastChangeId: changeId,
    })
    .where(
      and(
        eq(invites.id, invite.id),
        eq(invites.lastChangeId, invite.lastChangeId),
        eq(invites.status, "pending"),
        gt(invites.expiresAt, now()),
      ),
    )
}
