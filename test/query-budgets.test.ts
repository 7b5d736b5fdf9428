import { createExecutionContext, createScheduledController } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { sealAuditLog } from "../src/domain/audit/seal.ts"
import { recordDeliveryEvent } from "../src/domain/mail/delivery-events.ts"
import { claim } from "../src/domain/outbox/claim.ts"
import { markSent } from "../src/domain/outbox/mark-sent.ts"
import { createDeps } from "../src/http/bindings.ts"
import worker from "../src/local/index.ts"
import { PAGE_SIZE } from "../src/storage/paging.ts"
import {
  type ApiCall,
  Browser,
  CUSTOMER,
  callApi,
  count,
  createApiKey,
  createReseller,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { type Costs, countingD1 } from "./support/counting-d1.ts"
import { searchRunsSql } from "./support/search-runs.ts"

const BULK_ACCOUNT = `bil_${"x".repeat(26)}`

/** The costs of one request of this browser. */
async function measureCost(browser: Browser, request: (browser: Browser) => Promise<Response>, status = 200) {
  const { database, costs } = countingD1(env.DB)
  browser.env = { ...testEnv, DB: database }
  const response = await request(browser)
  expect(response.status).toBe(status)
  return costs
}

/** Fills the reseller's list to `total` invites; every third is expired. */
async function fillInvites(resellerId: string, total: number) {
  await env.DB.prepare(
    `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, status, email_status, company_name, contact_name, contact_email, billing_account_id,
       billing_email, billing_phone, locale, link_version, expires_in_days, send_count, last_change_id, invited_by,
       created_at, expires_at, search_runs)
     SELECT printf('inv_%026d', value), printf('%011d', value), ?1, 'customer', ?1, CASE value % 3 WHEN 0 THEN 'expired' ELSE 'pending' END, 'sent',
       'Company ' || value, 'Contact ' || value, 'c' || value || '@bulk.example', '${BULK_ACCOUNT}', 'b@x.example', '+14155550132', 'en', 1,
       14, 1, 'aud_z' || value, 'usr_x', 0, 4102444800000,
       ${searchRunsSql("'company ' || value || char(8232) || 'contact ' || value || char(8232) || 'c' || value || '@bulk.example'")}
     FROM json_each(?2) WHERE value NOT IN (SELECT CAST(substr(id, 5) AS INTEGER) FROM invites)`,
  )
    .bind(resellerId, JSON.stringify(Array.from({ length: total }, (_, i) => i + 1)))
    .run()
}

function filledInviteId(n: number): string {
  return `inv_${String(n).padStart(26, "0")}`
}

it.each([
  ["/", 2],
  ["/customers", 2],
  ["/customers/invites", 2],
  ["/customers/invites/new", 2],
  ["/billing", 2],
  ["/settings/notifications", 2],
  ["/settings/staff", 2],
  ["/settings/staff/invites/new", 1],
  ["/settings/webhooks", 2],
])("the staff page %s needs %i round trips", async (path, roundTrips) => {
  const { browser } = await signInStaff()
  expect((await measureCost(browser, (visitor) => visitor.get(path))).roundTrips).toBe(roundTrips)
})

it("inviting needs two round trips, accepting four", async () => {
  const { browser } = await signInStaff()
  const create = await measureCost(browser, (visitor) => visitor.post("/customers/invites/new", CUSTOMER), 303)
  expect(create.roundTrips).toBe(2)
  const link = await latestRegistrationLink()
  const accept = await measureCost(new Browser(), (visitor) => visitor.post(link, REGISTRATION_FORM), 303)
  expect(accept.roundTrips).toBe(4)
  expect(accept.rowsRead).toBeLessThanOrEqual(53)
  expect(accept.rowsWritten).toBe(61)
})

const BUSY_PAGES: [path: string, roundTrips: number][] = [
  ["/customers/:customer", 2],
  ["/customers/invites/:invite", 2],
  ["/customers/invites/:invite/edit", 3],
  ["/billing/:account", 2],
  ["/billing/:account/removal", 2],
  ["/settings", 1],
  ["/activity", 2],
  ["/activity?invite=:invite", 2],
]

it("pages need few round trips and read few rows even when the audit log is long", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  await invite(browser)
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  const pending = await invite(browser, { contact_email: "other@b.example" })
  const customer = /cus_[0-9a-z]{26}/.exec(await (await browser.get("/customers")).text())?.[0] ?? ""
  await env.DB.prepare(
    `INSERT INTO audit_log (id, reseller_id, action, subject_id, actor_kind, created_at)
     SELECT 'aud_9' || value, ?1, 'webhook.updated', 'whk_x', 'system', 0 FROM json_each(?2)`,
  )
    .bind(resellerId, JSON.stringify(Array.from({ length: 10_000 }, (_, i) => i)))
    .run()
  for (const [path, roundTrips] of BUSY_PAGES) {
    const requestPath = path.replace(":customer", customer).replace(":invite", pending).replace(":account", billingId)
    const costs = await measureCost(browser, (visitor) => visitor.get(requestPath))
    expect(costs.roundTrips, path).toBe(roundTrips)
    expect(costs.rowsRead, path).toBeLessThanOrEqual(180)
  }
})

