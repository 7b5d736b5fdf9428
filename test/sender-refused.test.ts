import { createMessageBatch } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { describe, expect, it, vi } from "vitest"
import { takeDueMessages } from "../src/domain/outbox/outbox.ts"
import { isDeploymentFault, isFinalCode } from "../src/domain/outbox/send-errors.ts"
import { failOver } from "../src/emails/fail-over.ts"
import type { OutgoingEmail } from "../src/emails/provider.ts"
import { createDeps } from "../src/http/bindings.ts"
import { handleQueueBatch } from "../src/jobs/queues.ts"
import { count, invite, signInStaff, testEnv } from "./support/app.ts"
import { travel } from "./support/time.ts"

type Queued = { outboxId: string; resellerId: string | null; kind: string }

/** Codes of Email Service: https://developers.cloudflare.com/email-service/api/send-emails/workers-api/#error-codes. */
const FAULTS = ["E_SENDER_NOT_VERIFIED", "E_SENDER_DOMAIN_NOT_AVAILABLE", "E_RECIPIENT_NOT_ALLOWED"]
const OF_THE_EMAIL = [
  "E_VALIDATION_ERROR",
  "E_FIELD_MISSING",
  "E_TOO_MANY_RECIPIENTS",
  "E_TOO_MANY_ATTACHMENTS",
  "E_RECIPIENT_SUPPRESSED",
  "E_CONTENT_TOO_LARGE",
  "E_HEADER_NOT_ALLOWED",
  "E_HEADER_USE_API_FIELD",
  "E_HEADER_VALUE_INVALID",
  "E_HEADER_VALUE_TOO_LONG",
  "E_HEADER_NAME_INVALID",
  "E_HEADERS_TOO_LARGE",
  "E_HEADERS_TOO_MANY",
]
const TEMPORARY = ["E_DELIVERY_FAILED", "E_RATE_LIMIT_EXCEEDED", "E_DAILY_LIMIT_EXCEEDED", "E_INTERNAL_SERVER_ERROR"]

/** A provider that refuses with `code` while it is set. */
function createProvider(code: string | undefined) {
  const provider = { code, asked: 0, sent: [] as string[], send: failOver([]) }
  const send = async ({ to }: OutgoingEmail) => {
    provider.asked += 1
    if (provider.code) throw Object.assign(new Error(`no mail to ${to}`), { code: provider.code })
    provider.sent.push(to)
    return { messageId: `of ${to}` }
  }
  return Object.assign(provider, { send: failOver([{ send, isIdempotent: false }]) })
}

/** The queue of emails: what is in it, and when it is delivered again. */
async function createQueue() {
  const { results } = await env.DB.prepare(
    "SELECT id AS outboxId, reseller_id AS resellerId, kind FROM outbox WHERE kind <> 'webhook' ORDER BY id",
  ).all<Queued>()
  const dueAt = new Map(results.map((body) => [body, 0]))
  const pause = vi.fn(async () => undefined)
  const release = vi.fn(async () => undefined)
  const pacer = { take: async () => 0, release, pause }
  const MAIL_PACER = Object.assign(Object.create(env.MAIL_PACER), { getByName: () => pacer })
  const bindings = { ...testEnv, MAIL_PACER }

  /** Delivers what is due, and what the cron job queues again. */
  async function deliver(send: ReturnType<typeof failOver>) {
    const enqueue = (messages: { id: string }[]) => {
      for (const { id } of messages) for (const body of results) if (body.outboxId === id) dueAt.set(body, 0)
    }
    const deps = { ...createDeps(bindings, () => undefined), enqueue }
    deps.enqueue(await takeDueMessages(deps))
    const due = [...dueAt].filter(([, at]) => at <= Date.now()).map(([body]) => body)
    const messages = due.map((body, n) => {
      const ack = () => void dueAt.delete(body)
      const retry = (options?: QueueRetryOptions) =>
        void dueAt.set(body, Date.now() + (options?.delaySeconds ?? 0) * 1_000)
      return { id: `m${n}`, timestamp: new Date(), attempts: 1, body, ack, retry }
    })
    const queue = "vestibule-mail"
    await handleQueueBatch(deps, send, { ...createMessageBatch(queue, []), queue, messages })
  }
  return { deliver, pause, release }
}

const fact = (name: string) =>
  env.DB.prepare("SELECT at, detail FROM deployment_facts WHERE name = ?")
    .bind(name)
    .first<{ at: number; detail: string }>()

function spyOnErrors() {
  const spy = vi.spyOn(console, "error").mockImplementation(() => undefined)
  return { lines: () => spy.mock.calls.map(([line]) => JSON.parse(String(line))), restore: () => spy.mockRestore() }
}

describe("a code of Email Service", () => {
  it("is about the deployment, the email or neither", () => {
    const codes = [...FAULTS, ...OF_THE_EMAIL, ...TEMPORARY]
    expect(codes.filter(isDeploymentFault)).toEqual(FAULTS)
    expect(codes.filter(isFinalCode)).toEqual(OF_THE_EMAIL)
    expect([isDeploymentFault(undefined), isFinalCode(undefined)]).toEqual([false, false])
  })
})

