import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { deriveCode } from "../src/domain/invites/email-codes.ts"
import { claim } from "../src/domain/outbox/claim.ts"
import { createDeps } from "../src/http/bindings.ts"
import {
  addStaff,
  Browser,
  CUSTOMER,
  callApi,
  count,
  PASSWORD,
  REGISTRATION_FORM,
  registrationLinkIn,
  sendDueEmails,
  signInAs,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { createTenant, createTenants } from "./support/tenants.ts"
import { travel } from "./support/time.ts"

const VICTIM = CUSTOMER.contact_email
const deps = createDeps(testEnv, () => undefined)

describe("email codes to one address", () => {
  /** Creates an invite without email, and returns its id and copied link. */
  async function inviteByLink(tenant: Awaited<ReturnType<typeof createTenant>>) {
    const { id } = await tenant.inviteContact({ send_email: false })
    const response = await callApi({ key: tenant.key, method: "POST", path: `/invites/${id}/links` })
    const { registration_url } = await response.json<{ registration_url: string }>()
    return { id, path: new URL(registration_url).pathname }
  }

  const askForCode = (path: string) => new Browser().post(`${path}/codes`)
  const isCode = ({ subject }: { subject: string }) => /^\d{6} is your code$/.test(subject)

  /** Lets others use up the codes of the day. */
  async function useUpCodes(tenants: Awaited<ReturnType<typeof createTenant>>[]) {
    for (let round = 0; round < 5; round++) {
      const tenant = tenants[round % tenants.length] ?? (await createTenant(9))
      const { id, path } = await inviteByLink(tenant)
      expect((await askForCode(path)).status).toBe(303)
      expect((await sendDueEmails()).filter(isCode)).toHaveLength(1)
      await tenant.revoke(id)
    }
  }

  it("are five a day, however often it is invited and by whom; after that the link is emailed, which needs no code", async () => {
    const [tenant, ...others] = await createTenants(3)
    if (!tenant) throw new Error("no tenant")
    await useUpCodes(others)
    const { path } = await inviteByLink(tenant)
    expect((await askForCode(path)).status).toBe(303)
    const [mail, ...rest] = await sendDueEmails()
    expect([mail?.to, rest, await count("outbox", "kind = 'code'")]).toEqual([VICTIM, [], 5])
    const contact = new Browser()
    const accepted = await contact.post(registrationLinkIn(mail), REGISTRATION_FORM)
    expect([accepted.status, accepted.headers.get("Location")]).toEqual([303, "/account"])
    expect(await (await contact.get("/account")).text()).toContain("tenant0")

    travel({ hours: 24, minutes: 1 })
    const next = await inviteByLink(others[0] ?? tenant)
    await askForCode(next.path)
    expect((await sendDueEmails()).map(isCode)).toEqual([true])
  })

  it("look the same on the page, in the activity and to the inviter, whether or not others have used them up", async () => {
    const [tenant, other] = await createTenants(2)
    if (!tenant || !other) throw new Error("no tenants")
    const observe = async () => {
      const { id, path } = await inviteByLink(tenant)
      const answer = await askForCode(path)
      const mails = await sendDueEmails()
      const page = await (await new Browser().get(path)).text()
      const { results: entries } = await env.DB.prepare(
        "SELECT action, detail FROM audit_log WHERE subject_id = ? ORDER BY action",
      )
        .bind(id)
        .all()
      const { results: events } = await env.DB.prepare("SELECT type FROM events WHERE invite_id = ?").bind(id).all()
      const row = await (await callApi({ key: tenant.key, path: `/invites/${id}` })).json<Record<string, unknown>>()
      const again = await askForCode(path)
      await tenant.revoke(id)
      const shape = (text: string) => text.replaceAll(path, "").replace(/nonce-[\w+/=]+/g, "")
      const { status, email_status, send_count, last_sent_at } = row
      return {
        mails: mails.map(isCode),
        seen: [
          answer.status,
          shape(page),
          entries,
          events,
          { status, email_status, send_count, last_sent_at },
          again.status,
          shape(await again.text()),
        ],
      }
    }
    const before = await observe()
    travel({ hours: 25 })
    await useUpCodes([other])
    const after = await observe()
    expect([before.mails, after.mails]).toEqual([[true], [false]])
    expect(after.seen).toEqual(before.seen)
    expect(after.seen[1]).toContain("Enter the six-digit code from it. If the email has a link instead, open the link.")
  })

  it("aren't right by any digits where the link was emailed, and asking again while it waits enqueues no second one", async () => {
    const [tenant, other] = await createTenants(2)
    if (!tenant || !other) throw new Error("no tenants")
    await useUpCodes([other])
    const { path } = await inviteByLink(tenant)
    await askForCode(path)
    const { id } = (await env.DB.prepare("SELECT id FROM outbox WHERE kind = 'link'").first<{ id: string }>()) ?? {}
    const code = deriveCode(deps, id ?? "")
    expect((await new Browser().post(`${path}/verification`, { code })).status).toBe(422)
    travel({ minutes: 2 })
    expect((await askForCode(path)).status).toBe(303)
    expect(await count("outbox", "kind = 'link'")).toBe(1)
  })

  it("are five when ten resellers' links ask at once, and the other five get their links", async () => {
    const links = await Promise.all((await createTenants(10)).map(inviteByLink))
    const answers = await Promise.all(links.map(({ path }) => askForCode(path)))
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(303))
    const mails = await sendDueEmails()
    expect([mails.filter(isCode).length, mails.length]).toEqual([5, 10])
  })

  it("count their links with invites: ten in an hour, and the rest waits", async () => {
    const tenants = await createTenants(17)
    const links = await Promise.all(tenants.map(inviteByLink))
    for (const { path } of links) expect((await askForCode(path)).status).toBe(303)
    expect(await sendDueEmails()).toHaveLength(15)
    expect(await count("outbox", "kind = 'link' AND status = 'queued'")).toBe(2)
    travel({ minutes: 61 })
    expect(await sendDueEmails()).toHaveLength(2)
  })

  it("aren't delayed by invites, nor invites by them", async () => {
    const [spammer, other] = await createTenants(2)
    if (!spammer || !other) throw new Error("no tenants")
    for (let round = 0; round < 12; round++) {
      const { id } = await spammer.inviteContact()
      await sendDueEmails()
      await spammer.revoke(id)
    }
    const { path } = await inviteByLink(other)
    await new Browser().post(`${path}/codes`)
    expect((await sendDueEmails()).map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^\d{6} is your code$/),
    ])
  })
})

