import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { claim } from "../src/domain/outbox/claim.ts"
import { deleteOldAttempts } from "../src/domain/webhooks/attempts.ts"
import { createDeps } from "../src/http/bindings.ts"
import { EVENT_TYPES } from "../src/storage/schema.ts"
import { sendWebhook } from "../src/webhooks/send.ts"
import { callApi, count, invite, sendDueEmails, testEnv } from "./support/app.ts"
import { confirmIdentityOfAll } from "./support/factors.ts"
import { travel } from "./support/time.ts"
import { createWebhookFixture, deliverWebhooks, eventTypes, failWebhooks } from "./support/webhooks.ts"

const deps = createDeps(testEnv, () => undefined)

describe("a webhook", () => {
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
})