describe("a deployment that the provider refuses", () => {
  it.each(FAULTS)("with %s lets an email wait for days, and sends it soon after the repair", async (code) => {
    const errors = spyOnErrors()
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const provider = createProvider(code)
    const queue = await createQueue()
    for (let days = 0; days < 3; days += 0.25) {
      await queue.deliver(provider.send)
      travel({ hours: 6 })
    }
    expect(provider.asked).toBe(12)
    expect(
      await count("outbox", `status = 'queued' AND first_attempt_at IS NULL AND last_error_code = '${code}'`),
    ).toBe(1)
    expect(await count("outbox", "attempts = previous_attempts")).toBe(1)
    expect(await count("invites", "email_status = 'queued'")).toBe(1)
    expect(await count("audit_log", "action = 'invite.failed'")).toBe(0)
    for (const path of ["/customers/invites", `/customers/invites/${id}`]) {
      const page = await (await browser.get(path)).text()
      expect(page).toContain("Queued: We can&#39;t send email right now and keep trying")
      expect(page).not.toContain("Not sent")
    }
    expect((await fact("sender_refused"))?.detail).toBe(code)

    provider.code = undefined
    travel({ hours: 1 })
    await queue.deliver(provider.send)
    expect(provider.sent).toEqual(["priya@northwind.example"])
    expect(await count("invites", "email_status = 'sent' AND email_error IS NULL")).toBe(1)
    errors.restore()
  })

  it("isn't asked again for each of a hundred emails, which leave no trace but one line in the log", async () => {
    const errors = spyOnErrors()
    const { browser, resellerId } = await signInStaff()
    await invite(browser)
    await env.DB.prepare(
      `INSERT INTO outbox (id, reseller_id, kind, recipient, status, next_attempt_at, created_at)
       SELECT 'eml_' || value, ?1, 'digest', 'admin@acme.example', 'queued', 0, 0 FROM json_each(?2)`,
    )
      .bind(resellerId, JSON.stringify(Array.from({ length: 99 }, (_, n) => n)))
      .run()
    const provider = createProvider("E_SENDER_NOT_VERIFIED")
    const queue = await createQueue()
    await queue.deliver(provider.send)
    // Six were in flight when the first one was refused.
    expect(provider.asked).toBeLessThanOrEqual(6)
    expect(await count("outbox", "status = 'queued' AND last_error_code = 'E_SENDER_NOT_VERIFIED'")).toBe(100)
    expect(queue.pause.mock.calls).toEqual(Array(provider.asked).fill([300]))
    expect(queue.release).toHaveBeenCalledTimes(100)
    const lines = errors.lines()
    errors.restore()
    expect(lines).toEqual([
      expect.objectContaining({
        level: "error",
        what: "a provider refuses the emails of this deployment, which is wrong",
        error: "E_SENDER_NOT_VERIFIED",
      }),
    ])
  })

  it("holds back no other email for an address that isn't allowed", async () => {
    const errors = spyOnErrors()
    const { browser } = await signInStaff()
    await invite(browser)
    await invite(browser, { contact_email: "two@northwind.example" })
    const send = async ({ to }: OutgoingEmail) => {
      if (!to.startsWith("two@")) throw Object.assign(new Error("no"), { code: "E_RECIPIENT_NOT_ALLOWED" })
      return { messageId: `of ${to}` }
    }
    const queue = await createQueue()
    await queue.deliver(failOver([{ send, isIdempotent: false }]))
    expect(queue.pause).not.toHaveBeenCalled()
    expect(await count("outbox", "status = 'sent' AND recipient LIKE 'two@%'")).toBe(1)
    const wait = await env.DB.prepare(
      "SELECT min(next_attempt_at) AS at FROM outbox WHERE status = 'queued'",
    ).first<number>("at")
    expect(Number(wait) - Date.now()).toBeGreaterThan(25 * 60_000)
    errors.restore()
  })

  it("is logged once an hour while it lasts, and at once when something else is wrong", async () => {
    const errors = spyOnErrors()
    const { browser } = await signInStaff()
    await invite(browser)
    const provider = createProvider("E_SENDER_NOT_VERIFIED")
    const queue = await createQueue()
    for (let minutes = 0; minutes < 170; minutes += 10) {
      await queue.deliver(provider.send)
      travel({ minutes: 10 })
    }
    expect(errors.lines()).toHaveLength(3)
    provider.code = "E_SENDER_DOMAIN_NOT_AVAILABLE"
    travel({ minutes: 11 })
    await queue.deliver(provider.send)
    const logged = errors.lines().map(({ error }) => error)
    errors.restore()
    expect(logged.slice(3)).toEqual(["E_SENDER_DOMAIN_NOT_AVAILABLE"])
    expect((await fact("sender_refused"))?.detail).toBe("E_SENDER_DOMAIN_NOT_AVAILABLE")
  })
})