describe("emails about a person's own sign-in", () => {
  const DANA = "admin@acme.example"
  const forgotPassword = () => new Browser().post("/forgot-password", { email: DANA })
  const newSubjects = async () => (await sendDueEmails()).filter(({ to }) => to === DANA).map(({ subject }) => subject)
  const RESET = "Choose a new password for PacketFabric"

  it("aren't stopped by a flood of invites", async () => {
    await signInStaff()
    const tenant = await createTenant(1)
    let flood = 0
    for (let round = 0; round < 12; round++) {
      const { id } = await tenant.inviteContact({ contact_email: DANA })
      flood += (await newSubjects()).length
      await tenant.revoke(id)
    }
    expect(flood).toBe(10)
    expect((await forgotPassword()).status).toBe(202)
    expect(await newSubjects()).toEqual([RESET])
  })

  it("don't stop invites when somebody floods them, and a reset link that works stays in the mailbox", async () => {
    await signInStaff()
    const tenant = await createTenant(1)
    const answers = []
    for (let round = 0; round < 20; round++) answers.push((await forgotPassword()).status)
    expect(answers).toEqual(Array(20).fill(202))
    expect(await newSubjects()).toEqual(Array(4).fill(RESET))
    await tenant.inviteContact({ contact_email: DANA })
    expect(await newSubjects()).toEqual(["You have been invited to join Globex Connect"])
  })

  it("are ten in an hour for confirming an address, which delays neither resets nor notices nor invites", async () => {
    const { resellerId } = await signInStaff()
    const attacker = await addStaff(resellerId, { name: "Mallory", email: "mallory@acme.example", role: "sales" })
    const browser = await signInAs(attacker.userId)
    const toVictim = []
    for (let round = 0; round < 12; round++) {
      const form = { email: VICTIM, current_password: PASSWORD }
      expect((await browser.post("/profile/email", form)).headers.get("Location")).toContain("email_requested")
      toVictim.push(...(await sendDueEmails()).filter(({ to }) => to === VICTIM))
      travel({ seconds: 61 })
    }
    expect(toVictim).toHaveLength(10)
    const tenant = await createTenant(1)
    await tenant.inviteContact()
    await env.DB.prepare("UPDATE users SET email = ? WHERE id <> ?").bind(VICTIM, attacker.userId).run()
    await new Browser().post("/forgot-password", { email: VICTIM })
    const mails = (await sendDueEmails()).filter(({ to }) => to === VICTIM)
    expect(mails.map(({ subject }) => subject).sort()).toEqual([RESET, "You have been invited to join Globex Connect"])
    const text = mails.map((mail) => mail.text).join()
    const link = /http:\/\/localhost:8787(\/reset-password\/\S+)/.exec(text)?.[1] ?? ""
    expect((await new Browser().post(link, { password: "a river under seven bridges" })).status).toBe(303)
    expect((await sendDueEmails()).map(({ to }) => to)).toEqual([VICTIM])
  })
})