it("a customer's page reads few rows when there are 10,000 invites", async () => {
  const { browser, resellerId } = await signInStaff()
  await invite(browser)
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  const path = /\/customers\/cus_[0-9a-z]{26}/.exec(await (await browser.get("/customers")).text())?.[0] ?? ""
  await fillInvites(resellerId, 10_000)
  expect((await measureCost(browser, (visitor) => visitor.get(path))).rowsRead).toBeLessThanOrEqual(60)
})

it("opening a registration link needs one round trip, and none if the link is invalid", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  const link = await latestRegistrationLink()
  expect((await measureCost(new Browser(), (visitor) => visitor.get(link))).roundTrips).toBe(1)
  expect((await measureCost(new Browser(), (visitor) => visitor.get(link.slice(0, -1)), 404)).roundTrips).toBe(0)
})

it("the page of a customer's account needs two round trips", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  const contact = new Browser()
  await contact.post(await latestRegistrationLink(), REGISTRATION_FORM)
  expect((await measureCost(contact, (visitor) => visitor.get("/account"))).roundTrips).toBe(2)
})

it("a page of staff or members needs two round trips and reads about a page of rows out of thousands", async () => {
  const { browser, resellerId } = await signInStaff()
  await invite(browser)
  const contact = new Browser()
  await contact.post(await latestRegistrationLink(), REGISTRATION_FORM)
  const customer = await env.DB.prepare("SELECT id FROM customers").first<{ id: string }>()
  const numbers = JSON.stringify(Array.from({ length: 3_000 }, (_, i) => i))
  const people: [columns: string, values: string, account: string | undefined][] = [
    ["staff (role, created_at, user_id, reseller_id)", "'sales'", resellerId],
    ["members (role, created_at, user_id, customer_id)", "'member'", customer?.id],
  ]
  await env.DB.prepare(
    `INSERT INTO users (id, name, email, reference, created_at, updated_at)
     SELECT 'usr_' || value, 'P' || value, value || '@bulk.example', 'r' || value, 0, 0 FROM json_each(?)`,
  )
    .bind(numbers)
    .run()
  for (const [columns, values, account] of people) {
    await env.DB.prepare(`INSERT INTO ${columns} SELECT ${values}, 4102444800000, 'usr_' || value, ? FROM json_each(?)`)
      .bind(account, numbers)
      .run()
  }
  for (const [kind, list, role] of [
    ["staff", resellerId.replace("res_", "stf_"), "sales"],
    ["member", customer?.id, "member"],
  ]) {
    await env.DB.prepare(
      `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, role, status, company_name, contact_name, contact_email, locale,
         link_version, expires_in_days, send_count, last_change_id, invited_by, created_at, expires_at)
       SELECT 'inv_${kind}' || value, '${kind}' || value, ?1, '${kind}', ?2, '${role}', CASE value % 3 WHEN 0 THEN 'expired' WHEN 1 THEN 'accepted' ELSE 'pending' END,
         'Company', 'P' || value, value || '@bulk.example', 'en', 1, 14, 0, 'aud', 'usr_x', 0, 4102444800000
       FROM json_each(?3)`,
    )
      .bind(resellerId, list, numbers)
      .run()
  }
  for (const [visitor, path] of [
    [browser, "/settings/staff"],
    [contact, "/account"],
  ] as const) {
    const first = await measureCost(visitor, (client) => client.get(path))
    expect([path, first.roundTrips]).toEqual([path, 2])
    expect(first.rowsRead).toBeLessThanOrEqual(200)
    const html = await (await visitor.get(path)).text()
    const older = /href="([^"]+\?before=[^"]+)"/.exec(html)?.[1] ?? ""
    const next = /href="([^"]+\?after=[^"]+)"/.exec(html)?.[1] ?? ""
    for (const otherPage of [older, next]) {
      const costs = await measureCost(visitor, (client) => client.get(otherPage))
      expect(costs.rowsRead).toBeLessThanOrEqual(220)
    }
  }
  const change = await measureCost(
    browser,
    (visitor) => visitor.post("/settings/staff/people/usr_5/role", { role: "admin" }),
    303,
  )
  expect(change.roundTrips).toBe(2)
  expect(change.rowsRead).toBeLessThanOrEqual(60)
})

