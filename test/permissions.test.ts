/// <reference types="vite/types/importMeta.d.ts" />
import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import type { MemberActor, StaffActor } from "../src/domain/access/actor.ts"
import { can, ROLE_NAMES } from "../src/domain/access/permissions.ts"
import { MEMBER_ROLES, type MemberRole, STAFF_ROLES, type StaffRole } from "../src/storage/schema.ts"
import { count } from "./support/app.ts"
import {
  allowedStatus,
  createCustomerWithRole,
  createResellerWithRole,
  createSandboxWithRole,
  fillIds,
  mailboxRoutes,
  memberRoutes,
  type PersonRoute,
  staffRoutes,
  type Visitor,
} from "./support/visitors.ts"

const asStaff = (role: StaffRole) => ({ kind: "staff", role }) as StaffActor
const asMember = (role: MemberRole) => ({ kind: "member", role }) as MemberActor

/** Requests every page, and posts every form that the role may not. Returns what differs from the table of routes. */
async function findViolations(routes: PersonRoute[], actor: StaffActor | MemberActor, visitor: Visitor) {
  const violations: string[] = []
  // The first refusal of an hour is recorded, and no other.
  const refused = routes.find((route) => route.method === "GET" && !can(actor, route.permission))
  if (refused) await visitor.browser.get(fillIds(refused, visitor.ids))
  for (const route of routes) {
    const isAllowed = can(actor, route.permission)
    if (route.method === "POST" && isAllowed) continue // its effect is tested with the feature
    const before = await countAllRows()
    const path = fillIds(route, visitor.ids)
    const response = await (route.method === "GET"
      ? visitor.browser.get(path)
      : visitor.browser.post(path, { name: "x" }))
    if (response.status !== (isAllowed ? allowedStatus(route) : 403))
      violations.push(`${route.name}: ${response.status}`)
    if (String(await countAllRows()) !== String(before)) violations.push(`${route.name}: wrote rows`)
    if (route.method !== "GET" || !route.orSelf) continue
    const ownPage = await visitor.browser.get(route.path.replace(":id", visitor.userId))
    if (ownPage.status !== 200) violations.push(`${route.name} of the visitor: ${ownPage.status}`)
  }
  return violations
}

/** Links and forms that the role's pages show although the role may not use them. */
async function findRefusedControls(routes: PersonRoute[], actor: StaffActor | MemberActor, visitor: Visitor) {
  const violations = new Set<string>()
  for (const page of routes.filter(({ method, permission }) => method === "GET" && can(actor, permission))) {
    const html = await (await visitor.browser.get(fillIds(page, visitor.ids))).text()
    const posts = [...html.matchAll(/<form[^>]* method="post"[^>]* action="([^"?]+)/g)].map(
      (match) => `POST ${match[1]}`,
    )
    const links = [...html.matchAll(/<a [^>]*href="(\/[^"?#]*)/g)].map((match) => `GET ${match[1]}`)
    for (const shown of [...posts, ...links]) {
      const route = routes.find(({ method, path }) =>
        new RegExp(`^${method} ${path.replace(/:\w+/g, "[^/]+")}$`).test(shown),
      )
      const isOwn = route?.orSelf && shown.includes(visitor.userId)
      if (route && !isOwn && !can(actor, route.permission)) violations.add(`${page.name} shows ${shown}`)
    }
  }
  return [...violations]
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
  it.each(MEMBER_ROLES)(
    "let a customer's %s use the permitted routes, and refuse others without writes",
    async (role) => {
      const visitor = await createCustomerWithRole(role)
      expect(await findViolations(memberRoutes, asMember(role), visitor)).toEqual([])
    },
  )

  it.each(MEMBER_ROLES)("show a customer's %s no link or form that would be refused", async (role) => {
    const visitor = await createCustomerWithRole(role)
    expect(await findRefusedControls(memberRoutes, asMember(role), visitor)).toEqual([])
  })

  it.each(STAFF_ROLES)("let %s use the permitted routes, and refuse others without writes", async (role) => {
    const visitor = await createResellerWithRole(role)
    expect(await findViolations(staffRoutes, asStaff(role), visitor)).toEqual([])
  })

  it.each(STAFF_ROLES)("show the staff role %s no link or form that would be refused", async (role) => {
    const visitor = await createResellerWithRole(role)
    expect(await findRefusedControls(staffRoutes, asStaff(role), visitor)).toEqual([])
  })

  it.each(STAFF_ROLES)("let %s of the live reseller use the mailbox of its sandbox if permitted", async (role) => {
    const visitor = await createSandboxWithRole(role)
    expect(await findViolations(mailboxRoutes, asStaff(role), visitor)).toEqual([])
    expect(
      await findRefusedControls(
        [...mailboxRoutes, ...staffRoutes.filter(({ path }) => !path.includes(":"))],
        asStaff(role),
        visitor,
      ),
    ).toEqual([])
  })

  it("let Support edit an invite except its billing, without revealing billing data", async () => {
    const reseller = await createResellerWithRole("support")
    const path = `/customers/invites/${reseller.pending}/edit`
    const billing = { billing_email: "billing@acme.example", billing_phone: "+1 415 555 0132" }
    expect((await reseller.browser.get("/billing")).status).toBe(403) // the refusal that this hour's entry records
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
    for (const page of ["/activity", `/customers/invites/${reseller.pending}`, "/customers", "/customers/invites"]) {
      expect(await (await reseller.browser.get(page)).text()).not.toMatch(/billing account|Billed to/i)
    }
  })

  it("hide billing data from Support on every page", async () => {
    const reseller = await createResellerWithRole("support")
    for (const route of staffRoutes) {
      if (route.method !== "GET" || !can(asStaff("support"), route.permission)) continue
      const response = await reseller.browser.get(fillIds(route, reseller.ids))
      expect([route.name, response.status]).toEqual([route.name, allowedStatus(route)])
      const html = await response.text()
      expect(html.includes("billing@acme.example"), route.name).toBe(false)
      expect(html.includes("415 555 0132"), route.name).toBe(false)
    }
  })
})

it("the README's table of roles names every staff role in order", () => {
  const [readme = ""] = Object.values(readmes)
  const [, rows = ""] = /\n\| staff role \|.*\n\|[-|]+\|\n((?:\|.*\n)+)/.exec(readme) ?? []
  const names = [...rows.matchAll(/^\| ([^|]+) \|/gm)].map(([, name]) => name)
  expect(names).toEqual(STAFF_ROLES.map((role) => ROLE_NAMES[role]))
})

const readmes = import.meta.glob<string>("../README.md", { query: "?raw", import: "default", eager: true })
