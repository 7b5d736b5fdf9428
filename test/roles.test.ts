import { inspectRoutes } from "hono/dev"
import { describe, expect, it } from "vitest"
import { app } from "../src/app.ts"
import { may, type Permission, type StaffActor } from "../src/domain/actor.ts"
import { addStaff } from "../src/domain/resellers.ts"
import { STAFF_ROLES, type StaffRole } from "../src/storage/schema.ts"
import { Browser, count, db, invite, newestLink, openHouse, PASSWORD, REGISTRATION, signIn } from "./house.ts"

/** What each page and form of staff asks for; a route that is not here fails the test. */
const NEEDS: Record<string, Permission> = {
  "GET /": "invites:read",
  "GET /customers": "customers:read",
  "GET /customers/:id": "customers:read",
  "POST /customers/:id/billing_account": "billing:write",
  "GET /customers/invites": "invites:read",
  "GET /customers/invites/new": "invites:write",
  "POST /customers/invites/new": "invites:write",
  "GET /customers/invites/:id": "invites:read",
  "POST /customers/invites/:id/resends": "invites:write",
  "POST /customers/invites/:id/revocation": "invites:write",
  "POST /customers/invites/:id/links": "invites:write",
  "GET /customers/invites/:id/links": "invites:read",
  "GET /customers/invites/:id/correction": "invites:write",
  "POST /customers/invites/:id/correction": "invites:write",
  "GET /billing": "billing:read",
  "GET /billing/new": "billing:write",
  "POST /billing/new": "billing:write",
  "GET /billing/:id": "billing:write",
  "POST /billing/:id": "billing:write",
  "POST /billing/:id/default": "billing:write",
  "GET /billing/:id/removal": "billing:write",
  "POST /billing/:id/removal": "billing:write",
  "GET /settings": "settings:write",
  "POST /settings": "settings:write",
  "POST /settings/logo": "settings:write",
  "POST /settings/logo/removal": "settings:write",
  "GET /settings/mail": "invites:read",
  "POST /settings/mail/digests": "invites:read",
  "POST /settings/mail/reminders": "settings:write",
  "GET /settings/invites": "settings:write",
  "POST /settings/invites": "settings:write",
  "GET /settings/activity": "invites:read",
  "GET /settings/api-keys": "api_keys:write",
  "GET /settings/api-keys/new": "api_keys:write",
  "POST /settings/api-keys/new": "api_keys:write",
  "POST /settings/api-keys/:id/revocation": "api_keys:write",
  "GET /settings/webhooks": "webhooks:write",
  "GET /settings/webhooks/new": "webhooks:write",
  "POST /settings/webhooks/new": "webhooks:write",
  "GET /settings/webhooks/:id": "webhooks:write",
  "POST /settings/webhooks/:id": "webhooks:write",
  "POST /settings/webhooks/:id/secrets": "webhooks:write",
  "POST /settings/webhooks/:id/removal": "webhooks:write",
  "POST /settings/webhooks/:id/activation": "webhooks:write",
  "POST /settings/webhooks/:id/deactivation": "webhooks:write",
  "POST /settings/webhooks/:id/deliveries/:delivery/redeliveries": "webhooks:write",
}

const OPEN = /^\/(sign-in|sign-out|register|decline|brand|mailbox|account|api)(\/|\.|$)/

const routes = inspectRoutes(app)
  .filter(({ isMiddleware, path }) => !isMiddleware && !OPEN.test(path))
  .map(({ method, path }) => ({ method, path, name: `${method} ${path}` }))

/** A house with one of each that a path may name, and somebody of each role. */
async function openAll(role: StaffRole) {
  const house = await openHouse()
  await invite(house.browser)
  await new Browser().post(await newestLink(), REGISTRATION)
  const customer = /cus_[0-9a-z]{26}/.exec(await (await house.browser.get("/customers")).text())?.[0] ?? ""
  const pending = await invite(house.browser, { contact_email: "other@b.example" })
  const person = { name: "Robin Hale", email: `${role}.2@acme.example`, password: PASSWORD, role }
  await addStaff({ db, now: () => new Date() }, house.resellerId, person)
  return { ...house, customer, pending, browser: await signIn(person.email) }
}

