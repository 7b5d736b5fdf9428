import { and, eq, inArray, isNotNull, lte, or, sql } from "drizzle-orm"
import { type Invite, invites, resellers } from "../storage/schema.ts"
import { auditRow, SYSTEM } from "./audit.ts"
import { commit } from "./commit.ts"
import type { Deps } from "./deps.ts"
import { mailOf, newMail } from "./invite-sending.ts"
import { changedBy, DAY_MS } from "./invites.ts"
import { newMailId, queuedMail } from "./outbox.ts"
import { tell } from "./telling.ts"

const REMINDER_BEFORE_EXPIRY_DAYS = 2
const REMINDER_FROM_LIFETIME_DAYS = 4
const REMINDER_BATCH = 50

/** When to remind of an invite: two days before it runs out, if that leaves the contact two days at least. */
export function remindAt(expiresInDays: number, expiresAt: Date): Date | null {
  if (expiresInDays < REMINDER_FROM_LIFETIME_DAYS) return null
  return new Date(expiresAt.getTime() - REMINDER_BEFORE_EXPIRY_DAYS * DAY_MS)
}

/**
 * Reminds the contacts of invites that run out in two days: once each, unless the mail did not arrive, the invite was
 * opened or sent again of late, or the reseller wants none; those of a suspended reseller wait. A reminder counts against
 * the limits of a resend; one that is refused for them waits until they allow it, behind those of others. Returns how many
 * were sent.
 */
export async function remindContacts(deps: Deps): Promise<number> {
  const { db, now } = deps
  const at = now()
  const due = and(eq(invites.status, "pending"), isNotNull(invites.remindAt), lte(invites.remindAt, at))
  const unwanted = or(
    inArray(invites.emailStatus, ["bounced", "complained", "failed"]),
    sql`${invites.openedAt} > ${at.getTime() - REMINDER_BEFORE_EXPIRY_DAYS * DAY_MS}`,
    lte(invites.expiresAt, at),
    sql`EXISTS (SELECT 1 FROM ${resellers} WHERE ${resellers.id} = ${invites.resellerId} AND ${resellers.remindersEnabled} = 0)`,
    sql`EXISTS (SELECT 1 FROM suppressions AS stop WHERE stop.sender_id IN (${invites.resellerId}, ${invites.audienceId}) AND stop.email = ${invites.contactEmail})`,
  )
  const notSuspended = sql`${invites.resellerId} NOT IN (SELECT id FROM ${resellers} WHERE ${resellers.suspendedAt} IS NOT NULL)`
  const [, found] = await db.batch([
    db.update(invites).set({ remindAt: null }).where(and(due, unwanted)),
    db.select().from(invites).where(and(due, notSuspended)).orderBy(invites.remindAt).limit(REMINDER_BATCH),
  ])
  let sent = 0
  const failures: unknown[] = []
  for (const invite of found) {
    if (await remind(deps, invite).catch((error) => void failures.push(error))) sent += 1
  }
  if (failures.length > 0) throw failures[0] // the others had their turn
  return sent
}

async function remind(deps: Deps, invite: Invite): Promise<boolean> {
  const permit = await deps.takeSend(invite, "resend")
  const stillDue = and(
    eq(invites.id, invite.id),
    eq(invites.status, "pending"),
    invite.remindAt ? eq(invites.remindAt, invite.remindAt) : isNotNull(invites.remindAt),
  )
  if (!permit.allowed) {
    await deps.db.update(invites).set({ remindAt: permit.resetAt }).where(stillDue)
    return false
  }
  const emailId = newMailId(deps.now())
  const entry = auditRow(deps, invite.resellerId, SYSTEM, "invite.reminded", invite.id, invite.contactEmail)
  const reminded = changedBy(invite.id, entry.id)
  try {
    const [changed] = await commit(deps, [
      deps.db
        .update(invites)
        .set({ ...newMail(emailId), lastChangeId: entry.id })
        .where(stillDue)
        .returning({ id: invites.id }),
      queuedMail(deps, mailOf(invite, emailId, "reminder"), reminded),
      ...tell(deps, entry, reminded),
    ])
    if (changed.length === 0) await permit.undo()
    return changed.length > 0
  } catch (error) {
    await permit.undo()
    throw error
  }
}
