/// <reference types="vite/types/importMeta.d.ts" />
import {
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  getQueueResult,
  waitOnExecutionContext,
} from "cloudflare:test"
import { env } from "cloudflare:workers"
import { expect, it, vi } from "vitest"
import worker from "../src/local/index.ts"
import {
  CUSTOMER,
  callApi,
  count,
  createApiKey,
  createReseller,
  invite,
  sendDueEmails,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { travel } from "./support/time.ts"

const [wranglerToml = ""] = Object.values(
  import.meta.glob<string>("../wrangler.toml", { query: "?raw", import: "default", eager: true }),
)

async function deliverMessages(queue: string, bodies: unknown[], workerEnv = testEnv) {
  const messages = bodies.map((body, n) => ({ id: `m${n}`, timestamp: new Date(), attempts: 1, body }))
  const batch = createMessageBatch(queue, messages)
  const context = createExecutionContext()
  await worker.queue(batch, workerEnv, context)
  return getQueueResult(batch, context)
}

/** Runs the cron jobs, and returns the queue messages that they sent. */
async function runCron(): Promise<unknown[]> {
  const requeued: unknown[] = []
  const sendBatch: Queue["sendBatch"] = async (messages) => {
    for (const { body } of messages) requeued.push(body)
    return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }
  }
  const context = createExecutionContext()
  const envWithQueue = { ...testEnv, MAIL_QUEUE: { ...env.MAIL_QUEUE, sendBatch } }
  await worker.scheduled(createScheduledController(), envWithQueue, context)
  await waitOnExecutionContext(context)
  return requeued
}

it("an email that the queue delivers three times is sent once, and shown in the local mailbox", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  const mail = await env.DB.prepare("SELECT id FROM outbox").first<{ id: string }>()
  const result = await deliverMessages("vestibule-mail", Array(3).fill({ outboxId: mail?.id }))
  expect(result.explicitAcks).toHaveLength(3)
  const mailbox = await (await browser.get("/mailbox.json")).json<{ to: string; headers: object }[]>()
  expect(mailbox).toHaveLength(1)
  expect(mailbox[0]?.to).toBe("priya@northwind.example")
  expect(mailbox[0]?.headers).toEqual({
    From: `Acme Networks <${env.MAIL_FROM}>`,
    To: "priya@northwind.example",
    "Reply-To": "support@acme.example",
    Subject: "You have been invited to join Acme Networks",
    "Auto-Submitted": "auto-generated",
    "Content-Language": "en",
  })
  expect(await count("invites", "email_status = 'sent' AND last_sent_at IS NOT NULL")).toBe(1)
})

it("an email that can't be rendered is logged, stays in the outbox and is sent once it can be", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  const id = await env.DB.prepare("SELECT id FROM outbox").first<string>("id")
  const setTimeZone = (zone: string) => env.DB.prepare("UPDATE resellers SET time_zone = ?").bind(zone).run()
  await setTimeZone("Nowhere/Land")
  const errorSpy = vi.spyOn(console, "error").mockImplementation(() => undefined)
  const failed = await deliverMessages("vestibule-mail", [{ outboxId: id }])
  const logLines = errorSpy.mock.calls.flat().join("\n")
  errorSpy.mockRestore()
  expect([failed.explicitAcks.length, failed.retryMessages.length]).toEqual([0, 1])
  expect(logLines).toContain("a queue message failed")
  expect(logLines).not.toContain("northwind")
  expect(await count("outbox", "status = 'sending' AND last_error IS NULL")).toBe(1)
  await setTimeZone("UTC")
  travel({ minutes: 10 })
  expect(await runCron()).toMatchObject([{ outboxId: id, kind: "invite" }])
  await deliverMessages("vestibule-mail", [{ outboxId: id }])
  expect(await count("outbox", "status = 'sent'")).toBe(1)
})

it.each([
  ["without a code", {}],
  ["with a code", { code: "E_DELIVERY_FAILED" }],
])(
  "an error of the email provider %s is logged without the address in it, and the email is retried",
  async (_, properties) => {
    const { browser } = await signInStaff()
    await invite(browser)
    const id = await env.DB.prepare("SELECT id FROM outbox").first<string>("id")
    const error = Object.assign(new TypeError("no route to priya@northwind.example"), properties)
    const EMAIL = { send: () => Promise.reject(error) }
    const errorSpy = vi.spyOn(console, "error").mockImplementation(() => undefined)
    const failed = await deliverMessages("vestibule-mail", [{ outboxId: id }], { ...testEnv, EMAIL })
    const logLines = errorSpy.mock.calls.flat().map(String)
    errorSpy.mockRestore()
    expect([
      failed.retryMessages.length,
      await count("outbox", "status = 'queued' AND last_error IS NOT NULL"),
    ]).toEqual([1, 1])
    expect(logLines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: "error",
        outboxId: id,
        error: expect.stringMatching(/^TypeError\b/),
        ...properties,
      }),
    ])
    expect(logLines.join()).not.toContain("northwind")
  },
)

it("an unreadable queue message and one for an unknown email are acknowledged", async () => {
  const result = await deliverMessages("vestibule-mail", ["?", { outboxId: "eml_none" }])
  expect(result.explicitAcks).toHaveLength(2)
})

