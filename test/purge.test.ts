import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { sealAuditLog } from "../src/domain/audit/seal.ts"
import { recordDeliveryEvent } from "../src/domain/mail/delivery-events.ts"
import { purgeOldInvites } from "../src/domain/privacy/purge-invites.ts"
import { createDeps } from "../src/http/bindings.ts"
import {
  addStaff,
  Browser,
  callApi,
  count,
  createApiKey,
  invite,
  latestRegistrationLink,
  PASSWORD,
  REGISTRATION_FORM,
  sendDueEmails,
  signInAs,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { verifyChain } from "./support/audit.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { addPasskey, setUpAuthenticator } from "./support/factors.ts"
import { travel } from "./support/time.ts"

const deps = createDeps(testEnv, () => undefined)

/** Every value of every table, also of the search index, as bytes. */
async function dumpDatabase(): Promise<string> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*' AND name <> 'invite_search'",
  ).all<{ name: string }>()
  const tables = await env.DB.batch(results.map(({ name }) => env.DB.prepare(`SELECT * FROM "${name}"`)))
  return tables
    .flatMap((table) => table.results.flatMap((row) => Object.values(row as object)))
    .map((value) => (Array.isArray(value) ? Buffer.from(value).toString("latin1") : String(value)))
    .join("\n")
}

/** What is left of these values in the database, in any spelling. */
async function findLeft(...values: string[]): Promise<string[]> {
  const dump = (await dumpDatabase()).toLowerCase()
  return values.filter((value) => dump.includes(value.toLowerCase()))
}

async function expectIntact(resellerId: string) {
  expect(await verifyChain(resellerId)).toEqual([])
  await sealAuditLog(deps)
  expect(await verifyChain(resellerId)).toEqual([])
  expect(await count("audit_seals", `reseller_id = '${resellerId}'`)).toBeGreaterThan(0)
}

/** An invite that went through everything that stores something about its contact. */
async function createWellTravelledInvite(browser: Browser, key: string) {
  const contact = {
    company_name: "Zanzibar Textiles",
    contact_name: "Quorra Flynn",
    contact_email: "quorra@planted.example",
    billing_email: "billing@acme.example",
    billing_phone: "+1 415 555 0132",
    note: "A secret note for Quorra",
  }
  await browser.post("/settings/webhooks/new", { url: "https://crm.example.com/hook", events: "invite.created" })
  const response = await callApi({ key, path: "/invites", body: contact, headers: { "Idempotency-Key": "once" } })
  const { id } = await response.json<{ id: string }>()
  const link = await latestRegistrationLink()
  await new Browser().post(`${link}/opening`)
  await browser.post(`/customers/invites/${id}/edit`, { ...contact, contact_name: "Quorra Jones" })
  await env.DB.prepare(
    "INSERT INTO webhook_attempts SELECT 'att_1', id, 1, 200, 'Saved quorra@planted.example' FROM outbox WHERE kind = 'webhook'",
  ).run()
  const messageId = await env.DB.prepare("SELECT message_id FROM outbox WHERE invite_id = ? AND kind = 'invite'")
    .bind(id)
    .first<string>("message_id")
  const bounce = { type: "hard", reason: "550 5.1.1 quorra@planted.example is unknown" }
  const payload = { eventId: "e1", messageId, recipient: "quorra@planted.example", bounce }
  await recordDeliveryEvent(deps, { type: "cf.email.sending.message.bounced", payload }, "e1")
  return id
}

const PERSONAL = ["quorra", "planted.example", "flynn", "secret note", "zanzibar"]

