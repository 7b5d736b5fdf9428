import { env } from "cloudflare:workers"
import { expect } from "vitest"
import { ROUTES, type Route } from "../../src/routes.ts"
import type { MemberRole, StaffRole } from "../../src/storage/schema.ts"
import {
  addStaff,
  Browser,
  createApiKey,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  signInAs,
  signInStaff,
} from "./app.ts"
import { importOnPages } from "./imports.ts"
import { insertJob } from "./jobs.ts"
import { createSandbox, inviteByApi, sandboxEmails } from "./sandbox.ts"

export type PersonRoute = Extract<Route, { area: "staff" | "member" }>

const isOfMailbox = ({ name }: Route) => name.startsWith("settings.mailbox.")
export const staffRoutes = ROUTES.filter((route) => route.area === "staff" && !isOfMailbox(route)) as PersonRoute[]
/** The pages that only a sandbox has. */
export const mailboxRoutes = ROUTES.filter((route) => route.area === "staff" && isOfMailbox(route)) as PersonRoute[]
export const memberRoutes = ROUTES.filter((route) => route.area === "member")

/** A reseller with one of each resource in a path, and a staff user with the given role. */
export async function createResellerWithRole(role: StaffRole) {
  const { browser: admin, resellerId, billingId } = await signInStaff()
  await invite(admin)
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  const pending = await invite(admin, { contact_email: "other@b.example" })
  const sam = { contact_name: "Sam Reyes", contact_email: "sam@acme.example", role: "sales" }
  await admin.post("/settings/staff/invites/new", sam)
  await createApiKey(resellerId)
  const webhook = await admin.post("/settings/webhooks/new", {
    url: "https://crm.example.com/hook",
    events: "invite.sent",
  })
  expect(webhook.status).toBe(303)
  const person = { name: "Robin Hale", email: `${role}.2@acme.example`, role }
  const { userId } = await addStaff(resellerId, person)
  const ids = {
    customers: await findId("SELECT id FROM customers"),
    "customers.invites": pending,
    "customers.imports": await importOnPages(admin, "Company,Contact,Email\nContoso,Kim,kim@contoso.example\n"),
    "staff.invites": await findId("SELECT id FROM invites WHERE kind = 'staff'"),
    "staff.people": await findId("SELECT id FROM users WHERE email = 'admin@acme.example'"),
    billing: billingId,
    apiKeys: await findId("SELECT id FROM api_keys"),
    webhooks: await findId("SELECT id FROM webhooks"),
    "customers.invites.jobs": await insertJob(resellerId, "resend", [pending]),
  }
  return { resellerId, billingId, pending, customer: ids.customers, ids, userId, browser: await signInAs(userId) }
}

/** A sandbox with an email in its mailbox, and a staff user of its live reseller with the given role who is in it. */
export async function createSandboxWithRole(role: StaffRole): Promise<Visitor> {
  const { browser: admin, resellerId } = await signInStaff()
  const { sandboxId, key } = await createSandbox(admin)
  await inviteByApi(key)
  const [email] = await sandboxEmails(key)
  const { userId } = await addStaff(resellerId, { name: "Robin Hale", email: `${role}.2@acme.example`, role })
  const browser = await signInAs(userId)
  await browser.post("/account/switch", { reseller_id: sandboxId })
  return { browser, ids: { "settings.mailbox": email?.id ?? "" }, userId }
}

/** A customer with an Admin, a user with the given role, and a pending invite; of a new reseller, or of that of `staffBrowser`. */
export async function createCustomerWithRole(role: MemberRole, staffBrowser?: Browser) {
  const resellerBrowser = staffBrowser ?? (await signInStaff()).browser
  await invite(resellerBrowser, { contact_email: "kim@contoso.example", company_name: "Contoso" })
  const admin = new Browser()
  await admin.post(await latestRegistrationLink(), REGISTRATION_FORM)
  const sam = { contact_name: "Sam Reyes", contact_email: "sam@contoso.example", role }
  await admin.post("/account/invites/new", sam)
  const browser = new Browser()
  await browser.post(await latestRegistrationLink(), REGISTRATION_FORM)
  await admin.post("/account/invites/new", { ...sam, contact_email: "lee@contoso.example" })
  const ids = {
    "account.invites": await findId("SELECT id FROM invites WHERE contact_email = 'lee@contoso.example'"),
    "account.people": await findId("SELECT id FROM users WHERE email = 'kim@contoso.example'"),
  }
  return { browser, ids, userId: await findId("SELECT id FROM users WHERE email = 'sam@contoso.example'") }
}

async function findId(sql: string): Promise<string> {
  const row = await env.DB.prepare(sql).first<{ id: string }>()
  if (!row) throw new Error(`no row matches ${sql}`)
  return row.id
}

/** A route's path with the id of an existing resource. */
export function fillIds({ name, path }: PersonRoute, ids: Record<string, string>): string {
  if (!path.includes(":id")) return path
  const id = ids[name.slice(0, name.lastIndexOf("."))]
  if (!id) throw new Error(`there is no id for ${name}`)
  return path.replace(":id", id).replace(":delivery", "evt_none").replace(":row", "2").replace(":kind", "invite")
}

export type Visitor = { browser: Browser; ids: Record<string, string>; userId: string }

/** The status of a permitted GET. A copied link is shown only in the response to a POST, so its GET redirects to the invite. */
export const allowedStatus = ({ name }: PersonRoute) => (name.endsWith(".links") ? 303 : 200)