const LIST_PAGES = [
  "/customers/invites",
  "/customers/invites?status=pending",
  "/customers/invites?status=expired",
  "/customers/invites?q=company",
  "/",
]

it("lists of invites read no more rows for 10,000 invites than for one page of them", async () => {
  const { browser, resellerId } = await signInStaff()
  const measurePages = async (total: number) => {
    await fillInvites(resellerId, total)
    const costs = new Map<string, Costs>()
    for (const path of LIST_PAGES) costs.set(path, await measureCost(browser, (visitor) => visitor.get(path)))
    return costs
  }
  const costsOfTen = await measurePages(10)
  const costsOfPage = await measurePages(3 * (PAGE_SIZE + 1))
  const costsOfMany = await measurePages(10_000)
  expect(costsOfMany).toEqual(costsOfPage)
  for (const [path, { rowsRead }] of costsOfMany) {
    expect(rowsRead - (costsOfTen.get(path)?.rowsRead ?? 0), path).toBeLessThanOrEqual(4 * PAGE_SIZE)
  }
})

/** The costs of several API requests that share a database handle, as in one isolate. */
async function measureApiCosts(calls: ApiCall[], status = 200) {
  const { database, costs } = countingD1(env.DB)
  const costsPerCall: Costs[] = []
  for (const call of calls) {
    Object.assign(costs, { roundTrips: 0, rowsRead: 0, rowsWritten: 0 })
    expect((await callApi({ ...call, env: { ...testEnv, DB: database } })).status).toBe(status)
    costsPerCall.push({ ...costs })
  }
  return costsPerCall
}

it("a GET with an API key needs two round trips, and one once the key is cached", async () => {
  const { resellerId, billingId } = await createReseller()
  const key = await createApiKey(resellerId)
  await fillInvites(resellerId, 3)
  const paths = [
    "/invites",
    "/customers",
    "/billing_accounts",
    `/billing_accounts/${billingId}`,
    `/invites/${filledInviteId(1)}`,
  ]
  for (const path of paths) {
    const [first, second] = await measureApiCosts([
      { key, path },
      { key, path },
    ])
    expect([first?.roundTrips, second?.roundTrips], path).toEqual([2, 1])
  }
})