describe("purging one invite", () => {
  it("leaves nothing of its contact in the database, keeps the row, and the audit log still verifies", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    const id = await createWellTravelledInvite(browser, key)
    expect(await findLeft(...PERSONAL)).toEqual(PERSONAL)
    await browser.post(`/customers/invites/${id}/revocation`)
    await sealAuditLog(deps)
    const counts = [await count("invites"), await count("events"), await count("outbox")]
    const entries = await count("audit_log")

    expect((await browser.post(`/customers/invites/${id}/purge`)).headers.get("Location")).toBe(
      `/customers/invites/${id}?flash=purged`,
    )
    expect(await findLeft(...PERSONAL)).toEqual([])
    expect([await count("invites"), await count("events"), await count("outbox")]).toEqual(counts)
    expect(await count("audit_log")).toBe(entries + 1)
    expect(await count("invites", "status = 'revoked' AND purged_at IS NOT NULL")).toBe(1)
    await expectIntact(resellerId)

    const proof = await env.DB.prepare("SELECT detail FROM audit_log WHERE action = 'invite.purged'").first<string>(
      "detail",
    )
    const page = await (await browser.get(`/customers/invites/${id}`)).text()
    expect(page).not.toContain(proof)
    expect(page).toContain("The personal data of this invite was deleted")
    expect(page).not.toContain("Delete personal data</button>")
    expect(page).toContain("Dana Ortiz") // staff are named in its timeline as before
    expect(await (await browser.get("/customers/invites?status=revoked")).text()).toContain("Deleted contact")
    expect(await (await browser.get("/customers/invites?q=quorra")).text()).not.toContain(id)
    expect((await callApi({ key, path: `/invites/${id}` })).status).toBe(200)
    expect((await browser.post(`/customers/invites/${id}/purge`)).status).toBe(303)
    expect(await count("audit_log")).toBe(entries + 1)
  })

  it("keeps its suppression as a hash that still refuses the address", async () => {
    const { browser, resellerId } = await signInStaff()
    const id = await createWellTravelledInvite(browser, await createApiKey(resellerId))
    await browser.post(`/customers/invites/${id}/revocation`)
    await browser.post(`/customers/invites/${id}/purge`)
    expect(await count("suppressions", "email GLOB 'hmac:*' AND reason IS NULL AND cause = 'bounced'")).toBe(1)
    const form = {
      company_name: "New",
      contact_name: "New",
      billing_email: "billing@acme.example",
      billing_phone: "+1 415 555 0132",
    }
    const refused = await browser.post("/customers/invites/new", { ...form, contact_email: "Quorra@planted.example" })
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("bounced")])
  })

  it("leaves nothing of an address that was corrected, and still refuses it", async () => {
    const { browser } = await signInStaff()
    const form = { billing_email: "billing@acme.example", billing_phone: "+1 415 555 0132", company_name: "Zanzibar" }
    const contact = { ...form, contact_name: "Quorra Flynn", contact_email: "quorra@planted.example" }
    await browser.post("/customers/invites/new", contact)
    const id = await env.DB.prepare("SELECT id FROM invites").first<string>("id")
    await sendDueEmails()
    const messageId = await env.DB.prepare("SELECT message_id FROM outbox WHERE kind = 'invite'").first("message_id")
    const payload = { messageId, recipient: "quorra@planted.example", bounce: { type: "hard", reason: "unknown" } }
    await recordDeliveryEvent(deps, { type: "cf.email.sending.message.bounced", payload }, "e1")
    await browser.post(`/customers/invites/${id}/edit`, { ...contact, contact_email: "tron@planted.example" })
    await sendDueEmails()
    expect(await count("suppressions", "email = 'quorra@planted.example'")).toBe(1)
    await browser.post(`/customers/invites/${id}/revocation`)
    for (const name of ["quorra", "tron", "nobody"]) {
      await new Browser().post("/forgot-password", { email: `${name}@planted.example` })
    }
    await sendDueEmails()
    expect((await browser.post(`/customers/invites/${id}/purge`)).status).toBe(303)
    expect(await findLeft("quorra", "tron", "planted.example")).toEqual([])
    const refused = await browser.post("/customers/invites/new", contact)
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("bounced")])
  })

  it("is refused while it is pending, possible once it ran out, and ends its links and emails", async () => {
    const { browser: earlierBrowser } = await signInStaff()
    const id = await invite(earlierBrowser)
    const link = await latestRegistrationLink()
    const refused = await earlierBrowser.post(`/customers/invites/${id}/purge`)
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining("Revoke it first")])
    expect(await count("invites", "purged_at IS NULL AND contact_email = 'priya@northwind.example'")).toBe(1)

    travel({ days: 15 })
    const user = await env.DB.prepare("SELECT id FROM users").first<string>("id")
    const browser = await signInAs(user ?? "")
    expect((await browser.post(`/customers/invites/${id}/purge`)).status).toBe(303)
    expect(await findLeft("priya", "northwind")).toEqual([])
    for (const [path, status] of [
      [link, 404],
      [`/customers/invites/${id}/resends`, 409],
      [`/customers/invites/${id}/edit`, 409],
    ] as const) {
      expect([path, (await browser.post(path, REGISTRATION_FORM)).status]).toEqual([path, status])
    }
    expect(await sendDueEmails()).toEqual([])
  })
})

