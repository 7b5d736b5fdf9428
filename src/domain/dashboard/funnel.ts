import { and, eq, gte, sql } from "drizzle-orm"
import { compiled, type Places } from "../../storage/compiled.ts"
import { inviteDays } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import { FUNNEL_STEPS, type FunnelStep } from "../invites/funnel-step.ts"
import { DAY_MS, SECOND_MS } from "../time.ts"

/** The periods to choose from, in days. */
export const PERIODS = [7, 30, 90] as const
export type Period = (typeof PERIODS)[number]
export const DEFAULT_PERIOD: Period = 30

const CHART_WEEKS = 12
/** More than a year, and more than twice the longest period: the one before it is read too. */
export const INVITE_DAYS_KEPT = 400
const DELETE_BATCH = 500

type FunnelCounts = Record<"sent" | FunnelStep, number>

/**
 * The counts of one day. `durations`, without quotes: of the period before the one that is shown, only those of the whole way; of
 * earlier days, null.
 */
type Day = FunnelCounts & { day: number; durations: string | null }

/** Each step, and the whole way from the first email to the acceptance. */
const DURATIONS = [...FUNNEL_STEPS, "toAccept"] as const
type Medians = Record<(typeof DURATIONS)[number], number | undefined>

/**
 * Of the invites that were first sent in a period, how many have come to each step so far, and how long it took from the step before
 * (median, in milliseconds; undefined if it isn't known of any).
 */
export type Funnel = FunnelCounts & { medians: Medians }

/** Of the invites that were first sent in the week from this Monday on, how many have been accepted. */
export type ChartWeek = { monday: Date; sent: number; accepted: number }

// Days are those of UTC, so that a change of the time zone doesn't move what has been counted.
const dayOf = (at: Date) => Math.floor(at.getTime() / DAY_MS)
/** Day 0 was a Thursday. */
const weekOf = (day: number) => Math.floor((day + 3) / 7)
const mondayOf = (week: number) => week * 7 - 3

export type DayValues = { resellerId: string; start: number; previousStart: number; firstDay: number }

/** The days at which a period starts, the one before it, and what is read: 180 days at most. */
export function periodDays(period: Period, now: Date): Omit<DayValues, "resellerId"> {
  const start = dayOf(now) - period + 1
  const previousStart = start - period
  return { start, previousStart, firstDay: Math.min(previousStart, firstChartDay(now)) }
}

const firstChartDay = (now: Date) => mondayOf(weekOf(dayOf(now)) - CHART_WEEKS + 1)

/**
 * The statement that reads the days of a period, of the one before it and of the chart. We add them up ourselves: to group them, SQLite
 * would sort them, and D1 would bill each as two rows.
 */
export const daysQuery = compiled((db, { resellerId, start, previousStart, firstDay }: Places<DayValues>) => {
  const { day, sent, delivered, opened, started, accepted, durations } = inviteDays
  // Of the period before, only what the last durations say. Without quotes, which JSON would escape between the database and us.
  const shown = sql<string | null>`replace(CASE WHEN ${day} >= ${start} THEN ${durations}
    WHEN ${day} >= ${previousStart} THEN substr(${durations}, instr(${durations}, '"5-')) END, '"', '')`
  return db
    .select({ day, sent, delivered, opened, started, accepted, durations: shown.as("shown_durations") })
    .from(inviteDays)
    .where(and(eq(inviteDays.resellerId, resellerId), gte(day, firstDay)))
})

/** The funnel of the period that begins at `start`, and how long the whole way took in the one before it (median, in milliseconds). */
export const toFunnels = (days: Day[], { start }: Pick<DayValues, "start">) => ({
  funnel: toFunnel(days.filter(({ day }) => day >= start)),
  previousToAccept: mediansOf(days.filter(({ day }) => day < start)).toAccept,
})

function toFunnel(days: Day[]): Funnel {
  const sumOf = (name: keyof FunnelCounts) => days.reduce((sum, day) => sum + day[name], 0)
  const steps = FUNNEL_STEPS.map((step) => [step, sumOf(step)])
  return { sent: sumOf("sent"), ...Object.fromEntries(steps), medians: mediansOf(days) }
}

/** The weeks up to the current one. */
export function toChart(days: Day[], now: Date): ChartWeek[] {
  const first = weekOf(firstChartDay(now))
  const weeks = Array.from({ length: CHART_WEEKS }, (_, n) => ({
    monday: new Date(mondayOf(first + n) * DAY_MS),
    sent: 0,
    accepted: 0,
  }))
  for (const { day, sent, accepted } of days) {
    const shown = weeks[weekOf(day) - first]
    if (!shown) continue
    shown.sent += sent
    shown.accepted += accepted
  }
  return weeks
}

/** How often a duration fell into each bucket. */
export type Buckets = Map<number, number>

function mediansOf(days: Day[]): Medians {
  const buckets = DURATIONS.map((): Buckets => new Map())
  for (const { durations } of days) {
    if (durations) addDurations(durations, buckets)
  }
  return Object.fromEntries(DURATIONS.map((name, n) => [name, medianOf(buckets[n] ?? new Map())])) as Medians
}

const DIGIT_0 = 48
const DIGIT_9 = 57

/** Adds what `{1-12:4,2-47:3}` counts to the buckets of each number. Character by character, as there are thousands. */
function addDurations(text: string, buckets: Buckets[]): void {
  let [value, number, bucket] = [0, 0, 0]
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n)
    if (code >= DIGIT_0 && code <= DIGIT_9) {
      value = 10 * value + code - DIGIT_0
      continue
    }
    if (text[n] === "-") number = value
    else if (text[n] === ":") bucket = value
    else if (value > 0) {
      const counts = buckets[number - 1]
      counts?.set(bucket, (counts.get(bucket) ?? 0) + value)
    }
    value = 0
  }
}

/** Buckets are logarithmic, so that minutes and weeks are told apart equally well: to 19 percent. */
const BUCKETS_PER_DOUBLING = 4
const startOf = (bucket: number) => SECOND_MS * 2 ** (bucket / BUCKETS_PER_DOUBLING)

/** The median, in milliseconds: as if the durations of its bucket were spread over it evenly. Undefined without any. */
export function medianOf(buckets: Buckets): number | undefined {
  const sorted = [...buckets].sort(([one], [other]) => one - other)
  const half = sorted.reduce((sum, [, count]) => sum + count, 0) / 2
  let before = 0
  for (const [bucket, count] of sorted) {
    if (before + count >= half) return startOf(bucket + (half - before) / count)
    before += count
  }
  return undefined
}

/** Deletes days that no page shows any more, some in each run. */
export async function deleteOldInviteDays({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  await db.run(sql`DELETE FROM invite_days WHERE (reseller_id, day) IN
    (SELECT reseller_id, day FROM invite_days WHERE day < ${dayOf(now()) - INVITE_DAYS_KEPT} LIMIT ${DELETE_BATCH})`)
}
