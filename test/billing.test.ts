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
    expect(await count("customers", "billing_changed = 0")).toBe(1)
    expect((await browser.post(`/billing/${id}/removal`)).status).toBe(303)
    expect(await count("customers", "billing_changed = 1")).toBe(1)
    expect(await count("audit", "action = 'billing_account.removed'")).toBe(1)
  })
})
