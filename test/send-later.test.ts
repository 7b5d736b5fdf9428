import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, it } from "vitest"
import { remindContacts } from "../src/domain/invites/remind.ts"
import { takeDueMessages } from "../src/domain/outbox/outbox.ts"
import { createDeps } from "../src/http/bindings.ts"
import worker from "../src/local/index.ts"
import {
  addStaff,
  Browser,
  CUSTOMER,
  callApi,
  count,
  createApiKey,
  createReseller,
  REGISTRATION_FORM,
  registrationLinkIn,
  sendDueEmails,
  signInAs,
  testEnv,
} from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { interceptBatches } from "./support/intercepted-d1.ts"
import { insertJob, runTurnsOf } from "./support/jobs.ts"
import { travelTo } from "./support/time.ts"

const DAY_MS = 86_400_000
const NOW = new Date("2026-11-27T10:00:00Z")
const MONDAY = "2026-11-30T08:00:00.000Z"
/** An edit reads the invite with whatever can conflict with it in one batch, and writes in another, unlike what precedes it. */
const EDIT_STATEMENTS = 5
const deps = createDeps(testEnv, () => undefined)

type Answer = {
  id: string
  status: string
  email_status: string | null
  send_at: string | null
  send_count: number
  created_at: string
  expires_at: string
  last_sent_at: string | null
  contact_email: string
  code?: string
  errors?: { field: string; code: string; detail: string }[]
}

/** A reseller's key, and what it does with one invite. */
async function createFixture(fields: object = {}) {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  const call = async (method: string, path: string, body?: object, bindings: Env = testEnv) => {
    const response = await callApi({ key, method, path, env: bindings, ...(body && { body }) })
    return { httpStatus: response.status, ...(await response.json<Answer>()) }
  }
  const created = await call("POST", "/invites", { ...CUSTOMER, send_at: "2026-11-30T09:00:00+01:00", ...fields })
  const path = `/invites/${created.id}`
  return {
    resellerId,
    key,
    created,
    call,
    read: () => call("GET", path),
    patch: (body: object, bindings?: Env) => call("PATCH", path, body, bindings),
    resend: () => call("POST", `${path}/resends`),
    revoke: (bindings?: Env) => call("POST", `${path}/revocation`, undefined, bindings),
    copyLink: async () => {
      const { registration_url } = await (await callApi({ key, method: "POST", path: `${path}/links` })).json<{
        registration_url: string
      }>()
      return new URL(registration_url).pathname
    },
  }
}

/** Runs the cron jobs, then sends what they queued. */
async function sendAt(time: string | number) {
  travelTo(new Date(time))
  await takeDueMessages(deps)
  return sendDueEmails()
}

/** The same, while something else happens before the provider answers. */
async function sendAtWhile(time: string, act: () => Promise<unknown>) {
  travelTo(new Date(time))
  await takeDueMessages(deps)
  return sendDueEmails(async () => {
    await act()
    return { messageId: "m1" }
  })
}

const outboxRow = () =>
  env.DB.prepare("SELECT * FROM outbox WHERE kind = 'invite' ORDER BY id").first<Record<string, string | number>>()

const audit = async () => {
  const { results } = await env.DB.prepare("SELECT action, detail, changes FROM audit_log ORDER BY id").all()
  return results.map(({ action, detail, changes }) => [action, detail, JSON.parse(String(changes ?? "null"))])
}

beforeEach(() => travelTo(NOW))

