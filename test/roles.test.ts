import { env } from "cloudflare:workers"
import { inspectRoutes } from "hono/dev"
import { describe, expect, it } from "vitest"
import { app } from "../src/app.ts"
import { type MemberActor, may, type Permission, type StaffActor } from "../src/domain/actor.ts"
import { MEMBER_ROLES, STAFF_ROLES, type StaffRole } from "../src/storage/schema.ts"
import { addStaff, Browser, count, invite, newestLink, openHouse, PASSWORD, REGISTRATION, signIn } from "./house.ts"

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
  "GET /settings/invites": "settings:write",
  "POST /settings/invites": "settings:write",
  "GET /settings/activity": "invites:read",
  "GET /settings/staff": "staff:read",
  "GET /settings/staff/invites/new": "staff:write",
  "POST /settings/staff/invites/new": "staff:write",
  "GET /settings/staff/invites/:id": "staff:read",
  "POST /settings/staff/invites/:id/resends": "staff:write",
  "POST /settings/staff/invites/:id/revocation": "staff:write",
  "POST /settings/staff/invites/:id/links": "staff:write",
  "GET /settings/staff/invites/:id/links": "staff:read",
  "GET /settings/staff/invites/:id/correction": "staff:write",
  "POST /settings/staff/invites/:id/correction": "staff:write",
  "GET /settings/staff/people/:id": "staff:write", // of others
  "POST /settings/staff/people/:id/role": "staff:write",
  "POST /settings/staff/people/:id/removal": "staff:write", // of others
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

/** What each page and form of a customer's account asks for. */
const MEMBERS_NEED: Record<string, Permission> = {
  "GET /account": "members:read",
  "GET /account/invites/new": "members:write",
  "POST /account/invites/new": "members:write",
  "GET /account/invites/:id": "members:read",
  "POST /account/invites/:id/resends": "members:write",
  "POST /account/invites/:id/revocation": "members:write",
  "POST /account/invites/:id/links": "members:write",
  "GET /account/invites/:id/links": "members:read",
  "GET /account/invites/:id/correction": "members:write",
  "POST /account/invites/:id/correction": "members:write",
  "GET /account/people/:id": "members:write", // of others
  "POST /account/people/:id/role": "members:write",
  "POST /account/people/:id/removal": "members:write", // of others
}

const OPEN = /^\/(sign-in|sign-out|register|decline|brand|mailbox|account|api)(\/|\.|$)/

const all = inspectRoutes(app)
  .filter(({ isMiddleware }) => !isMiddleware)
  .map(({ method, path }) => ({ method, path, name: `${method} ${path}` }))
const routes = all.filter(({ path }) => !OPEN.test(path))
/** Without the choice between accounts, which is anybody's. */
const memberRoutes = all.filter(({ path }) => /^\/account(\/|$)/.test(path) && path !== "/account/choice")

/** A house with one of each that a path may name, and somebody of each role. */
async function openAll(role: StaffRole) {
  const house = await openHouse()
  await invite(house.browser)
  await new Browser().post(await newestLink(), REGISTRATION)
  const customer = /cus_[0-9a-z]{26}/.exec(await (await house.browser.get("/customers")).text())?.[0] ?? ""
  const pending = await invite(house.browser, { contact_email: "other@b.example" })
  const sam = { contact_name: "Sam Reyes", contact_email: "sam@acme.example", role: "sales" }
  await house.browser.post("/settings/staff/invites/new", sam)
  const staffInvite = await idOf("SELECT id FROM invites WHERE kind = 'staff'")
  const colleague = await idOf("SELECT id FROM users WHERE email = 'admin@acme.example'")
  const person = { name: "Robin Hale", email: `${role}.2@acme.example`, password: PASSWORD, role }
  await addStaff(house.resellerId, person)
  return { ...house, customer, pending, staffInvite, colleague, browser: await signIn(person.email) }
}

const idOf = async (sql: string) => (await env.DB.prepare(sql).first<{ id: string }>())?.id ?? "none"

/** A path with an id that is there, as far as it matters who may ask. */
function withIds(path: string, house: Awaited<ReturnType<typeof openAll>>): string {
  const ids: [begins: string, id: string][] = [
    ["/customers/invites", house.pending],
    ["/customers", house.customer],
    ["/settings/staff/invites", house.staffInvite],
    ["/settings/staff/people", house.colleague],
    ["/", house.billingId],
  ]
  const id = ids.find(([begins]) => path.startsWith(begins))?.[1] ?? "none"
  return path.replace(":id", id).replace(":delivery", "evt_none")
}

/** As the permission table of the domain has it, which asks a person for their role alone. */
function isAllowed(role: StaffRole, name: string): boolean {
  const need = NEEDS[name]
  if (!need) throw new Error(`${name} is not in the table`)
  return may({ kind: "staff", role } as StaffActor, need)
}

const tables = [
  "invites",
  "outbox",
  "audit_log",
  "billing_accounts",
  "api_keys",
  "webhooks",
  "logos",
  "staff",
  "members",
]
const everything = () => Promise.all(tables.map((table) => count(table)))

