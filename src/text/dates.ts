// Dates and times for people, on the server and in public/app/times.js.

import { memoized } from "./memoized.ts"
import { formatUnit } from "./units.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What times need of the messages of a language. */
type DateMessages = { language: { dates: string }; justNow: string }

/** When and where somebody reads a page. Days begin at midnight in the time zone. */
export type Clock = { now: Date; timeZone: string }

/** The formats of a language, by time zone. */
const formatsOf = memoized((language: string) => memoized((timeZone: string) => createFormats(language, timeZone)))

const formatsFor = ({ language }: Pick<DateMessages, "language">, timeZone: string) =>
  formatsOf(language.dates)(timeZone)

function createFormats(language: string, timeZone: string) {
  const date = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(language, { timeZone, ...options })
    return byMinute((minute) => format.format(minute * MINUTE))
  }
  const calendar = new Intl.DateTimeFormat("en", { timeZone, year: "numeric", month: "numeric", day: "numeric" })
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" })
  const minute = { hour: "2-digit", minute: "2-digit", timeZoneName: "short" } as const
  return {
    day: date({ day: "numeric", month: "short" }),
    dayOfYear: date({ day: "numeric", month: "short", year: "numeric" }),
    instant: date({ day: "numeric", month: "short", ...minute }),
    instantOfYear: date({ day: "numeric", month: "short", year: "numeric", ...minute }),
    exact: date({ day: "numeric", month: "long", year: "numeric", ...minute }),
    hour: date({ hour: "2-digit", minute: "2-digit" }),
    weekday: date({ weekday: "long", day: "numeric", month: "long" }),
    weekdayOfYear: date({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
    dateOf: byMinute((minute) => toDate(calendar.formatToParts(minute * MINUTE))),
    wallClock: new Intl.DateTimeFormat("en", {
      ...{ timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric" },
      ...{ hour: "numeric", minute: "numeric", second: "numeric" },
    }),
    relative: {
      minute: memoized((count: number) => relative.format(count, "minute")),
      hour: memoized((count: number) => relative.format(count, "hour")),
      day: memoized((count: number) => relative.format(count, "day")),
    },
  }
}

function byMinute<T extends NonNullable<unknown>>(format: (minute: number) => T): (at: Date) => T {
  const formatMinute = memoized(format)
  return (at) => formatMinute(Math.floor(at.getTime() / MINUTE))
}

/** The date of an instant in a time zone. `day` counts days: two dates a day apart differ by one, however long the day. */
const dateIn = (timeZone: string, at: Date) => formatsFor({ language: { dates: "en" } }, timeZone).dateOf(at)

function toDate(calendarParts: Intl.DateTimeFormatPart[]): { year: number; day: number } {
  const parts = Object.fromEntries(calendarParts.map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 1, day = 1 } = parts
  return { year, day: Date.UTC(year, month - 1, day) / DAY }
}

const isThisYear = (at: Date, { now, timeZone }: Clock) => dateIn(timeZone, at).year === dateIn(timeZone, now).year

/** `5 December 2099 at 14:20 UTC` */
export const formatExactTime = (t: Pick<DateMessages, "language">, at: Date, timeZone: string): string =>
  formatsFor(t, timeZone).exact(at)

/** `5 Dec, 14:20 UTC`, with the year unless it is the current one: until when something works. */
export function formatExpiry(t: DateMessages, at: Date, clock: Clock): string {
  const { instant, instantOfYear } = formatsFor(t, clock.timeZone)
  return (isThisYear(at, clock) ? instant : instantOfYear)(at)
}

/** `Sat 5 Dec, 09:00 CET`: when something is to happen, within weeks. */
export const formatAppointment = ({ language }: DateMessages, at: Date, { timeZone }: Clock): string =>
  appointmentFormats(language.dates)(timeZone)(at)

const appointmentFormats = memoized((language: string) =>
  memoized((timeZone: string) => {
    const day = { weekday: "short", day: "numeric", month: "short" } as const
    const format = new Intl.DateTimeFormat(language, {
      ...{ timeZone, ...day, hour: "2-digit", minute: "2-digit", timeZoneName: "short" },
    })
    return byMinute((minute) => format.format(minute * MINUTE))
  }),
)

/** `5 Dec`, with the year unless it is the current one. */
export function formatDay(t: DateMessages, at: Date, clock: Clock): string {
  const { day, dayOfYear } = formatsFor(t, clock.timeZone)
  return (isThisYear(at, clock) ? day : dayOfYear)(at)
}

/** `5 min ago`, `2 hr ago` on the same day, `yesterday`, `in 3 days`, or the date if it is a week or more away. */
export function formatRelative(t: DateMessages, at: Date, clock: Clock): string {
  const { relative } = formatsFor(t, clock.timeZone)
  const distance = at.getTime() - clock.now.getTime()
  if (Math.abs(distance) < MINUTE) return t.justNow
  if (Math.abs(distance) < HOUR) return relative.minute(Math.trunc(distance / MINUTE))
  const days = daysUntil(at, clock)
  return days === 0 ? relative.hour(Math.trunc(distance / HOUR)) : formatDays(t, days, at, clock)
}

/** `today`, `yesterday`, `3 days ago`, or the date if it is a week or more away. */
export const formatRelativeDay = (t: DateMessages, at: Date, clock: Clock): string =>
  formatDays(t, daysUntil(at, clock), at, clock)

const daysUntil = (at: Date, { now, timeZone }: Clock) => dateIn(timeZone, at).day - dateIn(timeZone, now).day

function formatDays(t: DateMessages, days: number, at: Date, clock: Clock): string {
  return Math.abs(days) < 7 ? formatsFor(t, clock.timeZone).relative.day(days) : formatDay(t, at, clock)
}

/** `Today`, `Yesterday` or `Tuesday, 24 November`, with the year unless it is the current one: a heading over what happened that day. */
export function formatDayHeading(t: DateMessages, at: Date, clock: Clock): string {
  const { relative, weekday, weekdayOfYear } = formatsFor(t, clock.timeZone)
  const days = daysUntil(at, clock)
  const isNear = days === 0 || days === -1
  const text = isNear ? relative.day(days) : (isThisYear(at, clock) ? weekday : weekdayOfYear)(at)
  return text.charAt(0).toLocaleUpperCase(t.language.dates) + text.slice(1)
}

/** `14:20`: when something happened, under the heading of its day. */
const formatHour = (t: DateMessages, at: Date, { timeZone }: Clock): string => formatsFor(t, timeZone).hour(at)

/** How a `<time>` on a page is written, by its attribute `data-when`. */
export const TIME_FORMATS = {
  relative: formatRelative,
  day: formatRelativeDay,
  date: formatDay,
  expiry: formatExpiry,
  appointment: formatAppointment,
  hour: formatHour,
}

/** `45 seconds`, `10 minutes`, `3 hours`: rounded up, so that nobody tries too early. */
export function formatDuration({ language }: Pick<DateMessages, "language">, seconds: number): string {
  if (seconds < 120) return formatUnit(language.dates, seconds, "second", "long")
  return seconds < 7200
    ? formatUnit(language.dates, Math.ceil(seconds / 60), "minute", "long")
    : formatUnit(language.dates, Math.ceil(seconds / 3600), "hour", "long")
}

/** The day in `text` if it is one, such as `2026-11-24`: as a date input writes it. */
export function parseDay(text: string): string | undefined {
  const isDay = /^[1-9]\d{3}-\d\d-\d\d$/.test(text) && new Date(Date.parse(text) || 0).toISOString().startsWith(text)
  return isDay ? text : undefined
}

/** `5 Dec 2026`, of a day such as `2026-12-05`. */
export const formatDate = (t: Pick<DateMessages, "language">, day: string): string =>
  formatsFor(t, "UTC").dayOfYear(new Date(day))

/** When a day begins in a time zone, or the one that is `daysLater`. */
export function startOfDay(day: string, timeZone: string, daysLater = 0): Date {
  const midnight = Date.parse(day) + daysLater * DAY
  // The offset is asked for twice, since that of the first guess can be from before a change of the clocks.
  const guess = midnight - offsetAt(timeZone, midnight)
  return new Date(midnight - offsetAt(timeZone, guess))
}

/** How far the clocks of a time zone are ahead of UTC. */
export function offsetAt(timeZone: string, at: number): number {
  const { wallClock } = formatsFor({ language: { dates: "en" } }, timeZone)
  const parts = Object.fromEntries(wallClock.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000
}
