import { describe, expect, it } from "vitest"
import { instantOf, nextWorkingMorning } from "../src/text/wall-clock.ts"

const iso = (at: ReturnType<typeof instantOf>) => (at instanceof Date ? at.toISOString() : at)

describe("the instant of a local time", () => {
  it.each([
    ["2026-11-30T09:00", "Europe/Berlin", "2026-11-30T08:00:00.000Z"],
    ["2026-07-01T09:00", "Europe/Berlin", "2026-07-01T07:00:00.000Z"],
    ["2026-11-30T09:00:30", "Asia/Kolkata", "2026-11-30T03:30:30.000Z"],
    ["2026-11-30T09:00", "UTC", "2026-11-30T09:00:00.000Z"],
    ["2028-02-29T23:59", "Pacific/Apia", "2028-02-29T10:59:00.000Z"],
    // The clocks of New York are set forward on 8 March and back on 1 November, both at 2:00.
    ["2026-03-08T01:59", "America/New_York", "2026-03-08T06:59:00.000Z"],
    ["2026-03-08T02:00", "America/New_York", "skipped"],
    ["2026-03-08T02:59", "America/New_York", "skipped"],
    ["2026-03-08T03:00", "America/New_York", "2026-03-08T07:00:00.000Z"],
    ["2026-11-01T00:59", "America/New_York", "2026-11-01T04:59:00.000Z"],
    ["2026-11-01T01:00", "America/New_York", "2026-11-01T05:00:00.000Z"],
    ["2026-11-01T01:59", "America/New_York", "2026-11-01T05:59:00.000Z"],
    ["2026-11-01T02:00", "America/New_York", "2026-11-01T07:00:00.000Z"],
    // Half an hour, on Lord Howe Island.
    ["2026-10-04T02:15", "Australia/Lord_Howe", "skipped"],
    ["2026-10-04T02:30", "Australia/Lord_Howe", "2026-10-03T15:30:00.000Z"],
    // Samoa left out a Friday.
    ["2011-12-30T09:00", "Pacific/Apia", "skipped"],
    ["2011-12-31T09:00", "Pacific/Apia", "2011-12-30T19:00:00.000Z"],
  ])("is for %s in %s %s", (local, timeZone, expected) => {
    expect(iso(instantOf(local, timeZone))).toBe(expected)
  })

  it.each([
    "",
    "tomorrow",
    "2026-11-30",
    "2026-02-30T09:00",
    "2026-11-30T24:00",
    "2026-11-30T09:61",
    "02026-11-30T09:00",
  ])("isn't there for %j", (local) => {
    expect(instantOf(local, "Europe/Berlin")).toBe("invalid")
  })
})

describe("9:00 of the next working day", () => {
  it.each([
    ["on a Friday", "2026-11-27T10:00:00Z", "Europe/Berlin", "2026-11-30T08:00:00.000Z"],
    ["on a Monday before nine", "2026-11-30T07:59:59Z", "Europe/Berlin", "2026-11-30T08:00:00.000Z"],
    ["at nine", "2026-11-30T08:00:00Z", "Europe/Berlin", "2026-12-01T08:00:00.000Z"],
    ["on a Saturday", "2026-11-28T07:00:00Z", "Europe/Berlin", "2026-11-30T08:00:00.000Z"],
    ["on a Sunday that is a Monday there", "2026-11-29T21:00:00Z", "Asia/Kolkata", "2026-11-30T03:30:00.000Z"],
    ["on a Monday that is a Sunday there", "2026-11-30T04:00:00Z", "America/New_York", "2026-11-30T14:00:00.000Z"],
    ["over the clocks' change in March", "2026-03-06T20:00:00Z", "America/New_York", "2026-03-09T13:00:00.000Z"],
    ["over the clocks' change in November", "2026-10-30T20:00:00Z", "America/New_York", "2026-11-02T14:00:00.000Z"],
    ["over a Friday that doesn't exist", "2011-12-29T20:00:00Z", "Pacific/Apia", "2012-01-01T19:00:00.000Z"],
  ])("is found %s", (_, now, timeZone, expected) => {
    expect(nextWorkingMorning(new Date(now), timeZone).toISOString()).toBe(expected)
  })

  it("is nine o'clock on a weekday, at any hour of two years, in zones of all kinds", () => {
    const start = Date.UTC(2026, 0, 1)
    const zones = ["America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe"]
    for (const timeZone of zones) {
      const format = new Intl.DateTimeFormat("en-GB", {
        timeZone,
        weekday: "short",
        hour: "2-digit",
        minute: "2-digit",
      })
      for (let hour = 0; hour < 2 * 365 * 24; hour += 7) {
        const now = new Date(start + hour * 3_600_000)
        const morning = nextWorkingMorning(now, timeZone)
        const wait = morning.getTime() - now.getTime()
        expect(format.format(morning)).toMatch(/^(Mon|Tue|Wed|Thu|Fri),? 09:00$/)
        expect(wait > 0 && wait <= 73 * 3_600_000).toBe(true)
      }
    }
  })
})