describe("an invite that is to be sent later", () => {
  it("waits as pending and queued, then leaves with the next run of the cron jobs", async () => {
    const { created, read } = await createFixture()
    expect(created).toMatchObject({
      ...{ httpStatus: 201, status: "pending", email_status: "queued", send_at: MONDAY, send_count: 1 },
      expires_at: new Date(Date.parse(MONDAY) + 14 * DAY_MS).toISOString(),
    })
    expect(await outboxRow()).toMatchObject({ status: "scheduled", next_attempt_at: Date.parse(MONDAY), is_bulk: 1 })
    expect(await audit()).toContainEqual(["invite.created", CUSTOMER.contact_email, [["send_at", null, MONDAY]]])
    expect(await count("events", "type = 'invite.created'")).toBe(1)

    expect(await sendAt(Date.parse(MONDAY) - 1)).toEqual([])
    expect(await read()).toMatchObject({ send_at: MONDAY, email_status: "queued" })

    const [mail] = await sendAt(MONDAY)
    expect(mail?.to).toBe(CUSTOMER.contact_email)
    expect(await outboxRow(), "old emails are deleted by that time").toMatchObject({ created_at: Date.parse(MONDAY) })
    const sent = { send_at: null, email_status: "sent", last_sent_at: MONDAY, expires_at: created.expires_at }
    expect(await read()).toMatchObject({ ...sent, send_count: 1 })
    expect(await count("events", "type = 'invite.sent'")).toBe(1)
    expect((await new Browser().get(registrationLinkIn(mail))).status).toBe(200)
    expect(await sendAt(Date.parse(MONDAY) + DAY_MS)).toEqual([])
  })

  it("puts no message into a queue before its time, and then one into that of bulk emails", async () => {
    const queued: string[] = []
    const record = (name: string): Partial<Queue> => ({
      sendBatch: async (messages) => {
        for (const { body } of messages) queued.push(`${name} ${(body as { outboxId: string }).outboxId}`)
        return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }
      },
    })
    const bindings = {
      ...testEnv,
      MAIL_QUEUE: { ...env.MAIL_QUEUE, ...record("mail") },
      BULK_MAIL_QUEUE: { ...env.BULK_MAIL_QUEUE, ...record("bulk") },
    }
    const runCron = async (at: number) => {
      travelTo(new Date(at))
      const context = createExecutionContext()
      await worker.scheduled(createScheduledController(), bindings, context)
      await waitOnExecutionContext(context)
    }
    const { key } = await createFixture()
    const body = { ...CUSTOMER, contact_email: "b@northwind.example", send_at: MONDAY }
    expect((await callApi({ key, path: "/invites", body, env: bindings })).status).toBe(201)
    await runCron(Date.parse(MONDAY) - 60_000)
    expect(queued).toEqual([])
    await runCron(Date.parse(MONDAY))
    expect(queued).toHaveLength(2)
    expect(queued.every((message) => message.startsWith("bulk eml_"))).toBe(true)
    await runCron(Date.parse(MONDAY) + 60_000)
    expect(queued).toHaveLength(2)
  })

  it("costs no more than one that is sent at once, and nothing until its time", async () => {
    const { key } = await createFixture()
    const { database, costs } = countingD1(env.DB)
    const create = async (n: number, fields: object) => {
      travelTo(new Date(NOW.getTime() + n)) // ids of one millisecond sort at random, and a range may then read one row more
      Object.assign(costs, { roundTrips: 0, rowsRead: 0, rowsWritten: 0 })
      const body = { ...CUSTOMER, contact_email: `c${n}@northwind.example`, ...fields }
      expect((await callApi({ key, path: "/invites", body, env: { ...testEnv, DB: database } })).status).toBe(201)
      return { ...costs }
    }
    await create(0, {}) // the isolate knows the key from now on
    const [now, later] = [await create(1, {}), await create(2, { send_at: MONDAY })]
    expect(later.roundTrips).toBe(now.roundTrips)
    expect(later.rowsRead).toBeLessThanOrEqual(now.rowsRead)
    expect(later.rowsWritten).toBeLessThanOrEqual(now.rowsWritten)
    await sendDueEmails()
    const countingDeps = createDeps({ ...testEnv, DB: database }, () => undefined)
    Object.assign(costs, { statements: 0, rowsRead: 0, rowsWritten: 0 })
    await takeDueMessages(countingDeps)
    const withTwo = { ...costs }
    for (let n = 3; n < 23; n++) await create(n, { send_at: "2026-12-20T08:00:00Z" })
    Object.assign(costs, { roundTrips: 0, statements: 0, rowsRead: 0, rowsWritten: 0 })
    await takeDueMessages(countingDeps)
    expect(costs).toEqual({ ...withTwo, roundTrips: 1, rowsWritten: 0 })
  })

  it("is reminded two days before it expires, which counts from the sending", async () => {
    await createFixture({ expires_in_days: 5 })
    await sendAt(MONDAY)
    travelTo(new Date(Date.parse(MONDAY) + 3 * DAY_MS - 1))
    expect(await remindContacts(deps)).toBe(0)
    travelTo(new Date(Date.parse(MONDAY) + 3 * DAY_MS))
    expect(await remindContacts(deps)).toBe(1)
  })

  it("keeps its links for as long as it can be valid, with the latest time and the longest expiry", async () => {
    const at = NOW.getTime() + 30 * DAY_MS
    const { created } = await createFixture({ send_at: new Date(at).toISOString(), expires_in_days: 90 })
    expect(created.expires_at).toBe(new Date(at + 90 * DAY_MS).toISOString())
    const [mail] = await sendAt(at)
    travelTo(new Date(at + 90 * DAY_MS - 1000))
    expect((await new Browser().get(registrationLinkIn(mail))).status).toBe(200)
  })

  it.each([
    [{ send_at: "2026-11-30T09:00:00" }, "Use a time with an offset, such as 2026-11-30T09:00:00+01:00."],
    [{ send_at: "tomorrow" }, "Use a time with an offset, such as 2026-11-30T09:00:00+01:00."],
    [{ send_at: null }, "Use a time with an offset, such as 2026-11-30T09:00:00+01:00."],
    [{ send_at: 1_796_000_000 }, "Use a time with an offset, such as 2026-11-30T09:00:00+01:00."],
    [{ send_at: NOW.toISOString() }, "This time has passed. Choose a later one."],
    [{ send_at: "2026-12-27T10:00:00.001Z" }, "Choose a time within the next 30 days."],
    [
      { send_at: MONDAY, send_email: false },
      "Without an email, there is nothing to send later. Send the email, or leave out the time.",
    ],
  ])("is refused with %o", async (body, detail) => {
    const { created } = await createFixture(body)
    expect([created.httpStatus, created.code]).toEqual([422, "invalid_fields"])
    expect(created.errors).toMatchObject([{ field: "send_at", detail }])
    expect([await count("invites"), await count("outbox")]).toEqual([0, 0])
  })

  it("can be sent thirty days from now at the latest", async () => {
    const { created } = await createFixture({ send_at: "2026-12-27T10:00:00Z" })
    expect([created.httpStatus, created.send_at]).toEqual([201, "2026-12-27T10:00:00.000Z"])
  })

  it("is a field of customers' invites only, and not of imports", async () => {
    const { resellerId } = await createReseller()
    const key = await createApiKey(resellerId)
    const person = { contact_name: "Ana", contact_email: "ana@acme.example", role: "support", send_at: MONDAY }
    const refused = await (await callApi({ key, path: "/staff_invites", body: person })).json<Answer>()
    expect(refused.errors).toMatchObject([{ field: "send_at", code: "unknown_field" }])
    const body = { invites: [{ ...CUSTOMER, send_at: MONDAY }] }
    const imported = await callApi({ key, path: "/invite_imports", body })
    expect(await imported.json()).toMatchObject({ row_count: 1, failed_count: 1 })
    expect(await count("invites")).toBe(0)
  })

  it("counts in the hour in which it was created", async () => {
    const bindings = { ...testEnv, INVITE_MAILS_PER_HOUR: "2" }
    const { call } = await createFixture()
    const create = (n: number) =>
      call("POST", "/invites", { ...CUSTOMER, contact_email: `c${n}@northwind.example`, send_at: MONDAY }, bindings)
    expect([(await create(1)).httpStatus, (await create(2)).code]).toEqual([201, "email_hourly_limit"])
    expect(await count("outbox")).toBe(2)
    travelTo(new Date(NOW.getTime() + 3_600_001))
    expect((await create(2)).httpStatus).toBe(201)
  })

  it("doesn't hold up other emails to the address while it waits", async () => {
    const { key } = await createFixture()
    const columns = `reseller_id, kind, invite_id, link_version, recipient, recipient_hash, status, next_attempt_at, created_at`
    for (let n = 0; n < 20; n++) {
      await env.DB.prepare(
        `INSERT INTO outbox (id, ${columns}) SELECT 'eml_0' || ${n}, ${columns} FROM outbox LIMIT 1`,
      ).run()
    }
    const body = { ...CUSTOMER, contact_email: "b@northwind.example" }
    const { id } = await (await callApi({ key, path: "/invites", body })).json<{ id: string }>()
    await env.DB.prepare(
      "UPDATE outbox SET recipient_hash = (SELECT recipient_hash FROM outbox WHERE status = 'scheduled' LIMIT 1) WHERE invite_id = ?",
    )
      .bind(id)
      .run()
    expect(await sendDueEmails()).toHaveLength(1)
  })
})

