import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { Browser, CUSTOMER, count, db, hiddenField, sendDueEmails, signInStaff } from "./support/app.ts"
import { interceptBatches } from "./support/intercepted-d1.ts"

const FORM = "/customers/invites/new"
const NEW = {
  ...CUSTOMER,
  billing_account: "new",
  billing_email: "second@acme.example",
  billing_phone: "+1 212 555 0187",
  billing_po_number: "PO-2",
}

const accounts = () => count("billing_accounts", "email = 'second@acme.example'")
const created = () => count("audit_log", "action = 'billing_account.created' AND detail = 'second@acme.example'")

async function staffWithoutAccounts() {
  const reseller = await signInStaff()
  await env.DB.prepare("DELETE FROM billing_accounts").run()
  return reseller
}

describe("an invite with a new billing account", () => {
  it("creates both, and makes a reseller's first account its default", async () => {
    const { browser } = await staffWithoutAccounts()
    const page = await (await browser.get(FORM)).text()
    expect(page).toContain('<input type="hidden" name="billing_account" value="new"/>')
    expect(page).toContain('<details class="billing-details" open=""')
    expect((await browser.post(FORM, NEW)).status).toBe(303)
    const row = await env.DB.prepare(
      `SELECT account.is_default, account.po_number, invites.billing_phone FROM invites
       JOIN billing_accounts AS account ON account.id = invites.billing_account_id`,
    ).first()
    expect(row).toEqual({ is_default: 1, po_number: "PO-2", billing_phone: "+12125550187" })
    expect(await created()).toBe(1)
    expect(await sendDueEmails()).toHaveLength(1)
  })

  it("is created once, however often its form is sent", async () => {
    const { browser } = await signInStaff()
    const form = { ...NEW, form_token: await hiddenField(await browser.get(FORM), "form_token") }
    const responses = await Promise.all([browser.post(FORM, form), browser.post(FORM, form), browser.post(FORM, form)])
    expect(new Set(responses.map(({ headers }) => headers.get("Location"))).size).toBe(1)
    expect((await browser.post(FORM, form)).status).toBe(303)
    expect([await accounts(), await created(), await count("invites")]).toEqual([1, 1, 1])
  })

  it.each([
    ["the invite", { contact_email: "" }, "contact_email"],
    ["the account", { billing_po_number: "" }, "billing_first_name"],
    ["the phone number", { billing_phone: "12" }, "billing_phone"],
  ])("creates nothing if %s is wrong, and says what is", async (_, fields, input) => {
    const { browser } = await signInStaff()
    const refused = await browser.post(FORM, { ...NEW, ...fields })
    const html = await refused.text()
    expect(refused.status).toBe(422)
    expect(html).toMatch(new RegExp(`id="${input}" name="${input}"[^>]*aria-invalid="true"`))
    expect(html).toContain('<option value="new" selected="">')
    expect([await accounts(), await created(), await count("invites")]).toEqual([0, 0, 0])
  })

  it("creates nothing if the contact has a pending invite, even one of the same moment", async () => {
    const { browser } = await signInStaff()
    const other = new Browser()
    other.copyCookies(browser)
    let batches = 0
    const DB = interceptBatches(async (_, commit) => {
      const results = await commit()
      batches += 1
      if (batches === 1) expect((await other.post(FORM, CUSTOMER)).status).toBe(303)
      return results
    })
    browser.env = { ...browser.env, DB }
    expect((await browser.post(FORM, NEW)).status).toBe(422)
    expect([await accounts(), await created(), await count("invites")]).toEqual([0, 0, 1])
  })

  it("is refused if the reseller has an account with that address", async () => {
    const { browser } = await signInStaff()
    const taken = { ...NEW, billing_email: CUSTOMER.billing_email, billing_phone: CUSTOMER.billing_phone }
    const refused = await browser.post(FORM, taken)
    expect([refused.status, await refused.text()]).toEqual([
      422,
      expect.stringContaining("Another billing account has the email address billing@acme.example"),
    ])
    expect([await count("billing_accounts"), await count("invites")]).toEqual([1, 0])
  })

  it("is refused to those who can't add accounts, and isn't offered to them", async () => {
    const { browser } = await signInStaff("acme", "support")
    const page = await (await browser.get(FORM)).text()
    expect(page).not.toContain('value="new"')
    expect((await browser.post(FORM, NEW)).status).toBe(403)
    expect([await accounts(), await count("invites")]).toEqual([0, 0])
  })

  it("must be asked for: what matches no account is refused otherwise", async () => {
    const { browser } = await signInStaff()
    const { billing_account: _, ...unasked } = NEW
    expect((await browser.post(FORM, unasked)).status).toBe(422)
    const mismatch = await browser.post(FORM, { ...CUSTOMER, billing_phone: "+1 415 555 0199" })
    expect([mismatch.status, await mismatch.text()]).toEqual([422, expect.stringContaining("which ends in 0132")])
    expect([await accounts(), await count("invites")]).toEqual([0, 0])
  })
})

describe("the select of billing accounts", () => {
  const SECOND = "second@acme.example +1 212 555 0187"

  async function fixture() {
    const { browser } = await signInStaff()
    const account = { po_number: "PO-2", email: "second@acme.example", phone: "+1 212 555 0187" }
    expect((await browser.post("/billing/new", account)).status).toBe(303)
    const billing_preset = await hiddenField(await browser.get(FORM), "billing_preset")
    expect(billing_preset).toBe("billing@acme.example +1 415 555 0132")
    return { browser, form: { ...CUSTOMER, billing_preset, billing_account: SECOND } }
  }

  const billingOf = () => db.$client.prepare("SELECT billing_email FROM invites").first("billing_email")

  it("counts without script, if the fields are as the page had them", async () => {
    const { browser, form } = await fixture()
    expect((await browser.post(FORM, form)).status).toBe(303)
    expect(await billingOf()).toBe("second@acme.example")
  })

  it("gives way to what was typed", async () => {
    const { browser, form } = await fixture()
    const typed = { ...form, billing_phone: "+14155550132" }
    expect((await browser.post(FORM, typed)).status).toBe(303)
    expect(await billingOf()).toBe("billing@acme.example")
  })

  it("says that something else was typed, and unfolds it", async () => {
    const { browser, form } = await fixture()
    const html = await (await browser.post(FORM, { ...form, billing_email: "no@acme.example" })).text()
    expect(html).toContain('<option value="" selected="">')
    expect(html).toContain('<details class="billing-details" open=""')
    const folded = await (await browser.get(FORM)).text()
    expect(folded).toContain('<details class="billing-details">')
    expect(folded).toContain('<details class="options">')
  })
})

describe("the options of an invite", () => {
  it.each([
    [{ expires_in_days: "0" }, "expires after 0 days"],
    [{ expires_in_days: "1" }, "English, expires after 1 day, sent now"],
    [{ locale: "de", note: "Hello" }, "Deutsch, expires after 14 days, with a note, sent now"],
    [{ send: "working_day" }, "sent on the next working day"],
  ])("are unfolded and summed up if they have an error or differ from the defaults: %j", async (fields, summary) => {
    const { browser } = await signInStaff()
    const form = { ...CUSTOMER, contact_name: "", locale: "en", expires_in_days: "14", ...fields }
    const html = await (await browser.post(FORM, form)).text()
    expect(html).toContain('<details class="options" open="">')
    expect(html).toContain(summary)
  })
})
