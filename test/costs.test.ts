import { createExecutionContext, createScheduledController } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import worker from "../src/index.ts"
import { PAGE_SIZE } from "../src/storage/paging.ts"
import { countingD1 } from "./counting-d1.ts"
import { Browser, invite, NORTHWIND, newestLink, openHouse, REGISTRATION, testEnv } from "./house.ts"

/** What one request of this browser costs. */
async function costOf(browser: Browser, ask: (browser: Browser) => Promise<Response>, status = 200) {
  const { database, costs } = countingD1(env.DB)
  browser.env = { ...testEnv, DB: database }
  const answer = await ask(browser)
  expect(answer.status).toBe(status)
  return costs
}

/** Fills the reseller's list to `total` invites; every third is expired. */
async function fill(resellerId: string, total: number) {
  await env.DB.prepare(
    `INSERT INTO invites (id, reseller_id, status, email_status, company_name, contact_name, contact_email, billing_account_id,
       billing_email, billing_phone, locale, link_version, lifetime_days, send_count, submission_id, change_id, invited_by,
       created_at, expires_at)
     SELECT printf('inv_%026d', value), ?1, CASE value % 3 WHEN 0 THEN 'expired' ELSE 'pending' END, 'sent',
       'Company ' || value, 'Contact ' || value, 'c' || value || '@bulk.example', 'bil_x', 'b@x.example', '+14155550132', 'en', 1,
       14, 1, 'sub' || value, 'aud' || value, 'usr_x', 0, 4102444800000
     FROM json_each(?2) WHERE value NOT IN (SELECT CAST(substr(id, 5) AS INTEGER) FROM invites)`,
  )
    .bind(resellerId, JSON.stringify(Array.from({ length: total }, (_, i) => i + 1)))
    .run()
}

it.each(["/", "/customers", "/customers/invites", "/customers/invites/new", "/billing"])(
  "the signed-in page %s costs two round trips at most",
  async (path) => {
    const { browser } = await openHouse()
    expect((await costOf(browser, (who) => who.get(path))).roundTrips).toBeLessThanOrEqual(2)
  },
)

it("inviting costs three round trips, accepting four", async () => {
  const { browser } = await openHouse()
  const create = await costOf(browser, (who) => who.post("/customers/invites/new", NORTHWIND), 303)
  expect(create.roundTrips).toBeLessThanOrEqual(3)
  const link = await newestLink()
  const accept = await costOf(new Browser(), (who) => who.post(link, REGISTRATION), 303)
  expect(accept.roundTrips).toBeLessThanOrEqual(4)
})

it("an account page costs two round trips at most", async () => {
  const { browser } = await openHouse()
  await invite(browser)
  const contact = new Browser()
  await contact.post(await newestLink(), REGISTRATION)
  expect((await costOf(contact, (who) => who.get("/account"))).roundTrips).toBeLessThanOrEqual(2)
})

it.each([
  "/customers/invites",
  "/customers/invites?status=pending",
  "/customers/invites?status=expired",
  "/customers/invites?q=company",
  "/",
])("%s reads no more rows of 10,000 invites than of one page", async (path) => {
  const { browser, resellerId } = await openHouse()
  await fill(resellerId, 10)
  const ten = await costOf(browser, (who) => who.get(path))
  await fill(resellerId, 3 * (PAGE_SIZE + 1))
  const page = await costOf(browser, (who) => who.get(path))
  await fill(resellerId, 10_000)
  const many = await costOf(browser, (who) => who.get(path))
  expect(many).toEqual(page)
  expect(many.rowsRead - ten.rowsRead).toBeLessThanOrEqual(4 * PAGE_SIZE)
})

it("the minutely sweep reads what is due, however much was sent and is pending", async () => {
  const { resellerId } = await openHouse()
  await fill(resellerId, 10_000)
  await env.DB.prepare(
    `INSERT INTO outbox (id, reseller_id, invite_id, link_version, state, due_at, created_at)
     SELECT 'eml_' || seq, reseller_id, id, 1, 'sent', 0, 0 FROM invites`,
  ).run()
  const { database, costs } = countingD1(env.DB)
  await worker.scheduled(createScheduledController(), { ...testEnv, DB: database }, createExecutionContext())
  expect(costs.rowsRead).toBeLessThanOrEqual(5)
})
