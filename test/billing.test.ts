import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import {
  Browser,
  callApi,
  count,
  createApiKey,
  hiddenField,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  signInStaff,
} from "./support/app.ts"
import { travel } from "./support/time.ts"

const SECOND_ACCOUNT = {
  first_name: "Ana",
  last_name: "Costa",
  email: "ana@acme.example",
  phone: "(212) 555-0187",
  address: "1 Main St\r\nBoston",
}

async function addSecondAccount(browser: Browser): Promise<string> {
  expect((await browser.post("/billing/new", SECOND_ACCOUNT)).status).toBe(303)
  const page = await (await browser.get("/billing")).text()
  return /billing\/(bil_[0-9a-z]{26})\/removal/.exec(page)?.[1] ?? "none"
}

describe("billing accounts", () => {
  it("store phone numbers in E.164 and show them formatted, and the first account is the default", async () => {
    const { browser } = await signInStaff()
    await addSecondAccount(browser)
    expect(await count("billing_accounts", "phone = '+12125550187' AND is_default = 0")).toBe(1)
    expect(await count("billing_accounts", "is_default = 1")).toBe(1)
    const page = await (await browser.get("/billing")).text()
    expect(page).toContain("+1 212 555 0187")
    expect(page).toContain("1 Main St, Boston")
  })

  it("need an email address that is unique for the reseller, and a name or a PO number", async () => {
    const { browser } = await signInStaff()
    const duplicate = await browser.post("/billing/new", { ...SECOND_ACCOUNT, email: "BILLING@acme.example" })
    expect(duplicate.status).toBe(422)
    expect(await duplicate.text()).toContain("Another billing account has the email address billing@acme.example.")
    const invalid = await browser.post("/billing/new", { ...SECOND_ACCOUNT, last_name: "", phone: "12" })
    const page = await invalid.text()
    expect(page).toContain("Enter a first and last name, or a PO number.")
    expect(page).toContain("Enter a phone number with country code")
    expect(await count("billing_accounts")).toBe(1)
  })

  it("can be edited, but not to another account's email address", async () => {
    const { browser } = await signInStaff()
    const id = await addSecondAccount(browser)
    expect((await browser.post(`/billing/${id}`, { ...SECOND_ACCOUNT, last_name: "Silva" })).status).toBe(303)
    expect(await count("billing_accounts", "last_name = 'Silva'")).toBe(1)
    expect((await browser.post(`/billing/${id}`, { ...SECOND_ACCOUNT, email: "billing@acme.example" })).status).toBe(
      422,
    )
  })

  it("keep a colleague's edit: the form shows the second one's values, and saving again replaces", async () => {
    const { browser } = await signInStaff()
    const id = await addSecondAccount(browser)
    const version = await hiddenField(await browser.get(`/billing/${id}`), "version")
    expect((await browser.post(`/billing/${id}`, { ...SECOND_ACCOUNT, last_name: "Silva", version })).status).toBe(303)
    const second = { ...SECOND_ACCOUNT, phone: "+1 212 555 0100" }
    const conflict = await browser.post(`/billing/${id}`, { ...second, version })
    const page = await conflict.clone().text()
    expect([conflict.status, page]).toEqual([
      409,
      expect.stringContaining("Someone changed this billing account since you opened the form."),
    ])
    expect(page).toContain('value="+1 212 555 0100"')
    expect(await count("billing_accounts", "last_name = 'Silva' AND phone = '+12125550187'")).toBe(1)
    const again = { ...second, version: await hiddenField(conflict, "version") }
    expect((await browser.post(`/billing/${id}`, again)).status).toBe(303)
    expect(await count("billing_accounts", "last_name = 'Costa' AND phone = '+12125550100'")).toBe(1)
  })

  it("are created once when the form is submitted twice, with the values of the first valid submission", async () => {
    const { browser } = await signInStaff()
    const form_token = await hiddenField(await browser.get("/billing/new"), "form_token")
    const invalid = await browser.post("/billing/new", { ...SECOND_ACCOUNT, phone: "12", form_token })
    expect([invalid.status, await hiddenField(invalid, "form_token")]).toEqual([422, form_token])
    for (let n = 0; n < 2; n++) {
      const created = await browser.post("/billing/new", { ...SECOND_ACCOUNT, form_token })
      expect([created.status, created.headers.get("Location")]).toEqual([303, "/billing?flash=billing_account_created"])
    }
    expect([await count("billing_accounts"), await count("audit_log", "action = 'billing_account.created'")]).toEqual([
      2, 2,
    ])
  })

  it("have exactly one default after concurrent changes", async () => {
    const { browser, billingId } = await signInStaff()
    const id = await addSecondAccount(browser)
    await Promise.all([browser.post(`/billing/${id}/default`), browser.post(`/billing/${billingId}/default`)])
    expect(await count("billing_accounts", "is_default = 1")).toBe(1)
  })

  it("stay as they are when the default is made the default again", async () => {
    const { browser, billingId, resellerId } = await signInStaff()
    await addSecondAccount(browser)
    const key = await createApiKey(resellerId)
    const path = `/billing_accounts/${billingId}`
    const before = await callApi({ key, path })
    const [etag, account] = [before.headers.get("ETag"), await before.json()]
    travel({ minutes: 1 })
    expect((await browser.post(`/billing/${billingId}/default`)).status).toBe(303)
    for (const headers of [{}, { "Idempotency-Key": "one" }, { "Idempotency-Key": "one" }]) {
      const again = await callApi({ key, method: "POST", path: `${path}/default`, headers })
      expect([again.status, again.headers.get("ETag"), await again.json()]).toEqual([200, etag, account])
    }
    expect(await count("idempotent_responses")).toBe(1)
    expect(await count("audit_log", "action = 'billing_account.made_default'")).toBe(0)
  })

  it("can't be removed while default or used by a pending invite; removal flags their customers for review", async () => {
    const { browser, billingId } = await signInStaff()
    const id = await addSecondAccount(browser)
    expect((await browser.post(`/billing/${billingId}/removal`)).status).toBe(409)
    await invite(browser, { billing_email: SECOND_ACCOUNT.email, billing_phone: SECOND_ACCOUNT.phone })
    const refused = await browser.post(`/billing/${id}/removal`)
    expect(refused.status).toBe(409)
    expect(await refused.text()).toContain("One pending invite uses this billing account.")
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    expect(await count("customers", "billing_needs_review = 0")).toBe(1)
    expect((await browser.post(`/billing/${id}/removal`)).status).toBe(303)
    expect(await count("customers", "billing_needs_review = 1")).toBe(1)
    expect(await count("audit_log", "action = 'billing_account.deleted'")).toBe(1)
  })

  it("move their pending invites to another account on removal, each with a timeline entry", async () => {
    const { browser, billingId } = await signInStaff()
    const id = await addSecondAccount(browser)
    const first = await invite(browser, { billing_email: SECOND_ACCOUNT.email, billing_phone: SECOND_ACCOUNT.phone })
    await invite(browser, {
      contact_email: "b@b.example",
      billing_email: SECOND_ACCOUNT.email,
      billing_phone: SECOND_ACCOUNT.phone,
    })
    const page = await (await browser.get(`/billing/${id}/removal`)).text()
    expect(page).toContain("2 pending invites use this account.")
    expect(page).toContain(`<option value="${billingId}">`)
    expect((await browser.post(`/billing/${id}/removal`, { move_to: id })).status).toBe(422)
    expect((await browser.post(`/billing/${id}/removal`, { move_to: "bil_none" })).status).toBe(422)
    expect(await count("billing_accounts")).toBe(2)
    expect((await browser.post(`/billing/${id}/removal`, { move_to: billingId })).status).toBe(303)
    const movedInvites = `billing_account_id = '${billingId}' AND billing_email = 'billing@acme.example' AND billing_phone = '+14155550132'`
    expect([await count("billing_accounts"), await count("invites", movedInvites)]).toEqual([1, 2])
    expect(await (await browser.get(`/customers/invites/${first}`)).text()).toContain("Billing account changed")
    expect(await count("audit_log", "action = 'invite.billing_changed' AND detail IS NULL")).toBe(2)
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    expect(await count("customers", "billing_needs_review = 0")).toBe(1)
  })

  it("of another reseller can't be chosen when invites are moved", async () => {
    const { browser } = await signInStaff()
    const globex = await signInStaff("globex")
    const id = await addSecondAccount(browser)
    await invite(browser, { billing_email: SECOND_ACCOUNT.email, billing_phone: SECOND_ACCOUNT.phone })
    expect((await browser.post(`/billing/${id}/removal`, { move_to: globex.billingId })).status).toBe(422)
    const changed = { ...SECOND_ACCOUNT, phone: "+1 212 555 0100", pending_invites: globex.billingId }
    expect((await browser.post(`/billing/${id}`, changed)).status).toBe(422)
    expect(await count("invites", `billing_account_id = '${id}'`)).toBe(1)
  })

  it("keep their pending invites when an edit is refused", async () => {
    const { browser, billingId } = await signInStaff()
    const id = await addSecondAccount(browser)
    await invite(browser, { billing_email: SECOND_ACCOUNT.email, billing_phone: SECOND_ACCOUNT.phone })
    const change = { ...SECOND_ACCOUNT, email: "billing@acme.example", pending_invites: billingId }
    expect((await browser.post(`/billing/${id}`, change)).status).toBe(422)
    expect(await count("invites", `billing_account_id = '${id}'`)).toBe(1)
    expect((await browser.post(`/billing/${id}`, { ...change, email: "new@acme.example" })).status).toBe(303)
    expect(await count("invites", `billing_account_id = '${billingId}'`)).toBe(1)
  })

  it.each([
    ["follow", "+12125550100", 0],
    ["leave", "+12125550187", 1],
  ])(
    "ask what to do with pending invites when the phone number changes: %s",
    async (pending_invites, phone, reviewCount) => {
      const { browser } = await signInStaff()
      const id = await addSecondAccount(browser)
      await invite(browser, { billing_email: SECOND_ACCOUNT.email, billing_phone: SECOND_ACCOUNT.phone })
      const link = await latestRegistrationLink()
      expect(await (await browser.get(`/billing/${id}`)).text()).toContain("One pending invite uses this account")
      const change = { ...SECOND_ACCOUNT, phone: "+1 212 555 0100" }
      const conflictResponse = await browser.post(`/billing/${id}`, change)
      expect([conflictResponse.status, await conflictResponse.text()]).toEqual([
        409,
        expect.stringContaining('name="pending_invites"'),
      ])
      expect(await count("billing_accounts", "phone = '+12125550100'")).toBe(0)
      expect((await browser.post(`/billing/${id}`, { ...SECOND_ACCOUNT, last_name: "Silva" })).status).toBe(303) // a change of the name needs no choice
      expect((await browser.post(`/billing/${id}`, { ...change, pending_invites })).status).toBe(303)
      expect(await count("invites", `billing_phone = '${phone}'`)).toBe(1)
      const contact = new Browser()
      const acceptResponse = await contact.post(link, REGISTRATION_FORM)
      expect(acceptResponse.headers.get("Location")).toBe("/account")
      expect(await (await contact.get("/account")).text()).not.toContain("illing")
      expect(await count("customers", `billing_needs_review = ${reviewCount}`)).toBe(1)
    },
  )

  it("can be chosen by staff for a customer that is flagged for review", async () => {
    const { browser, billingId } = await signInStaff()
    const globex = await signInStaff("globex")
    await invite(browser)
    await env.DB.prepare("UPDATE billing_accounts SET phone = '+14155550199' WHERE id = ?").bind(billingId).run()
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    const id = /cus_[0-9a-z]{26}/.exec(await (await browser.get("/customers")).text())?.[0]
    expect(await (await browser.get(`/customers/${id}`)).text()).toContain("Review the billing account")
    const changeCustomerBilling = (staffBrowser: Browser, billing_account_id: string) =>
      staffBrowser.post(`/customers/${id}/billing_account`, { billing_account_id })
    expect((await changeCustomerBilling(browser, globex.billingId)).status).toBe(422)
    expect((await changeCustomerBilling(globex.browser, globex.billingId)).status).toBe(404)
    expect(await count("customers", "billing_needs_review = 1")).toBe(1)
    expect((await changeCustomerBilling(browser, billingId)).status).toBe(303)
    expect(await count("customers", `billing_needs_review = 0 AND billing_account_id = '${billingId}'`)).toBe(1)
    expect(await count("audit_log", "action = 'customer.billing_changed' AND detail IS NULL")).toBe(1)
  })
})
