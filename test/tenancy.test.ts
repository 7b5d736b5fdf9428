import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { ROUTES, type Route } from "../src/routes.ts"
import { en } from "../src/text/en.ts"
import {
  addStaff,
  Browser,
  type CUSTOMER,
  callApi,
  count,
  createApiKey,
  createReseller,
  invite,
  latestRegistrationLink,
  productionEnv,
  REGISTRATION_FORM,
  signInAs,
  signInStaff,
} from "./support/app.ts"
import { createSandbox } from "./support/sandbox.ts"

const ROBIN = { name: "Robin Hale", email: "robin@acme.example", role: "support" } as const

const SAM = { contact_name: "Sam Reyes", contact_email: "sam@northwind.example" }

/** The pages that need a session. */
const closedRoutes = ROUTES.filter(({ area }) => area === "session" || area === "staff" || area === "member")
/** Routes for API keys. Operator routes are hidden from other callers, see resellers.test.ts. */
const apiRoutes = ROUTES.filter(({ area }) => area === "apiKey")
const withId = ({ path }: Route) => path.includes(":id")

const request = (browser: Browser, { method, path }: { method: string; path: string }) =>
  method === "GET" ? browser.get(path) : browser.post(path)

describe("access control", () => {
  it.each(apiRoutes)("$name needs a valid API key", async ({ method, path }) => {
    const { resellerId } = await createReseller()
    await createApiKey(resellerId)
    for (const key of ["", "vst_local_guess", "vst_live_guess"]) {
      const response = await callApi({ method, path: path.replace("/api/v1", ""), key })
      expect([response.status, response.headers.get("Content-Type")]).toEqual([401, "application/problem+json"])
    }
  })

  it.each(apiRoutes.filter(withId))(
    "$name answers an API key of another tenant as if the ids didn't exist",
    async ({ method, path }) => {
      const acme = await signInStaff()
      await invite(acme.browser)
      await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
      const pending = await invite(acme.browser, { contact_email: "other@northwind.example" })
      const { webhook, delivery } = await createIntegrations(acme)
      const { userId } = await addStaff(acme.resellerId, ROBIN)
      const memberId = (await env.DB.prepare("SELECT user_id FROM members").first<string>("user_id")) ?? ""
      const member = await signInAs(memberId)
      await member.post("/account/invites/new", { ...SAM, role: "member" })
      const colleague = (await env.DB.prepare("SELECT id FROM invites WHERE kind = 'member'").first<string>("id")) ?? ""
      const sam = { ...SAM, role: "support" }
      await acme.browser.post("/settings/staff/invites/new", sam)
      const staffInvite =
        (await env.DB.prepare("SELECT id FROM invites WHERE kind = 'staff'").first<string>("id")) ?? ""
      const globex = await signInStaff("globex")
      const isOfSandbox = /\/sandbox\/|\/advance$/.test(path) // a live key is refused before anything is looked up
      const key = isOfSandbox ? (await createSandbox(globex.browser)).key : await createApiKey(globex.resellerId)
      const before = await snapshotTables()
      for (const id of [pending, await findCustomerId(acme.browser), acme.billingId, webhook, userId, staffInvite]) {
        const request = (requestTarget: string) =>
          callApi({
            method,
            key,
            path: path
              .replace("/api/v1", "")
              .replace(":id", requestTarget)
              .replace(":delivery_id", delivery)
              .replace(":member_id", memberId)
              .replace(":invite_id", colleague),
            ...(method === "PATCH" && { body: {} }),
            ...(path.endsWith("/test") && { body: { type: "invite.sent" } }),
            ...(path.endsWith("/advance") && { body: { to: "expiry" } }),
          })
        const otherTenantResponse = await request(id)
        const missingResponse = await request(`${id.slice(0, -3)}zzz`)
        expect([otherTenantResponse.status, await otherTenantResponse.text()]).toEqual([
          404,
          await missingResponse.text(),
        ])
      }
      expect(await snapshotTables()).toEqual(before)
    },
  )

  it("the lists of the API contain nothing of another tenant", async () => {
    const acme = await signInStaff()
    const id = await invite(acme.browser)
    const { resellerId } = await createReseller("globex")
    const key = await createApiKey(resellerId)
    for (const path of [
      "/invites",
      "/invites?q=northwind",
      "/invites?status=pending&email_status=queued",
      "/customers",
    ]) {
      expect(await (await callApi({ key, path })).json()).toEqual({ data: [], next_cursor: null, prev_cursor: null })
    }
    expect(await (await callApi({ key, path: "/events" })).json()).toMatchObject({ data: [], has_more: false })
    const accounts = await (await callApi({ key, path: "/billing_accounts" })).json<{ data: { email: string }[] }>()
    expect(accounts.data.map(({ email }) => email)).toEqual(["billing@globex.example"])
    expect((await callApi({ key, path: `/invites?cursor=${id}` })).status).toBe(422)
    const ofAcmeQuery = env.DB.prepare("SELECT user_id FROM staff WHERE reseller_id = ?").bind(acme.resellerId)
    const acmeStaff = (await ofAcmeQuery.first<string>("user_id")) ?? ""
    for (const [name, foreign, missing] of [
      ["billing_account_id", acme.billingId, `bil_${"0".repeat(26)}`],
      ["invited_by", acmeStaff, `usr_${"0".repeat(26)}`],
    ]) {
      const responses = [foreign, missing].map((value) => callApi({ key, path: `/invites?${name}=${value}` }))
      const [ofAcme, ofNobody] = await Promise.all(responses)
      expect([name, ofAcme?.status, await ofAcme?.json()]).toEqual([name, 422, await ofNobody?.json()])
    }
  })

  it.each(closedRoutes)("$name redirects to sign-in without a session", async (route) => {
    const response = await request(new Browser(), route)
    expect(response.status).toBe(303)
    expect(response.headers.get("Location")).toMatch(/^\/sign-in/)
  })

  it.each(closedRoutes.filter(withId))(
    "$name answers a user of another tenant as if the ids didn't exist",
    async (route) => {
      const acme = await signInStaff()
      const { ids, delivery } = await createOneOfEach(acme)
      const stranger = await createStaffAndMember("globex")
      const before = await snapshotTables()
      for (const id of ids) {
        const valid = { email: "x@acme.example", phone: "+1 415 555 0132", po_number: "1", role: "admin" }
        const path = route.path.replace(":id", id).replace(":delivery", delivery)
        const otherTenantResponse = await (route.method === "GET" ? stranger.get(path) : stranger.post(path, valid))
        const missingPath = route.path.replace(":id", `${id.slice(0, -3)}zzz`).replace(":delivery", delivery)
        const missingResponse = await (route.method === "GET"
          ? stranger.get(missingPath)
          : stranger.post(missingPath, valid))
        expect([otherTenantResponse.status, await otherTenantResponse.text()]).toEqual([
          404,
          await missingResponse.text(),
        ])
      }
      expect(await snapshotTables()).toEqual(before)
    },
  )

  it.each(closedRoutes.filter((route) => route.area === "member" && withId(route)))(
    "$name answers another customer of the same reseller as if the ids didn't exist",
    async (route) => {
      const acme = await signInStaff()
      const { ids } = await createOneOfEach(acme)
      await invite(acme.browser, { contact_email: "kim@contoso.example", company_name: "Contoso" })
      const otherMember = new Browser()
      await otherMember.post(await latestRegistrationLink(), REGISTRATION_FORM)
      const before = await snapshotTables()
      for (const id of ids) {
        const path = route.path.replace(":id", id)
        const response = await (route.method === "GET"
          ? otherMember.get(path)
          : otherMember.post(path, { role: "admin" }))
        expect([id, response.status]).toEqual([id, 404])
      }
      expect(await snapshotTables()).toEqual(before)
    },
  )

  it("pages of staff redirect a customer's Admin, and pages of a customer redirect staff", async () => {
    const acme = await signInStaff()
    const member = await createCustomerAdmin(acme.browser)
    for (const { area, name, path, method } of closedRoutes) {
      if (area === "session") continue // open to every signed-in user
      const isAccount = area === "member"
      const requestTarget = { method, path: path.replace(":id", "x") }
      const response = await request(isAccount ? acme.browser : member, requestTarget)
      expect([name, response.status, response.headers.get("Location")]).toEqual([
        name,
        303,
        isAccount ? "/" : "/account",
      ])
    }
  })

  it("a form posted by another site is refused", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const crossSitePost = await browser.post(
      `/customers/invites/${id}/revocation`,
      {},
      { Origin: "https://evil.example" },
    )
    expect(crossSitePost.status).toBe(403)
    expect(await count("invites", "status = 'pending'")).toBe(1)
  })

  it("every page has a strict content security policy, error pages too", async () => {
    const { browser } = await signInStaff()
    for (const path of ["/", "/customers/invites/new", "/nowhere", "/r/x", "/sign-in", "/mailbox"]) {
      const policy = (await browser.get(path)).headers.get("Content-Security-Policy") ?? ""
      expect(policy).toContain("default-src 'none'")
      expect(policy).not.toContain("unsafe-inline")
    }
  })

  it("the mailbox exists only on a developer's machine", async () => {
    const stranger = new Browser()
    stranger.env = productionEnv
    for (const path of ["/mailbox", "/mailbox.json", "/mailbox/x", "/mailbox/x/html"]) {
      expect((await stranger.get(path)).status).toBe(404)
    }
  })

  it("signing in never redirects to another site", async () => {
    await signInStaff()
    const form = { email: "admin@acme.example", password: "quiet-lantern-harbor" }
    for (const next of ["https://evil.example", "//evil.example", "/\\evil.example", "/\u0001"]) {
      expect((await new Browser().post("/sign-in", { ...form, next })).headers.get("Location")).toBe("/")
    }
  })
})

