import { sql } from "drizzle-orm"
import type { Deps } from "../deps.ts"
import { DAY_MS } from "../time.ts"

/** Over how many days the sent invites are counted, unless there are more rows than that: a row for each reseller and day. */
const DAYS = 30
const ROWS_MAX = 20_000

const today = (now: Date) => Math.floor(now.getTime() / DAY_MS)

/** The statements that read which resellers have first sent most invites lately, and since which day that was counted. */
export function resellersByVolumeQueries({ db, now }: Pick<Deps, "db" | "now">, shown: number) {
  const day = today(now())
  const firstDay = sql`max(${day - DAYS + 1}, min(${day},
    1 + coalesce((SELECT day FROM invite_days ORDER BY day DESC LIMIT 1 OFFSET ${ROWS_MAX}), 0)))`
  const count = (counter: string) => sql<number>`coalesce((SELECT count FROM invite_counts
    WHERE invite_counts.reseller_id = top.reseller_id AND counter = ${counter}), 0)`
  // The plus keeps SQLite from walking all days of every reseller.
  const top = sql`(SELECT reseller_id, sum(sent) AS sent FROM invite_days
    WHERE day >= ${firstDay} AND reseller_id NOT GLOB 'sbx_*' GROUP BY +reseller_id ORDER BY 2 DESC LIMIT ${shown}) AS top`
  return [
    db.select({ day: sql<number>`first_day` }).from(sql`(SELECT ${firstDay} AS first_day) AS days`),
    db
      .select({
        id: sql<string>`resellers.id`,
        name: sql<string>`resellers.name`,
        sent: sql<number>`top.sent`,
        pending: count("pending").as("pending"),
        accepted: count("accepted").as("accepted"),
      })
      .from(sql`${top} JOIN resellers ON resellers.id = top.reseller_id`)
      .orderBy(sql`top.sent DESC`),
  ] as const
}

export function toVolume<R>([first]: { day: number }[], resellers: R[], now: Date) {
  return { since: new Date((first?.day ?? today(now)) * DAY_MS), resellers }
}
