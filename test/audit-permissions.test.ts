import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { ACTIVITY_AREAS } from "../src/domain/events/activity.ts"
import { AUDIT_ACTIONS, type AuditAction } from "../src/domain/events/audit-actions.ts"
import { INVITE_KINDS, type InviteKind, MEMBER_ROLES, STAFF_ROLES, type StaffRole } from "../src/storage/schema.ts"
import {
  addStaff,
  Browser,
  createApiKey,
  createReseller,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  signInAs,
  signInStaff,
} from "./support/app.ts"
import { tamper } from "./support/audit.ts"

const INVITES = "/customers/invites"

/** The page that shows an action's subject, by action or area. A role that may not open it sees none of the entries. */
const PAGES: Record<string, string> = {
  invite: INVITES,
  "invite.billing_changed": "/billing",
  "customer.billing_changed": "/billing",
  billing_account: "/billing",
  webhook: "/settings/webhooks",
  job: "/customers/invites/jobs",
  api_key: "/settings/api-keys",
  staff: "/settings/staff",
  member: "/customers",
  "customer.updated": "/customers",
  reseller: "/settings",
  "reseller.invite_settings_changed": "/settings/invites",
  "reseller.created": "/settings/staff",
  "reseller.suspended": "/settings/staff",
  "reseller.reinstated": "/settings/staff",
  "reseller.sandbox_created": "/settings/staff",
  ...Object.fromEntries(
    ["signed_in", "signed_out", "sign_in_failed", "permission_refused", "limit_reached"].flatMap((event) => [
      [`staff.${event}`, "/settings"],
      [`member.${event}`, "/settings"],
    ]),
  ),
}

const INVITE_PAGES: Record<InviteKind, (id: string) => string> = {
  customer: (id) => `${INVITES}/${id}`,
  staff: (id) => `/settings/staff/invites/${id}`,
  member: (id) => `/account/invites/${id}`,
}

const areaOf = (action: string) => action.split(".")[0] ?? ""

function pageOf(action: AuditAction): string {
  const page = PAGES[action] ?? PAGES[areaOf(action)]
  if (!page) throw new Error(`no page shows the subject of ${action}`)
  return page
}

const KEY_NAME = "Ledger robot"
const idOf = async (sql: string) => (await env.DB.prepare(sql).first<{ id: string }>())?.id ?? "none"

/** Inserts an entry of every action by an API key, newer than all others; its detail is `entry of` and the action. */
async function recordEveryAction(resellerId: string, subjects: Record<string, string>) {
  const key = await idOf("SELECT id FROM api_keys")
  const insert = env.DB.prepare(
    `INSERT INTO audit_log (id, reseller_id, action, subject_id, person_id, actor_kind, actor_id, actor_name, detail, created_at)
     VALUES (?, ?, ?, ?, 'usr_x', 'api_key', ?, ?, ?, 0)`,
  )
  await env.DB.batch(
    AUDIT_ACTIONS.map((action, n) => {
      const subject = subjects[areaOf(action)] ?? "other"
      return insert.bind(`aud_z${n + 100}`, resellerId, action, subject, key, KEY_NAME, `entry of ${action}`)
    }),
  )
  return key
}

const moveAllTo = (subjectId: string, actions: readonly AuditAction[] = AUDIT_ACTIONS) =>
  tamper(
    env.DB.prepare(
      "UPDATE audit_entries SET subject_id = ? WHERE id >= 'aud_z' AND action IN (SELECT value FROM json_each(?))",
    ).bind(subjectId, JSON.stringify(actions)),
  )

/** As many as a timeline shows at once. */
const TIMELINE_LENGTH = 50
const ACTION_GROUPS = Array.from({ length: Math.ceil(AUDIT_ACTIONS.length / TIMELINE_LENGTH) }, (_, n) =>
  AUDIT_ACTIONS.slice(n * TIMELINE_LENGTH, (n + 1) * TIMELINE_LENGTH),
)

const actionsIn = (html: string) => [...html.matchAll(/entry of ([a-z_.]+)/g)].map(([, action = ""]) => action).sort()

/** All pages of the activity, joined. */
async function activityOf(browser: Browser, query = ""): Promise<string> {
  let html = ""
  for (let next: string | undefined = `/activity${query}`; next; ) {
    const page = await (await browser.get(next)).text()
    html += page
    next = /href="(\/activity\?before=[^"]+)"/.exec(page)?.[1]?.replaceAll("&amp;", "&")
  }
  return html
}

