const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const dayMonth = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" })
const dayMonthYear = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
})
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" })

/** A moment: relative up to a week, then a date; exact on hover. public/app.js turns it to the viewer's own zone. */
export function When({ at, now }: { at: Date; now: Date }) {
  return (
    <time datetime={at.toISOString()} title={`${exact.format(at)} UTC`} data-when="relative">
      {relative(at, now) ?? date(at, now)}
    </time>
  )
}

/** The day of a moment, as `5 Dec`. */
export function Day({ at, now }: { at: Date; now: Date }) {
  return (
    <time datetime={at.toISOString()} title={`${exact.format(at)} UTC`} data-when="day">
      {date(at, now)}
    </time>
  )
}

function relative(at: Date, now: Date): string | undefined {
  const past = now.getTime() - at.getTime()
  if (past < -MINUTE || past >= 7 * DAY) return undefined
  if (past < MINUTE) return "just now"
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min ago`
  if (past < DAY) return `${Math.floor(past / HOUR)} h ago`
  return past < 2 * DAY ? "yesterday" : `${Math.floor(past / DAY)} days ago`
}

function date(at: Date, now: Date): string {
  return (at.getUTCFullYear() === now.getUTCFullYear() ? dayMonth : dayMonthYear).format(at)
}
