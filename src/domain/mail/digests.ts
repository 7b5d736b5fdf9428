import { and, eq, isNull, lte, sql } from "drizzle-orm"
import { events, invites, notifications, resellers, staff, UNDELIVERED_STATUSES, users } from "../../storage/schema.ts"
import type { StaffActor } from "../access/actor.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { Failure } from "../failure.ts"
import { enqueueEmailStatement } from "../outbox/enqueue.ts"
import { newEmailId } from "../outbox/outbox.ts"
import { HOUR_MS } from "../time.ts"

const DIGEST_INTERVAL_MS = HOUR_MS
const DIGEST_BATCH = 50

/** SQL condition: the notification is of an undelivered email, and its invite has another address, was sent since, or has ended. */
const IS_RESOLVED = sql`EXISTS (SELECT 1 FROM ${events} JOIN ${invites} ON ${invites.id} = ${events.inviteId}
  WHERE ${events.id} = ${notifications.eventId} AND ${events.type} = 'invite.bounced' AND (
    ${invites.status} IN ('accepted', 'revoked') OR ${invites.contactEmail} <> ${events.contactEmail}
    OR ${invites.emailStatus} NOT IN ${UNDELIVERED_STATUSES}))`

/**
 * Enqueues a digest of all waiting notifications that still need saying for each staff user who got none within the hour, except at suspended resellers.
 * One batch per run; returns the number of recipients.
 */
export async function enqueueDigests(deps: Deps): Promise<number> {
  const { db, now } = deps
  const hourAgo = new Date(now().getTime() - DIGEST_INTERVAL_MS)
  const recipients = await db
    .selectDistinct({ userId: staff.userId, resellerId: staff.resellerId, email: users.email })
    .from(notifications)
    .innerJoin(staff, and(eq(staff.userId, notifications.userId), eq(staff.resellerId, notifications.resellerId)))
    .innerJoin(users, eq(users.id, notifications.userId))
    .innerJoin(resellers, and(eq(resellers.id, notifications.resellerId), isNull(resellers.suspendedAt)))
    .where(and(isNull(notifications.emailId), lte(staff.lastDigestAt, hourAgo)))
    .limit(DIGEST_BATCH)
  const statements: Statement[] = recipients.flatMap(({ userId, resellerId, email }) => {
    const id = newEmailId(now())
    const isClaimed = sql`EXISTS (SELECT 1 FROM ${notifications} WHERE ${notifications.emailId} = ${id})`
    const isPerson = and(eq(staff.userId, userId), eq(staff.resellerId, resellerId))
    const isDue = sql`EXISTS (SELECT 1 FROM ${staff} WHERE ${isPerson} AND ${staff.lastDigestAt} <= ${hourAgo.getTime()})`
    return [
      db.delete(notifications).where(and(unsentNotifications(userId, resellerId), IS_RESOLVED)),
      db
        .update(notifications)
        .set({ emailId: id })
        .where(and(unsentNotifications(userId, resellerId), isDue)),
      db.update(staff).set({ lastDigestAt: now() }).where(and(isPerson, isClaimed)),
      enqueueEmailStatement(deps, { id, kind: "digest", resellerId, recipient: email, isBulk: true }, isClaimed),
    ]
  })
  await commit(deps, statements)
  return recipients.length
}

/** SQL condition: notifications of a staff user that no digest contains yet. */
export function unsentNotifications(userId: string, resellerId: string) {
  return and(eq(notifications.userId, userId), eq(notifications.resellerId, resellerId), isNull(notifications.emailId))
}

/** Whether the staff user gets digests. Throws `not_found` if they have left. */
export async function getDigestsEnabled({ db, read }: Deps, actor: StaffActor): Promise<boolean> {
  const [[row]] = await read([db.select({ digestEnabled: staff.digestEnabled }).from(staff).where(isActor(actor))])
  if (!row) throw new Failure({ kind: "not_found" })
  return row.digestEnabled
}

/** Enables or disables digests. Disabling deletes waiting notifications. */
export async function setDigestsEnabled({ db }: Deps, actor: StaffActor, isEnabled: boolean): Promise<void> {
  await db.batch([
    db.update(staff).set({ digestEnabled: isEnabled }).where(isActor(actor)),
    ...(isEnabled ? [] : [db.delete(notifications).where(unsentNotifications(actor.id, actor.reseller.id))]),
  ])
}

const isActor = ({ id, reseller }: StaffActor) => and(eq(staff.userId, id), eq(staff.resellerId, reseller.id))