describe("the retention of ended invites", () => {
  it("purges 1,000 in bounded batches, leaves nothing of them, and the audit log still verifies", async () => {
    const { browser, resellerId } = await signInStaff()
    const live = await invite(browser)
    await insertEndedInvites(resellerId, 1_000)
    await insertCorrections(resellerId, 1_000)
    for (const email of ["quorra1@planted.example", "corrected1@planted.example", "typed@planted.example"]) {
      expect((await new Browser().post("/forgot-password", { email })).status).toBe(202)
    }
    await sendDueEmails()
    for (let run = 0; run < 2; run++) await sealAuditLog(deps)
    travel({ days: 364 })
    await purgeOldInvites(deps)
    expect(await count("invites", "purged_at IS NOT NULL")).toBe(0)

    travel({ days: 8 })
    await sendDueEmails()
    const before = await env.DB.prepare("SELECT status, count(*) AS n FROM invites GROUP BY 1 ORDER BY 1").all()
    for (let run = 1; run <= 10; run++) {
      const { database, costs } = countingD1(env.DB)
      await purgeOldInvites(createDeps({ ...testEnv, DB: database }, () => undefined))
      expect(await count("invites", "purged_at IS NOT NULL")).toBe(run * 100)
      expect([costs.roundTrips, costs.rowsRead < 14_500]).toEqual([2, true])
    }
    expect(await findLeft("quorra", "planted", "corrected", "secretnote", "zanzibar")).toEqual([])
    expect(await count("suppressions", "email GLOB 'hmac:*'")).toBe(2_000)
    const matches = env.DB.prepare("SELECT count(*) AS n FROM invite_search WHERE invite_search MATCH ?").bind(
      `"${resellerId.slice(-6)}.quo"`,
    )
    expect(await matches.first("n")).toBe(0)
    const after = await env.DB.prepare("SELECT status, count(*) AS n FROM invites GROUP BY 1 ORDER BY 1").all()
    expect(after.results).toEqual(before.results)
    expect(await count("invites", `id = '${live}' AND purged_at IS NULL`)).toBe(1)
    await sealAuditLog(deps)
    await expectIntact(resellerId)
  })

  it("is what each reseller chose, and costs few rows while nothing is due", async () => {
    const acme = await signInStaff()
    const globex = await signInStaff("globex")
    for (const { browser, resellerId } of [acme, globex]) {
      const suffix = resellerId.slice(-3)
      await insertEndedInvites(resellerId, 3, suffix)
      expect((await browser.get("/settings/privacy")).status).toBe(200)
    }
    for (const months of ["0", "2", "x", ""]) {
      expect((await acme.browser.post("/settings/privacy", { retention_months: months })).status).toBe(422)
    }
    expect((await acme.browser.post("/settings/privacy", { retention_months: "3" })).status).toBe(303)
    expect(await count("audit_log", "action = 'reseller.retention_changed' AND detail = '3 months'")).toBe(1)
    travel({ days: 93 })
    await purgeOldInvites(deps)
    const purged = "SELECT DISTINCT reseller_id FROM invites WHERE purged_at IS NOT NULL"
    expect((await env.DB.prepare(purged).all()).results).toEqual([{ reseller_id: acme.resellerId }])
    expect(await count("invites", "purged_at IS NOT NULL")).toBe(3)
    const { database, costs } = countingD1(env.DB)
    await purgeOldInvites(createDeps({ ...testEnv, DB: database }, () => undefined))
    expect([costs.roundTrips, costs.rowsRead <= 10]).toEqual([1, true])
  })
})

