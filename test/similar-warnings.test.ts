import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import {
  Browser,
  CUSTOMER,
  callApi,
  count,
  createApiKey,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"

const HTMX = { "HX-Request": "true", "HX-Request-Type": "partial" }
const FORM = "/customers/invites/new"
const COLLEAGUE = { ...CUSTOMER, contact_email: "ben@northwind.example" }

/** What the form warns of while it is filled in. */
async function warn(browser: Browser, form: Record<string, string>) {
  const response = await browser.post("/customers/invites/preview", form, HTMX)
  expect(response.status).toBe(200)
  return response.text()
}

const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, "")
    .replace(/\s+/g, " ")
    .trim()

it("the form warns of a pending invite and of a customer, with a link that keeps the form open", async () => {
  const { browser } = await signInStaff()
  const id = await invite(browser)
  const byName = await warn(browser, { company_name: "northwind-logistics inc" })
  expect(textOf(byName)).toBe("You already invited Northwind Logistics (pending). Open Northwind Logistics")
  expect(byName).toContain(`<a href="/customers/invites/${id}" target="_blank" rel="noopener">`)
  const byDomain = { company_name: "Nord", contact_email: "ben@northwind.example" }
  const invited = "You already invited Northwind Logistics (pending), also at northwind.example."
  expect(textOf(await warn(browser, byDomain))).toContain(invited)
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  const customer = await warn(browser, { company_name: "Northwind Logistics" })
  expect(textOf(customer)).toBe("Northwind Logistics is already a customer. Open Northwind Logistics")
  expect(customer).toMatch(/<a href="\/customers\/cus_[0-9a-z]{26}"/)
  const joined = "Northwind Logistics, also at northwind.example, is already a customer."
  expect(textOf(await warn(browser, byDomain))).toContain(joined)
  await browser.post("/profile?language=de")
  const german = "Northwind Logistics, auch bei northwind.example, ist schon Ihr Kunde. Öffnen"
  expect(textOf(await warn(browser, byDomain))).toContain(german)
})

it("the form warns of nothing if its fields are empty, invalid or of a company that is new", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  for (const form of [
    {},
    { company_name: " ", contact_email: "nobody" },
    { company_name: "Contoso", contact_email: "a@b.example" },
  ]) {
    expect(await warn(browser, form)).toBe("")
  }
})

it("the form names at most three companies, and what they are called is only text", async () => {
  const { browser } = await signInStaff()
  for (const company_name of ['<img src=x onerror="alert(1)">', "Beta", "Gamma", "Delta"]) {
    await invite(browser, { company_name, contact_email: `${company_name.replace(/\W/g, "")}@northwind.example` })
  }
  const all = await warn(browser, { company_name: "Other", contact_email: "x@northwind.example" })
  expect(all.match(/You already invited/g)).toHaveLength(3)
  const hostile = await warn(browser, { company_name: '<img src=x onerror="alert(1)">' })
  expect(hostile).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;")
  expect(hostile).not.toContain("<img")
})

it("the form of an invite warns of other invites, but not of itself", async () => {
  const { browser } = await signInStaff()
  const id = await invite(browser)
  const page = await (await browser.get(`/customers/invites/${id}/edit`)).text()
  expect(page).toMatch(/<div [^>]*id="similar-companies" class="stack" role="status"/)
  const edited = /name="edited_invite" value="([^"]*)"/.exec(page)?.[1] ?? ""
  expect(edited).toBe(id)
  expect(await warn(browser, { ...CUSTOMER, edited_invite: edited })).toBe("")
  await invite(browser, { contact_email: "ben@northwind.example" })
  expect(await warn(browser, { ...CUSTOMER, edited_invite: edited })).toContain("already invited")
})

it("people see warnings about their own reseller alone, and only if they can invite", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  const globex = await signInStaff("globex")
  expect(await warn(globex.browser, CUSTOMER)).toBe("")
  const readOnly = await signInStaff("initech", "read_only")
  const member = new Browser()
  await member.post(await latestRegistrationLink(), REGISTRATION_FORM)
  for (const [visitor, status] of [
    [readOnly.browser, 403],
    [member, 204],
  ] as const) {
    const response = await visitor.post("/customers/invites/preview", CUSTOMER, HTMX)
    expect([response.status, (await response.text()).includes("Northwind")]).toEqual([status, false])
  }
})

it("a warning needs two round trips and writes nothing", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  const { database, costs } = countingD1(env.DB)
  browser.env = { ...testEnv, DB: database }
  await warn(browser, COLLEAGUE)
  expect([costs.roundTrips, costs.rowsWritten]).toEqual([2, 0])
})

it("without script, the form asks once before it invites a similar company, at no further round trip", async () => {
  const { browser } = await signInStaff()
  const page = await (await browser.get(FORM)).text()
  const [asking = ""] = /<noscript>.*?<\/noscript>/s.exec(page) ?? []
  expect(asking).toContain('name="ask_first" value="true" form="invite-form" checked')
  const form = { ...COLLEAGUE, form_token: crypto.randomUUID() }
  expect((await browser.post(FORM, { ...CUSTOMER, ask_first: "true" })).status).toBe(303)
  const { database, costs } = countingD1(env.DB)
  browser.env = { ...testEnv, DB: database }
  const asked = await browser.post(FORM, { ...form, ask_first: "true", note: "Hi" })
  const answer = await asked.text()
  expect([asked.status, await count("invites"), await count("outbox")]).toEqual([200, 1, 1])
  expect(textOf(answer)).toContain("Nothing has been sent yet, because you may already have this company.")
  expect(textOf(answer)).toContain("You already invited Northwind Logistics (pending).")
  expect(answer).toContain('value="ben@northwind.example"')
  expect(answer).not.toContain("<noscript>")
  expect(costs.roundTrips).toBe(4) // the session, the checks, the stored response, the billing accounts of the form
  browser.env = testEnv
  expect((await browser.post(FORM, { ...form, note: "Hi" })).status).toBe(303)
  expect(await count("invites")).toBe(2)
})

it("an invalid form without script shows its errors first", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  const refused = await browser.post(FORM, { ...COLLEAGUE, contact_name: "", ask_first: "true" })
  expect([refused.status, (await refused.text()).includes("<noscript>")]).toEqual([422, true])
})

it("neither htmx, nor a program, nor a repeated form is ever asked", async () => {
  const { browser, resellerId } = await signInStaff()
  const form = { ...CUSTOMER, ask_first: "true", form_token: crypto.randomUUID() }
  expect((await browser.post(FORM, form)).status).toBe(303)
  expect((await browser.post(FORM, form)).status).toBe(303)
  expect(await count("invites")).toBe(1)
  expect((await browser.post(FORM, { ...COLLEAGUE, ask_first: "true" }, HTMX)).status).toBe(204)
  expect((await browser.post(FORM, { ...COLLEAGUE, contact_email: "c@northwind.example" })).status).toBe(303)
  const body = { ...COLLEAGUE, contact_email: "d@northwind.example" }
  const created = await callApi({ key: await createApiKey(resellerId), path: "/invites", body })
  expect([created.status, await count("invites")]).toEqual([201, 4])
  expect(await created.text()).not.toContain("similar")
})

it("an error of a form with script leaves the warning where it is", async () => {
  const { browser } = await signInStaff()
  const page = await (await browser.post(FORM, { ...CUSTOMER, contact_name: "" }, HTMX)).text()
  expect(page).toMatch(/<div [^>]*id="similar-companies" class="stack" role="status"[^>]* hx-morph-skip/)
  expect(page).not.toContain("<noscript>")
})