/** A path with an id that is there, as far as it matters who may ask. */
function withIds(path: string, { customer, pending, billingId }: Awaited<ReturnType<typeof openAll>>): string {
  const id = path.startsWith("/customers/invites") ? pending : path.startsWith("/customers") ? customer : billingId
  return path.replace(":id", id).replace(":delivery", "evt_none")
}

/** As the permission table of the domain has it, which asks a person for their role alone. */
function isAllowed(role: StaffRole, name: string): boolean {
  const need = NEEDS[name]
  if (!need) throw new Error(`${name} is not in the table`)
  return may({ kind: "staff", role } as StaffActor, need)
}

const tables = ["invites", "outbox", "audit", "billing_accounts", "api_keys", "webhooks", "logos"]
const everything = () => Promise.all(tables.map((table) => count(table)))

describe("the roles", () => {
  it("are asked of every page and form of staff", () => {
    expect(routes.map(({ name }) => name).filter((name) => !NEEDS[name])).toEqual([])
    expect(Object.keys(NEEDS).filter((name) => !routes.some((route) => route.name === name))).toEqual([])
  })

  it.each(STAFF_ROLES)("let %s do what the role may, and refuse the rest without a trace", async (role) => {
    const house = await openAll(role)
    const wrong: string[] = []
    for (const { method, path, name } of routes) {
      const allowed = isAllowed(role, name)
      if (method === "POST" && allowed) continue // what it does is tested where it is done
      const before = await everything()
      const asked = withIds(path, house)
      const answer = method === "GET" ? await house.browser.get(asked) : await house.browser.post(asked, { name: "x" })
      const isRefused = answer.status === 403
      if (isRefused === allowed) wrong.push(`${name}: ${answer.status}`)
      if (String(await everything()) !== String(before)) wrong.push(`${name}: left a trace`)
    }
    expect(wrong).toEqual([])
  })

  it.each(STAFF_ROLES)("show %s no control that is refused", async (role) => {
    const house = await openAll(role)
    const wrong: string[] = []
    const pages = routes.filter(({ method, name }) => {
      return method === "GET" && isAllowed(role, name)
    })
    const looked = pages.filter(({ path }) => !path.includes("/settings/webhooks/:id"))
    for (const { path } of looked) {
      const html = await (await house.browser.get(withIds(path, house))).text()
      const posts = [...html.matchAll(/<form[^>]* method="post"[^>]* action="([^"]+)"/g)].map(
        ([, to = ""]) => `POST ${to}`,
      )
      const links = [...html.matchAll(/<a [^>]*href="(\/[^"#]*)"/g)].map(
        ([, to = ""]) => `GET ${to.replace(/\?.*/, "")}`,
      )
      for (const shown of [...posts, ...links]) {
        const route = routes.find(({ method, path: known }) => {
          const pattern = new RegExp(`^${method} ${known.replace(/:\w+/g, "[^/]+")}$`)
          return pattern.test(shown) && !(known.includes("/:id") && /\/(invites|new)$/.test(shown))
        })
        if (route && !isAllowed(role, route.name)) wrong.push(`${path} shows ${shown}`)
      }
    }
    expect([...new Set(wrong)]).toEqual([])
    expect(looked.length).toBeGreaterThan(4)
  })

  it("show Support nothing of billing, on no page", async () => {
    const house = await openAll("support")
    for (const { method, path, name } of routes) {
      if (method !== "GET" || !isAllowed("support", name)) continue
      const html = await (await house.browser.get(withIds(path, house))).text()
      expect(html.includes("billing@acme.example"), name).toBe(false)
      expect(html.includes("415 555 0132"), name).toBe(false)
    }
  })
})