describe("a form", () => {
  it("with a malformed body is refused with 400 and changes nothing", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const link = await latestRegistrationLink()
    const before = await snapshotTables()
    for (const path of ["/sign-in", link]) {
      const response = await new Browser().post(path, {}, { "Content-Type": "multipart/form-data; boundary=abc" })
      expect([path.slice(0, 10), response.status]).toEqual([path.slice(0, 10), 400])
      expect(await response.text()).toContain(en.errorPage.badForm.title)
    }
    expect(await snapshotTables()).toEqual(before)
  })

  it("redirects only to our own pages", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const headers = { Referer: "http://localhost:8787//evil.example/x" }
    const response = await browser.post(`/customers/invites/${id}/revocation`, {}, headers)
    expect(response.headers.get("Location")).toBe(`/customers/invites/${id}?flash=invite_revoked&invite=${id}`)
  })
})

/** The Admin of a new customer. */
async function createCustomerAdmin(browser: Browser, fields: Partial<typeof CUSTOMER> = {}): Promise<Browser> {
  await invite(browser, fields)
  const member = new Browser()
  await member.post(await latestRegistrationLink(), REGISTRATION_FORM)
  return member
}

type SignedInReseller = Awaited<ReturnType<typeof signInStaff>>

/** An API key, and a webhook with a delivery, by their ids. */
async function createIntegrations({ browser, resellerId }: SignedInReseller) {
  await createApiKey(resellerId)
  const form = { url: "https://crm.example.com/hook", events: "invite.created" }
  expect((await browser.post("/settings/webhooks/new", form)).status).toBe(303)
  await invite(browser, { contact_email: "delivered@northwind.example" })
  const ids = await env.DB.prepare(
    `SELECT api_keys.id AS apiKey, recipient AS webhook, outbox.id AS delivery FROM api_keys, outbox
     WHERE outbox.kind = 'webhook'`,
  ).first<Record<"apiKey" | "webhook" | "delivery", string>>()
  if (!ids) throw new Error("the webhook has no delivery")
  return ids
}

