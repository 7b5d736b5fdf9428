import { env } from "cloudflare:workers"
import { inspectRoutes } from "hono/dev"
import { describe, expect, it } from "vitest"
import { app } from "../src/app.ts"
import {
  Browser,
  callApi,
  count,
  invite,
  type NORTHWIND,
  newestLink,
  openHouse,
  openKey,
  openTenant,
  REGISTRATION,
} from "./house.ts"

/** The routes that answer without signing in; every other route must send a stranger to sign in. */
const PUBLIC = [
  "GET /sign-in",
  "POST /sign-in",
  "POST /sign-out",
  "GET /register",
  "GET /register/",
  "GET /register/:token{[^]+}",
  "POST /register/:token",
  "POST /register/:token/opening",
  "POST /register/:token/start",
  "POST /register/:token/codes",
  "POST /register/:token/proof",
  "POST /register/:token/renewal",
  "GET /decline",
  "GET /decline/",
  "GET /decline/:token{[^]+}",
  "POST /decline/:token",
  "POST /register",
  "POST /register/*",
  "POST /decline",
  "POST /decline/*",
  "GET /brand/accent/:color{[0-9a-f]{6}\\.css}",
  "GET /brand/logo/:id",
  "GET /mailbox",
  "GET /mailbox.json",
  "GET /mailbox/:id",
  "GET /mailbox/:id/text",
  "GET /mailbox/:id/html",
  "POST /mailbox/:id/events",
  "GET /api/v1/docs",
  "GET /api/v1/openapi.json",
  "ALL /api/*", // tells what there is not
]

const all = inspectRoutes(app)
  .filter(({ isMiddleware }) => !isMiddleware)
  .map(({ method, path }) => ({ method, path, name: `${method} ${path}` }))
const routes = all.filter(({ path }) => !path.startsWith("/api/"))
/** Those of keys; what is the operator's is not there for anybody else (resellers.test.ts). */
const apiRoutes = all.filter(
  ({ path, name }) => path.startsWith("/api/") && !path.startsWith("/api/v1/resellers") && !PUBLIC.includes(name),
)

const ask = (browser: Browser, { method, path }: { method: string; path: string }) =>
  method === "GET" ? browser.get(path) : browser.post(path)