describe("until its time, an invite", () => {
  it("can be revoked, which cancels its email", async () => {
    const { revoke, read } = await createFixture()
    expect(await revoke()).toMatchObject({ httpStatus: 200, status: "revoked", send_at: null })
    expect(await sendAt(MONDAY)).toEqual([])
    expect([(await outboxRow())?.status, (await read()).last_sent_at]).toEqual(["cancelled", null])
  })

  it("can be sent at once: the waiting email is replaced, and the expiry counts from then", async () => {
    const { resend, read } = await createFixture()
    const resent = await resend()
    expect(resent).toMatchObject({
      ...{ httpStatus: 202, send_at: null, email_status: "queued", send_count: 1 },
      expires_at: new Date(NOW.getTime() + 14 * DAY_MS).toISOString(),
    })
    expect(await count("invites", `remind_at = ${NOW.getTime() + 12 * DAY_MS}`)).toBe(1)
    expect(await sendDueEmails()).toHaveLength(1)
    expect(await sendAt(MONDAY)).toEqual([])
    expect(await count("outbox", "status = 'cancelled'")).toBe(1)
    expect(await read()).toMatchObject({
      send_count: 1,
      last_sent_at: NOW.toISOString(),
      expires_at: resent.expires_at,
    })
  })

  it("can be sent at once in the minute in which it is due: that is its first email, too", async () => {
    const { resend, read } = await createFixture()
    travelTo(new Date(Date.parse(MONDAY) + 1_000))
    expect(await resend()).toMatchObject({ httpStatus: 202, send_count: 1 })
    expect(await count("invites", "remind_at IS NOT NULL")).toBe(1)
    await takeDueMessages(deps)
    expect([(await sendDueEmails()).length, (await read()).send_count]).toEqual([1, 1])
  })

  it("can be sent at once by a bulk action", async () => {
    const { resellerId, created, read } = await createFixture()
    await runTurnsOf(await insertJob(resellerId, "resend", [created.id]))
    const expires_at = new Date(NOW.getTime() + 14 * DAY_MS).toISOString()
    expect(await read()).toMatchObject({ send_at: null, email_status: "queued", send_count: 1, expires_at })
    expect([(await sendDueEmails()).length, await sendAt(MONDAY)]).toEqual([1, []])
  })

  it("keeps its time when its address is edited, and sends one email, to the new address", async () => {
    const { created, patch, copyLink } = await createFixture()
    const earlierLink = await copyLink()
    const edited = await patch({ contact_email: "right@northwind.example", locale: "de", note: "Bis bald" })
    expect(edited).toMatchObject({
      ...{ httpStatus: 200, send_at: MONDAY, email_status: "queued", send_count: 1 },
      expires_at: created.expires_at,
    })
    expect([(await new Browser().get(earlierLink)).status, await sendDueEmails()]).toEqual([410, []])
    const mails = await sendAt(MONDAY)
    expect(mails.map(({ to }) => to)).toEqual(["right@northwind.example"])
    expect(mails[0]?.text).toContain("Bis bald")
    expect((await new Browser().get(registrationLinkIn(mails[0]))).status).toBe(200)
    expect(await count("outbox", "kind = 'invite'")).toBe(1)
  })

  it("can get another time, from which its expiry and its reminder count", async () => {
    const { patch } = await createFixture()
    const later = "2026-12-02T08:30:00.000Z"
    const moved = await patch({ send_at: "2026-12-02T09:30:00+01:00", expires_in_days: 10 })
    const expiresAt = Date.parse(later) + 10 * DAY_MS
    expect(moved).toMatchObject({ httpStatus: 200, send_at: later, expires_at: new Date(expiresAt).toISOString() })
    expect(await count("invites", `remind_at = ${expiresAt - 2 * DAY_MS}`)).toBe(1)
    const changes = [
      ["expires_in_days", 14, 10],
      ["send_at", MONDAY, later],
    ]
    expect(await audit()).toContainEqual(["invite.updated", null, changes])
    expect(await sendAt(MONDAY)).toEqual([])
    expect(await sendAt(later)).toHaveLength(1)
  })

  it("changes nothing for the time that it has, and is refused one that it can't have", async () => {
    const { patch, read } = await createFixture()
    expect((await patch({ send_at: MONDAY })).httpStatus).toBe(200)
    expect(await count("audit_log", "action = 'invite.updated'")).toBe(0)
    for (const send_at of [NOW.toISOString(), "2020-01-01T00:00:00Z", "2026-12-27T10:00:01Z", "soon", null]) {
      const refused = await patch({ send_at, note: "Hello" })
      expect([refused.httpStatus, refused.errors?.map(({ field }) => field)]).toEqual([422, ["send_at"]])
    }
    expect(await read()).toMatchObject({ send_at: MONDAY, note: null })
  })

  it("works with a copied link, and its email is cancelled once that is accepted", async () => {
    const { read, copyLink } = await createFixture()
    const link = await copyLink()
    await new Browser().post(`${link}/codes`)
    const [mail] = await sendDueEmails()
    const code = /\b\d{6}\b/.exec(mail?.text ?? "")?.[0] ?? ""
    const contact = new Browser()
    const verified = await contact.post(`${link}/verification`, { code })
    expect(await read()).toMatchObject({ send_at: MONDAY, email_status: "queued" })
    const accepted = await contact.post(verified.headers.get("Location") ?? "", REGISTRATION_FORM)
    expect(accepted.headers.get("Location")).toBe("/account")
    expect(await read()).toMatchObject({ status: "accepted", send_at: null })
    expect([await sendAt(MONDAY), (await outboxRow())?.status]).toEqual([[], "cancelled"])
  })

  it("is declined with an earlier invite to its address, which cancels its email", async () => {
    const { call, created, revoke, read } = await createFixture({ send_at: undefined })
    expect(created.send_at).toBeNull()
    const [mail] = await sendDueEmails()
    await revoke()
    const { id } = await call("POST", "/invites", { ...CUSTOMER, send_at: MONDAY })
    await new Browser().post(/\/decline\/\S+/.exec(mail?.text ?? "")?.[0] ?? "")
    expect((await read()).status).toBe("revoked")
    expect(await call("GET", `/invites/${id}`)).toMatchObject({ status: "declined", send_at: null })
    expect([await sendAt(MONDAY), await count("outbox", "status = 'cancelled'")]).toEqual([[], 1])
  })

  it("keeps a second one to its address from being created", async () => {
    const { call, created } = await createFixture()
    const second = await call("POST", "/invites", CUSTOMER)
    expect([second.httpStatus, second.code]).toEqual([409, "invite_pending"])
    expect(second.errors).toMatchObject([{ invite_id: created.id }])
  })

  it("loses its address and its email to a purge after it was revoked", async () => {
    const { revoke, created, resellerId } = await createFixture()
    await revoke()
    const { userId } = await addStaff(resellerId, { name: "Ana", email: "ana@acme.example", role: "admin" })
    expect((await (await signInAs(userId)).post(`/customers/invites/${created.id}/purge`)).status).toBe(303)
    expect(await outboxRow()).toMatchObject({ status: "cancelled", recipient: "" })
  })
})

