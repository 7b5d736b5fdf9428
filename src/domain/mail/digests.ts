import { and, eq, isNull, sql } from "drizzle-orm"
import { events, invites, notifications, staff, UNDELIVERED_STATUSES } from "../../storage/schema.ts"
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

/** SQL: whose notifications wait, and a null. Walks from one person to the next, so that nobody's are read before they are due. */
const WAITING_PEOPLE = sql`(WITH RECURSIVE waiting (user_id) AS (
  SELECT min(user_id) FROM notifications WHERE email_id IS NULL
  UNION ALL SELECT (SELECT min(user_id) FROM notifications WHERE email_id IS NULL AND user_id > waiting.user_id)
    FROM waiting WHERE waiting.user_id IS NOT NULL) SELECT user_id FROM waiting)`

/**
 * Enqueues a digest of all waiting notifications that still need saying for staff who got none within the hour, except at suspended
 * resellers: those first who have waited longest. One batch per run; returns the number of recipients.
 */
export async function enqueueDigests(deps: Deps): Promise<number> {
  const { db, now } = deps
  const hourAgo = new Date(now().getTime() - DIGEST_INTERVAL_MS)
  const recipients = await db.all<{ userId: string; resellerId: string; email: string }>(sql`
    SELECT staff.user_id AS userId, staff.reseller_id AS resellerId, users.email FROM ${WAITING_PEOPLE} AS waiting
    CROSS JOIN staff ON staff.user_id = waiting.user_id AND staff.last_digest_at <= ${hourAgo.getTime()}
    CROSS JOIN users ON users.id = staff.user_id
    CROSS JOIN resellers ON resellers.id = staff.reseller_id AND resellers.suspended_at IS NULL
    WHERE EXISTS (SELECT 1 FROM notifications WHERE notifications.user_id = staff.user_id
      AND notifications.reseller_id = staff.reseller_id AND email_id IS NULL)
    ORDER BY staff.last_digest_at LIMIT ${DIGEST_BATCH}`)
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
