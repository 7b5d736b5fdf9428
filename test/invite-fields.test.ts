import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { fromText, toText } from "../src/domain/invites/field-values.ts"
import {
  fieldNames,
  INVITE_FIELDS,
  type InviteField,
  type InviteFieldName,
  inviteSchema,
} from "../src/domain/invites/fields.ts"
import { remindContacts } from "../src/domain/invites/remind.ts"
import { validateFields } from "../src/domain/validation.ts"
import { createDeps } from "../src/http/bindings.ts"
import { invites, type StaffRole } from "../src/storage/schema.ts"
import { LOCALES } from "../src/text/locales.ts"
import { document } from "./api-document.ts"
import {
  addStaff,
  Browser,
  CUSTOMER,
  callApi,
  createApiKey,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  registrationLinkIn,
  sendDueEmails,
  signInAs,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { travel } from "./support/time.ts"
import { unwrap } from "./support/unwrap.ts"

const NAMES = fieldNames("customer")
const EVERY_FIELD = {
  ...CUSTOMER,
  expires_in_days: "21",
  locale: "de",
  note: "See you soon.",
  external_id: "crm-4711",
  metadata: "plan: gold\nregion: EMEA",
}

/** A value that no invite of these tests has before. */
function newValue(name: InviteFieldName): string {
  const values: Record<InviteField["input"], string> = {
    text: `New ${name}`,
    textarea: `New ${name}`,
    email: "new@contoso.example",
    tel: "+12125550187",
    number: "30",
    language: "de",
    role: "support",
    metadata: "plan: silver",
  }
  return values[INVITE_FIELDS[name].input]
}

describe("every field of a customer's invite", () => {
  it("has a value in this test", () => {
    expect(Object.keys(EVERY_FIELD).sort()).toEqual(NAMES.toSorted())
  })

  it("has an input in the new form and in the edit form, and saving the edit form unchanged changes nothing", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser, EVERY_FIELD)
    const editPath = `/customers/invites/${id}/edit`
    for (const path of ["/customers/invites/new", editPath]) {
      const page = await (await browser.get(path)).text()
      expect(NAMES.filter((name) => !page.includes(` name="${name}"`))).toEqual([])
    }
    const deps = createDeps(testEnv, () => undefined)
    const [row] = await deps.db.select().from(invites)
    const values = row && toText(row)
    expect(values).toMatchObject(EVERY_FIELD)
    const saved = await browser.post(editPath, { ...values })
    expect(saved.headers.get("Location")).toBe(`/customers/invites/${id}?flash=unchanged`)
  })

  it("is shown on the invite's page", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser, EVERY_FIELD)
    const page = await (await browser.get(`/customers/invites/${id}`)).text()
    const shown = { ...EVERY_FIELD, expires_in_days: "21 days", locale: "Deutsch" }
    expect(Object.entries(shown).filter(([, text]) => !page.includes(text))).toEqual([])
  })

  it("besides the address and the billing fields can be edited by form", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const edited = NAMES.filter((name) => !["contact_email", "billing_email", "billing_phone"].includes(name))
    const changed = Object.fromEntries(edited.map((name) => [name, newValue(name)]))
    await browser.post(`/customers/invites/${id}/edit`, { ...CUSTOMER, ...changed })
    const columns = edited.map((name) => `CAST(${name} AS TEXT) AS ${name}`)
    const row = await env.DB.prepare(`SELECT ${columns} FROM invites`).first()
    expect(row).toEqual({ ...changed, metadata: JSON.stringify({ plan: "silver" }) })
  })

  it("is accepted by the API, and returned except for the lifetime in days", async () => {
    const { resellerId } = await signInStaff()
    const { NewInvite, InvitePatch, Invite } = document.components.schemas
    expect(Object.keys(NewInvite.properties)).toEqual([...NAMES, "send_email", "send_at"])
    expect(Object.keys(InvitePatch.properties)).toEqual([...NAMES, "send_at"])
    const returned = NAMES.filter((name) => name !== "expires_in_days")
    expect(returned.filter((name) => !(name in Invite.properties))).toEqual([])
    const key = await createApiKey(resellerId)
    const metadata = { plan: "gold", region: "EMEA" }
    const created = await callApi({ key, path: "/invites", body: { ...EVERY_FIELD, expires_in_days: 21, metadata } })
    const { expires_in_days: _, ...response } = EVERY_FIELD
    expect(await created.json()).toMatchObject({ ...response, billing_phone: "+14155550132", metadata })
  })

  it("is parsed from text, with an error for each invalid one", () => {
    const row = { ...EVERY_FIELD, contact_email: "nobody", expires_in_days: "1e1", unknown: "x" }
    const { values, errors } = validateFields(inviteSchema("customer"), fromText(row))
    expect(errors.map(({ field }) => field)).toEqual(["contact_email", "expires_in_days"])
    expect(values).toMatchObject({ company_name: CUSTOMER.company_name, billing_phone: "+14155550132", locale: "de" })
  })
})

