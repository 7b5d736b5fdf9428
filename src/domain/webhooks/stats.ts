import { and, eq, gte, sql } from "drizzle-orm"
import type { Db } from "../../storage/db.ts"
import { type Webhook, webhookHours, webhooks } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { Failure } from "../failure.ts"
import { DAY_MS, HOUR_MS } from "../time.ts"
import { isOwnWebhook } from "./webhooks.ts"

/** The attempts in a period, and how long the successful ones took; null without any. */
type PeriodStats = { attempts: number; successes: number; averageMs: number | null; slowestMs: number | null }
/** The last 24 hours and 7 days, in whole hours, including the current one. */
export type WebhookStats = { day: PeriodStats; week: PeriodStats }

type Sums = Record<`${"day" | "week"}${"Attempts" | "Successes" | "TotalMs" | "SlowestMs"}`, number | null>

/** The statement that sums up the last attempts of a webhook, 168 hours at most. */
export function statsQuery(db: Db, webhookId: string, now: Date) {
  const from = (days: number) => Math.floor((now.getTime() - days * DAY_MS) / HOUR_MS + 1) * HOUR_MS
  const ofDay = sql`FILTER (WHERE ${webhookHours.hour} >= ${from(1)})`
  return db
    .select({
      dayAttempts: sql<number | null>`sum(${webhookHours.attempts}) ${ofDay}`.as("day_attempts"),
      daySuccesses: sql<number | null>`sum(${webhookHours.successes}) ${ofDay}`.as("day_successes"),
      dayTotalMs: sql<number | null>`sum(${webhookHours.totalMs}) ${ofDay}`.as("day_total_ms"),
      daySlowestMs: sql<number | null>`max(${webhookHours.slowestMs}) ${ofDay}`.as("day_slowest_ms"),
      weekAttempts: sql<number | null>`sum(${webhookHours.attempts})`.as("week_attempts"),
      weekSuccesses: sql<number | null>`sum(${webhookHours.successes})`.as("week_successes"),
      weekTotalMs: sql<number | null>`sum(${webhookHours.totalMs})`.as("week_total_ms"),
      weekSlowestMs: sql<number | null>`max(${webhookHours.slowestMs})`.as("week_slowest_ms"),
    })
    .from(webhookHours)
    .where(and(eq(webhookHours.webhookId, webhookId), gte(webhookHours.hour, new Date(from(7)))))
}

/** The result of `statsQuery`. */
export function toStats(sums: Sums | undefined): WebhookStats {
  const of = (period: "day" | "week"): PeriodStats => {
    const successes = sums?.[`${period}Successes`] ?? 0
    const averageMs = successes > 0 ? Math.round((sums?.[`${period}TotalMs`] ?? 0) / successes) : null
    const slowestMs = successes > 0 ? (sums?.[`${period}SlowestMs`] ?? null) : null
    return { attempts: sums?.[`${period}Attempts`] ?? 0, successes, averageMs, slowestMs }
  }
  return { day: of("day"), week: of("week") }
}

/** One of the reseller's webhooks, and how its deliveries went. Throws `forbidden` and `not_found`. */
export async function getWebhookWithStats(
  { db, read, now }: Deps,
  actor: ResellerActor,
  id: string,
): Promise<{ webhook: Webhook; stats: WebhookStats }> {
  authorize(actor, "webhooks:write")
  const [[webhook], [sums]] = await read([
    db.select().from(webhooks).where(isOwnWebhook(actor, id)),
    statsQuery(db, id, now()),
  ])
  if (!webhook) throw new Failure({ kind: "not_found" })
  return { webhook, stats: toStats(sums) }
}
