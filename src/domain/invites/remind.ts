import { and, eq, inArray, isNotNull, lte, not, type SQL, sql } from "drizzle-orm"
import { type Invite, invites, resellers, UNDELIVERED_STATUSES } from "../../storage/schema.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { newAuditEntry, SYSTEM } from "../events/audit-log.ts"
import { recordChangeStatements } from "../events/record-change.ts"
import { enqueueEmailStatement } from "../outbox/enqueue.ts"
import { newEmailId } from "../outbox/outbox.ts"
import { DAY_MS } from "../time.ts"
import { isLatestChange } from "./find.ts"
import { inviteEmail, newEmailColumns, withReservation } from "./resend.ts"
import { REMINDER_BEFORE_EXPIRY_DAYS } from "./schedule.ts"

const REMINDER_BATCH = 50
const UNWANTED_BATCH = 500

/**
 * Sends a reminder for each invite that expires in two days, unless its email failed, it was opened or resent recently, or the
 * reseller disabled reminders. Suspended resellers wait. A reminder counts as a resend; at a limit, it is tried again later. One
 * batch per run, of resellers in turn; returns the number of reminders.
 */
export async function remindContacts(deps: Deps): Promise<number> {
  const { db, now } = deps
  const at = now()
  const isDue = and(eq(invites.status, "pending"), isNotNull(invites.remindAt), lte(invites.remindAt, at))
  const isUnwanted = isReminderUnwanted(at)
  const isNotSuspended = sql`${invites.resellerId} NOT IN (SELECT id FROM ${resellers} WHERE ${resellers.suspendedAt} IS NOT NULL)`
  const turn = sql`row_number() OVER (PARTITION BY ${invites.resellerId} ORDER BY ${invites.remindAt})`
  const nextInTurn = db
    .select({ id: invites.id })
    .from(invites)
    .where(and(isDue, isNotSuspended, not(isUnwanted)))
    .orderBy(turn, invites.remindAt)
    .limit(REMINDER_BATCH)
  const unwanted = db.select({ id: invites.id }).from(invites).where(and(isDue, isUnwanted)).limit(UNWANTED_BATCH)
  const [, dueInvites] = await db.batch([
    db.update(invites).set({ remindAt: null, updatedAt: sql`updated_at` }).where(inArray(invites.id, unwanted)),
    db.select().from(invites).where(inArray(invites.id, nextInTurn)),
  ])
  let sentCount = 0
  const failures: unknown[] = []
  for (const invite of dueInvites) {
    if (await sendReminder(deps, invite).catch((error) => void failures.push(error))) sentCount += 1
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} reminders failed`) // after trying all others
  return sentCount
}

/** SQL condition: the invite gets no reminder, although one would be due at this time. */
export function isReminderUnwanted(at: Date): SQL {
  return sql`(coalesce(${invites.emailStatus}, '') IN ${UNDELIVERED_STATUSES}
    OR coalesce(${invites.openedAt}, 0) > ${at.getTime() - REMINDER_BEFORE_EXPIRY_DAYS * DAY_MS}
    OR ${invites.expiresAt} <= ${at.getTime()}
    OR EXISTS (SELECT 1 FROM ${resellers} WHERE ${resellers.id} = ${invites.resellerId} AND ${resellers.remindersEnabled} = 0)
    OR EXISTS (SELECT 1 FROM suppressions AS stop WHERE stop.sender_id IN (${invites.resellerId}, ${invites.audienceId})
      AND stop.email = ${invites.contactEmail}))`
}

async function sendReminder(deps: Deps, invite: Invite): Promise<boolean> {
  const reservation = await deps.reserveSend(invite, "resend")
  const isStillDue = and(
    eq(invites.id, invite.id),
    eq(invites.status, "pending"),
    invite.remindAt ? eq(invites.remindAt, invite.remindAt) : isNotNull(invites.remindAt),
  )
  if (!reservation.allowed) {
    await deps.db.update(invites).set({ remindAt: reservation.resetAt, updatedAt: sql`updated_at` }).where(isStillDue)
    return false
  }
  const { updateStatement, furtherStatements } = remindStatements(deps, invite, isStillDue)
  const reminded = await withReservation(reservation, async () => {
    const [[updated]] = await commit(deps, [updateStatement, ...furtherStatements])
    return updated
  })
  return reminded !== undefined
}

/** The statements that enqueue a reminder if `isDue`: the first returns the invite then, the others depend on it, as `isReminded` does. */
export function remindStatements(deps: Deps, invite: Invite, isDue: SQL | undefined) {
  const emailId = newEmailId(deps.now())
  const entry = newAuditEntry(deps, invite.resellerId, SYSTEM, "invite.reminded", invite.id, invite.contactEmail)
  const isReminded = isLatestChange(invite.id, entry.id)
  const updateStatement = deps.db
    .update(invites)
    .set({ ...newEmailColumns(emailId), lastChangeId: entry.id })
    .where(isDue)
    .returning()
  const furtherStatements = [
    enqueueEmailStatement(deps, { ...inviteEmail(invite, emailId, "reminder"), isBulk: true }, isReminded),
    ...recordChangeStatements(deps, [entry]),
  ]
  return { updateStatement, furtherStatements, isReminded }
}