describe("a text field with an address in it", () => {
  const textFields = NAMES.filter((name) => ["text", "textarea"].includes(INVITE_FIELDS[name].input))
  const addresses = Object.fromEntries(textFields.map((name) => [name, `${name} https://evil.example evil.example`]))

  it.each(LOCALES)("becomes no link in any email in %s", async (locale) => {
    const { browser } = await signInStaff()
    const customer = { ...EVERY_FIELD, ...addresses, locale, expires_in_days: "14" }
    const id = await invite(browser, customer)
    const colleague = { ...addresses, locale, role: "admin", contact_email: "colleague@acme.example" }
    await browser.post("/settings/staff/invites/new", colleague)
    const copied = await (await browser.post(`/customers/invites/${id}/links`)).text()
    await new Browser().post(`${/\/r\/[\w-]+/.exec(copied)?.[0]}/codes`)
    const emails = await sendDueEmails()
    travel({ days: 12 })
    await remindContacts(createDeps(testEnv, () => undefined))
    emails.push(...(await sendDueEmails()))
    const member = new Browser()
    const newestEmail = emails.findLast(({ to }) => to === CUSTOMER.contact_email)
    await member.post(registrationLinkIn(newestEmail), REGISTRATION_FORM)
    await member.post("/account/invites/new", { ...colleague, contact_email: "member@people.example" })
    emails.push(...(await sendDueEmails()))

    expect(emails.map(({ to }) => to).sort()).toEqual([
      ...["colleague@acme.example", "colleague@acme.example", "member@people.example"],
      ...Array(3).fill(CUSTOMER.contact_email), // the invite, the code and the reminder
    ])
    for (const { subject, html, text } of emails) {
      for (const content of [subject, html, text]) expect(content).not.toMatch(/evil\.example|https:\/\/evil/)
      expect(unwrap(text).replace(/[\u2060\u2068\u2069]/g, "")).toContain("https://evil.example evil.example") // but it is shown
    }
  })
})

describe("the list of invites", () => {
  it.each<StaffRole>(["admin", "support"])("has as many headers as cells in every row, for %s", async (role) => {
    const { browser, resellerId } = await signInStaff()
    await invite(browser)
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    await invite(browser, { contact_email: "other@b.example" })
    const { userId } = await addStaff(resellerId, { name: "Sam", email: "sam@acme.example", role })
    const page = await (await (await signInAs(userId)).get("/customers/invites?status=all")).text()
    const [header = "", ...rows] = [...page.matchAll(/<tr[ >][\s\S]*?<\/tr>/g)].map(([row]) => row)
    expect(header.includes("Billing account")).toBe(role === "admin")
    const headerCount = header.match(/<th[ >]/g)?.length
    expect(rows.map((row) => row.match(/<td[ >]/g)?.length)).toEqual([headerCount, headerCount])
  })
})