/** The ids of invites of each kind, users, a customer, a billing account, an API key and a webhook, and of its delivery. */
async function createOneOfEach(reseller: SignedInReseller) {
  const { browser, billingId } = reseller
  const member = await createCustomerAdmin(browser)
  const customerId = await findCustomerId(browser)
  await invite(browser, { contact_email: "other@northwind.example" })
  await member.post("/account/invites/new", { ...SAM, role: "admin" })
  await browser.post("/settings/staff/invites/new", { ...SAM, role: "support" })
  const { results } = await env.DB.prepare("SELECT id FROM invites UNION ALL SELECT id FROM users").all<{
    id: string
  }>()
  expect(results).toHaveLength(6)
  const { apiKey, webhook, delivery } = await createIntegrations(reseller)
  return { ids: [...results.map(({ id }) => id), customerId, billingId, apiKey, webhook], delivery }
}

/** An Admin of a reseller's staff who is also the Admin of a customer. */
async function createStaffAndMember(slug: string): Promise<Browser> {
  const { browser } = await signInStaff(slug)
  const billing = { billing_email: `billing@${slug}.example`, billing_phone: "+1 212 555 0187" }
  await invite(browser, { contact_email: `admin@${slug}.example`, ...billing })
  expect((await browser.post(await latestRegistrationLink(), { accept_terms: "on" })).status).toBe(303)
  return browser
}

/** The data that another tenant's requests must not change. */
async function snapshotTables() {
  const tables = [
    "invites",
    "customers",
    "billing_accounts",
    "staff",
    "members",
    "api_keys",
    "webhooks",
    "outbox",
    "audit_log",
  ]
  const { results } = await env.DB.prepare(
    "SELECT counter, count FROM invite_counts ORDER BY reseller_id, counter",
  ).all()
  const roles = await env.DB.prepare("SELECT role FROM staff UNION ALL SELECT role FROM members").all()
  return [results, roles.results, ...(await Promise.all(tables.map((table) => count(table))))]
}

async function findCustomerId(browser: Browser): Promise<string> {
  return /cus_[0-9a-z]{26}/.exec(await (await browser.get("/customers")).text())?.[0] ?? "none"
}