/** A reseller with a customer, an invite of each kind, an API key, and a staff user with the given role. */
async function createResellerWithRole(role: StaffRole) {
  const reseller = await signInStaff()
  await createApiKey(reseller.resellerId)
  await env.DB.prepare("UPDATE api_keys SET name = ?").bind(KEY_NAME).run()
  await invite(reseller.browser)
  const member = new Browser()
  await member.post(await latestRegistrationLink(), REGISTRATION_FORM)
  const pending = await invite(reseller.browser, { contact_email: "other@b.example" })
  const sam = { contact_name: "Sam Reyes", contact_email: "sam@acme.example", role: "sales" }
  await reseller.browser.post("/settings/staff/invites/new", sam)
  await member.post("/account/invites/new", { ...sam, contact_email: "lee@northwind.example", role: "member" })
  const person = { name: "Robin Hale", email: `${role}.2@acme.example`, role }
  const { userId } = await addStaff(reseller.resellerId, person)
  const subjects = { invite: pending, customer: await idOf("SELECT id FROM customers") }
  const inviteIds: Record<InviteKind, string> = {
    customer: pending,
    staff: await idOf("SELECT id FROM invites WHERE kind = 'staff'"),
    member: await idOf("SELECT id FROM invites WHERE kind = 'member'"),
  }
  return { ...reseller, browser: await signInAs(userId), subjects, inviteIds }
}

describe("the audit log", () => {
  it.each(STAFF_ROLES)(
    "shows the role %s exactly the entries whose pages it may open",
    { timeout: 30_000 },
    async (role) => {
      const { browser, resellerId, subjects, inviteIds } = await createResellerWithRole(role)
      const key = await recordEveryAction(resellerId, subjects)
      const refused: string[] = []
      for (const page of new Set(AUDIT_ACTIONS.map(pageOf))) {
        const { status } = await browser.get(page)
        expect([200, 403], page).toContain(status)
        if (status === 403) refused.push(page)
      }
      const readable = AUDIT_ACTIONS.filter((action) => !refused.includes(pageOf(action))).sort()
      const seesKeys = !refused.includes("/settings/api-keys")

      const activity = await activityOf(browser)
      expect(actionsIn(activity)).toEqual(readable)
      const areas = ACTIVITY_AREAS.filter((area) => readable.some((action) => areaOf(action) === area))
      const areaOptions = /<select[^>]* name="about"[\s\S]*?<\/select>/.exec(activity)?.[0] ?? ""
      expect([...areaOptions.matchAll(/value="([a-z_]+)"/g)].map(([, area]) => area)).toEqual(areas)
      for (const area of ACTIVITY_AREAS) {
        const readableInArea = readable.filter((action) => areaOf(action) === area)
        expect(actionsIn(await activityOf(browser, `?about=${area}`)), area).toEqual(readableInArea)
      }
      expect(actionsIn(await activityOf(browser, "?by=api_key"))).toEqual(readable)
      const keyResponse = await browser.get(`/activity?by=${key}`)
      expect([keyResponse.status, (await keyResponse.text()).includes(KEY_NAME)]).toEqual(
        seesKeys ? [200, true] : [403, false],
      )

      const pages = [activity]
      for (const kind of INVITE_KINDS) {
        const id = inviteIds[kind]
        const shown: string[] = []
        for (const actions of ACTION_GROUPS) {
          await moveAllTo("other")
          await moveAllTo(id, actions)
          const page = await browser.get(INVITE_PAGES[kind](id))
          expect(page.status, kind).toBe(kind === "member" ? 303 : 200) // staff have no customer account
          const timeline = await page.text()
          shown.push(...actionsIn(timeline))
          if (page.status === 200) pages.push(timeline)
        }
        const readableOfInvite = kind === "member" ? [] : readable
        expect(shown.sort(), kind).toEqual(readableOfInvite)
        await moveAllTo(id)
        for (const query of ["", `?invite=${id}`, `?by=api_key&invite=${id}`]) {
          const html = await activityOf(browser, query)
          expect(actionsIn(html), `${kind} ${query}`).toEqual(readableOfInvite)
          if (kind === "member") expect(html, query).not.toContain("lee@northwind.example")
        }
      }
      for (const html of pages)
        expect([html.includes(KEY_NAME), html.includes(key)]).toEqual([seesKeys, seesKeys && html === activity])
    },
  )

  it.each(MEMBER_ROLES)(
    "shows a customer's %s the entries of their own invites without API key names",
    async (role) => {
      const { resellerId } = await createReseller()
      await createApiKey(resellerId)
      const staff = { name: "Dana Ortiz", email: "admin@acme.example", role: "admin" } as const
      const { userId } = await addStaff(resellerId, staff)
      await invite(await signInAs(userId))
      const admin = new Browser()
      await admin.post(await latestRegistrationLink(), REGISTRATION_FORM)
      await admin.post("/account/invites/new", { contact_name: "Sam", contact_email: "sam@b.example", role })
      const member = new Browser()
      await member.post(await latestRegistrationLink(), REGISTRATION_FORM)
      await admin.post("/account/invites/new", { contact_name: "Lee", contact_email: "lee@b.example", role })
      await recordEveryAction(resellerId, {})
      const pending = await idOf("SELECT id FROM invites WHERE contact_email = 'lee@b.example'")
      await moveAllTo(pending)
      const html = await (await member.get(`/account/invites/${pending}`)).text()
      expect(actionsIn(html)).toEqual(AUDIT_ACTIONS.filter((action) => pageOf(action) === INVITES).sort())
      expect(html).not.toContain(KEY_NAME)
    },
  )
})