it("creating an invite with an API key needs one round trip once the key is cached, and repeating it one", async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  const create = (contact_email: string, name?: string) => ({
    key,
    path: "/invites",
    body: { ...CUSTOMER, contact_email },
    ...(name && { headers: { "Idempotency-Key": name } }),
  })
  const calls = [
    create("a@b.example"),
    create("b@b.example"),
    create("c@b.example", "one"),
    create("c@b.example", "one"),
  ]
  const costs = await measureApiCosts(calls, 201)
  expect(costs.map(({ roundTrips, rowsWritten }) => [roundTrips, rowsWritten])).toEqual([
    [2, 31],
    [1, 30],
    [1, 33],
    [1, 0],
  ])
})

const ROWS_ALLOWANCE = 8

/** Where a search begins and ends is looked up twice, by its cursor and by the newest invite. */
const SEARCH_CURSOR_ROWS = 4

const API_LISTS: [path: string, rowsPerItem: number, cursorRows?: number][] = [
  ["/invites", 1],
  ["/invites?status=pending", 1],
  ["/invites?email_status=sent", 2],
  [`/invites?billing_account_id=${BULK_ACCOUNT}`, 2],
  [`/invites?cursor=${filledInviteId(5_000)}`, 1],
  [`/invites?cursor=after_${filledInviteId(5_000)}`, 1],
  [`/invites?status=pending&cursor=after_${filledInviteId(5_000)}`, 1],
  [`/invites?status=expired&cursor=after_${filledInviteId(5_000)}`, 1],
  [`/invites?status=expired&created_after=1970-01-01T00:00:00Z&cursor=${filledInviteId(5_000)}`, 1],
  ["/invites?status=expired&created_after=1970-01-01T00:00:00Z&created_before=2000-01-01T00:00:00Z", 1],
  ["/invites?status=expired&created_after=1970-01-01T00:00:00Z&created_before=2000-01-01T00:00:00Z&sort=created_at", 1],
  [`/invites?status=expired&created_before=2000-01-01T00:00:00Z&cursor=after_${filledInviteId(5_000)}`, 1],
  [`/invites?q=company&cursor=${filledInviteId(5_000)}`, 2, SEARCH_CURSOR_ROWS],
  [`/invites?q=company&cursor=after_${filledInviteId(5_000)}`, 2, SEARCH_CURSOR_ROWS],
  [`/invites?q=company&created_after=1970-01-01T00:00:00Z&cursor=${filledInviteId(5_000)}`, 2, SEARCH_CURSOR_ROWS + 2],
  [
    `/invites?q=company&created_before=2000-01-01T00:00:00Z&cursor=after_${filledInviteId(5_000)}`,
    2,
    SEARCH_CURSOR_ROWS + 2,
  ],
  ["/customers", 1],
  ["/invites?status=expired", 1],
  ["/invites?q=company", 2],
  ["/invites?status=pending&email_status=sent", 2],
  [`/invites?status=pending&email_status=sent&billing_account_id=${BULK_ACCOUNT}&q=company`, 2],
  [`/invites?email_status=bounced&billing_account_id=${BULK_ACCOUNT}`, 2],
  ["/invites?status=accepted&q=company", 2],
  ["/invites?status=expired&q=company", 2],
  ["/invites?status=expired&email_status=sent", 2],
]

it("lists of the API read one or two rows for each listed item when there are 10,000 invites", async () => {
  const { resellerId, billingId } = await createReseller()
  const key = await createApiKey(resellerId)
  await fillInvites(resellerId, 10_000)
  await env.DB.prepare("UPDATE billing_accounts SET id = ? WHERE id = ?").bind(BULK_ACCOUNT, billingId).run()
  for (const [path, rowsPerItem, cursorRows = 0] of API_LISTS) {
    const { rowsRead } = (
      await measureApiCosts([
        { key, path },
        { key, path },
      ])
    ).at(-1) ?? { rowsRead: Infinity }
    expect(rowsRead, path).toBeLessThanOrEqual(rowsPerItem * (PAGE_SIZE + 1) + cursorRows + ROWS_ALLOWANCE)
  }
})

