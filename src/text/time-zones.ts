/** The time zone of a reseller that has chosen none. */
export const DEFAULT_TIME_ZONE = "UTC"

export const TIME_ZONE_MAX = 64

/** Excludes offsets, which have no summer time. */
const NAME = /^[A-Z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/

/** True for the name of a time zone in the IANA database, such as `Europe/Berlin`. */
export function isTimeZone(name: string): boolean {
  if (name.length > TIME_ZONE_MAX || !NAME.test(name)) return false
  if (knownNames.has(name)) return true
  try {
    new Intl.DateTimeFormat("en", { timeZone: name })
  } catch {
    return false
  }
  knownNames.add(name)
  return true
}

/** Those that exist, of which there are few. */
const knownNames = new Set<string>()
