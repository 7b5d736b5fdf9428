import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import {
  Browser,
  CUSTOMER,
  count,
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
  const german = "Northwind Logistics, ebenfalls unter northwind.example, ist schon Ihr Kunde. Öffnen"
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

it("without script, the preview and a form with errors warn, and the form is sent all the same", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  const page = await (await browser.get(FORM)).text()
  expect(page).toContain('<noscript><input type="hidden" name="no_script" value="true" form="invite-form"/></noscript>')
  const form = { ...COLLEAGUE, no_script: "true" }
  const warning = "You already invited Northwind Logistics (pending)."
  const preview = async (fields: Record<string, string>) =>
    textOf(await (await browser.post("/customers/invites/preview", fields)).text())
  expect(await preview(form)).toContain(warning)
  expect(await preview(COLLEAGUE)).not.toContain(warning) // with script, the form itself warns
  const refused = await browser.post(FORM, { ...form, contact_name: "" })
  expect([refused.status, textOf(await refused.text()).includes(warning)]).toEqual([422, true])
  expect((await browser.post(FORM, form)).status).toBe(303)
  expect(await count("invites")).toBe(2)
})

it("an error of a form with script leaves the warning where it is", async () => {
  const { browser } = await signInStaff()
  const page = await (await browser.post(FORM, { ...CUSTOMER, contact_name: "" }, HTMX)).text()
  expect(page).toMatch(/<div [^>]*id="similar-companies" class="stack" role="status"[^>]* hx-morph-skip/)
})
