import { applyD1Migrations } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { sealAuditLog } from "../src/domain/audit/seal.ts"
import { createDeps } from "../src/http/bindings.ts"
import { differences, fingerprint } from "./capacity/compare.ts"
import { countD1 } from "./capacity/counted-d1.ts"
import { abandonMove, countRows, endMove, moveReseller } from "./capacity/move.ts"
import { GROUP_TABLES } from "./capacity/tables.ts"
import {
  Browser,
  callApi,
  count,
  createApiKey,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { copySessions, createFullReseller } from "./support/full-reseller.ts"
import { inviteByApi } from "./support/sandbox.ts"
import { resetStorage } from "./support/storage.ts"
import { verifyChainIn } from "./support/verify-chain.ts"

declare global {
  namespace Cloudflare {
    interface Env {
      GROUP_2: D1Database
    }
  }
}

const group2: Env = { ...testEnv, DB: env.GROUP_2 }
const secrets = [testEnv.AUTH_SECRET]
const source = countD1(env.DB)
const target = countD1(env.GROUP_2)
const directory = { refuseChanges: async () => undefined, switchToTarget: async () => undefined }

beforeEach(() => applyD1Migrations(env.GROUP_2, env.TEST_MIGRATIONS))
afterEach(resetStorage)

/** The windows after which something is changed: before most tables, between them, and after all. */
const MOMENTS = [1, 12, GROUP_TABLES.length]

it("a reseller that is in use moves to another group with everything it has", async () => {
  const globex = await signInStaff("globex")
  const globexKey = await createApiKey(globex.resellerId)
  await inviteByApi(globexKey, OF_GLOBEX)
  const acme = await createFullReseller()
  // Somebody of Globex also works for Acme.
  await env.DB.prepare(
    "INSERT INTO staff (user_id, reseller_id, role, created_at) SELECT user_id, ?, 'sales', 1 FROM staff WHERE reseller_id = ?",
  )
    .bind(acme.resellerId, globex.resellerId)
    .run()
  const { resellerId, key } = acme
  const changes = await prepareChanges(acme)
  const globexBefore = await fingerprint(source, globex.resellerId)

  let windows = 0
  const report = await moveReseller({
    source,
    target,
    resellerId,
    ...directory,
    onWindow: async () => {
      windows += 1
      if (MOMENTS.includes(windows)) await changes.shift()?.()
    },
    onClosed: async () => {
      const invites = await count("invites")
      vi.spyOn(console, "error").mockImplementation(() => undefined)
      expect((await callApi({ key, path: "/invites", body: { ...NEW, contact_email: "late@x.example" } })).status).toBe(
        500,
      )
      vi.restoreAllMocks()
      expect(await count("invites")).toBe(invites)
      expect((await acme.browser.get("/customers/invites")).status).toBe(200)
      await inviteByApi(globexKey, { ...OF_GLOBEX, contact_email: "another@x.example" })
    },
  })
  expect(changes).toEqual([])
  expect(report.changedRows).toBeGreaterThan(30)
  expect(GROUP_TABLES.filter(({ name }) => !report.rows[name])).toEqual([])

  const before = await fingerprint(source, resellerId)
  expect(differences(before, await fingerprint(target, resellerId))).toEqual([])
  for (const path of [
    "/invites",
    "/invites?q=renamed",
    "/customers?external_id=accepted-12",
    "/events?limit=3",
    "/billing_accounts",
  ]) {
    const [one, other] = [await callApi({ key, path }), await callApi({ key, path, env: group2 })]
    const body = await one.json<{ data: unknown[]; next_cursor?: string }>()
    expect(await other.json(), path).toEqual(body)
    expect(body.data.length, path).toBeGreaterThan(0)
  }

  const [inSource, inTarget] = [
    await verifyChainIn(env.DB, resellerId, secrets),
    await verifyChainIn(env.GROUP_2, resellerId, secrets),
  ]
  expect(inTarget).toEqual({ head: inSource.head, problems: [] })
  await sealAuditLog(createDeps(group2, () => undefined))
  const sealed = await verifyChainIn(env.GROUP_2, resellerId, secrets)
  expect(sealed.problems).toEqual([])
  expect(sealed.head.sequence).toBeGreaterThan(inSource.head.sequence)

  await copySessions(env.GROUP_2)
  acme.browser.env = group2
  expect(await (await acme.browser.get("/customers/invites?q=renamed")).text()).toContain(`Renamed ${MOMENTS.at(-1)}`)
  const contact = new Browser()
  contact.env = group2
  expect((await contact.post(acme.pendingLink, REGISTRATION_FORM)).status).toBe(303)
  expect(
    (await callApi({ key, path: "/invites", body: { ...NEW, contact_email: "late@x.example" }, env: group2 })).status,
  ).toBe(201)

  await endMove({ source, resellerId })
  const left = await countRows(source, [...GROUP_TABLES], resellerId)
  expect(Object.values(left).filter((rows) => rows > 0)).toEqual([])
  expect(await count("invite_search")).toBe(await count("invites", "kind = 'customer'"))
  expect(await count("customer_search")).toBe(await count("customers"))
  expect(await count("invite_counts", `reseller_id <> '${globex.resellerId}'`)).toBe(0)
  expect(await count("sqlite_schema", "name GLOB 'move*'")).toBe(0)
  expect(await count("sqlite_schema", "type = 'trigger' AND name GLOB 'audit_*_no_delete'")).toBe(3)
  expect(differences(globexBefore, await fingerprint(source, globex.resellerId)).sort()).toEqual(OF_AN_INVITE)
  expect((await globex.browser.get("/customers/invites")).status).toBe(200)
})

it("a move that fails leaves the reseller where it is, and nothing in the other group", async () => {
  const { browser, resellerId } = await signInStaff()
  await invite(browser)
  const before = await fingerprint(source, resellerId)
  await env.GROUP_2.prepare(
    "INSERT INTO resellers (id, name, slug, support_email, created_at) VALUES ('res_other', 'Other', 'acme', 'a@other.example', 1)",
  ).run()
  await expect(moveReseller({ source, target, resellerId, ...directory })).rejects.toThrow("UNIQUE")
  await abandonMove({ source, target, resellerId })
  expect(differences(before, await fingerprint(source, resellerId))).toEqual([])
  expect(await env.GROUP_2.prepare("SELECT count(*) AS n FROM resellers").first("n")).toBe(1)
  await invite(browser, { contact_email: "next@northwind.example" })
  expect(await count("sqlite_schema", "name GLOB 'move*'")).toBe(0)
})

const NEW = {
  company_name: "New",
  contact_name: "Ana",
  billing_email: "billing@acme.example",
  billing_phone: "+1 415 555 0132",
}
const OF_GLOBEX = { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" }

/** What inviting a customer changes. */
const OF_AN_INVITE = ["audit_entries", "audit_unsealed", "audit_values", "counters", "events", "invites", "outbox"]

type Acme = Awaited<ReturnType<typeof createFullReseller>>

/**
 * Changes for each moment, which can collide with what was copied before: an address and an external id pass to a new invite or an older one, another one's
 * to a customer and that of a customer to an invite, and being the default to another billing account. A webhook is deleted. The oldest invite is renamed, and must stay the oldest.
 */
async function prepareChanges({ key, resellerId }: Acme) {
  const api = async (method: string, path: string, body: object = {}) => {
    const response = await callApi({ key, method, path, ...(method !== "DELETE" && { body }) })
    if (response.status > 299) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
    return response.status === 204 ? { id: "" } : response.json<{ id: string }>()
  }
  const { results: accounts } = await env.DB.prepare(
    "SELECT id FROM billing_accounts WHERE reseller_id = ? ORDER BY id",
  )
    .bind(resellerId)
    .all<{ id: string }>()
  await api("POST", `/billing_accounts/${accounts[1]?.id}/default`)
  const customer = await env.DB.prepare("SELECT id FROM customers WHERE external_id = 'crm-1'").first<string>("id")
  const prepared = []
  for (const moment of MOMENTS) {
    const again = { ...NEW, contact_email: `again${moment}@x.example`, external_id: `again-${moment}` }
    const older = await inviteByApi(key, { ...NEW, contact_email: `older${moment}@x.example` })
    const newer = await inviteByApi(key, { ...NEW, contact_email: `newer${moment}@x.example` })
    const first = await inviteByApi(key, again)
    await inviteByApi(key, { ...NEW, contact_email: `accepted${moment}@x.example`, external_id: `accepted-${moment}` })
    const link = await latestRegistrationLink()
    const { id: webhookId } = await api("POST", "/webhooks", {
      url: `https://crm.example.com/${moment}`,
      events: ["invite.revoked"],
    })
    prepared.push({ moment, again, first, older, newer, link, webhookId })
  }
  const oldest = await env.DB.prepare(
    "SELECT id FROM invites WHERE reseller_id = ? AND kind = 'customer' AND status = 'pending' ORDER BY seq",
  )
    .bind(resellerId)
    .first<string>("id")
  return prepared.map(({ moment, again, first, older, newer, link, webhookId }, n) => async () => {
    await api("DELETE", `/webhooks/${webhookId}`)
    await api("PATCH", `/invites/${oldest}`, { company_name: `Renamed ${moment}` })
    await api("POST", `/invites/${newer.id}/revocation`)
    await api("PATCH", `/invites/${older.id}`, { contact_email: newer.contact_email })
    await api("POST", `/invites/${first.id}/revocation`)
    await inviteByApi(key, again)
    const response = await new Browser().post(link, { ...REGISTRATION_FORM })
    if (response.status !== 303) throw new Error(`accepting answered ${response.status}`)
    if (n !== 1) return // after these tables are copied
    await api("POST", `/billing_accounts/${accounts[0]?.id}/default`)
    await api("PATCH", `/customers/${customer}`, { external_id: "crm-3" })
    await api("PATCH", `/invites/${older.id}`, { external_id: "crm-1" })
  })
}
