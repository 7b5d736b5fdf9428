import { beforeEach, describe, expect, it } from "vitest"
import { resellers } from "../src/storage/schema.ts"
import { type Clock, formatExpiry, formatRelative, formatRelativeDay } from "../src/text/dates.ts"
import { en } from "../src/text/en.ts"
import { isTimeZone } from "../src/text/time-zones.ts"
import {
  Browser,
  CUSTOMER,
  callApi,
  count,
  db,
  invite,
  latestRegistrationLink,
  sendDueEmails,
  signInStaff,
} from "./support/app.ts"
import { clearRows } from "./support/storage.ts"
import { travelBack, travelTo } from "./support/time.ts"

/** Where and when somebody reads, when it happened, and what they read. */
const RELATIVE: [timeZone: string, now: string, at: string, text: string][] = [
  ["UTC", "2026-11-27T12:00:00Z", "2026-11-27T11:59:30Z", "just now"],
  ["UTC", "2026-11-27T12:00:00Z", "2026-11-27T12:00:30Z", "just now"],
  ["UTC", "2026-11-27T00:20:00Z", "2026-11-26T23:50:00Z", "30 min ago"],
  ["UTC", "2026-11-27T12:00:00Z", "2026-11-27T10:00:00Z", "2 hr ago"],
  ["UTC", "2026-11-27T12:00:00Z", "2026-11-27T17:59:00Z", "in 5 hr"],
  ["UTC", "2026-11-27T01:00:00Z", "2026-11-26T23:30:00Z", "yesterday"],
  ["UTC", "2026-11-27T23:00:00Z", "2026-11-26T00:10:00Z", "yesterday"],
  ["UTC", "2026-11-27T00:10:00Z", "2026-11-25T23:50:00Z", "2 days ago"],
  ["UTC", "2026-11-27T23:00:00Z", "2026-11-28T00:30:00Z", "tomorrow"],
  ["UTC", "2026-11-27T23:00:00Z", "2026-11-30T00:30:00Z", "in 3 days"],
  ["UTC", "2026-11-27T12:00:00Z", "2026-11-20T12:00:00Z", "20 Nov"],
  ["UTC", "2027-01-05T12:00:00Z", "2026-12-20T12:00:00Z", "20 Dec 2026"],
  // The same two instants are one day for some and two for others.
  ["Pacific/Auckland", "2026-11-27T12:00:00Z", "2026-11-27T10:30:00Z", "yesterday"],
  ["America/Los_Angeles", "2026-11-27T12:00:00Z", "2026-11-27T10:30:00Z", "1 hr ago"],
  ["America/Los_Angeles", "2026-11-27T09:00:00Z", "2026-11-27T07:30:00Z", "yesterday"],
  ["Asia/Kathmandu", "2026-11-27T18:20:00Z", "2026-11-27T15:00:00Z", "yesterday"],
  ["Asia/Kathmandu", "2026-11-27T18:10:00Z", "2026-11-27T15:00:00Z", "3 hr ago"],
  ["Australia/Lord_Howe", "2026-11-27T13:05:00Z", "2026-11-27T11:00:00Z", "yesterday"],
  // Days of 23, 25 and 23.5 hours are days.
  ["America/Los_Angeles", "2026-03-09T07:30:00Z", "2026-03-08T08:30:00Z", "yesterday"],
  ["America/Los_Angeles", "2026-11-02T07:59:00Z", "2026-11-01T07:01:00Z", "24 hr ago"],
  ["America/Los_Angeles", "2026-11-02T08:01:00Z", "2026-11-01T07:01:00Z", "yesterday"],
  ["Pacific/Auckland", "2026-09-27T11:30:00Z", "2026-09-26T12:30:00Z", "yesterday"],
  ["Pacific/Auckland", "2026-09-30T11:30:00Z", "2026-09-26T11:30:00Z", "5 days ago"],
  ["Australia/Lord_Howe", "2026-10-04T13:15:00Z", "2026-10-03T13:45:00Z", "yesterday"],
  ["Australia/Lord_Howe", "2026-10-04T12:45:00Z", "2026-10-03T13:45:00Z", "23 hr ago"],
  // The year is the reader's too.
  ["Pacific/Auckland", "2026-12-31T12:00:00Z", "2026-12-20T12:00:00Z", "21 Dec 2026"],
]

describe("a relative time", () => {
  it.each(RELATIVE)("in %s at %s, of %s, is %s", (timeZone, now, at, text) => {
    expect(formatRelative(en, new Date(at), { now: new Date(now), timeZone })).toBe(text)
  })

  it("of a day tells today from yesterday by the calendar", () => {
    const clock = (timeZone: string): Clock => ({ now: new Date("2026-11-27T12:00:00Z"), timeZone })
    const at = new Date("2026-11-27T10:30:00Z")
    expect(formatRelativeDay(en, at, clock("Pacific/Auckland"))).toBe("yesterday")
    expect(formatRelativeDay(en, at, clock("UTC"))).toBe("today")
  })
})

it.each([
  ["UTC", "5 Dec, 14:20 UTC"],
  ["Asia/Kathmandu", "5 Dec, 20:05 GMT+5:45"],
  ["Pacific/Auckland", "6 Dec, 03:20 GMT+13"],
])("an expiry in %s has its hour and zone", (timeZone, text) => {
  const now = new Date("2026-11-27T12:00:00Z")
  expect(formatExpiry(en, new Date("2026-12-05T14:20:00Z"), { now, timeZone })).toBe(text)
})

