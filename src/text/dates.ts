import type { Messages } from "./en.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const formatsByLanguage = new Map<string, ReturnType<typeof createFormats>>()

function formatsFor({ language }: Messages) {
  const formats = formatsByLanguage.get(language.dates) ?? createFormats(language.dates)
  formatsByLanguage.set(language.dates, formats)
  return formats
}

function createFormats(language: string) {
  const date = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language, { timeZone: "UTC", ...options })
  const unit = (name: string) => new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "long" })
  return {
    day: date({ day: "numeric", month: "short" }),
    dayOfYear: date({ day: "numeric", month: "short", year: "numeric" }),
    long: date({ dateStyle: "long" }),
    exact: date({ dateStyle: "long", timeStyle: "short" }),
    relative: new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" }),
    seconds: unit("second"),
    minutes: unit("minute"),
    hours: unit("hour"),
  }
}

/** `5 December 2099` */
export const formatLongDate = (t: Messages, at: Date) => formatsFor(t).long.format(at)

/** `5 December 2099 at 14:20 UTC` */
export const formatExactTime = (t: Messages, at: Date) => `${formatsFor(t).exact.format(at)} UTC`

/** `5 Dec`, with the year unless it is the current one. */
export function formatDay(t: Messages, at: Date, now: Date): string {
  const { day, dayOfYear } = formatsFor(t)
  return (at.getUTCFullYear() === now.getUTCFullYear() ? day : dayOfYear).format(at)
}

/** `2 hr ago`, or the day if it is at least a week ago or in the future. */
export function formatRelative(t: Messages, at: Date, now: Date): string {
  const { relative } = formatsFor(t)
  const elapsed = now.getTime() - at.getTime()
  if (elapsed < -MINUTE || elapsed >= 7 * DAY) return formatDay(t, at, now)
  if (elapsed < MINUTE) return t.justNow
  if (elapsed < HOUR) return relative.format(-Math.floor(elapsed / MINUTE), "minute")
  if (elapsed < DAY) return relative.format(-Math.floor(elapsed / HOUR), "hour")
  return relative.format(-Math.floor(elapsed / DAY), "day")
}

/** `today`, `yesterday`, `3 days ago`, or the day if it is at least a week ago. */
export function formatRelativeDay(t: Messages, at: Date, now: Date): string {
  const days = Math.floor(now.getTime() / DAY) - Math.floor(at.getTime() / DAY)
  return days < 7 ? formatsFor(t).relative.format(-Math.max(days, 0), "day") : formatDay(t, at, now)
}

/** `45 seconds`, `10 minutes`, `3 hours`: rounded up, so that nobody tries too early. */
export function formatDuration(t: Messages, seconds: number): string {
  const formats = formatsFor(t)
  if (seconds < 120) return formats.seconds.format(seconds)
  return seconds < 7200
    ? formats.minutes.format(Math.ceil(seconds / 60))
    : formats.hours.format(Math.ceil(seconds / 3600))
}
