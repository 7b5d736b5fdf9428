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
import { countingD1 } from "./support/counting-d1.ts"
import { addPasskey, setUpAuthenticator } from "./support/factors.ts"
import { expectIntact, findLeft } from "./support/leftovers.ts"
import { travel } from "./support/time.ts"

const deps = createDeps(testEnv, () => undefined)

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
    "INSERT INTO webhook_attempts SELECT 'att_1', id, 1, 200, 'Saved quorra@planted.example', 1 FROM outbox WHERE kind = 'webhook'",
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
      [link, 410],
      [`/customers/invites/${id}/resends`, 409],
      [`/customers/invites/${id}/edit`, 409],
    ] as const) {
      expect([path, (await browser.post(path, REGISTRATION_FORM)).status]).toEqual([path, status])
    }
    const page = await (await new Browser().get(link)).text()
    expect(page).toContain("ask Acme Networks for a new invite")
    expect(page).toContain('href="mailto:support@acme.example"')
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
    `INSERT INTO idempotent_responses SELECT NULL, 'key_1', '${suffix}' || value, 'hash', json_object('id', ${id}, 'contactEmail', ${email},
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