it("a time zone has a name that exists, and isn't an offset", () => {
  const valid = [
    "UTC",
    "Europe/Berlin",
    "America/Argentina/Buenos_Aires",
    "Asia/Katmandu",
    "Asia/Kathmandu",
    "Etc/GMT+5",
  ]
  const invalid = [
    "",
    "Z",
    "+05:30",
    "europe/berlin",
    "Europe/Nowhere",
    "../etc",
    "UTC; Path=/",
    "A".repeat(65),
    "Ünic/Ode",
  ]
  expect(valid.filter((name) => !isTimeZone(name))).toEqual([])
  expect(invalid.filter(isTimeZone)).toEqual([])
})

const setTimeZone = (name: string) => db.update(resellers).set({ timeZone: name })

describe("the time zone of a reader", () => {
  beforeEach(async () => {
    await clearRows()
    travelTo(new Date("2026-11-27T10:30:00Z"))
    return travelBack
  })

  it("is what the browser says", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    travelTo(new Date("2026-11-27T12:00:00Z"))
    const page = async () => (await browser.get(`/customers/invites/${id}`)).text()
    expect(await page()).toContain(">1 hr ago</time>")

    browser.storeCookies(new Headers({ "Set-Cookie": "vestibule.time_zone=Pacific/Auckland; Path=/" }))
    expect(await page()).toContain(">yesterday</time>")
    expect(await page()).toContain('title="27 November 2026 at 23:30 GMT+13"')
    expect(await page()).toMatch(/expires <time [^>]*>11 Dec, 23:30 GMT\+13<\/time>/)
  })

  it("is the reseller's if the browser says none that exists", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    await setTimeZone("Asia/Kathmandu")
    for (const cookie of ["Mars/Olympus", "%3Cscript%3E", "+02:00", "%E0%A4%A"]) {
      browser.storeCookies(new Headers({ "Set-Cookie": `vestibule.time_zone=${cookie}` }))
      const page = await (await browser.get(`/customers/invites/${id}`)).text()
      expect(page).toMatch(/expires <time [^>]*>11 Dec, 16:15 GMT\+5:45<\/time>/)
    }
  })

  it("decides what a contact reads on the page of an expired link", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const link = await latestRegistrationLink()
    travelTo(new Date("2026-12-20T00:00:00Z"))
    const contact = new Browser()
    expect(await (await contact.get(link)).text()).toMatch(/It worked until <time [^>]*>11 Dec, 10:30 UTC<\/time>/)
    contact.storeCookies(new Headers({ "Set-Cookie": "vestibule.time_zone=America/Los_Angeles" }))
    expect(await (await contact.get(link)).text()).toMatch(/It worked until <time [^>]*>11 Dec, 02:30 GMT-8<\/time>/)
  })
})

describe("the time zone of a reseller", () => {
  beforeEach(async () => {
    await clearRows()
    travelTo(new Date("2026-11-27T10:30:00Z"))
    return travelBack
  })

  const COMPANY = { name: "Acme Networks", support_email: "support@acme.example", accent_color: "#1f4fd8" }

  it("is UTC at first, as Settings show", async () => {
    const { browser } = await signInStaff()
    const page = await (await browser.get("/settings")).text()
    expect(page).toMatch(/<input type="text" value="UTC" id="time_zone"[^>]* list="time-zones"/)
    expect(page).toContain('<datalist id="time-zones"></datalist>')
  })

  it("is that of the hour in its emails", async () => {
    const { browser } = await signInStaff()
    expect((await browser.post("/settings", { ...COMPANY, time_zone: "Pacific/Auckland" })).status).toBe(303)
    await browser.post("/customers/invites/new", CUSTOMER)
    const [mail] = await sendDueEmails()
    expect(mail?.text).toContain("The link works until 11 December 2026 at 23:30 GMT+13.")
    expect(mail?.html).toContain("The link works until 11 December 2026 at 23:30 GMT+13.")
  })

  it("stays as it was if the form has none or one that doesn't exist", async () => {
    const { browser } = await signInStaff()
    await setTimeZone("Asia/Kathmandu")
    expect((await browser.post("/settings", COMPANY)).status).toBe(303)
    const refused = await browser.post("/settings", { ...COMPANY, time_zone: "+05:30" })
    expect([refused.status, await refused.text()]).toEqual([
      422,
      expect.stringContaining("Use the name of a time zone"),
    ])
    expect(await count("resellers", "time_zone = 'Asia/Kathmandu'")).toBe(1)
    const page = await (await browser.get("/settings")).text()
    expect(page).toContain('value="Asia/Kathmandu" id="time_zone"')
  })

  it("can be set by the operator", async () => {
    const reseller = { name: "Kiwi", admin_name: "Aroha", admin_email: "aroha@x.example" }
    const create = (fields: Record<string, string>) =>
      callApi({ path: "/resellers", key: "local-operator", body: { ...reseller, ...fields } })
    expect(await (await create({ time_zone: "Pacific/Auckland" })).json()).toMatchObject({
      time_zone: "Pacific/Auckland",
    })
    expect(await (await create({ slug: "other" })).json()).toMatchObject({ time_zone: "UTC" })
    expect((await create({ slug: "third", time_zone: "Middle-earth" })).status).toBe(422)
  })
})
