import { formatUnit, type Unit } from "./units.ts"

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `45s`, `12m`, `3h 20m`, `14h`, `2d 4h`, `12d`: as exact as an estimate is. */
export function formatSpan({ language }: { language: { dates: string } }, ms: number): string {
  const write = (count: number, unit: Unit) => formatUnit(language.dates, count, unit, "narrow")
  if (ms < MINUTE) return write(Math.max(1, Math.floor(ms / SECOND)), "second")
  if (ms < HOUR) return write(Math.floor(ms / MINUTE), "minute")
  const [whole, part, unit, subunit] =
    ms < DAY ? ([HOUR, MINUTE, "hour", "minute"] as const) : ([DAY, HOUR, "day", "hour"] as const)
  const count = Math.floor(ms / whole)
  const rest = Math.floor((ms % whole) / part)
  const isLong = unit === "hour" ? count >= 10 : count >= 7
  return rest > 0 && !isLong ? `${write(count, unit)} ${write(rest, subunit)}` : write(count, unit)
}