/** Invites of `insertEndedInvites` had another address first: it bounced, or declined. Every second email is deleted by now. */
async function insertCorrections(resellerId: string, n: number) {
  const numbers = JSON.stringify(Array.from({ length: n }, (_, i) => i))
  const id = "printf('inv_%05d', value)"
  const email = "'corrected' || value || '@planted.example'"
  const statements = [
    `INSERT INTO outbox (id, reseller_id, kind, invite_id, link_version, recipient, status, next_attempt_at, created_at)
     SELECT 'eml_c' || value, ?2, 'invite', ${id}, 1, ${email}, 'sent', 0, 0 FROM json_each(?1) WHERE value % 2 = 0`,
    `INSERT INTO suppressions (sender_id, email, cause, reason, created_at)
     SELECT ?2, ${email}, iif(value % 2, 'bounced', 'declined'), ${email}, 0 FROM json_each(?1)`,
    `INSERT INTO audit_log (id, reseller_id, action, subject_id, actor_kind, changes, created_at)
     SELECT printf('aud_1%05d', value), ?2, 'invite.updated', ${id}, 'staff',
       json_array(json_array('contact_email', ${email}, 'x@y.example')), 0 FROM json_each(?1) WHERE value % 2 = 1`,
  ]
  await env.DB.batch(statements.map((sql) => env.DB.prepare(sql).bind(numbers, resellerId)))
}

/** Ended invites with everything that is stored about them. */
async function insertEndedInvites(resellerId: string, n: number, suffix = "") {
  const numbers = JSON.stringify(Array.from({ length: n }, (_, i) => i))
  const id = `printf('inv_%s%05d', '${suffix}', value)`
  const email = `'quorra${suffix}' || value || '@planted.example'`
  const now = Date.now()
  const change = await env.DB.prepare("SELECT id FROM audit_log ORDER BY id DESC").first<string>("id")
  const source = "FROM json_each(?1)"
  const statements = [
    `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, status, email_status, email_error, company_name, contact_name, contact_email, note,
       billing_account_id, billing_email, billing_phone, locale, link_version, expires_in_days, send_count, last_change_id,
       invited_by, created_at, expires_at)
     SELECT ${id}, 'ref${suffix}' || value, ?2, 'customer', ?2, CASE value % 4 WHEN 0 THEN 'accepted' WHEN 1 THEN 'declined' WHEN 2 THEN 'revoked' ELSE 'expired' END,
       'bounced', ${email} || ' is unknown', 'Zanzibar ' || value, 'Quorra ' || value, ${email}, 'Secretnote ' || value, 'bil_1', 'b@x.example',
       '+14155550132', 'en', 1, 14, 1, '${change}', 'usr_1', ${now}, ${now} ${source}`,
    `INSERT INTO outbox (id, reseller_id, kind, invite_id, link_version, recipient, status, next_attempt_at, message_id, last_error, created_at)
     SELECT 'eml_${suffix}' || value, ?2, 'invite', ${id}, 1, ${email}, CASE value % 2 WHEN 0 THEN 'sent' ELSE 'queued' END, ${now}, 'm${suffix}' || value,
       'refused by ' || ${email}, ${now} ${source}`,
    `INSERT INTO email_events (id, message_id, type, payload, received_at, reason)
     SELECT 'e${suffix}' || value, 'm${suffix}' || value, 'bounced', json_object('to', ${email}), ${now}, ${email} ${source}`,
    `INSERT INTO events (id, reseller_id, type, is_public, invite_id, contact_email, detail, data, occurred_at)
     SELECT 'evt_${suffix}' || value, ?2, 'invite.created', 1, ${id}, ${email}, ${email}, '{}', ${now} ${source}`,
    `INSERT INTO suppressions (sender_id, email, cause, reason, created_at)
     SELECT ?2, ${email}, 'declined', ${email}, ${now} ${source}`,
    `INSERT INTO audit_log (id, reseller_id, action, subject_id, actor_kind, actor_id, actor_name, detail, created_at)
     SELECT printf('aud_0%s%05d', '${suffix}', value), ?2, 'invite.declined', ${id}, 'contact', 'usr_' || value, 'Quorra ' || value, ${email}, ${now} ${source}`,
    `INSERT INTO idempotent_responses SELECT 'key_1', '${suffix}' || value, 'hash', json_object('id', ${id}, 'contactEmail', ${email},
       'contactName', 'Quorra', 'companyName', 'Zanzibar', 'note', 'Secretnote'), ${now} ${source}`,
  ]
  await env.DB.batch(
    statements.map((sql) =>
      sql.includes("?2") ? env.DB.prepare(sql).bind(numbers, resellerId) : env.DB.prepare(sql).bind(numbers),
    ),
  )
}

