import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, it } from "vitest"
import { takeDueMessages } from "../src/domain/outbox/outbox.ts"
import { createDeps } from "../src/http/bindings.ts"
import { type Browser, CUSTOMER, count, sendDueEmails, signInStaff, testEnv } from "./support/app.ts"
import { hiddenFieldsOf } from "./support/page-forms.ts"
import { travelTo } from "./support/time.ts"
import { visibleText } from "./support/visible-text.ts"

const NEW = "/customers/invites/new"
const FRIDAY = new Date("2026-11-27T10:00:00Z")
const MONDAY = Date.parse("2026-11-30T08:00:00Z")

async function signInBerlin() {
  const { browser, resellerId } = await signInStaff()
  await env.DB.prepare("UPDATE resellers SET time_zone = 'Europe/Berlin'").run()
  return { browser, resellerId }
}

const textOf = async (response: Response) => visibleText(await response.text())
const sendAtOf = () => env.DB.prepare("SELECT send_at FROM invites").first<number>("send_at")

/** The state of the choices: which is checked, and what stands in the input of the time. */
function choices(html: string) {
  const checked = /<input[^>]*name="send"[^>]*>/g
  const [chosen] = (html.match(checked) ?? []).filter((input) => / checked/.test(input))
  const time = /<input[^>]*name="send_at"[^>]*>/.exec(html)?.[0] ?? ""
  return [/value="(\w+)"/.exec(chosen ?? "")?.[1], /value="([^"]*)"/.exec(time)?.[1]]
}

async function schedule(browser: Browser, fields: Record<string, string> = { send: "working_day" }) {
  const response = await browser.post(NEW, { ...CUSTOMER, ...fields })
  const location = response.headers.get("Location") ?? ""
  return { response, location, id: /inv_\w{26}/.exec(location)?.[0] ?? "" }
}

beforeEach(() => travelTo(FRIDAY))

