import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { Browser, count, invite, newestLink, openHouse, REGISTRATION } from "./house.ts"

const SECOND = {
  first_name: "Ana",
  last_name: "Costa",
  email: "ana@acme.example",
  phone: "(212) 555-0187",
  address: "1 Main St\r\nBoston",
}

async function addSecond(browser: Browser): Promise<string> {
  expect((await browser.post("/billing/new", SECOND)).status).toBe(303)
  const page = await (await browser.get("/billing")).text()
  return /billing\/(bil_[0-9a-z]{26})\/removal/.exec(page)?.[1] ?? "none"
}

describe("billing accounts", () => {
  it("keep phones in E.164, show them readable, and the first one is the default", async () => {
    const { browser } = await openHouse()
    await addSecond(browser)
    expect(await count("billing_accounts", "phone = '+12125550187' AND is_default = 0")).toBe(1)
    expect(await count("billing_accounts", "is_default = 1")).toBe(1)
    const page = await (await browser.get("/billing")).text()
    expect(page).toContain("+1 212 555 0187")
    expect(page).toContain("1 Main St, Boston")
  })

  it("have one address each within the reseller, and a name or a PO number", async () => {
    const { browser } = await openHouse()
    const taken = await browser.post("/billing/new", { ...SECOND, email: "BILLING@acme.example" })
    expect(taken.status).toBe(422)
    expect(await taken.text()).toContain("Another billing account has the address billing@acme.example.")
    const nameless = await browser.post("/billing/new", { ...SECOND, last_name: "", phone: "12" })
    const page = await nameless.text()
    expect(page).toContain("Enter a first and last name, or a PO number.")
    expect(page).toContain("This is not a phone number.")
    expect(await count("billing_accounts")).toBe(1)
  })

  it("change, and a change of address to a taken one is refused", async () => {
    const { browser } = await openHouse()
    const id = await addSecond(browser)
    expect((await browser.post(`/billing/${id}`, { ...SECOND, last_name: "Silva" })).status).toBe(303)
    expect(await count("billing_accounts", "last_name = 'Silva'")).toBe(1)
    expect((await browser.post(`/billing/${id}`, { ...SECOND, email: "billing@acme.example" })).status).toBe(422)
  })

  it("have exactly one default, whoever is made it", async () => {
    const { browser, billingId } = await openHouse()
    const id = await addSecond(browser)
    await Promise.all([browser.post(`/billing/${id}/default`), browser.post(`/billing/${billingId}/default`)])
    expect(await count("billing_accounts", "is_default = 1")).toBe(1)
  })

  it("are not removed while default or used by a pending invite, and flag their customers when they go", async () => {
    const { browser, billingId } = await openHouse()
    const id = await addSecond(browser)
    expect((await browser.post(`/billing/${billingId}/removal`)).status).toBe(409)
    await invite(browser, { billing_email: SECOND.email, billing_phone: SECOND.phone })
    const used = await browser.post(`/billing/${id}/removal`)
    expect(used.status).toBe(409)
    expect(await used.text()).toContain("One pending invite uses this billing account.")
    await new Browser().post(await newestLink(), REGISTRATION)
    expect(await count("customers", "billing_needs_review = 0")).toBe(1)
    expect((await browser.post(`/billing/${id}/removal`)).status).toBe(303)
    expect(await count("customers", "billing_needs_review = 1")).toBe(1)
    expect(await count("audit_log", "action = 'billing_account.deleted'")).toBe(1)
  })

  it("that pending invites use move them to another when they are removed, each told of in its timeline", async () => {
    const { browser, billingId } = await openHouse()
    const id = await addSecond(browser)
    const first = await invite(browser, { billing_email: SECOND.email, billing_phone: SECOND.phone })
    await invite(browser, { contact_email: "b@b.example", billing_email: SECOND.email, billing_phone: SECOND.phone })
    const page = await (await browser.get(`/billing/${id}/removal`)).text()
    expect(page).toContain("2 pending invites use this account.")
    expect(page).toContain(`<option value="${billingId}">`)
    expect((await browser.post(`/billing/${id}/removal`, { move_to: id })).status).toBe(422)
    expect((await browser.post(`/billing/${id}/removal`, { move_to: "bil_none" })).status).toBe(422)
    expect(await count("billing_accounts")).toBe(2)
    expect((await browser.post(`/billing/${id}/removal`, { move_to: billingId })).status).toBe(303)
    const moved = `billing_account_id = '${billingId}' AND billing_email = 'billing@acme.example' AND billing_phone = '+14155550132'`
    expect([await count("billing_accounts"), await count("invites", moved)]).toEqual([1, 2])
    expect(await (await browser.get(`/customers/invites/${first}`)).text()).toContain("Billing account changed")
    expect(await count("audit_log", "action = 'invite.billing_changed' AND detail IS NULL")).toBe(2)
    await new Browser().post(await newestLink(), REGISTRATION)
    expect(await count("customers", "billing_needs_review = 0")).toBe(1)
  })

  it("of another reseller are no place to move invites to", async () => {
    const { browser } = await openHouse()
    const globex = await openHouse("globex")
    const id = await addSecond(browser)
    await invite(browser, { billing_email: SECOND.email, billing_phone: SECOND.phone })
    expect((await browser.post(`/billing/${id}/removal`, { move_to: globex.billingId })).status).toBe(422)
    const changed = { ...SECOND, phone: "+1 212 555 0100", pending_invites: globex.billingId }
    expect((await browser.post(`/billing/${id}`, changed)).status).toBe(422)
    expect(await count("invites", `billing_account_id = '${id}'`)).toBe(1)
  })

  it("that are refused a change move nobody", async () => {
    const { browser, billingId } = await openHouse()
    const id = await addSecond(browser)
    await invite(browser, { billing_email: SECOND.email, billing_phone: SECOND.phone })
    const change = { ...SECOND, email: "billing@acme.example", pending_invites: billingId }
    expect((await browser.post(`/billing/${id}`, change)).status).toBe(422)
    expect(await count("invites", `billing_account_id = '${id}'`)).toBe(1)
    expect((await browser.post(`/billing/${id}`, { ...change, email: "new@acme.example" })).status).toBe(303)
    expect(await count("invites", `billing_account_id = '${billingId}'`)).toBe(1)
  })

  it.each([
    ["follow", "+12125550100", 0],
    ["leave", "+12125550187", 1],
  ])("whose phone changes ask what becomes of pending invites: they %s", async (pending_invites, phone, flagged) => {
    const { browser } = await openHouse()
    const id = await addSecond(browser)
    await invite(browser, { billing_email: SECOND.email, billing_phone: SECOND.phone })
    const link = await newestLink()
    expect(await (await browser.get(`/billing/${id}`)).text()).toContain("One pending invite uses this account")
    const change = { ...SECOND, phone: "+1 212 555 0100" }
    const asked = await browser.post(`/billing/${id}`, change)
    expect([asked.status, await asked.text()]).toEqual([409, expect.stringContaining('name="pending_invites"')])
    expect(await count("billing_accounts", "phone = '+12125550100'")).toBe(0)
    expect((await browser.post(`/billing/${id}`, { ...SECOND, last_name: "Silva" })).status).toBe(303) // bills nobody elsewhere
    expect((await browser.post(`/billing/${id}`, { ...change, pending_invites })).status).toBe(303)
    expect(await count("invites", `billing_phone = '${phone}'`)).toBe(1)
    const contact = new Browser()
    const joined = await contact.post(link, REGISTRATION)
    expect(joined.headers.get("Location")).toBe("/account")
    expect(await (await contact.get("/account")).text()).not.toContain("illing")
    expect(await count("customers", `billing_needs_review = ${flagged}`)).toBe(1)
  })

  it("that a customer is flagged for are set right by staff who may", async () => {
    const { browser, billingId } = await openHouse()
    const globex = await openHouse("globex")
    await invite(browser)
    await env.DB.prepare("UPDATE billing_accounts SET phone = '+14155550199' WHERE id = ?").bind(billingId).run()
    await new Browser().post(await newestLink(), REGISTRATION)
    const id = /cus_[0-9a-z]{26}/.exec(await (await browser.get("/customers")).text())?.[0]
    expect(await (await browser.get(`/customers/${id}`)).text()).toContain("Check the billing account")
    const bill = (who: Browser, billing_account_id: string) =>
      who.post(`/customers/${id}/billing_account`, { billing_account_id })
    expect((await bill(browser, globex.billingId)).status).toBe(422)
    expect((await bill(globex.browser, globex.billingId)).status).toBe(404)
    expect(await count("customers", "billing_needs_review = 1")).toBe(1)
    expect((await bill(browser, billingId)).status).toBe(303)
    expect(await count("customers", `billing_needs_review = 0 AND billing_account_id = '${billingId}'`)).toBe(1)
    expect(await count("audit_log", "action = 'customer.billing_changed' AND detail IS NULL")).toBe(1)
  })
})
