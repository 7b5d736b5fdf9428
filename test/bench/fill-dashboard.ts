import type { InviteOwner } from "./fill-invites.ts"

const DAYS = 90
const ENTRIES = 60
const DAY_MS = 86_400_000

/** What the dashboard counts over as many days, with durations in twenty buckets a day, and the activity around some of the invites. */
export async function fillDashboard(db: D1Database, { resellerId, userId }: InviteOwner) {
  const numbers = (length: number) => JSON.stringify(Array.from({ length }, (_, n) => n))
  const durations = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`${1 + (n % 5)}-${20 + n}`, 1 + n]))
  const today = Math.floor(Date.now() / DAY_MS)
  await db.batch([
    db
      .prepare(
        `INSERT INTO invite_days (reseller_id, day, sent, delivered, opened, started, accepted, durations)
         SELECT ?1, ?2 - value, 40, 39, 30, 25, 20, ?3 FROM json_each(?4)`,
      )
      .bind(resellerId, today, JSON.stringify(durations), numbers(DAYS)),
    db
      .prepare(
        `INSERT INTO audit_log (id, reseller_id, action, subject_id, actor_kind, actor_id, actor_name, created_at)
         SELECT printf('aud_%026d', value), ?1, 'invite.created', printf('inv_%026d', value), 'staff', ?2, 'Dana Ortiz', ?3
         FROM json_each(?4)`,
      )
      .bind(resellerId, userId, Date.now(), numbers(ENTRIES)),
  ])
}
