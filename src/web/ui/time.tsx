import { formatExactTime, TIME_FORMATS } from "../../text/dates.ts"
import type { Messages } from "../../text/en.ts"
import { DEFAULT_TIME_ZONE } from "../../text/time-zones.ts"
import { createContext, useContext } from "./jsx-runtime.ts"

/** The time zone of a page. */
export const PageTimeZone = createContext(DEFAULT_TIME_ZONE)

type TimeProps = { at: Date; now: Date; t: Messages }

/** A time: relative up to a week, then a date. */
export const RelativeTime = (props: TimeProps) => <Time {...props} when="relative" />

/** A day: relative up to a week, then a date. */
export const RelativeDay = (props: TimeProps) => <Time {...props} when="day" />

/** A date, where its hour would take too much room. */
export const DateTime = (props: TimeProps) => <Time {...props} when="date" />

/** Until when something works: date, hour and time zone. */
export const ExpiryTime = (props: TimeProps) => <Time {...props} when="expiry" />

/** When something is to happen within weeks: weekday, date, hour and time zone. */
export const AppointmentTime = (props: TimeProps) => <Time {...props} when="appointment" />

/** The hour and minute, under the heading of a day. */
export const HourTime = (props: TimeProps) => <Time {...props} when="hour" />

/** A time, exact on hover. public/app/times.js writes it for the browser's time zone and keeps it current. */
function Time({ at, now, t, when }: TimeProps & { when: keyof typeof TIME_FORMATS }) {
  const timeZone = useContext(PageTimeZone)
  return (
    <time
      datetime={at.toISOString()}
      title={formatExactTime(t, at, timeZone)}
      data-when={when}
      data-just-now={when === "relative" ? t.justNow : undefined}
    >
      {TIME_FORMATS[when](t, at, { now, timeZone })}
    </time>
  )
}
