import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import {
  addStaff,
  Browser,
  callApi,
  createApiKey,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  signInAs,
  signInStaff,
} from "./support/app.ts"
import { hiddenFieldsOf } from "./support/page-forms.ts"

const BEFORE = { external_id: "crm-1", metadata: "plan: gold\nregion: EMEA" }
const SAVED = { name: "Northwind", external_id: "crm-9", metadata: "plan: silver" }

/** Staff with a customer, and the path of its form. */
async function createFixture() {
  const { browser, resellerId } = await signInStaff()
  await invite(browser, BEFORE)
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  const id = (await env.DB.prepare("SELECT id FROM customers").first<string>("id")) ?? ""
  return { browser, resellerId, id, path: `/customers/${id}/edit` }
}

const open = async (browser: Browser, path: string) => {
  const html = await (await browser.get(path)).text()
  return { html, version: hiddenFieldsOf(html).version ?? "" }
}

const submit = async (browser: Browser, path: string, values: Record<string, string>) => {
  const response = await browser.post(path, values)
  return { status: response.status, location: response.headers.get("Location"), html: await response.text() }
}

const readCustomer = () =>
  env.DB.prepare("SELECT name, external_id, metadata, version FROM customers ORDER BY id LIMIT 1").first()

const count = (sql: string) => env.DB.prepare(`SELECT count(*) AS n FROM ${sql}`).first<number>("n")

describe("the form of a customer", () => {
  it("shows its values, and changes them in one version, with an audit entry and an event", async () => {
    const { browser, id, path } = await createFixture()
    expect(await (await browser.get(`/customers/${id}`)).text()).toContain(`href="${path}"`)
    const { html, version } = await open(browser, path)
    for (const text of ['value="crm-1"', "plan: gold\nregion: EMEA</textarea>", 'value="Northwind Logistics"']) {
      expect(html).toContain(text)
    }
    const { status, location } = await submit(browser, path, { ...SAVED, version })
    expect([status, location]).toEqual([303, `/customers/${id}?flash=customer_saved`])
    expect(await readCustomer()).toEqual({ ...SAVED, metadata: '{"plan":"silver"}', version: 2 })
    expect(await count("audit_log WHERE action = 'customer.updated'")).toBe(1)
    expect(await count("events WHERE type = 'customer.updated'")).toBe(1)
    const page = await (await browser.get(`${location}`)).text()
    for (const text of ["Customer details saved.", "crm-9", "silver"]) expect(page).toContain(text)
  })

  it("clears what is empty", async () => {
    const { browser, path } = await createFixture()
    const { version } = await open(browser, path)
    await submit(browser, path, { ...SAVED, external_id: " ", metadata: "", version })
    expect(await readCustomer()).toMatchObject({ external_id: null, metadata: null })
  })

  it("keeps what was entered if an earlier version was shown, and replaces the later one only when saved again", async () => {
    const { browser, resellerId, id, path } = await createFixture()
    const { version } = await open(browser, path)
    const key = await createApiKey(resellerId)
    const body = { external_id: "crm-5", metadata: { tier: "1" } }
    expect((await callApi({ key, method: "PATCH", path: `/customers/${id}`, body })).status).toBe(200)
    const refused = await submit(browser, path, { ...SAVED, version })
    expect(refused.status).toBe(409)
    for (const text of ["Someone changed this customer", 'value="crm-9"', "plan: silver</textarea>"]) {
      expect(refused.html).toContain(text)
    }
    expect(await readCustomer()).toMatchObject({ external_id: "crm-5", version: 2 })
    const again = await submit(browser, path, { ...SAVED, version: hiddenFieldsOf(refused.html).version ?? "" })
    expect(again.status).toBe(303)
    expect(await readCustomer()).toEqual({ ...SAVED, metadata: '{"plan":"silver"}', version: 3 })
  })

  it("names whose external id it is, with a link, and keeps what was entered", async () => {
    const { browser, id, path } = await createFixture()
    const pending = await invite(browser, {
      company_name: "Contoso",
      contact_email: "a@contoso.example",
      external_id: "crm-9",
    })
    const { version } = await open(browser, path)
    const taken = await submit(browser, path, { ...SAVED, version })
    expect(taken.status).toBe(422)
    for (const text of [
      "Contoso already has this external ID.",
      `href="/customers/invites/${pending}"`,
      'value="crm-9"',
      "plan: silver</textarea>",
      'aria-invalid="true"',
    ]) {
      expect(taken.html).toContain(text)
    }
    await new Browser().post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Sam Reyes" })
    const holder = await env.DB.prepare("SELECT id FROM customers WHERE id <> ?").bind(id).first<string>("id")
    const takenAgain = await submit(browser, path, { ...SAVED, version })
    expect([takenAgain.status, takenAgain.html.includes(`href="/customers/${holder}"`)]).toEqual([422, true])
    expect(await readCustomer()).toMatchObject({ external_id: "crm-1", version: 1 })
  })

  it.each([
    ["name", { name: " " }, "business name. "],
    ["external_id", { external_id: "x".repeat(256) }, "Use 255 characters or fewer."],
    ["metadata", { metadata: "gold" }, "Give each value a key of up to 40 characters"],
    ["metadata", { metadata: "a: 1\na: 2" }, "Use each key once"],
  ])("says what is wrong with %s %j", async (_, values, message) => {
    const { browser, path } = await createFixture()
    const { version } = await open(browser, path)
    const { status, html } = await submit(browser, path, { ...SAVED, ...values, version })
    expect([status, html.includes(message)]).toEqual([422, true])
    expect(await readCustomer()).toMatchObject({ external_id: "crm-1", version: 1 })
  })

  it("is neither shown to staff who can't change customers, nor to other resellers", async () => {
    const { resellerId, id, path } = await createFixture()
    const { userId } = await addStaff(resellerId, { name: "Kim", email: "kim@acme.example", role: "support" })
    const support = await signInAs(userId)
    expect(await (await support.get(`/customers/${id}`)).text()).not.toContain(path)
    expect((await support.get(path)).status).toBe(403)
    expect((await support.post(path, SAVED)).status).toBe(403)
    const { browser: globex } = await signInStaff("globex")
    expect((await globex.get(path)).status).toBe(404)
    expect((await globex.post(path, SAVED)).status).toBe(404)
    expect(await readCustomer()).toMatchObject({ external_id: "crm-1", version: 1 })
  })
})