describe("at its time, an invite isn't sent", () => {
  it("to an address that was suppressed meanwhile", async () => {
    const { read, resellerId } = await createFixture()
    await env.DB.prepare("INSERT INTO suppressions (sender_id, email, cause, created_at) VALUES (?, ?, 'declined', 0)")
      .bind(resellerId, CUSTOMER.contact_email)
      .run()
    expect(await sendAt(MONDAY)).toEqual([])
    expect(await read()).toMatchObject({ status: "pending", email_status: "bounced", send_at: null })
  })

  it("while its reseller is suspended, but once that is reinstated", async () => {
    const { resellerId } = await createFixture()
    const operate = (method: string) =>
      callApi({ method, key: testEnv.OPERATOR_TOKEN, path: `/resellers/${resellerId}/suspension` })
    expect((await operate("POST")).status).toBe(200)
    expect(await sendAt(MONDAY)).toEqual([])
    expect(await outboxRow()).toMatchObject({ status: "queued", attempts: 0 })
    travelTo(new Date(Date.parse(MONDAY) + 60_000))
    expect((await operate("DELETE")).status).toBe(200)
    expect(await sendDueEmails()).toHaveLength(1)
  })
})

describe("at the moment of its time", () => {
  /** Runs the cron job at the time of the invite, after an edit has decided what to do and before it does it. */
  function withCronBeforeChange(): Env {
    let batches = 0
    const DB = interceptBatches(async (statements, commit) => {
      if (statements.length >= EDIT_STATEMENTS) batches += 1
      if (batches === 2) {
        batches += 1
        travelTo(new Date(MONDAY))
        expect(await takeDueMessages(deps)).toHaveLength(1)
      }
      return commit()
    })
    return { ...testEnv, DB }
  }

  it("a revocation cancels an email that the cron job has just queued", async () => {
    const { revoke } = await createFixture()
    travelTo(new Date(MONDAY))
    await takeDueMessages(deps)
    expect((await revoke()).httpStatus).toBe(200)
    expect([await sendDueEmails(), (await outboxRow())?.status]).toEqual([[], "cancelled"])
  })

  it("a revocation leaves an email that is in flight", async () => {
    const { revoke, read } = await createFixture()
    const mails = await sendAtWhile(MONDAY, async () => expect((await revoke()).httpStatus).toBe(200))
    expect([mails.length, (await read()).status, (await outboxRow())?.status]).toEqual([1, "revoked", "sent"])
  })

  it("a new address gets an email of its own, and the earlier one is cancelled", async () => {
    const { patch, read } = await createFixture()
    const edited = await patch({ contact_email: "right@northwind.example" }, withCronBeforeChange())
    expect(edited).toMatchObject({ httpStatus: 200, send_at: null, contact_email: "right@northwind.example" })
    expect((await sendDueEmails()).map(({ to }) => to)).toEqual(["right@northwind.example"])
    expect(await count("outbox", "status = 'cancelled'")).toBe(1)
    expect((await read()).email_status).toBe("sent")
  })

  it("another time is refused", async () => {
    const { patch } = await createFixture()
    const refused = await patch({ send_at: "2026-12-02T08:30:00Z" }, withCronBeforeChange())
    expect([refused.httpStatus, refused.code]).toEqual([409, "invite_not_scheduled"])
    expect(await sendDueEmails()).toHaveLength(1)
  })
})

describe("once its email has left, an invite", () => {
  it("can't get another time", async () => {
    const { patch, read } = await createFixture()
    await sendAt(MONDAY)
    const refused = await patch({ send_at: "2026-12-02T08:30:00Z" })
    expect([refused.httpStatus, refused.code]).toEqual([409, "invite_not_scheduled"])
    expect((await read()).send_at).toBeNull()
  })

  it("gets a new expiry from its time on", async () => {
    const { patch } = await createFixture()
    await sendAt(MONDAY)
    const expires_at = new Date(Date.parse(MONDAY) + 20 * DAY_MS).toISOString()
    expect(await patch({ expires_in_days: 20 })).toMatchObject({ httpStatus: 200, expires_at })
  })

  it("is resent as any other", async () => {
    const { resend } = await createFixture()
    await sendAt(MONDAY)
    expect(await resend()).toMatchObject({ httpStatus: 202, send_count: 2, send_at: null })
    expect([(await sendDueEmails()).length, await count("invites", "remind_at IS NULL")]).toEqual([1, 1])
  })
})