describe("the roles", () => {
  it("are asked of every page and form of staff", () => {
    expect(routes.map(({ name }) => name).filter((name) => !NEEDS[name])).toEqual([])
    expect(Object.keys(NEEDS).filter((name) => !routes.some((route) => route.name === name))).toEqual([])
  })

  it("are asked of every page and form of a customer's account", () => {
    expect(memberRoutes.map(({ name }) => name).sort()).toEqual(Object.keys(MEMBERS_NEED).sort())
  })

  it.each(MEMBER_ROLES)(
    "let a customer's %s do what the role may, and refuse the rest without a trace",
    async (role) => {
      const house = await openAll("admin")
      await invite(house.browser, { contact_email: "kim@contoso.example", company_name: "Contoso" })
      const admin = new Browser()
      await admin.post(await newestLink(), REGISTRATION)
      const sam = { contact_name: "Sam Reyes", contact_email: "sam@contoso.example", role }
      await admin.post("/account/invites/new", sam)
      const member = new Browser()
      await member.post(await newestLink(), REGISTRATION)
      await admin.post("/account/invites/new", { ...sam, contact_email: "lee@contoso.example" })
      const pending = await idOf("SELECT id FROM invites WHERE contact_email = 'lee@contoso.example'")
      const colleague = await idOf("SELECT id FROM users WHERE email = 'kim@contoso.example'")
      const wrong: string[] = []
      for (const { method, path, name } of memberRoutes) {
        const allowed = may({ kind: "member", role } as MemberActor, MEMBERS_NEED[name] ?? "invites:read")
        if (method === "POST" && allowed) continue // what it does is tested where it is done
        const before = await everything()
        const asked = path.replace(":id", path.includes("/people/") ? colleague : pending)
        const answer = method === "GET" ? await member.get(asked) : await member.post(asked, { role: "member" })
        if ((answer.status === 403) === allowed) wrong.push(`${name}: ${answer.status}`)
        if (String(await everything()) !== String(before)) wrong.push(`${name}: left a trace`)
        if (method !== "GET" || !allowed) continue
        const html = await answer.text()
        for (const [, to = ""] of html.matchAll(/(?:action|href)="(\/account[^"?#]*)"/g)) {
          const shown = memberRoutes.filter((route) => new RegExp(`^${route.path.replace(":id", "[^/]+")}$`).test(to))
          const isOwn = to.includes(await idOf("SELECT id FROM users WHERE email = 'sam@contoso.example'"))
          const mayAny = shown.some(({ name }) =>
            may({ kind: "member", role } as MemberActor, MEMBERS_NEED[name] ?? "invites:read"),
          )
          if (shown.length > 0 && !mayAny && !isOwn) wrong.push(`${name} shows ${to}`)
        }
      }
      expect(wrong).toEqual([])
    },
  )

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
    const self = await idOf(`SELECT id FROM users WHERE email = '${role}.2@acme.example'`)
    const wrong: string[] = []
    const pages = routes.filter(({ method, name }) => {
      return method === "GET" && isAllowed(role, name)
    })
    const looked = pages.filter(({ path }) => !path.includes("/settings/webhooks/:id"))
    for (const { path } of looked) {
      const html = await (await house.browser.get(withIds(path, house))).text()
      const posts = [...html.matchAll(/<form[^>]* method="post"[^>]* action="([^"]+)"/g)].map(
        ([, to = ""]) => `POST ${to.replace(/\?.*/, "")}`,
      )
      const links = [...html.matchAll(/<a [^>]*href="(\/[^"#]*)"/g)].map(
        ([, to = ""]) => `GET ${to.replace(/\?.*/, "")}`,
      )
      for (const shown of [...posts, ...links]) {
        if (shown.includes(self)) continue // whoever it is may leave
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

  it("let Support correct an invite and leave its billing alone, and tell of no account's parts", async () => {
    const house = await openAll("support")
    const path = `/customers/invites/${house.pending}/correction`
    const billing = { billing_email: "billing@acme.example", billing_phone: "+1 415 555 0132" }
    const before = await everything()
    expect((await house.browser.post(path, { contact_name: "Kim", ...billing })).status).toBe(403)
    expect(await everything()).toEqual(before)
    expect((await house.browser.post(path, { contact_name: "Kim" })).status).toBe(303)
    const invite = { company_name: "Contoso", contact_name: "Kim", contact_email: "kim@contoso.example", ...billing }
    const told = async (fields: Record<string, string>) => {
      const html = await (await house.browser.post("/customers/invites/new", { ...invite, ...fields })).text()
      return [...html.matchAll(/<p class="error"[^>]*>([^<]*)/g)].map(([, words = ""]) => words.trim())
    }
    const wrongPhone = await told({ billing_phone: "+1 415 555 0199" })
    expect(wrongPhone).toHaveLength(1)
    expect(await told({ billing_email: "nobody@acme.example" })).toEqual(wrongPhone)
    await env.DB.prepare(
      `INSERT INTO audit_log (id, reseller_id, action, subject_id, actor_kind, detail, created_at) VALUES
       ('aud_1', ?1, 'invite.billing_changed', ?2, 'staff', NULL, 0), ('aud_2', ?1, 'customer.billing_changed', ?3, 'staff', NULL, 0)`,
    )
      .bind(house.resellerId, house.pending, house.customer)
      .run()
    for (const page of [
      "/settings/activity",
      `/customers/invites/${house.pending}`,
      "/customers",
      "/customers/invites",
    ]) {
      expect(await (await house.browser.get(page)).text()).not.toMatch(/billing account|Billed to/i)
    }
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