describe("the walls", () => {
  it("know every public route by name", () => {
    const names = all.map(({ name }) => name)
    expect(PUBLIC.filter((name) => !names.includes(name))).toEqual([])
    expect(routes.length).toBeGreaterThan(20)
    expect(apiRoutes.length).toBeGreaterThan(10)
  })

  it.each(apiRoutes)("let nobody without a key into $name", async ({ method, path }) => {
    const { resellerId } = await openTenant()
    await openKey(resellerId)
    for (const key of ["", "vst_local_guess", "vst_live_guess"]) {
      const answer = await callApi({ method, path: path.replace("/api/v1", ""), key })
      expect([answer.status, answer.headers.get("Content-Type")]).toEqual([401, "application/problem+json"])
    }
  })

  it.each(apiRoutes.filter(({ path }) => path.includes(":id")))(
    "answer a key of another tenant on $name as if the ids did not exist",
    async ({ method, path }) => {
      const acme = await openHouse()
      await invite(acme.browser)
      await new Browser().post(await newestLink(), REGISTRATION)
      const pending = await invite(acme.browser, { contact_email: "other@northwind.example" })
      const { resellerId } = await openTenant("globex")
      const key = await openKey(resellerId)
      const before = await everything()
      for (const id of [pending, await customerOf(acme.browser), acme.billingId]) {
        const ask = (asked: string) =>
          callApi({
            method,
            key,
            path: path.replace("/api/v1", "").replace(":id", asked),
            ...(method === "PATCH" && { body: {} }),
          })
        const theirs = await ask(id)
        const none = await ask(`${id.slice(0, -3)}zzz`)
        expect([theirs.status, await theirs.text()]).toEqual([404, await none.text()])
      }
      expect(await everything()).toEqual(before)
    },
  )

  it("show a key's lists nothing of another tenant", async () => {
    const acme = await openHouse()
    const id = await invite(acme.browser)
    const { resellerId } = await openTenant("globex")
    const key = await openKey(resellerId)
    for (const path of [
      "/invites",
      "/invites?q=northwind",
      "/invites?status=pending&email_status=queued",
      "/customers",
    ]) {
      expect(await (await callApi({ key, path })).json()).toEqual({ data: [], next_cursor: null })
    }
    const accounts = await (await callApi({ key, path: "/billing_accounts" })).json<{ data: { email: string }[] }>()
    expect(accounts.data.map(({ email }) => email)).toEqual(["billing@globex.example"])
    expect((await callApi({ key, path: `/invites?cursor=${id}` })).status).toBe(422)
    expect(await (await callApi({ key, path: `/invites?billing_account_id=${acme.billingId}` })).json()).toEqual({
      data: [],
      next_cursor: null,
    })
  })

  it.each(routes.filter(({ name }) => !PUBLIC.includes(name)))(
    "send a stranger from $name to sign in",
    async (route) => {
      const answer = await ask(new Browser(), route)
      expect(answer.status).toBe(303)
      expect(answer.headers.get("Location")).toMatch(/^\/sign-in/)
    },
  )

  it.each(routes.filter(({ path }) => path.includes(":id") && !path.startsWith("/mailbox")))(
    "answer another tenant's ids on $name as ones that do not exist",
    async (route) => {
      const acme = await openHouse()
      const ids = await oneOfEach(acme)
      const stranger = await openBoth("globex")
      const before = await everything()
      for (const id of ids) {
        const valid = { email: "x@acme.example", phone: "+1 415 555 0132", po_number: "1", role: "admin" }
        const path = route.path.replace(":id", id)
        const theirs = await (route.method === "GET" ? stranger.get(path) : stranger.post(path, valid))
        const ghost = route.path.replace(":id", `${id.slice(0, -3)}zzz`)
        const none = await (route.method === "GET" ? stranger.get(ghost) : stranger.post(ghost, valid))
        expect([theirs.status, await theirs.text()]).toEqual([404, await none.text()])
      }
      expect(await everything()).toEqual(before)
    },
  )

  it.each(routes.filter(({ path }) => /^\/account\/.*:id/.test(path)))(
    "answer the ids of another customer of the same reseller on $name as ones that do not exist",
    async (route) => {
      const acme = await openHouse()
      const ids = await oneOfEach(acme)
      await invite(acme.browser, { contact_email: "kim@contoso.example", company_name: "Contoso" })
      const neighbour = new Browser()
      await neighbour.post(await newestLink(), REGISTRATION)
      const before = await everything()
      for (const id of ids) {
        const path = route.path.replace(":id", id)
        const answer = await (route.method === "GET" ? neighbour.get(path) : neighbour.post(path, { role: "admin" }))
        expect([id, answer.status]).toEqual([id, 404])
      }
      expect(await everything()).toEqual(before)
    },
  )

  it("keep what is the staff's from a customer's Admin, and what is a customer's from staff", async () => {
    const acme = await openHouse()
    const member = await joinAs(acme.browser)
    for (const { name, path, method } of routes.filter(({ name }) => !PUBLIC.includes(name))) {
      const isAccount = path.startsWith("/account")
      if (path === "/account/choice") continue // of whoever is signed in
      const asked = { method, path: path.replace(":id", "x") }
      const answer = await ask(isAccount ? acme.browser : member, asked)
      expect([name, answer.status, answer.headers.get("Location")]).toEqual([name, 303, isAccount ? "/" : "/account"])
    }
  })

  it("refuse a form that another site posts", async () => {
    const { browser } = await openHouse()
    const id = await invite(browser)
    const forged = await browser.post(`/customers/invites/${id}/revocation`, {}, { Origin: "https://evil.example" })
    expect(forged.status).toBe(403)
    expect(await count("invites", "status = 'pending'")).toBe(1)
  })

  it("put a strict policy on every page, the refusals too", async () => {
    const { browser } = await openHouse()
    for (const path of ["/", "/customers/invites/new", "/nowhere", "/register/x", "/sign-in", "/mailbox"]) {
      const policy = (await browser.get(path)).headers.get("Content-Security-Policy") ?? ""
      expect(policy).toContain("default-src 'none'")
      expect(policy).not.toContain("unsafe-inline")
    }
  })

  it("hide the mailbox anywhere but on a developer's machine", async () => {
    const stranger = new Browser()
    stranger.env = { ...stranger.env, ENVIRONMENT: "production" }
    for (const path of ["/mailbox", "/mailbox.json", "/mailbox/x", "/mailbox/x/html"]) {
      expect((await stranger.get(path)).status).toBe(404)
    }
  })

  it("send nobody to another site after signing in", async () => {
    await openHouse()
    const form = { email: "admin@acme.example", password: "quiet-lantern-harbor" }
    for (const next of ["https://evil.example", "//evil.example", "/\\evil.example", "/\u0001"]) {
      expect((await new Browser().post("/sign-in", { ...form, next })).headers.get("Location")).toBe("/")
    }
  })
})

