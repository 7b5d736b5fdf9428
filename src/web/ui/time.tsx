const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const dayMonthFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" })
const dayMonthYearFormat = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
})
const exactFormat = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" })

/** A time: relative up to a week, then a date; exact on hover. public/app.js converts it to the viewer's time zone. */
export function RelativeTime({ at, now }: { at: Date; now: Date }) {
  return (
    <time datetime={at.toISOString()} title={`${exactFormat.format(at)} UTC`} data-when="relative">
      {formatRelative(at, now) ?? formatDate(at, now)}
    </time>
  )
}

/** A date such as `5 Dec`. */
export function ShortDate({ at, now }: { at: Date; now: Date }) {
  return (
    <time datetime={at.toISOString()} title={`${exactFormat.format(at)} UTC`} data-when="day">
      {formatDate(at, now)}
    </time>
  )
}

function formatRelative(at: Date, now: Date): string | undefined {
  const elapsed = now.getTime() - at.getTime()
  if (elapsed < -MINUTE || elapsed >= 7 * DAY) return undefined
  if (elapsed < MINUTE) return "just now"
  if (elapsed < HOUR) return `${Math.floor(elapsed / MINUTE)} min ago`
  if (elapsed < DAY) return `${Math.floor(elapsed / HOUR)} h ago`
  return elapsed < 2 * DAY ? "yesterday" : `${Math.floor(elapsed / DAY)} days ago`
}

function formatDate(at: Date, now: Date): string {
  return (at.getUTCFullYear() === now.getUTCFullYear() ? dayMonthFormat : dayMonthYearFormat).format(at)
}
