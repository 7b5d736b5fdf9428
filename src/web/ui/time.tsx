import { formatDay, formatExactTime, formatRelative } from "../../text/dates.ts"
import type { Messages } from "../../text/en.ts"

type TimeProps = { at: Date; now: Date; t: Messages }

/** A moment: relative up to a week, then a date; exact on hover. public/app.js turns it to the viewer's own zone. */
export function RelativeTime({ at, now, t }: TimeProps) {
  return (
    <time datetime={at.toISOString()} title={formatExactTime(t, at)} data-when="relative" data-just-now={t.justNow}>
      {formatRelative(t, at, now)}
    </time>
  )
}

/** The day of a moment, as `5 Dec`. */
export function ShortDate({ at, now, t }: TimeProps) {
  return (
    <time datetime={at.toISOString()} title={formatExactTime(t, at)} data-when="day">
      {formatDay(t, at, now)}
    </time>
  )
}