it("recording a sent email or a delivery event reads few rows when there are 10,000 invites", async () => {
  const { browser, resellerId } = await signInStaff()
  await fillInvites(resellerId, 10_000)
  await invite(browser)
  const { database, costs } = countingD1(env.DB)
  const deps = createDeps({ ...testEnv, DB: database }, () => undefined)
  const id = await env.DB.prepare("SELECT id FROM outbox").first<string>("id")
  const mail = await claim(deps, id ?? "")
  if (mail?.kind !== "invite") throw new Error("the email was not claimed")
  Object.assign(costs, { roundTrips: 0, rowsRead: 0 })
  await markSent(deps, mail, "msg_1")
  expect(costs.roundTrips).toBe(1)
  expect(costs.rowsRead).toBeLessThanOrEqual(40)
  Object.assign(costs, { roundTrips: 0, rowsRead: 0 })
  const event = { type: "cf.email.sending.message.delivered", payload: { eventId: "e", messageId: "msg_1" } }
  await recordDeliveryEvent(deps, event, "d")
  expect(costs.roundTrips).toBe(1)
  expect(costs.rowsRead).toBeLessThanOrEqual(60)
})

it("listing the one invite of 10,000 that is undelivered reads few rows", async () => {
  const { browser, resellerId } = await signInStaff()
  await fillInvites(resellerId, 10_000)
  await env.DB.prepare("UPDATE invites SET email_status = 'bounced' WHERE id = ?").bind(filledInviteId(1)).run()
  const path = "/customers/invites?status=undelivered"
  expect((await measureCost(browser, (visitor) => visitor.get(path))).rowsRead).toBeLessThanOrEqual(20)
})

it("a billing account's page counts at most a thousand pending invites, and its removal moves all of them", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  const newAccount = { po_number: "2", email: "b2@acme.example", phone: "+1 212 555 0187" }
  await browser.post("/billing/new", newAccount)
  const other = (await env.DB.prepare("SELECT id FROM billing_accounts WHERE is_default = 0").first<string>("id")) ?? ""
  await fillInvites(resellerId, 3_000)
  await env.DB.prepare("UPDATE invites SET billing_account_id = ?").bind(other).run()
  const costOfPage = await measureCost(browser, (visitor) => visitor.get(`/billing/${other}`))
  expect(costOfPage.rowsRead).toBeLessThanOrEqual(1_000 + 30)
  const removal = await measureCost(
    browser,
    (visitor) => visitor.post(`/billing/${other}/removal`, { move_to: billingId }),
    303,
  )
  expect(removal.roundTrips).toBe(11)
  const movedInvites = `billing_account_id = '${billingId}' AND billing_email = 'billing@acme.example'`
  expect([await count("invites", movedInvites), await count("audit_log", "action = 'invite.billing_changed'")]).toEqual(
    [3_000, 3_000],
  )
}, 60_000)

it("the cron jobs read only due rows among 10,000 invites and sent emails", async () => {
  const { resellerId } = await signInStaff()
  await fillInvites(resellerId, 10_000)
  await env.DB.prepare(
    `INSERT INTO outbox (id, reseller_id, kind, invite_id, link_version, recipient, status, next_attempt_at, created_at)
     SELECT 'eml_' || seq, reseller_id, 'invite', id, 1, contact_email, 'sent', 0, 0 FROM invites`,
  ).run()
  await sealAuditLog(createDeps(testEnv, () => undefined))
  const { database, costs } = countingD1(env.DB)
  await worker.scheduled(createScheduledController(), { ...testEnv, DB: database }, createExecutionContext())
  // D1 counts seven steps over temporary tables without rows: of reminders in turn, and of stalled messages.
  expect(costs.rowsRead).toBeLessThanOrEqual(22)
})
