import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import {
  addStaff,
  Browser,
  callApi,
  createApiKey,
  createReseller,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { confirmIdentityOfAll } from "./support/factors.ts"

/** Accepts an invite with these fields. Returns the Admin's browser. */
async function addCustomer(staff: Browser, fields: Parameters<typeof invite>[1], name = "Priya Nair") {
  await invite(staff, fields)
  const admin = new Browser()
  const response = await admin.post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name })
  expect(response.status).toBe(303)
  return admin
}

/** The companies that a page of the list shows, in order. */
async function companiesOn(browser: Browser, query: string): Promise<string[]> {
  const response = await browser.get(`/customers${query}`)
  expect([query, response.status]).toEqual([query, 200])
  return [...(await response.text()).matchAll(/<a class="emphasis"[^>]*>(?:<bdi>)?([^<]*)/g)].map(
    ([, name = ""]) => name,
  )
}

const memberCount = () => env.DB.prepare("SELECT member_count FROM customers").first<number>("member_count")
const userId = (name: string) => env.DB.prepare("SELECT id FROM users WHERE name = ?").bind(name).first<string>("id")

it("a customer's member count follows who joins, changes role, leaves, is removed and is deleted", async () => {
  const { browser } = await signInStaff()
  const admin = await addCustomer(browser, {})
  const counts = [await memberCount()]
  const join = async (name: string) => {
    const contact = { contact_name: name, contact_email: `${name.toLowerCase()}@people.example`, role: "member" }
    expect((await admin.post("/account/invites/new", contact)).status).toBe(303)
    const link = await latestRegistrationLink()
    const member = new Browser()
    expect((await member.post(link, { ...REGISTRATION_FORM, name })).status).toBe(303)
    await member.post(link, { ...REGISTRATION_FORM, name }) // once more
    counts.push(await memberCount())
    return member
  }
  await join("Sam")
  const kim = await join("Kim")
  await join("Lou")
  await join("Max")
  await confirmIdentityOfAll()
  const change = async (who: Browser, path: string, fields = {}) => {
    const response = await who.post(path, fields)
    expect([path, response.status]).toEqual([path, 303])
    counts.push(await memberCount())
  }
  await change(admin, `/account/people/${await userId("Sam")}/role`, { role: "admin" })
  await change(admin, `/account/people/${await userId("Sam")}/removal`)
  await change(kim, `/account/people/${await userId("Kim")}/removal`)
  await change(admin, `/account/people/${await userId("Lou")}/purge`)
  await env.DB.prepare("DELETE FROM users WHERE name = 'Max'").run()
  counts.push(await memberCount())
  expect(counts).toEqual([1, 2, 3, 4, 5, 5, 4, 3, 2, 1])
  const page = await (await browser.get("/customers")).text()
  expect(page).toMatch(/data-column="Members"[^>]*>1</)
})

it("customers are found by the words of name, Admin, address and external id, and no others are", async () => {
  const { browser } = await signInStaff()
  await addCustomer(
    browser,
    { company_name: "Café Ørsted-Møller GmbH", contact_email: "ana@litware.example", external_id: "crm-77" },
    "Zoë O'Neil",
  )
  await addCustomer(browser, { company_name: "東京データ株式会社", contact_email: "taro@tokyo.example" }, "山田 太郎")
  await addCustomer(browser, { company_name: "Contoso 50% Off", contact_email: "sam@contoso.example" }, "Sam Reyes")
  const searches = {
    caf: ["Café Ørsted-Møller GmbH"],
    "orsted CAFE": ["Café Ørsted-Møller GmbH"],
    møller: ["Café Ørsted-Møller GmbH"],
    "zoe neil": ["Café Ørsted-Møller GmbH"],
    "ana@litware.example": ["Café Ørsted-Møller GmbH"],
    "crm-77": ["Café Ørsted-Møller GmbH"],
    東京: ["東京データ株式会社"],
    山田: ["東京データ株式会社"],
    example: ["Contoso 50% Off", "東京データ株式会社", "Café Ørsted-Møller GmbH"],
    'off" OR "x': [],
    "caf contoso": [],
    "*": [],
    '"': [],
  }
  for (const [search, companies] of Object.entries(searches)) {
    expect([search, await companiesOn(browser, `?q=${encodeURIComponent(search)}`)]).toEqual([search, companies])
  }
  expect(await (await browser.get("/customers?q=*")).text()).toContain("Enter a letter or a digit to search for.")
  expect(await (await browser.get("/customers?q=zzz")).text()).toContain("No customers match.")
})

it("a search follows a new name, external id and first Admin", async () => {
  const { browser, resellerId } = await signInStaff()
  const admin = await addCustomer(browser, { company_name: "Northwind" })
  const key = await createApiKey(resellerId, { scopes: ["customers:read", "customers:write"] })
  const id = await env.DB.prepare("SELECT id FROM customers").first<string>("id")
  await callApi({ key, method: "PATCH", path: `/customers/${id}`, body: { name: "Southwind", external_id: "erp-9" } })
  await admin.post("/profile/name", { name: "Quorra Flynn" })
  const found = async (...words: string[]) => {
    const results = await Promise.all(words.map((word) => companiesOn(browser, `?q=${word}`)))
    return results.map(({ length }) => length)
  }
  expect(await found("northwind", "southwind", "erp-9", "quorra")).toEqual([1, 1, 1, 1]) // Northwind is in the address

  await admin.post("/account/invites/new", { contact_name: "Kim", contact_email: "kim@k.example", role: "admin" })
  await new Browser().post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Kim Park" })
  expect(await found("kim", "quorra")).toEqual([0, 1])
  await confirmIdentityOfAll()
  expect((await admin.post(`/account/people/${await userId("Quorra Flynn")}/removal`)).status).toBe(303)
  expect(await found("kim", "quorra", "northwind", "southwind")).toEqual([1, 0, 0, 1])
})

