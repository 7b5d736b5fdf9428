import { env } from "cloudflare:workers"
import { Webhook as Verifier } from "standardwebhooks"
import { describe, expect, it } from "vitest"
import { expireOverdueInvites } from "../src/domain/invites/expire.ts"
import { recordDeliveryEvent } from "../src/domain/mail/delivery-events.ts"
import { claim } from "../src/domain/outbox/claim.ts"
import { deleteOldAttempts } from "../src/domain/webhooks/attempts.ts"
import { webhookUrlError } from "../src/domain/webhooks/url-policy.ts"
import { createDeps } from "../src/http/bindings.ts"
import { EVENT_TYPES } from "../src/storage/schema.ts"
import { sendWebhook } from "../src/webhooks/send.ts"
import {
  Browser,
  callApi,
  count,
  createApiKey,
  createReseller,
  hiddenField,
  invite,
  latestRegistrationLink,
  PASSWORD,
  REGISTRATION_FORM,
  sendDueEmails,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { ageSessions, confirmIdentityOfAll } from "./support/factors.ts"
import { travel } from "./support/time.ts"

const deps = createDeps(testEnv, () => undefined)
const PRODUCTION = {
  baseUrl: "https://vestibule.example",
  mailFrom: "invites@vestibule.example",
  allowsLoopback: false,
  webhookHosts: null,
}
const LOCAL = { ...PRODUCTION, baseUrl: "http://localhost:8787", allowsLoopback: true }

type ReceivedRequest = { url: string; headers: Record<string, string>; body: string }

/** Sends queued webhooks to a receiver that answers with `respond`, and returns the requests it received. */
async function deliverWebhooks(respond: () => Response | Promise<Response> = () => new Response("ok")) {
  const receivedRequests: ReceivedRequest[] = []
  const post = async (url: string, init: RequestInit) => {
    receivedRequests.push({ url, headers: Object.fromEntries(new Headers(init.headers)), body: String(init.body) })
    return respond()
  }
  const { results } = await env.DB.prepare(
    "SELECT id FROM outbox WHERE kind = 'webhook' AND status = 'queued' ORDER BY id",
  ).all<{ id: string }>()
  // All are claimed at once, as with a queue.
  const claims = await Promise.all(results.map(({ id }) => claim(deps, id)))
  for (const claimed of claims) if (claimed?.kind === "webhook") await sendWebhook(deps, post, claimed)
  return receivedRequests
}

async function createWebhookFixture(events: readonly string[] = EVENT_TYPES) {
  const reseller = await signInStaff()
  const key = await createApiKey(reseller.resellerId)
  const created = await callApi({ key, path: "/webhooks", body: { url: "https://crm.example.com/hooks", events } })
  const { id, secret } = await created.json<{ id: string; secret: string }>()
  return { ...reseller, key, id, secret }
}

const eventTypes = (receivedRequests: ReceivedRequest[]) => receivedRequests.map(({ body }) => JSON.parse(body).type)

/** Lets deliveries fail every twelve hours, for this many days. */
async function failWebhooks(days: number) {
  for (let hours = 0; hours <= days * 24; hours += 12) {
    if (hours > 0) travel({ hours: 12 })
    await deliverWebhooks(() => new Response("", { status: 503 }))
  }
}

describe("a webhook", () => {
  it("receives all events of an invite, with ids and states only, and signatures that the public library verifies", async () => {
    const { browser, secret } = await createWebhookFixture()
    const id = await invite(browser)
    const link = await latestRegistrationLink()
    await new Browser().post(`${link}/opening`)
    await browser.post(`/customers/invites/${id}/resends`)
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    const receivedRequests = await deliverWebhooks()
    expect(eventTypes(receivedRequests).sort()).toEqual([
      "customer.created",
      "invite.accepted",
      "invite.created",
      "invite.opened",
      "invite.resent",
      "invite.sent",
      "invite.sent",
      "member.joined",
    ])
    for (const { headers, body, url } of receivedRequests) {
      expect(new Verifier(secret).verify(body, headers)).toMatchObject({
        id: headers["webhook-id"],
        data: body.includes("member.joined") ? { member_id: expect.stringMatching(/^usr_/) } : { invite_id: id },
      })
      expect(url).toBe("https://crm.example.com/hooks")
      expect(body).not.toMatch(/priya|northwind|registration|\/r\/|billing/i)
    }
    expect(new Set(receivedRequests.map(({ headers }) => headers["webhook-id"])).size).toBe(8)
    const accepted = receivedRequests.find(({ body }) => body.includes("invite.accepted"))
    expect(JSON.parse(accepted?.body ?? "{}").data).toMatchObject({
      status: "accepted",
      customer_id: expect.stringMatching(/^cus_/),
    })
  })

  it("receives an event when an invite is revoked, declined or expired, and when its email is delivered or bounces", async () => {
    const ends = ["invite.revoked", "invite.declined", "invite.delivered", "invite.bounced", "invite.expired"]
    const { browser } = await createWebhookFixture(ends)
    const expectNext = async (type: string) => expect(eventTypes(await deliverWebhooks())).toEqual([type])
    const publish = async (kind: string, payload: object = {}) => {
      const messageId = await env.DB.prepare(
        "SELECT message_id FROM outbox WHERE status = 'sent' AND kind = 'invite' ORDER BY id DESC",
      ).first("message_id")
      const event = { type: `cf.email.sending.message.${kind}`, payload: { eventId: kind, messageId, ...payload } }
      await recordDeliveryEvent(deps, event, kind)
    }
    await browser.post(`/customers/invites/${await invite(browser)}/revocation`)
    await expectNext("invite.revoked")
    await invite(browser)
    const [mail] = await sendDueEmails()
    await publish("delivered")
    await expectNext("invite.delivered")
    await new Browser().post(/\/decline\/\S+/.exec(mail?.text ?? "")?.[0] ?? "")
    await expectNext("invite.declined")
    await invite(browser, { contact_email: "two@northwind.example" })
    await sendDueEmails()
    await publish("bounced", { bounce: { type: "hard" } })
    await expectNext("invite.bounced")
    travel({ days: 14 })
    await expireOverdueInvites(deps)
    await expectNext("invite.expired")
  })

  it("receives no events that it isn't subscribed to", async () => {
    const { browser } = await createWebhookFixture(["invite.accepted"])
    await invite(browser)
    expect(await deliverWebhooks()).toEqual([])
  })

  it("receives no events of another reseller", async () => {
    await createWebhookFixture()
    const globex = await signInStaff("globex")
    await invite(globex.browser, { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" })
    expect(await deliverWebhooks()).toEqual([])
  })

  it("is retried with the same id after a failure, and every attempt is listed", async () => {
    const { browser, id, key } = await createWebhookFixture(["invite.created"])
    await invite(browser)
    const first = await deliverWebhooks(() => new Response("x".repeat(5_000), { status: 500 }))
    travel({ minutes: 1 })
    await deliverWebhooks(() => Promise.reject(new Error("connection refused")))
    travel({ minutes: 1 })
    const last = await deliverWebhooks(() => Response.redirect("http://10.0.0.1/"))
    expect(last[0]?.headers["webhook-id"]).toBe(first[0]?.headers["webhook-id"])
    travel({ minutes: 2 })
    await deliverWebhooks()
    const list = await (await callApi({ key, path: `/webhooks/${id}/deliveries` })).json<{
      data: { state: string; attempts: { status: number; answer: string }[] }[]
    }>()
    expect(list.data[0]?.state).toBe("delivered")
    expect(list.data[0]?.attempts.map(({ status }) => status)).toEqual([200, 302, null, 500])
    expect(list.data[0]?.attempts.at(-1)?.answer).toHaveLength(1_000)
    expect(await (await browser.get(`/settings/webhooks/${id}`)).text()).toContain("connection refused")
    expect(await count("webhooks", "failing_since IS NULL")).toBe(1)
  })

  it("can be sent an event again from its page and through the API", async () => {
    const { browser, id, key } = await createWebhookFixture(["invite.created"])
    await invite(browser)
    const [first] = await deliverWebhooks()
    const delivery = await env.DB.prepare("SELECT id FROM outbox WHERE kind = 'webhook'").first<string>("id")
    await browser.post(`/settings/webhooks/${id}/deliveries/${delivery}/redeliveries`)
    const [second] = await deliverWebhooks()
    const path = `/webhooks/${id}/deliveries/${delivery}/redeliveries`
    expect((await callApi({ key, method: "POST", path })).status).toBe(202)
    const [third] = await deliverWebhooks()
    expect(new Set([first, second, third].map((event) => event?.headers["webhook-id"])).size).toBe(1)
  })

  it("is sent an event again with the first backoff, unless a late result of an earlier attempt interferes", async () => {
    const { browser, id } = await createWebhookFixture(["invite.created"])
    await invite(browser)
    const fail = () => new Response("", { status: 503 })
    for (let n = 0; n < 8; n++) {
      await deliverWebhooks(fail)
      travel({ hours: 1 })
    }
    const delivery = await env.DB.prepare("SELECT id FROM outbox WHERE kind = 'webhook'").first<string>("id")
    const lateClaim = await claim(deps, delivery ?? "")
    if (lateClaim?.kind !== "webhook") throw new Error("the delivery was not claimed")
    travel({ seconds: deps.config.claimSeconds + 1 })
    await browser.post(`/settings/webhooks/${id}/deliveries/${delivery}/redeliveries`)
    for (const seconds of [30, 60]) {
      await deliverWebhooks(fail)
      expect(await count("outbox", `kind = 'webhook' AND next_attempt_at <= ${Date.now() + seconds * 1000}`)).toBe(1)
      travel({ minutes: 1 })
    }
    await claim(deps, delivery ?? "")
    await sendWebhook(deps, async () => fail(), lateClaim)
    expect(await count("outbox", "kind = 'webhook' AND status = 'sending' AND attempts = 12")).toBe(1)
  })

  it("that answers 200 without ending its body has received the event", async () => {
    const { browser } = await createWebhookFixture(["invite.created"])
    await invite(browser)
    const endless = new ReadableStream({
      start: (stream) => stream.enqueue(new TextEncoder().encode("thanks")),
      pull: () => Promise.reject(new Error("aborted")),
    })
    await deliverWebhooks(() => new Response(endless))
    expect(await count("outbox", "kind = 'webhook' AND status = 'sent'")).toBe(1)
    expect(await count("webhook_attempts", "response_status = 200 AND response_body = 'thanks'")).toBe(1)
  })

  it("that is disabled can't be sent an event again", async () => {
    const { browser, id, key } = await createWebhookFixture(["invite.created"])
    await invite(browser)
    await deliverWebhooks()
    const delivery = await env.DB.prepare("SELECT id FROM outbox WHERE kind = 'webhook'").first<string>("id")
    for (let n = 0; n < 2; n++) await browser.post(`/settings/webhooks/${id}/deactivation`)
    expect(await count("audit_log", "action = 'webhook.disabled'")).toBe(1)
    const again = await callApi({ key, method: "POST", path: `/webhooks/${id}/deliveries/${delivery}/redeliveries` })
    expect([again.status, (await again.json<{ code: string }>()).code]).toEqual([409, "webhook_disabled"])
    expect(await count("outbox", "kind = 'webhook' AND status = 'sent'")).toBe(1)
  })

  it("is disabled after failing for three days, and Admins get one email", async () => {
    const { browser, id } = await createWebhookFixture(["invite.created"])
    await invite(browser)
    await invite(browser, { contact_email: "two@northwind.example" })
    await failWebhooks(0)
    travel({ days: 3 })
    await failWebhooks(2.5)
    expect(await count("webhooks", "disabled_at IS NULL"), "failures after a quiet period count from the start").toBe(1)
    travel({ hours: 12 })
    await failWebhooks(0)
    expect(await count("webhooks", "disabled_at IS NOT NULL AND disabled_reason = 'failures'")).toBe(1)
    const alerts = (await sendDueEmails()).filter(({ subject }) => subject === "We disabled a webhook of Acme Networks")
    expect(alerts.map(({ to }) => to)).toEqual(["admin@acme.example"])
    expect(alerts[0]?.text).toContain("crm.example.com/hooks")
    travel({ hours: 1 })
    expect(await deliverWebhooks()).toEqual([])
    expect(await (await browser.get("/settings/webhooks")).text()).toContain("No successful delivery for 3 days")
    await confirmIdentityOfAll()
    await browser.post(`/settings/webhooks/${id}/activation`)
    await invite(browser, { contact_email: "three@northwind.example" })
    expect(eventTypes(await deliverWebhooks())).toEqual(["invite.created"])
  })

  it("that answers 410 Gone is disabled at once, and Admins get an email that says why", async () => {
    const { browser, id, key } = await createWebhookFixture(["invite.created"])
    await invite(browser)
    await invite(browser, { contact_email: "two@northwind.example" })
    await deliverWebhooks(() => new Response("", { status: 410 }))
    const webhook = await (await callApi({ key, path: `/webhooks/${id}` })).json()
    expect(webhook).toMatchObject({ enabled: false, disabled_because: "gone" })
    expect(await count("audit_log", "action = 'webhook.disabled' AND actor_kind = 'system'")).toBe(1)
    expect(await count("outbox", "kind = 'webhook' AND status = 'failed'")).toBe(2)
    const alerts = (await sendDueEmails()).filter(({ subject }) => subject === "We disabled a webhook of Acme Networks")
    expect(alerts.map(({ text }) => text)).toEqual([expect.stringContaining("410 Gone")])
    expect(await (await browser.get("/settings/webhooks")).text()).toContain("The receiver answered 410 Gone")
    travel({ hours: 2 })
    expect(await deliverWebhooks()).toEqual([])
  })

  it("whose URL was changed before the former receiver answered 410 stays enabled", async () => {
    const { browser, id, key } = await createWebhookFixture(["invite.created"])
    await invite(browser)
    await deliverWebhooks(async () => {
      await callApi({ key, method: "PATCH", path: `/webhooks/${id}`, body: { url: "https://new.example.com/" } })
      return new Response("", { status: 410 })
    })
    expect(await count("webhooks", "disabled_at IS NULL")).toBe(1)
  })

  it.each([
    ["seconds", "600", 600],
    ["an HTTP date", () => new Date(Date.now() + 600_000).toUTCString(), 600],
    ["more than an hour", "86400", 3_600],
  ])("waits with all deliveries if the receiver asks for time in a 429: %s", async (_, value, seconds) => {
    const { browser } = await createWebhookFixture(["invite.created"])
    travel({ seconds: 1 - (Date.now() % 1000) / 1000 }) // HTTP dates have whole seconds
    await invite(browser)
    const retryAfter = typeof value === "string" ? value : value()
    const first = await deliverWebhooks(() => new Response("", { status: 429, headers: { "Retry-After": retryAfter } }))
    expect(first).toHaveLength(1)
    await invite(browser, { contact_email: "two@northwind.example" })
    expect(await deliverWebhooks()).toEqual([])
    expect(await count("outbox", "kind = 'webhook' AND status = 'queued' AND attempts = 0")).toBe(1)
    travel({ seconds: seconds - 1 })
    expect(await deliverWebhooks()).toEqual([])
    travel({ seconds: 1 })
    expect(await deliverWebhooks()).toHaveLength(2)
    expect(await count("webhooks", "retry_at IS NULL")).toBe(1)
  })

  it("is sent again after the usual time if Retry-After is shorter or unreadable", async () => {
    const { browser } = await createWebhookFixture(["invite.created"])
    await invite(browser)
    for (const retryAfter of ["0", "-5", "soon"]) {
      await deliverWebhooks(() => new Response("", { status: 503, headers: { "Retry-After": retryAfter } }))
      expect(await count("webhooks", "retry_at IS NULL")).toBe(1)
      expect(await count("outbox", `kind = 'webhook' AND next_attempt_at > ${Date.now() + 10_000}`)).toBe(1)
      travel({ hours: 1 })
    }
    expect(await deliverWebhooks()).toHaveLength(1)
  })

  it("has counts of its attempts and the times of successful ones, in the API and on its page", async () => {
    const { browser, id, key } = await createWebhookFixture(["invite.created"])
    const periods = async () => {
      const webhook = await (await callApi({ key, path: `/webhooks/${id}` })).json<Record<string, unknown>>()
      return [webhook.last_24_hours, webhook.last_7_days]
    }
    const none = { attempts: 0, successes: 0, success_rate: null, average_latency_ms: null, slowest_latency_ms: null }
    expect(await periods()).toEqual([none, none])
    const respondAfter = (seconds: number, status: number) => () => {
      travel({ seconds })
      return new Response("", { status })
    }
    await invite(browser)
    await deliverWebhooks(respondAfter(9, 500))
    travel({ minutes: 1 })
    await deliverWebhooks(respondAfter(1, 200))
    travel({ hours: 25 })
    await invite(browser, { contact_email: "two@northwind.example" })
    await deliverWebhooks(respondAfter(3, 200))
    const day = { attempts: 1, successes: 1, success_rate: 1, average_latency_ms: 3_000, slowest_latency_ms: 3_000 }
    const week = {
      attempts: 3,
      successes: 2,
      success_rate: 0.667,
      average_latency_ms: 2_000,
      slowest_latency_ms: 3_000,
    }
    expect(await periods()).toEqual([day, week])
    const page = await (await browser.get(`/settings/webhooks/${id}`)).text()
    expect(page).toContain("66.6% succeeded (2 of 3 attempts).")
    expect(page).toContain("Average response: 2,000 ms, slowest: 3,000 ms.")
    travel({ days: 31 })
    await deleteOldAttempts(deps)
    expect(await count("webhook_hours")).toBe(0)
  })

  it("is sent a test event from its page, alone and even if it isn't subscribed", async () => {
    const { browser, id, key } = await createWebhookFixture(["invite.created"])
    await callApi({ key, path: "/webhooks", body: { url: "https://two.example.com/", events: EVENT_TYPES } })
    const path = `/settings/webhooks/${id}`
    expect((await browser.post(`${path}/tests`, { type: "invite.accepted" })).status).toBe(303)
    const received = await deliverWebhooks()
    expect(received.map(({ url, body }) => [url, JSON.parse(body).type, JSON.parse(body).test])).toEqual([
      ["https://crm.example.com/hooks", "invite.accepted", true],
    ])
    expect(await (await browser.get(path)).text()).toContain('<span class="badge neutral">Test</span>')
    expect((await browser.post(`${path}/tests`, { type: "invite.x" })).status).toBe(404)
    await browser.post(`${path}/deactivation`)
    expect((await browser.post(`${path}/tests`, { type: "invite.accepted" })).status).toBe(409)
    expect(await count("events")).toBe(1)
  })

  it("is signed with both secrets for a day after a rotation, and neither is stored", async () => {
    const { browser, id, key, secret } = await createWebhookFixture(["invite.created"])
    const rotateSecret = () => callApi({ key, method: "POST", path: `/webhooks/${id}/secrets` })
    const [rotated, again] = [await rotateSecret(), await rotateSecret()]
    expect([rotated.status, again.status]).toEqual([201, 409])
    const newSecret = (await rotated.json<{ secret: string }>()).secret
    expect(newSecret).not.toBe(secret)
    await invite(browser)
    const [event] = await deliverWebhooks()
    for (const signingSecret of [secret, newSecret])
      new Verifier(signingSecret).verify(event?.body ?? "", event?.headers ?? {})
    travel({ days: 1 })
    await invite(browser, { contact_email: "two@northwind.example" })
    const [later] = await deliverWebhooks()
    expect(() => new Verifier(secret).verify(later?.body ?? "", later?.headers ?? {})).toThrow("No matching signature")
    new Verifier(newSecret).verify(later?.body ?? "", later?.headers ?? {})
    const allText = JSON.stringify(await env.DB.prepare("SELECT * FROM webhooks, audit_log, outbox").all())
    for (const signingSecret of [secret, newSecret]) expect(allText).not.toContain(signingSecret.slice("whsec_".length))
    expect(await (await callApi({ key, path: "/webhooks" })).text()).not.toContain("whsec_")
  })

  it("appears in the audit log by its host only, for every action", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    const url = "https://crm.example.com:8443/secret-path?token=secret-query"
    const created = await callApi({ key, path: "/webhooks", body: { url, events: ["invite.created"] } })
    const { id } = await created.json<{ id: string }>()
    const patch = (body: object) => callApi({ key, method: "PATCH", path: `/webhooks/${id}`, body })
    await patch({ url: `${url}2` })
    await callApi({ key, method: "POST", path: `/webhooks/${id}/secrets` })
    await patch({ enabled: false, url })
    await confirmIdentityOfAll()
    await browser.post(`/settings/webhooks/${id}/activation`)
    await invite(browser)
    await failWebhooks(3)
    await confirmIdentityOfAll()
    await browser.post(`/settings/webhooks/${id}/removal`)
    const { results } = await env.DB.prepare(
      "SELECT action, actor_kind AS by, detail FROM audit_log WHERE action LIKE 'webhook.%' ORDER BY created_at, id",
    ).all<{ action: string; by: string; detail: string }>()
    expect(results.map(({ action, by }) => `${action} ${by}`).sort()).toEqual([
      "webhook.created api_key",
      "webhook.deleted staff",
      "webhook.disabled api_key",
      "webhook.disabled system",
      "webhook.enabled staff",
      "webhook.secret_rotated api_key",
      "webhook.updated api_key",
    ])
    expect([...new Set(results.map(({ detail }) => detail))]).toEqual(["crm.example.com:8443"])
  })

  it("is created once when the form is submitted twice", async () => {
    const { browser } = await signInStaff()
    const form_token = await hiddenField(await browser.get("/settings/webhooks/new"), "form_token")
    const form = { url: "https://crm.example.com/", events: "invite.created", form_token }
    const invalid = await browser.post("/settings/webhooks/new", { ...form, url: "" })
    expect([invalid.status, await hiddenField(invalid, "form_token")]).toEqual([422, form_token])
    const responses = [
      await browser.post("/settings/webhooks/new", form),
      await browser.post("/settings/webhooks/new", form),
    ]
    const id = await env.DB.prepare("SELECT id FROM webhooks").first<string>("id")
    for (const response of responses) expect(response.headers.get("Location")).toBe(`/settings/webhooks/${id}`)
    expect(await (await browser.get(`/settings/webhooks/${id}`)).text()).toContain("whsec_")
    expect([await count("webhooks"), await count("audit_log", "action = 'webhook.created'")]).toEqual([1, 1])
    await invite(browser)
    expect(eventTypes(await deliverWebhooks())).toEqual(["invite.created"])
  })

  it("keeps a colleague's edit: the form shows the second one's values, and saving again replaces", async () => {
    const { browser, id } = await createWebhookFixture(["invite.created"])
    const path = `/settings/webhooks/${id}`
    const version = await hiddenField(await browser.get(path), "version")
    const first = { url: "https://one.example.com/", events: "invite.created", version }
    expect((await browser.post(path, first)).status).toBe(303)
    const second = { url: "https://two.example.com/", events: "invite.sent" }
    const conflict = await browser.post(path, { ...second, version })
    const page = await conflict.clone().text()
    expect([conflict.status, page]).toEqual([
      409,
      expect.stringContaining("Someone changed this webhook since you opened the form."),
    ])
    expect(page).toContain('value="https://two.example.com/"')
    expect(await count("webhooks", "url = 'https://one.example.com/'")).toBe(1)
    const again = { ...second, version: await hiddenField(conflict, "version") }
    expect((await browser.post(path, again)).status).toBe(303)
    expect(await count("webhooks", `url = 'https://two.example.com/' AND events = '["invite.sent"]'`)).toBe(1)
  })

  it("can be created, edited and deleted on pages that need permission", async () => {
    const { browser } = await signInStaff()
    const refused = await browser.post("/settings/webhooks/new", { url: "http://10.0.0.1/", events: "invite.created" })
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("https://")])
    const created = await browser.post("/settings/webhooks/new", {
      url: "https://crm.example.com/",
      events: "invite.created",
    })
    const path = created.headers.get("Location") ?? ""
    expect(await (await browser.get(path)).text()).toContain("whsec_")
    await ageSessions(11)
    const page = await (await browser.get(path)).text()
    expect(page).not.toContain("whsec_")
    expect(page).toContain(`<a href="/confirm-identity?next=${encodeURIComponent(path)}">Show signing secret</a>`)
    await browser.post("/confirm-identity", { password: PASSWORD, next: path })
    expect(await (await browser.get(path)).text()).toContain("whsec_")
    expect((await browser.post(path, { url: "https://other.example.com/", events: "invite.sent" })).status).toBe(303)
    expect(await count("webhooks", `url = 'https://other.example.com/' AND events = '["invite.sent"]'`)).toBe(1)
    expect((await browser.post(`${path}/removal`)).headers.get("Location")).toBe("/settings/webhooks")
    expect([await count("webhooks"), await count("audit_log", "action LIKE 'webhook.%'")]).toEqual([0, 3])
    const regular = await signInStaff("globex", "regular")
    expect((await regular.browser.get("/settings/webhooks")).status).toBe(403)
  })
})

