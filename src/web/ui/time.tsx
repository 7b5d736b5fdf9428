import { formatDay, formatExactTime, formatRelative } from "../../text/dates.ts"
import type { Messages } from "../../text/en.ts"

type TimeProps = { at: Date; now: Date; t: Messages }

/** A time: relative up to a week, then a date; exact on hover. public/app.js converts it to the viewer's time zone. */
export function RelativeTime({ at, now, t }: TimeProps) {
  return (
    <time datetime={at.toISOString()} title={formatExactTime(t, at)} data-when="relative" data-just-now={t.justNow}>
      {formatRelative(t, at, now)}
    </time>
  )
}

/** A date such as `5 Dec`. */
export function ShortDate({ at, now, t }: TimeProps) {
  return (
    <time datetime={at.toISOString()} title={formatExactTime(t, at)} data-when="day">
      {formatDay(t, at, now)}
    </time>
  )
}
