import { env } from "cloudflare:workers"
import { inspectRoutes } from "hono/dev"
import { describe, expect, it } from "vitest"
import { app } from "../src/app.ts"
import type { MemberActor, StaffActor } from "../src/domain/access/actor.ts"
import { can, type Permission } from "../src/domain/access/permissions.ts"
import { MEMBER_ROLES, STAFF_ROLES, type StaffRole } from "../src/storage/schema.ts"
import {
  addStaff,
  Browser,
  count,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  signInAs,
  signInStaff,
} from "./support/app.ts"

/** The permission that each staff route needs. A route that is missing here fails the test. */
const STAFF_PERMISSIONS: Record<string, Permission> = {
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
  "GET /settings/staff/people/:id": "staff:write", // for other users
  "POST /settings/staff/people/:id/role": "staff:write",
  "POST /settings/staff/people/:id/removal": "staff:write", // for other users
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

/** The permission that each route of a customer's account needs. */
const MEMBER_PERMISSIONS: Record<string, Permission> = {
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
  "GET /account/people/:id": "members:write", // for other users
  "POST /account/people/:id/role": "members:write",
  "POST /account/people/:id/removal": "members:write", // for other users
}

const PUBLIC_PATHS = /^\/(sign-in|sign-out|register|decline|brand|mailbox|account|api)(\/|\.|$)/

const allRoutes = inspectRoutes(app)
  .filter(({ isMiddleware }) => !isMiddleware)
  .map(({ method, path }) => ({ method, path, name: `${method} ${path}` }))
const routes = allRoutes.filter(({ path }) => !PUBLIC_PATHS.test(path))
/** Without switching accounts, which needs no permission. */
const memberRoutes = allRoutes.filter(({ path }) => /^\/account(\/|$)/.test(path) && path !== "/account/choice")

/** A reseller with one of each resource in a path, and a staff user with the given role. */
async function createResellerWithRole(role: StaffRole) {
  const reseller = await signInStaff()
  await invite(reseller.browser)
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  const customer = /cus_[0-9a-z]{26}/.exec(await (await reseller.browser.get("/customers")).text())?.[0] ?? ""
  const pending = await invite(reseller.browser, { contact_email: "other@b.example" })
  const sam = { contact_name: "Sam Reyes", contact_email: "sam@acme.example", role: "sales" }
  await reseller.browser.post("/settings/staff/invites/new", sam)
  const staffInvite = await findId("SELECT id FROM invites WHERE kind = 'staff'")
  const colleague = await findId("SELECT id FROM users WHERE email = 'admin@acme.example'")
  const person = { name: "Robin Hale", email: `${role}.2@acme.example`, role }
  const { userId } = await addStaff(reseller.resellerId, person)
  return { ...reseller, customer, pending, staffInvite, colleague, browser: await signInAs(userId) }
}

const findId = async (sql: string) => (await env.DB.prepare(sql).first<{ id: string }>())?.id ?? "none"

/** A path with the id of an existing resource where permissions depend on it. */
function fillIds(path: string, reseller: Awaited<ReturnType<typeof createResellerWithRole>>): string {
  const ids: [prefix: string, id: string][] = [
    ["/customers/invites", reseller.pending],
    ["/customers", reseller.customer],
    ["/settings/staff/invites", reseller.staffInvite],
    ["/settings/staff/people", reseller.colleague],
    ["/", reseller.billingId],
  ]
  const id = ids.find(([prefix]) => path.startsWith(prefix))?.[1] ?? "none"
  return path.replace(":id", id).replace(":delivery", "evt_none")
}

/** Whether the role has the permission that the route needs. */
function isAllowed(role: StaffRole, name: string): boolean {
  const permission = STAFF_PERMISSIONS[name]
  if (!permission) throw new Error(`${name} is not in the table`)
  return can({ kind: "staff", role } as StaffActor, permission)
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
const countAllRows = () => Promise.all(tables.map((table) => count(table)))

describe("roles", () => {
  it("are checked on every staff route", () => {
    expect(routes.map(({ name }) => name).filter((name) => !STAFF_PERMISSIONS[name])).toEqual([])
    expect(Object.keys(STAFF_PERMISSIONS).filter((name) => !routes.some((route) => route.name === name))).toEqual([])
  })

  it("are checked on every route of a customer's account", () => {
    expect(memberRoutes.map(({ name }) => name).sort()).toEqual(Object.keys(MEMBER_PERMISSIONS).sort())
  })

  it.each(MEMBER_ROLES)(
    "let a customer's %s use the permitted routes, and refuse the others without writes",
    async (role) => {
      const reseller = await createResellerWithRole("admin")
      await invite(reseller.browser, { contact_email: "kim@contoso.example", company_name: "Contoso" })
      const admin = new Browser()
      await admin.post(await latestRegistrationLink(), REGISTRATION_FORM)
      const sam = { contact_name: "Sam Reyes", contact_email: "sam@contoso.example", role }
      await admin.post("/account/invites/new", sam)
      const member = new Browser()
      await member.post(await latestRegistrationLink(), REGISTRATION_FORM)
      await admin.post("/account/invites/new", { ...sam, contact_email: "lee@contoso.example" })
      const pending = await findId("SELECT id FROM invites WHERE contact_email = 'lee@contoso.example'")
      const colleague = await findId("SELECT id FROM users WHERE email = 'kim@contoso.example'")
      const violations: string[] = []
      for (const { method, path, name } of memberRoutes) {
        const isPermitted = can({ kind: "member", role } as MemberActor, MEMBER_PERMISSIONS[name] ?? "invites:read")
        if (method === "POST" && isPermitted) continue // its effect is tested with the feature
        const before = await countAllRows()
        const requestPath = path.replace(":id", path.includes("/people/") ? colleague : pending)
        const response =
          method === "GET" ? await member.get(requestPath) : await member.post(requestPath, { role: "member" })
        if ((response.status === 403) === isPermitted) violations.push(`${name}: ${response.status}`)
        if (String(await countAllRows()) !== String(before)) violations.push(`${name}: wrote rows`)
        if (method !== "GET" || !isPermitted) continue
        const html = await response.text()
        for (const [, target = ""] of html.matchAll(/(?:action|href)="(\/account[^"?#]*)"/g)) {
          const shown = memberRoutes.filter((route) =>
            new RegExp(`^${route.path.replace(":id", "[^/]+")}$`).test(target),
          )
          const isOwnPage = target.includes(await findId("SELECT id FROM users WHERE email = 'sam@contoso.example'"))
          const canAny = shown.some(({ name }) =>
            can({ kind: "member", role } as MemberActor, MEMBER_PERMISSIONS[name] ?? "invites:read"),
          )
          if (shown.length > 0 && !canAny && !isOwnPage) violations.push(`${name} shows ${target}`)
        }
      }
      expect(violations).toEqual([])
    },
  )

  it.each(STAFF_ROLES)("let %s use the permitted routes, and refuse others without writes", async (role) => {
    const reseller = await createResellerWithRole(role)
    const violations: string[] = []
    for (const { method, path, name } of routes) {
      const isPermitted = isAllowed(role, name)
      if (method === "POST" && isPermitted) continue // its effect is tested with the feature
      const before = await countAllRows()
      const requestPath = fillIds(path, reseller)
      const response =
        method === "GET"
          ? await reseller.browser.get(requestPath)
          : await reseller.browser.post(requestPath, { name: "x" })
      const isRefused = response.status === 403
      if (isRefused === isPermitted) violations.push(`${name}: ${response.status}`)
      if (String(await countAllRows()) !== String(before)) violations.push(`${name}: wrote rows`)
    }
    expect(violations).toEqual([])
  })

  it.each(STAFF_ROLES)("show the staff role %s no link or form that would be refused", async (role) => {
    const reseller = await createResellerWithRole(role)
    const ownId = await findId(`SELECT id FROM users WHERE email = '${role}.2@acme.example'`)
    const violations: string[] = []
    const pages = routes.filter(({ method, name }) => {
      return method === "GET" && isAllowed(role, name)
    })
    const testedPages = pages.filter(({ path }) => !path.includes("/settings/webhooks/:id"))
    for (const { path } of testedPages) {
      const html = await (await reseller.browser.get(fillIds(path, reseller))).text()
      const postTargets = [...html.matchAll(/<form[^>]* method="post"[^>]* action="([^"]+)"/g)].map(
        ([, target = ""]) => `POST ${target.replace(/\?.*/, "")}`,
      )
      const linkTargets = [...html.matchAll(/<a [^>]*href="(\/[^"#]*)"/g)].map(
        ([, target = ""]) => `GET ${target.replace(/\?.*/, "")}`,
      )
      for (const shown of [...postTargets, ...linkTargets]) {
        if (shown.includes(ownId)) continue // everyone may leave
        const route = routes.find(({ method, path: routePath }) => {
          const pattern = new RegExp(`^${method} ${routePath.replace(/:\w+/g, "[^/]+")}$`)
          return pattern.test(shown) && !(routePath.includes("/:id") && /\/(invites|new)$/.test(shown))
        })
        if (route && !isAllowed(role, route.name)) violations.push(`${path} shows ${shown}`)
      }
    }
    expect([...new Set(violations)]).toEqual([])
    expect(testedPages.length).toBeGreaterThan(4)
  })

  it("let Support edit an invite except its billing, without revealing billing data", async () => {
    const reseller = await createResellerWithRole("support")
    const path = `/customers/invites/${reseller.pending}/correction`
    const billing = { billing_email: "billing@acme.example", billing_phone: "+1 415 555 0132" }
    const before = await countAllRows()
    expect((await reseller.browser.post(path, { contact_name: "Kim", ...billing })).status).toBe(403)
    expect(await countAllRows()).toEqual(before)
    expect((await reseller.browser.post(path, { contact_name: "Kim" })).status).toBe(303)
    const invite = { company_name: "Contoso", contact_name: "Kim", contact_email: "kim@contoso.example", ...billing }
    const readErrors = async (fields: Record<string, string>) => {
      const html = await (await reseller.browser.post("/customers/invites/new", { ...invite, ...fields })).text()
      return [...html.matchAll(/<p class="error"[^>]*>([^<]*)/g)].map(([, message = ""]) => message.trim())
    }
    const wrongPhone = await readErrors({ billing_phone: "+1 415 555 0199" })
    expect(wrongPhone).toHaveLength(1)
    expect(await readErrors({ billing_email: "nobody@acme.example" })).toEqual(wrongPhone)
    await env.DB.prepare(
      `INSERT INTO audit_log (id, reseller_id, action, subject_id, actor_kind, detail, created_at) VALUES
       ('aud_1', ?1, 'invite.billing_changed', ?2, 'staff', NULL, 0), ('aud_2', ?1, 'customer.billing_changed', ?3, 'staff', NULL, 0)`,
    )
      .bind(reseller.resellerId, reseller.pending, reseller.customer)
      .run()
    for (const page of [
      "/settings/activity",
      `/customers/invites/${reseller.pending}`,
      "/customers",
      "/customers/invites",
    ]) {
      expect(await (await reseller.browser.get(page)).text()).not.toMatch(/billing account|Billed to/i)
    }
  })

  it("hide billing data from Support on every page", async () => {
    const reseller = await createResellerWithRole("support")
    for (const { method, path, name } of routes) {
      if (method !== "GET" || !isAllowed("support", name)) continue
      const html = await (await reseller.browser.get(fillIds(path, reseller))).text()
      expect(html.includes("billing@acme.example"), name).toBe(false)
      expect(html.includes("415 555 0132"), name).toBe(false)
    }
  })
})