describe("the form of a new invite", () => {
  it("offers to send it now, on the next working day, which it names, or at a time", async () => {
    const { browser } = await signInBerlin()
    const html = await (await browser.get(NEW)).text()
    expect(choices(html)).toEqual(["now", undefined])
    const text = visibleText(html)
    expect(text).toMatch(/At 9:00 on the contact(&#39;|&#x27;|')s next working day Mon,? 30 Nov, 09:00 CET/)
    expect(text).toContain("Date and time (Europe/Berlin)")
  })

  it("sends at once, unless something else is chosen", async () => {
    const { browser } = await signInBerlin()
    await schedule(browser, { ...hiddenFieldsOf(await (await browser.get(NEW)).text()), send: "now", send_at: "" })
    expect([await sendAtOf(), await count("outbox", "status = 'queued'")]).toEqual([null, 1])
  })

  it("schedules for the working day, and the list says for when", async () => {
    const { browser } = await signInBerlin()
    const { response, location, id } = await schedule(browser)
    expect([response.status, location]).toEqual([303, `/customers/invites?flash=invite_sent&invite=${id}`])
    expect(await sendAtOf()).toBe(MONDAY)
    const html = await (await browser.get(location)).text()
    expect(html).not.toContain("load delay")
    const text = visibleText(html)
    expect(text).toMatch(/The invite to .*Priya Nair.* will be sent on Mon,? 30 Nov, 09:00 CET ?\./)
    expect(text).toMatch(/Scheduled Mon,? 30 Nov, 09:00 CET · expires 14 Dec Billing/)
    expect(text).toContain("Send now")
    expect(text).not.toMatch(/Queued|is on its way/)
  })

  it("shows in the list that it was sent, and doesn't send it again from a list that is older", async () => {
    const { browser } = await signInBerlin()
    const { id } = await schedule(browser)
    travelTo(new Date(MONDAY - 60_000))
    const html = await (await browser.get("/customers/invites")).text()
    expect(html).toContain("load delay:60s")
    const form = hiddenFieldsOf(html.slice(html.indexOf(`${id}/resends`)))
    travelTo(new Date(MONDAY + 60_000))
    const response = await browser.post(`/customers/invites/${id}/resends`, form)
    expect([response.status, await count("audit_log", "action = 'invite.resent'")]).toEqual([409, 0])
  })

  it("schedules for a time in the reseller's time zone", async () => {
    const { browser } = await signInBerlin()
    const { response } = await schedule(browser, { send: "at", send_at: "2026-12-02T14:30" })
    expect([response.status, await sendAtOf()]).toEqual([303, Date.parse("2026-12-02T13:30:00Z")])
  })

  it.each([
    ["", "Enter the date and time."],
    ["soon", "Enter the date and time."],
    ["2026-11-27T10:59", "This time has passed. Choose a later one."],
    ["2026-12-27T11:01", "Choose a time within the next 30 days."],
  ])("is shown again for the time %j, with everything that was typed", async (send_at, message) => {
    const { browser } = await signInBerlin()
    const form = { ...CUSTOMER, contact_email: "nobody", note: "See you", send: "at", send_at }
    const response = await browser.post(NEW, form)
    const html = await response.text()
    expect([response.status, choices(html)]).toEqual([422, ["at", send_at]])
    for (const words of [message, "nobody", "See you"]) expect(html).toContain(words)
    expect([await count("invites"), await count("outbox")]).toEqual([0, 0])
  })

  it("refuses a time that the clocks skip", async () => {
    travelTo(new Date("2027-03-12T10:00:00Z"))
    const { browser } = await signInBerlin()
    const response = await browser.post(NEW, { ...CUSTOMER, send: "at", send_at: "2027-03-28T02:30" })
    expect([response.status, await textOf(response)]).toEqual([
      422,
      expect.stringContaining("There is no such time in Europe/Berlin, because the clocks are set forward."),
    ])
  })

  it("keeps a choice beside the error of another field, and refuses it for an invite without an email", async () => {
    const { browser } = await signInBerlin()
    const typed = { send: "working_day", send_at: "2026-12-02T14:30" }
    const incomplete = await browser.post(NEW, { ...CUSTOMER, ...typed, company_name: "" })
    expect([incomplete.status, choices(await incomplete.text())]).toEqual([422, ["working_day", typed.send_at]])
    const unsent = await browser.post(NEW, { ...CUSTOMER, ...typed, send_email: "false" })
    const html = await unsent.text()
    expect([unsent.status, choices(html)]).toEqual([422, ["working_day", typed.send_at]])
    expect(html).toContain("Without an email, there is nothing to send later.")
    expect(await count("invites")).toBe(0)
  })

  it("answers a request of htmx with the same", async () => {
    const { browser } = await signInBerlin()
    const headers = { "HX-Request": "true", "HX-Request-Type": "partial" }
    const refused = await browser.post(NEW, { ...CUSTOMER, send: "at", send_at: "" }, headers)
    const html = await refused.text()
    expect([refused.status, html.includes("<html"), choices(html)]).toEqual([422, false, ["at", ""]])
    expect(html).toContain("Enter the date and time.")
  })

  it("previews an email that expires as long after its time as it will", async () => {
    const { browser } = await signInBerlin()
    const preview = (fields: object) =>
      browser.post("/customers/invites/preview", { ...CUSTOMER, expires_in_days: "10", ...fields })
    expect(await textOf(await preview({}))).toContain("7 December 2026 at 11:00")
    expect(await textOf(await preview({ send: "working_day" }))).toContain("10 December 2026 at 09:00")
    expect(await textOf(await preview({ send: "at", send_at: "later" }))).toContain("7 December 2026 at 11:00")
  })
})

describe("the page of a scheduled invite", () => {
  it("says when it will be sent, and who decided that", async () => {
    const { browser } = await signInBerlin()
    const { id } = await schedule(browser)
    const html = await (await browser.get(`/customers/invites/${id}`)).text()
    const text = visibleText(html)
    expect(text).toMatch(/Scheduled Will be sent on Mon,? 30 Nov, 09:00 CET/)
    expect(text).toMatch(
      /Invited .*priya@northwind\.example.* · To be sent: 30 November 2026 at 09:00 CET .*Dana Ortiz/,
    )
    for (const action of ["Send now", "Revoke", "Copy link", "Edit"]) expect(text).toContain(action)
  })

  it("sends it now", async () => {
    const { browser } = await signInBerlin()
    const { id } = await schedule(browser)
    expect((await browser.post(`/customers/invites/${id}/resends`)).status).toBe(303)
    expect(await sendDueEmails()).toHaveLength(1)
    const text = await textOf(await browser.get(`/customers/invites/${id}`))
    expect(text).toContain("Resend")
    expect(text).not.toMatch(/Scheduled|Will be sent|sent twice/)
  })

  it("says what an edit of the address does, which keeps the time", async () => {
    const { browser } = await signInBerlin()
    const { id } = await schedule(browser)
    const page = await browser.get(`/customers/invites/${id}/edit`)
    const html = await page.text()
    expect(visibleText(html)).toContain("If you change the address, the email goes there instead.")
    const form = { ...CUSTOMER, ...hiddenFieldsOf(html), contact_email: "right@northwind.example" }
    const saved = await browser.post(`/customers/invites/${id}/edit`, form)
    expect(saved.headers.get("Location")).toContain("flash=address_changed")
    const text = await textOf(await browser.get(`/customers/invites/${id}`))
    expect(text).toMatch(/Scheduled Will be sent on Mon,? 30 Nov/)
    expect(await sendDueEmails()).toEqual([])
  })

  it("is like that of any other once it was sent, and the export has the time only until then", async () => {
    const { browser } = await signInBerlin()
    const { id } = await schedule(browser)
    const exported = async () => (await (await browser.get("/customers/invites/export")).text()).split("\r\n")[1]
    expect(await exported()).toContain(",2026-11-27T10:00:00.000Z,2026-11-30T08:00:00.000Z,,2026-12-14T08:00:00.000Z,")
    travelTo(new Date(MONDAY))
    await takeDueMessages(createDeps(testEnv, () => undefined))
    expect(await sendDueEmails()).toHaveLength(1)
    expect(await exported()).toContain(",2026-11-27T10:00:00.000Z,,2026-11-30T08:00:00.000Z,2026-12-14T08:00:00.000Z,")
    expect(await textOf(await browser.get(`/customers/invites/${id}`))).not.toMatch(/Scheduled|Will be sent/)
  })
})

it("a scheduled invite reads in German", async () => {
  const { browser } = await signInBerlin()
  await browser.post("/profile?language=de")
  const { location } = await schedule(browser)
  const text = await textOf(await browser.get(location))
  expect(text).toMatch(/Geplant Mo\.?,? 30\. Nov\.?,? 09:00 MEZ · läuft/)
  expect(text).toContain("Jetzt senden")
  const refused = await schedule(browser, {
    send: "at",
    send_at: "2027-01-01T09:00",
    contact_email: "b@northwind.example",
  })
  expect(await textOf(refused.response)).toContain("Wählen Sie eine Zeit in den nächsten 30 Tagen.")
})