describe("counting by recipient", () => {
  /** Fills the outbox with emails to others, and with older ones to the victim. */
  async function fillOutbox() {
    const copy = (id: string, recipient: string, hash: string, age: string) =>
      `INSERT INTO outbox (id, kind, recipient, recipient_hash, status, next_attempt_at, claimed_at, created_at)
       SELECT ${id} || value, kind, ${recipient}, ${hash}, 'sent', 0, created_at - ${age}, created_at - ${age}
       FROM json_each(?), (SELECT * FROM outbox WHERE kind IN ('invite', 'code') GROUP BY kind)`
    const numbers = JSON.stringify(Array.from({ length: 3_000 }, (_, i) => i))
    await env.DB.batch([
      env.DB.prepare(copy("'eml_00x' || kind", "value || '@bulk.example'", "'h' || value", "1")).bind(numbers),
      env.DB.prepare(copy("'eml_00y' || kind", "recipient", "recipient_hash", "100000000")).bind(numbers),
    ])
  }

  it("reads as many rows with 12,000 emails in the outbox as with two", async () => {
    const tenant = await createTenant(1)
    const { id } = await tenant.inviteContact()
    const links = await callApi({ key: tenant.key, method: "POST", path: `/invites/${id}/links` })
    const { pathname } = new URL((await links.json<{ registration_url: string }>()).registration_url)
    const measure = async () => {
      travel({ minutes: 2 })
      const { database, costs } = countingD1(env.DB)
      const browser = new Browser()
      browser.env = { ...testEnv, DB: database }
      expect((await browser.post(`${pathname}/codes`)).status).toBe(303)
      const code = { ...costs }
      await env.DB.prepare("UPDATE outbox SET status = 'queued', next_attempt_at = 0 WHERE invite_id = ?")
        .bind(id)
        .run()
      Object.assign(costs, { roundTrips: 0, rowsRead: 0 })
      const mail = await env.DB.prepare("SELECT id FROM outbox WHERE kind = 'invite' AND invite_id = ?")
        .bind(id)
        .first<string>("id")
      expect(
        await claim(
          createDeps({ ...testEnv, DB: database }, () => undefined),
          mail ?? "",
        ),
      ).toBeDefined()
      return { code, claim: { ...costs } }
    }
    await measure()
    const few = await measure()
    await fillOutbox()
    const many = await measure()
    expect(many.claim.roundTrips).toBe(1)
    expect(many.claim.rowsRead - few.claim.rowsRead).toBeLessThanOrEqual(2)
    expect(many.claim.rowsRead).toBeLessThanOrEqual(30)
    expect(many.code.roundTrips).toBe(few.code.roundTrips)
    expect(many.code.rowsRead - few.code.rowsRead).toBeLessThanOrEqual(4) // one more code counts
  })
})