it("a repeated delivery event is stored once", async () => {
  const event = {
    type: "cf.email.sending.message.delivered",
    payload: { eventId: "evt_1", messageId: "msg_1", terminal: true },
    metadata: { eventTimestamp: "2026-11-24T10:00:00Z" },
  }
  await deliverMessages("vestibule-mail-events", [event, event, "unreadable"])
  expect(await count("email_events", "id = 'evt_1' AND message_id = 'msg_1'")).toBe(1)
  expect(await count("email_events")).toBe(2)
})

it("a dead letter is recorded once, and a queue without a handler is an error", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  const id = await env.DB.prepare("SELECT id FROM outbox").first<string>("id")
  await sendDueEmails(() => Promise.reject(new Error("no")))
  await deliverMessages("vestibule-dead", [{ outboxId: id }])
  expect(await count("outbox", "status = 'queued'"), "retries continue after the queue gave up").toBe(1)
  travel({ days: 1, seconds: 1 })
  const result = await deliverMessages("vestibule-dead", [{ outboxId: id }, { outboxId: id }, { outboxId: "eml_none" }])
  expect(result.explicitAcks).toHaveLength(3)
  expect([await count("outbox", "status = 'failed'"), await count("audit_log", "action = 'invite.failed'")]).toEqual([
    1, 1,
  ])
  await deliverMessages("vestibule-dead", [
    { type: "cf.email.sending.message.delivered", payload: { eventId: "late", messageId: "m" } },
  ])
  expect(await count("email_events", "id = 'late'")).toBe(1)
  await expect(deliverMessages("vestibule-else", [{}])).rejects.toThrow("no handler for")
})

it("every queue that the Worker consumes has a handler, in production and in staging", async () => {
  const queues = [...wranglerToml.matchAll(/\[\[queues\.consumers\]\]\nqueue = "([^"]+)"/g)].map(
    ([, queue = ""]) => queue,
  )
  expect(queues).toHaveLength(6)
  for (const queue of [...queues, ...queues.map((name) => `${name}-staging`)]) await deliverMessages(queue, [])
})

it("other cron jobs run when one of them fails, and then the run fails and says which", async () => {
  const { resellerId } = await createReseller()
  const call = { key: await createApiKey(resellerId), path: "/invites", body: CUSTOMER }
  await callApi({ ...call, headers: { "Idempotency-Key": "x" } })
  travel({ days: 12 })
  expect(await count("idempotent_responses")).toBe(1)
  const errorSpy = vi.spyOn(console, "error").mockImplementation(() => undefined)
  const failingLimiter = { getByName: () => ({ reserve: () => Promise.reject(new Error("down")) }) }
  const ACCOUNT_LIMITER = Object.assign(Object.create(env.ACCOUNT_LIMITER), failingLimiter)
  const run = worker.scheduled(createScheduledController(), { ...testEnv, ACCOUNT_LIMITER }, createExecutionContext())
  await expect(run).rejects.toThrow(/^cron jobs failed: remind contacts$/)
  expect([await count("idempotent_responses"), errorSpy.mock.calls.length]).toEqual([0, 1])
  errorSpy.mockRestore()
  expect(
    await count("deployment_facts", `name = 'cron_run' AND at = ${Date.now()} AND detail = 'remind contacts'`),
  ).toBe(1)
  await runCron()
  expect(await count("deployment_facts", "name = 'cron_run' AND detail IS NULL")).toBe(1)
})

it("every reminder that fails is logged with its cause", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  await invite(browser, { contact_email: "two@northwind.example" })
  travel({ days: 12 })
  const errorSpy = vi.spyOn(console, "error").mockImplementation(() => undefined)
  let failures = 0
  const reserve = () => Promise.reject(new Error(`limiter failure ${++failures}`, { cause: new Error("overloaded") }))
  const ACCOUNT_LIMITER = Object.assign(Object.create(env.ACCOUNT_LIMITER), { getByName: () => ({ reserve }) })
  const run = worker.scheduled(createScheduledController(), { ...testEnv, ACCOUNT_LIMITER }, createExecutionContext())
  await expect(run).rejects.toThrow("cron jobs failed: remind contacts")
  const lines = errorSpy.mock.calls.map(([line]) => JSON.parse(String(line)))
  errorSpy.mockRestore()
  const cause = { causes: [expect.objectContaining({ error: "Error: overloaded" })] }
  expect(lines).toEqual([
    expect.objectContaining({
      name: "remind contacts",
      causes: [
        expect.objectContaining({ error: "Error: limiter failure 1", ...cause }),
        expect.objectContaining({ error: "Error: limiter failure 2", ...cause }),
      ],
    }),
  ])
})

it("a cron job requeues an email whose queue message was lost, but not a recent one", async () => {
  const { browser } = await signInStaff()
  await invite(browser)
  expect(await runCron()).toEqual([])
  travel({ minutes: 1 })
  expect(await runCron()).toHaveLength(1)
})

it("a cron job marks an expired invite once, and the page shows it as expired before that", async () => {
  const { browser } = await signInStaff()
  await invite(browser, { expires_in_days: "3" })
  travel({ days: 3 })
  expect(await (await browser.get("/customers/invites?status=expired")).text()).toContain("Northwind Logistics")
  await runCron()
  await runCron()
  expect(await count("invites", "status = 'expired'")).toBe(1)
  expect(await count("audit_log", "action = 'invite.expired' AND actor_kind = 'system'")).toBe(1)
})