describe("the data about one person", () => {
  it("can be exported by Admins, without that of other tenants, and the export is recorded without the address", async () => {
    const { browser, resellerId } = await signInStaff()
    const globex = await signInStaff("globex")
    const globexBilling = { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" }
    await invite(globex.browser, { company_name: "Other tenant's name for it", ...globexBilling })
    const id = await invite(browser)
    await sendDueEmails()
    for (const [email, error] of [
      ["", "Enter the person&#39;s email address."],
      ["nobody", "Enter an email address such as"],
    ] as const) {
      const refused = await browser.post("/settings/privacy/exports", { email })
      expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining(error)])
    }
    expect(await count("audit_log", "action = 'reseller.data_exported'")).toBe(0)
    const response = await browser.post("/settings/privacy/exports", { email: " Priya@northwind.example" })
    expect(response.headers.get("Content-Disposition")).toContain("attachment")
    const text = await response.text()
    expect(text).not.toMatch(/globex|Other tenant/i)
    const data = JSON.parse(text)
    expect(data.invites).toEqual([expect.objectContaining({ id, contactName: "Priya Nair" })])
    expect(data.emails).toEqual([expect.objectContaining({ kind: "invite", status: "sent" })])
    expect(data.events.length).toBeGreaterThan(0)
    expect(data.audit_log).toHaveLength(2)
    expect(await count("audit_log", "action = 'reseller.data_exported' AND detail IS NULL")).toBe(1)
    expect(await (await browser.get(`/customers/invites/${id}`)).text()).toContain("Export the data about this person")

    const { userId } = await addStaff(resellerId, { name: "R", email: "regular@acme.example", role: "regular" })
    const regular = await signInAs(userId)
    expect((await regular.post("/settings/privacy/exports", { email: "priya@northwind.example" })).status).toBe(403)
    expect(await (await regular.get(`/customers/invites/${id}`)).text()).not.toContain("Export the data")
  })
})

describe("the data about how a person signs in", () => {
  it("is in the export: sessions, factors without secrets, emails and earlier addresses", async () => {
    const { browser, resellerId } = await signInStaff()
    const { userId } = await addStaff(resellerId, { name: "Quorra", email: "quorra@planted.example", role: "sales" })
    const quorra = await signInAs(userId)
    await env.DB.prepare("UPDATE sessions SET city = 'Lyon', country = 'FR', user_agent = 'Firefox' WHERE user_id = ?")
      .bind(userId)
      .run()
    await addPasskey(quorra)
    await setUpAuthenticator(quorra)
    await sendDueEmails()
    await quorra.post("/profile/email", { email: "tron@planted.example", current_password: PASSWORD })
    for (const { text } of await sendDueEmails()) await new Browser().post(/\/confirm-email\/\S+/.exec(text)?.[0] ?? "")
    await new Browser().post("/forgot-password", { email: "tron@planted.example" })
    const text = await (await browser.post("/settings/privacy/exports", { email: "tron@planted.example" })).text()
    const data = JSON.parse(text)
    expect(data.earlier_addresses).toEqual(["quorra@planted.example"])
    expect(data.sessions).toContainEqual(
      expect.objectContaining({ device: "Firefox", city: "Lyon", country: "FR", createdAt: expect.any(String) }),
    )
    expect(data.passkeys).toEqual([{ name: expect.any(String), createdAt: expect.any(String), lastUsedAt: null }])
    expect(data.authenticators).toEqual([{ createdAt: expect.any(String) }])
    const kinds = data.security_emails.map(({ kind }: { kind: string }) => kind)
    expect([...new Set(kinds)].sort()).toEqual(["email_change", "password_reset", "security_notice"])
    const secrets = ["public_key", "publicKey", "encrypted", "token", "ip_address", "ipAddress"]
    expect(secrets.filter((name) => text.includes(name))).toEqual([])

    // Of somebody who is another reseller's too, how they sign in isn't this one's to hand out.
    const globex = await signInStaff("globex")
    await env.DB.prepare("INSERT INTO staff (user_id, reseller_id, role, created_at) VALUES (?, ?, 'sales', 0)")
      .bind(userId, globex.resellerId)
      .run()
    const shared = await browser.post("/settings/privacy/exports", { email: "tron@planted.example" })
    const withheld = { sessions: [], passkeys: [], authenticators: [], security_emails: [] }
    expect(await shared.json()).toMatchObject({ earlier_addresses: ["quorra@planted.example"], ...withheld })
    await env.DB.prepare("DELETE FROM staff WHERE reseller_id = ? AND user_id = ?")
      .bind(globex.resellerId, userId)
      .run()

    const foreign = await globex.browser.post("/settings/privacy/exports", { email: "tron@planted.example" })
    const none = { earlier_addresses: [], sessions: [], passkeys: [], authenticators: [], security_emails: [] }
    expect(await foreign.json()).toMatchObject(none)
  })
})