describe("a form", () => {
  it("that is no form is refused, and nobody is at fault", async () => {
    const stranger = new Browser()
    for (const path of ["/sign-in", "/register/x"]) {
      const answer = await stranger.post(path, {}, { "Content-Type": "multipart/form-data; boundary=abc" })
      expect(answer.status).toBeLessThan(500)
    }
  })

  it("goes back to none but our own pages", async () => {
    const { browser } = await openHouse()
    const id = await invite(browser)
    const headers = { Referer: "http://localhost:8787//evil.example/x" }
    const answer = await browser.post(`/customers/invites/${id}/revocation`, {}, headers)
    expect(answer.headers.get("Location")).toBe(`/customers/invites/${id}?done=revoked`)
  })
})

/** The Admin of a new customer. */
async function joinAs(browser: Browser, fields: Partial<typeof NORTHWIND> = {}): Promise<Browser> {
  await invite(browser, fields)
  const member = new Browser()
  await member.post(await newestLink(), REGISTRATION)
  return member
}

/** The ids of an invite of each kind, accepted and not, of a customer, a billing account, and of people. */
async function oneOfEach({ browser, billingId }: { browser: Browser; billingId: string }): Promise<string[]> {
  const member = await joinAs(browser)
  const customerId = await customerOf(browser)
  await invite(browser, { contact_email: "other@northwind.example" })
  const sam = { contact_name: "Sam Reyes", contact_email: "sam@northwind.example" }
  await member.post("/account/invites/new", { ...sam, role: "admin" })
  await browser.post("/settings/staff/invites/new", { ...sam, role: "support" })
  const { results } = await env.DB.prepare("SELECT id FROM invites UNION ALL SELECT id FROM users").all<{
    id: string
  }>()
  expect(results).toHaveLength(6)
  return [...results.map(({ id }) => id), customerId, billingId]
}

/** Somebody who is an Admin of the staff, and of a customer. */
async function openBoth(slug: string): Promise<Browser> {
  const { browser } = await openHouse(slug)
  const billing = { billing_email: `billing@${slug}.example`, billing_phone: "+1 212 555 0187" }
  await invite(browser, { contact_email: `admin@${slug}.example`, ...billing })
  expect((await browser.post(await newestLink(), { accept_terms: "on" })).status).toBe(303)
  return browser
}

/** What a stranger must leave as it was. */
async function everything() {
  const tables = ["invites", "customers", "billing_accounts", "staff", "members", "outbox", "audit_log"]
  const { results } = await env.DB.prepare(
    "SELECT counter, count FROM invite_counts ORDER BY reseller_id, counter",
  ).all()
  const roles = await env.DB.prepare("SELECT role FROM staff UNION ALL SELECT role FROM members").all()
  return [results, roles.results, ...(await Promise.all(tables.map((table) => count(table))))]
}

async function customerOf(browser: Browser): Promise<string> {
  return /cus_[0-9a-z]{26}/.exec(await (await browser.get("/customers")).text())?.[0] ?? "none"
}