describe("a webhook URL", () => {
  it.each([
    "http://crm.example.com/",
    "https://localhost/",
    "https://a.localhost/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://10.1.2.3/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://[::1]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[64:ff9b::a00:1]/",
    "https://[::127.0.0.1]/",
    "https://[::10.0.0.1]/",
    "https://printer.local..",
    "https://vestibule.example/r/x",
    "https://vestibule.example./",
    "https://vestibule.example:8443/",
    "https://app.vestibule.example/",
    "https://crm.example.com:8080/",
    "https://crm.example.com:22/",
    "https://crm.example.com:80/",
    "https://crm.example.com:844/",
    "https://x.test/",
    "https://printer.local/",
    "https://vault.internal./",
    "https://intranet/",
    "https://user:secret@crm.example.com/",
    "ftp://crm.example.com/",
    "javascript:alert(1)",
    "crm.example.com",
    "",
  ])("can't be “%s”", (address) => {
    expect(webhookUrlError(address, PRODUCTION)).toBeDefined()
  })

  it("must be public and https, except loopback URLs on a developer's machine", () => {
    for (const address of [
      "https://crm.example.com/hooks?x=1",
      "https://crm.example.com:443/",
      "https://crm.example.com:8443/",
      "https://notvestibule.example/",
      "https://1.1.1.1/",
      "https://[2606:4700::1111]/",
    ]) {
      expect(webhookUrlError(address, PRODUCTION)).toBeUndefined()
    }
    for (const address of ["http://localhost:9000/", "http://127.0.0.1:9000/", "https://[::1]/"]) {
      expect(webhookUrlError(address, LOCAL)).toBeUndefined()
      expect(webhookUrlError(address, PRODUCTION)).toBeDefined()
    }
    for (const address of ["http://10.0.0.1/", "http://crm.example.com/"]) {
      expect(webhookUrlError(address, LOCAL)).toBeDefined()
    }
  })

  it("can't be a host of our zone, above or beside ours", () => {
    const policy = { ...PRODUCTION, baseUrl: "https://portal.vestibule.example" }
    for (const host of [
      "portal.vestibule.example",
      "x.portal.vestibule.example",
      "vestibule.example",
      "other.vestibule.example",
    ]) {
      expect([host, webhookUrlError(`https://${host}/`, policy)]).toEqual([host, expect.stringContaining("our own")])
    }
  })

  it("must be on a host that the operator allows, if there is a list", () => {
    const policy = { ...PRODUCTION, webhookHosts: ["crm.example.com", "hooks.example.org"] }
    const isAllowed = (host: string) => webhookUrlError(`https://${host}/`, policy) === undefined
    expect(["crm.example.com", "eu.crm.example.com", "hooks.example.org"].filter(isAllowed)).toHaveLength(3)
    expect(["example.com", "notcrm.example.com", "crm.example.com.evil.example", "1.1.1.1"].filter(isAllowed)).toEqual(
      [],
    )
  })

  it("is refused and not called if the operator no longer allows its host", async () => {
    const { browser } = await createWebhookFixture(["invite.created"])
    await invite(browser)
    const limited = createDeps({ ...testEnv, WEBHOOK_HOSTS: "other.example" }, () => undefined)
    const outboxId = await env.DB.prepare("SELECT id FROM outbox WHERE kind = 'webhook'").first<string>("id")
    const claimed = await claim(limited, outboxId ?? "")
    if (claimed?.kind !== "webhook") throw new Error("the webhook wasn't claimed")
    const called: string[] = []
    await sendWebhook(limited, async (url) => new Response(String(called.push(url))), claimed)
    const reason = await env.DB.prepare("SELECT response_body FROM webhook_attempts").first<string>("response_body")
    expect([called, reason]).toEqual([[], expect.stringContaining("Ask the operator")])
  })

  it("is stored as it is requested", async () => {
    const { resellerId } = await createReseller()
    const key = await createApiKey(resellerId)
    for (const [url, stored] of [
      ["HTTPS://CRM.Example.com:443/a/../b c?x=é", "https://crm.example.com/b%20c?x=%C3%A9"],
      ["https://bücher.example.com\\hooks", "https://xn--bcher-kva.example.com/hooks"],
      ["https:crm.example.com/\u0009x", "https://crm.example.com/x"],
    ]) {
      const response = await callApi({ path: "/webhooks", key, body: { url, events: ["invite.sent"] } })
      expect([response.status, (await response.json<{ url: string }>()).url]).toEqual([201, stored])
    }
    const long = `https://crm.example.com/${"é".repeat(200)}`
    const response = await callApi({ path: "/webhooks", key, body: { url: long, events: ["invite.sent"] } })
    expect(response.status).toBe(422)
  })

  it("is checked again before each delivery", async () => {
    const { browser } = await createWebhookFixture(["invite.created"])
    await env.DB.prepare("UPDATE webhooks SET url = 'https://10.0.0.1/'").run()
    await invite(browser)
    expect(await deliverWebhooks()).toEqual([])
    expect(await count("webhook_attempts", "response_body LIKE '%public internet%'")).toBe(1)
  })
})