/** Adds customers to the reseller's list: all with one Admin, and named alike. */
async function fillCustomers(resellerId: string, adminId: string, total: number, start = 1) {
  const ids = JSON.stringify(Array.from({ length: total }, (_, n) => n + start))
  const suffix = resellerId.slice(-4)
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO customers (id, reseller_id, name, company_key, billing_account_id, created_at)
       SELECT printf('cus_%022d', value) || ?1, ?2, 'Firm ' || printf('%04d', 9999 - value), 'firm ' || printf('%04d', 9999 - value), 'bil_x', value FROM json_each(?3)`,
    ).bind(suffix, resellerId, ids),
    env.DB.prepare(
      "INSERT INTO members (user_id, customer_id, role, created_at) SELECT ?1, printf('cus_%022d', value) || ?2, 'admin', 0 FROM json_each(?3)",
    ).bind(adminId, suffix, ids),
  ])
}

it("searches and sorted lists have only the reseller's own customers, and read no more rows when there are thousands", async () => {
  const { browser, resellerId } = await signInStaff()
  const other = await createReseller("globex")
  const { userId: adminId } = await addStaff(other.resellerId, {
    name: "Kim Park",
    email: "kim@globex.example",
    role: "admin",
  })
  await fillCustomers(other.resellerId, adminId, 40)
  const rowsRead: Record<string, number[]> = {}
  for (const total of [30, 2_000]) {
    await fillCustomers(resellerId, adminId, total, total)
    for (const query of ["?q=firm", "?q=f", "?q=kim+firm", "?sort=name", ""]) {
      const { database, costs } = countingD1(env.DB)
      browser.env = { ...testEnv, DB: database }
      const companies = await companiesOn(browser, query)
      expect([query, companies.length]).toEqual([query, 25])
      rowsRead[query] = [...(rowsRead[query] ?? []), costs.rowsRead]
      browser.env = testEnv
      if (query === "?sort=name") expect(companies).toEqual([...companies].sort())
    }
  }
  for (const [query, [few = 0, many = 0]] of Object.entries(rowsRead)) {
    expect([query, many - few]).toEqual([query, 0])
    expect(many).toBeLessThan(260)
  }
})

it("customers whose billing is to be reviewed have a list of their own, with a counter and few rows read", async () => {
  const { browser, resellerId } = await signInStaff()
  const { userId: adminId } = await addStaff(resellerId, { name: "Kim Park", email: "kim@x.example", role: "admin" })
  const list = "?billing_changed=true"
  const textOf = async () => (await browser.get(`/customers${list}`)).text()
  await fillCustomers(resellerId, adminId, 2_000)
  expect(await (await browser.get("/customers")).text()).not.toContain("Billing to review")
  expect(await textOf()).toContain("No customer&#39;s billing account needs review.")
  const mark = (names: string[], value: number) =>
    env.DB.prepare("UPDATE customers SET billing_needs_review = ? WHERE name IN (SELECT value FROM json_each(?))")
      .bind(value, JSON.stringify(names))
      .run()
  const names = Array.from({ length: 30 }, (_, n) => `Firm ${9998 - n * 50}`)
  await mark([...names, "Firm 9000"], 1)
  await mark(["Firm 9000"], 0)
  const { database, costs } = countingD1(env.DB)
  browser.env = { ...testEnv, DB: database }
  expect(await companiesOn(browser, list)).toEqual(names.slice(5).reverse())
  expect(costs.rowsRead).toBeLessThan(260)
  browser.env = testEnv
  const page = await textOf()
  expect(page).toMatch(/aria-current="true"[^>]*>Billing to review <span class="count">30</)
  expect(page).toContain("1–25 of 30")
  const older = /<a href="\/customers(\?[^"]*)">Older/.exec(page)?.[1]?.replaceAll("&amp;", "&") ?? ""
  expect(await companiesOn(browser, older)).toEqual(names.slice(0, 5).reverse())
})

it("a role that can't see billing has no list of what is to be reviewed", async () => {
  const { browser, resellerId } = await signInStaff("acme", "support")
  const { userId: adminId } = await addStaff(resellerId, { name: "Kim Park", email: "kim@x.example", role: "admin" })
  await fillCustomers(resellerId, adminId, 3)
  await env.DB.prepare("UPDATE customers SET billing_needs_review = 1 WHERE name = 'Firm 9998'").run()
  for (const query of ["", "?billing_changed=true"]) {
    expect(await companiesOn(browser, query)).toHaveLength(3)
    expect(await (await browser.get(`/customers${query}`)).text()).not.toContain("Billing to review")
  }
})
