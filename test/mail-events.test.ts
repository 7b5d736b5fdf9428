import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { createHmac } from "node:crypto"
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest"
import { recordDeliveryEvent } from "../src/domain/mail/delivery-events.ts"
import { createDeps } from "../src/http/bindings.ts"
import { app } from "../src/local/app.ts"
import { count, invite, ORIGIN, sendDueEmails, signInStaff, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"

const KEY = Buffer.from("a key of the provider, for tests")
const MAIL_EVENTS_SECRET = `whsec_${KEY.toString("base64")}`
const ENV = { ...testEnv, MAIL_EVENTS_SECRET }

type Signing = {
  id?: string
  /** In minutes. */
  age?: number
  key?: Buffer
  prefix?: "svix" | "webhook"
  signatures?: (own: string) => string
  headers?: Record<string, string>
  env?: Env
}

/** Posts a body as the provider does. */
async function post(body: string, options: Signing = {}) {
  const { id = "msg_1", age = 0, key = KEY, prefix = "svix", signatures = (own) => own } = options
  const timestamp = String(Math.floor(Date.now() / 1_000 - age * 60))
  const own = `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`
  const headers = {
    "Content-Type": "application/json",
    [`${prefix}-id`]: id,
    [`${prefix}-timestamp`]: timestamp,
    [`${prefix}-signature`]: signatures(own),
    ...options.headers,
  }
  const context = createExecutionContext()
  const request = new Request(`${ORIGIN}/mail-events`, { method: "POST", headers, body })
  const response = await app.fetch(request, options.env ?? ENV, context)
  await waitOnExecutionContext(context)
  return response
}

/** An event of Resend: https://resend.com/docs/webhooks/event-types. */
function providerEvent(type: string, data: object = {}) {
  const common = {
    created_at: "2026-11-22T23:41:11.894Z",
    from: "Acme <a@b.example>",
    to: ["x@y.example"],
    subject: "s",
  }
  return {
    type,
    created_at: "2026-11-22T23:41:12.126Z",
    data: { ...common, email_id: "m1", message_id: "<1@b>", ...data },
  }
}

async function sendInvite() {
  const { browser } = await signInStaff()
  await invite(browser)
  await sendDueEmails(async () => ({ messageId: "m1" }))
}

/** What an event has led to. */
async function outcome() {
  const sql = "SELECT email_status AS status, email_error AS error FROM invites"
  const row = await env.DB.prepare(sql).first<{ status: string; error: string | null }>()
  const entries = await env.DB.prepare("SELECT action FROM audit_log WHERE action GLOB 'invite.*' ORDER BY id").all()
  return { ...row, suppressions: await count("suppressions"), entries: entries.results.map(({ action }) => action) }
}

let log: MockInstance
beforeEach(() => {
  log = vi.spyOn(console, "log").mockImplementation(() => undefined)
})
afterEach(() => log.mockRestore())

const NO_USER = "550 5.1.1 No such user"

describe("a delivery event by HTTP", () => {
  it.each<[type: string, data: object, kind: string, payload: object, status: string, suppressions: number]>([
    ["email.delivered", {}, "delivered", {}, "delivered", 0],
    ["email.delivery_delayed", {}, "deferred", {}, "deferred", 0],
    [
      "email.bounced",
      { bounce: { type: "Permanent", subType: "General", message: "hard", diagnosticCode: [`smtp; ${NO_USER}`] } },
      "bounced",
      { bounce: { type: "hard", reason: "hard" }, delivery: { smtpResponse: NO_USER } },
      "bounced",
      1,
    ],
    [
      "email.bounced",
      { bounce: { type: "Transient", subType: "MailboxFull", message: "mailbox full" } },
      "bounced",
      { bounce: { type: "soft", reason: "mailbox full" } },
      "bounced",
      0,
    ],
    [
      "email.bounced",
      { bounce: { type: "Undetermined", subType: "Undetermined", message: "?" } },
      "bounced",
      { bounce: { type: "soft", reason: "?" } },
      "bounced",
      0,
    ],
    ["email.complained", {}, "complained", {}, "complained", 1],
    [
      "email.failed",
      { failed: { reason: "reached_daily_quota" } },
      "failed",
      { failure: { reason: "reached_daily_quota" } },
      "failed",
      0,
    ],
    [
      "email.suppressed",
      { suppressed: { message: "on the list", type: "OnAccountSuppressionList" } },
      "rejected",
      { rejection: { reason: "suppressed", detail: "on the list" } },
      "bounced",
      1,
    ],
  ])("%s %j leads to what one in the queue does", async (type, data, kind, payload, status, suppressions) => {
    await sendInvite()
    expect((await post(JSON.stringify(providerEvent(type, data)))).status).toBe(204)
    const byHttp = await outcome()
    expect(byHttp).toMatchObject({ status, suppressions })

    for (const table of ["email_events", "suppressions", "notifications"])
      await env.DB.prepare(`DELETE FROM ${table}`).run()
    await env.DB.prepare("DELETE FROM invites").run()
    await env.DB.prepare("DELETE FROM outbox").run()
    const { browser } = await signInStaff("globex")
    await invite(browser, { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" })
    await sendDueEmails(async () => ({ messageId: "m1" }))
    const event = { type: `cf.email.sending.message.${kind}`, payload: { eventId: "e1", messageId: "m1", ...payload } }
    await recordDeliveryEvent(
      createDeps(testEnv, () => undefined),
      event,
      "e1",
    )
    const byQueue = await outcome()
    expect({ ...byQueue, entries: byQueue.entries.slice(byHttp.entries.length) }).toEqual(byHttp)
  })

  it("is recorded once, however often it is posted, and applies to an email that is recorded later", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const event = JSON.stringify(providerEvent("email.delivered"))
    for (let n = 0; n < 3; n++) expect((await post(event)).status).toBe(204)
    await sendDueEmails(async () => ({ messageId: "m1" }))
    expect(await count("email_events")).toBe(1)
    expect(await outcome()).toMatchObject({ status: "delivered" })
    expect(await count("audit_log", "action = 'invite.delivered'")).toBe(1)
  })

  it.each([
    ["about something else", JSON.stringify(providerEvent("email.opened"))],
    ["about a contact", JSON.stringify({ type: "contact.created", data: { id: "1" } })],
    ["without an email", JSON.stringify({ type: "email.delivered", data: {} })],
    ["that is no object", "null"],
  ])("%s is accepted and forgotten", async (_what, body) => {
    expect((await post(body)).status).toBe(204)
    expect(await count("email_events")).toBe(0)
  })

  it("keeps no more of the provider's words than one in the queue, and no address", async () => {
    await post(JSON.stringify(providerEvent("email.delivered")))
    const payload = await env.DB.prepare("SELECT payload FROM email_events").first<string>("payload")
    expect(payload).not.toContain("x@y.example")
  })
})

describe("the signature of a delivery event", () => {
  const EVENT = JSON.stringify(providerEvent("email.delivered"))

  it.each<[what: string, signing: Signing]>([
    ["with the headers of Standard Webhooks", { prefix: "webhook" }],
    ["among others", { signatures: (own) => `v1,AAAA v1a,${own} ${own}` }],
    ["of four minutes ago", { age: 4 }],
    ["of four minutes ahead", { age: -4 }],
  ])("is accepted %s", async (_what, signing) => {
    expect((await post(EVENT, signing)).status).toBe(204)
    expect(await count("email_events")).toBe(1)
  })

  it.each<[what: string, signing: Signing]>([
    ["of another key", { key: Buffer.from("another key of somebody, 32 byte") }],
    ["of another version", { signatures: (own) => own.replace("v1,", "v2,") }],
    ["that is cut off", { signatures: (own) => own.slice(0, -1) }],
    ["that is empty", { signatures: () => "" }],
    ["of another message", { headers: { "svix-id": "msg_2" } }],
    [
      "of another time",
      {
        get headers() {
          return { "svix-timestamp": String(Math.floor(Date.now() / 1_000) + 9) } // of when the test runs
        },
      },
    ],
    ["of six minutes ago", { age: 6 }],
    ["of six minutes ahead", { age: -6 }],
    ["without a time", { age: Number.NaN }],
    ["without an id", { id: "" }],
  ])("%s is refused with 401, before anything is read", async (_what, signing) => {
    const { database, costs } = countingD1(env.DB)
    const response = await post(EVENT, { ...signing, env: { ...ENV, DB: database } as Env })
    expect([response.status, await response.text(), costs.roundTrips]).toEqual([401, "", 0])
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)))
    expect(lines).toEqual([
      expect.objectContaining({ level: "security", event: "credentials_refused", reason: "mail_events_signature" }),
      expect.objectContaining({ level: "request", route: "/mail-events", status: 401 }),
    ])
  })

  it("doesn't count for another body", async () => {
    const body = JSON.stringify(providerEvent("email.bounced", { bounce: { type: "Permanent" } }))
    const timestamp = String(Math.floor(Date.now() / 1_000))
    const signature = createHmac("sha256", KEY).update(`msg_1.${timestamp}.${EVENT}`).digest("base64")
    expect((await post(body, { signatures: () => `v1,${signature}` })).status).toBe(401)
  })

  it("of a body that isn't JSON is right, and the body is refused with 400, not as an error of ours", async () => {
    const errors = vi.spyOn(console, "error")
    expect((await post("type=email.delivered")).status).toBe(400)
    expect(errors).not.toHaveBeenCalled()
    errors.mockRestore()
  })

  it("isn't looked at if no secret is configured, or if the body is large", async () => {
    expect((await post(EVENT, { env: testEnv })).status).toBe(404)
    expect((await post(JSON.stringify(providerEvent("email.bounced", { x: "x".repeat(70_000) })))).status).toBe(413)
    expect(await count("email_events")).toBe(0)
  })

  it("is enough, without the limits for forms", async () => {
    const limit = vi.fn(async () => ({ success: false }))
    expect((await post(EVENT, { env: { ...ENV, POST_LIMITER: { limit } } as Env })).status).toBe(204)
    expect(
      (await post(EVENT, { headers: { "Content-Type": "text/plain", "Sec-Fetch-Site": "cross-site" } })).status,
    ).toBe(204)
    expect(limit).not.toHaveBeenCalled()
  })
})