describe("deleting a person", () => {
  it("removes a staff user with every trace of their name, keeps their id in the audit log, and it verifies", async () => {
    const { browser, resellerId } = await signInStaff()
    await browser.post("/settings/staff/invites/new", {
      contact_name: "Quorra Flynn",
      contact_email: "quorra@planted.example",
      role: "regular",
    })
    const colleague = new Browser()
    await colleague.post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Quorra Flynn" })
    await invite(colleague)
    const id = await env.DB.prepare("SELECT id FROM users WHERE email = 'quorra@planted.example'").first<string>("id")
    await browser.post(`/settings/staff/people/${id}/role`, { role: "sales" })
    await sealAuditLog(deps)
    expect(await findLeft("quorra", "planted")).toEqual(["quorra", "planted"])

    const response = await browser.post(`/settings/staff/people/${id}/purge`)
    expect(response.headers.get("Location")).toBe("/settings/staff?flash=purged")
    expect(await findLeft("quorra", "planted")).toEqual([])
    expect([await count("users"), await count("sessions"), await count("credentials")]).toEqual([1, 1, 1])
    expect(await count("audit_log", `actor_id = '${id}'`)).toBeGreaterThan(1)
    expect((await colleague.get("/")).status).toBe(303)
    await expectIntact(resellerId)
  })

  it("removes a member with their name in the customer's entries, but not their colleagues'", async () => {
    const { browser, resellerId } = await signInStaff()
    await invite(browser)
    const admin = new Browser()
    await admin.post(await latestRegistrationLink(), REGISTRATION_FORM)
    for (const name of ["Quorra Flynn", "Sam Reyes"]) {
      const email = `${name.split(" ")[0]?.toLowerCase()}@planted.example`
      await admin.post("/account/invites/new", { contact_name: name, contact_email: email, role: "member" })
      await new Browser().post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name })
      const id = await env.DB.prepare("SELECT id FROM users WHERE email = ?").bind(email).first<string>("id")
      await admin.post(`/account/people/${id}/role`, { role: "admin" })
    }
    const id = await env.DB.prepare("SELECT id FROM users WHERE email = 'quorra@planted.example'").first<string>("id")
    await sealAuditLog(deps)
    expect((await admin.post(`/account/people/${id}/purge`)).headers.get("Location")).toBe("/account?flash=purged")
    expect(await findLeft("quorra", "sam reyes")).toEqual(["sam reyes"])
    expect(await count("audit_log", "action = 'member.role_changed' AND detail LIKE 'Sam Reyes: %'")).toBe(1)
    await expectIntact(resellerId)
  })

  it("removes a member's earlier names and addresses, and what they changed about their sign-in", async () => {
    const { browser, resellerId } = await signInStaff()
    await invite(browser)
    const admin = new Browser()
    await admin.post(await latestRegistrationLink(), REGISTRATION_FORM)
    const email = "quorra@planted.example"
    await admin.post("/account/invites/new", { contact_name: "Quorra Flynn", contact_email: email, role: "member" })
    const member = new Browser()
    await member.post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Quorra Flynn" })
    const id = await env.DB.prepare("SELECT id FROM users WHERE email = ?").bind(email).first<string>("id")
    await admin.post(`/account/people/${id}/role`, { role: "admin" })
    await addPasskey(member)
    await member.post("/profile/name", { name: "Tron Bradley" })
    await sendDueEmails()
    await member.post("/profile/email", { email: "tron@planted.example", current_password: REGISTRATION_FORM.password })
    for (const { text } of await sendDueEmails()) await new Browser().post(/\/confirm-email\/\S+/.exec(text)?.[0] ?? "")
    await sealAuditLog(deps)
    const personal = ["quorra", "tron", "planted"]
    expect(await findLeft(...personal)).toEqual(personal)

    expect((await admin.post(`/account/people/${id}/purge`)).headers.get("Location")).toBe("/account?flash=purged")
    expect(await findLeft(...personal)).toEqual([])
    expect(await sendDueEmails()).toEqual([])
    expect(await count("outbox", "status IN ('queued', 'sending')")).toBe(0)
    await expectIntact(resellerId)
  })

  it("removes somebody who was staff and a member of customers of two resellers from all these logs", async () => {
    const acme = await signInStaff()
    const globex = await signInStaff("globex")
    const email = "quorra@planted.example"
    await acme.browser.post("/settings/staff/invites/new", {
      contact_name: "Quorra Flynn",
      contact_email: email,
      role: "sales",
    })
    const person = new Browser()
    await person.post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Quorra Flynn" })
    const id = await env.DB.prepare("SELECT id FROM users WHERE email = ?").bind(email).first<string>("id")
    const admins = []
    for (const [n, { browser }] of [acme, globex].entries()) {
      const billing = n === 1 && { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" }
      await invite(browser, { contact_email: `admin${n}@customer.example`, company_name: `Customer ${n}`, ...billing })
      const admin = new Browser()
      await admin.post(await latestRegistrationLink(), { ...REGISTRATION_FORM, name: "Sam Reyes" })
      await admin.post("/account/invites/new", { contact_name: "Quorra Flynn", contact_email: email, role: "member" })
      await person.post(await latestRegistrationLink(), { accept_terms: "on" })
      admins.push(admin)
    }
    await person.post("/profile/name", { name: "Tron Bradley" })
    await person.post("/profile/email", { email: "tron@planted.example", current_password: REGISTRATION_FORM.password })
    for (const { text } of await sendDueEmails()) await new Browser().post(/\/confirm-email\/\S+/.exec(text)?.[0] ?? "")
    await person.post("/sign-out")
    await person.post("/sign-in", { email: "tron@planted.example", password: "quite another one" })
    for (const admin of admins) {
      expect((await admin.post(`/account/people/${id}/removal`)).headers.get("Location")).toBe("/account?flash=removed")
    }
    await sealAuditLog(deps)
    // What the log of Globex says about its invite stays theirs until they purge that.
    const leftInLogs = async () => {
      const { results } = await env.DB.prepare(
        "SELECT actor_name, detail, changes FROM audit_log WHERE action NOT GLOB 'invite.*'",
      ).all()
      const text = JSON.stringify(results).toLowerCase()
      return ["quorra", "tron", "planted"].filter((word) => text.includes(word))
    }
    expect(await leftInLogs()).toEqual(["quorra", "tron", "planted"])

    const response = await acme.browser.post(`/settings/staff/people/${id}/purge`)
    expect(response.headers.get("Location")).toBe("/settings/staff?flash=purged")
    expect(await leftInLogs()).toEqual([])
    for (const { resellerId } of [acme, globex]) await expectIntact(resellerId)
  })

  it("only removes somebody who belongs to another account, and never the last Admin", async () => {
    const { browser } = await signInStaff()
    const globex = await signInStaff("globex")
    const own = await env.DB.prepare("SELECT id FROM users WHERE email = 'admin@acme.example'").first<string>("id")
    expect((await browser.post(`/settings/staff/people/${own}/purge`)).status).toBe(409)
    const { userId } = await addStaff(globex.resellerId, {
      name: "Quorra",
      email: "quorra@planted.example",
      role: "sales",
    })
    const acmeId = await env.DB.prepare("SELECT id FROM resellers WHERE slug = 'acme'").first<string>("id")
    await env.DB.prepare("INSERT INTO staff (user_id, reseller_id, role, created_at) VALUES (?, ?, 'sales', 0)")
      .bind(userId, acmeId)
      .run()
    const response = await browser.post(`/settings/staff/people/${userId}/purge`)
    expect(response.headers.get("Location")).toBe("/settings/staff?flash=removed")
    expect(await count("users", "email = 'quorra@planted.example'")).toBe(1)
    expect(await count("staff", `user_id = '${userId}'`)).toBe(1)
  })
})
