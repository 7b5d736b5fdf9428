import { offsetAt } from "./dates.ts"

const DAY = 86_400_000
const LOCAL_TIME = /^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/
const MORNING = "09:00"
/** More than a weekend and a day that a time zone skips. */
const DAYS_AHEAD = 7

/** `skipped`: the clocks of the time zone are set forward over this time, or it has no such day. */
type Instant = Date | "invalid" | "skipped"

/** The instant of a time such as `2026-11-30T09:00`, as a datetime-local input writes it. Of two, the first one. */
export function instantOf(localTime: string, timeZone: string): Instant {
  const wallClock = LOCAL_TIME.test(localTime) ? Date.parse(`${localTime}Z`) : Number.NaN
  if (Number.isNaN(wallClock) || !new Date(wallClock).toISOString().startsWith(localTime.slice(0, 10))) return "invalid"
  // The clocks are ahead of UTC by one of these, as a time zone changes at most once in two days.
  for (const offset of [offsetAt(timeZone, wallClock - DAY), offsetAt(timeZone, wallClock + DAY)]) {
    const at = wallClock - offset
    if (offsetAt(timeZone, at) === offset) return new Date(at)
  }
  return "skipped"
}

/** The next 9:00 of a Monday to Friday in a time zone. */
export function nextWorkingMorning(now: Date, timeZone: string): Date {
  const wallClock = now.getTime() + offsetAt(timeZone, now.getTime())
  for (let days = 0; days <= DAYS_AHEAD; days++) {
    const day = new Date(wallClock + days * DAY)
    const at = instantOf(`${day.toISOString().slice(0, 10)}T${MORNING}`, timeZone)
    const isWeekend = [0, 6].includes(day.getUTCDay())
    if (!isWeekend && at instanceof Date && at > now) return at
  }
  throw new Error(`${timeZone} has no working day within ${DAYS_AHEAD} days`)
}
