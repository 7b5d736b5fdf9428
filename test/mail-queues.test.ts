import { createExecutionContext, createMessageBatch } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { describe, expect, it, vi } from "vitest"
import { claim } from "../src/domain/outbox/claim.ts"
import { takeDueMessages } from "../src/domain/outbox/outbox.ts"
import { sendEmail } from "../src/emails/send.ts"
import { createDeps } from "../src/http/bindings.ts"
import { handleQueueBatch } from "../src/jobs/queues.ts"
import { count, invite, signInStaff, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { travel } from "./support/time.ts"

type OutboxMessage = { outboxId: string; resellerId: string | null; kind: string }

/** The messages of all rows of the outbox, as they are put into the queue. */
async function queuedMessages(): Promise<OutboxMessage[]> {
  const sql = "SELECT id AS outboxId, reseller_id AS resellerId, kind FROM outbox ORDER BY id"
  return (await env.DB.prepare(sql).all<OutboxMessage>()).results
}

async function inviteMany(browser: Awaited<ReturnType<typeof signInStaff>>["browser"], total: number) {
  for (let n = 0; n < total; n++) await invite(browser, { contact_email: `contact-${n}@northwind.example` })
  return queuedMessages()
}

/** A binding of the pacer that answers this, and what it was asked. */
function fakePacer(take: () => Promise<number> | number) {
  const pacer = { take: vi.fn(take), release: vi.fn(async () => undefined), pause: vi.fn(async () => undefined) }
  return { ...pacer, binding: Object.assign(Object.create(env.MAIL_PACER), { getByName: () => pacer }) }
}

type Options = { queue?: string; bindings?: Env; send?: (to: string) => Promise<void> }

/** Lets a consumer handle messages. Returns which it acknowledged, and after how many seconds others come back. */
async function consume(bodies: unknown[], { queue = "vestibule-mail", bindings = testEnv, send }: Options = {}) {
  const acked: string[] = []
  const retried: Record<string, number | undefined> = {}
  const messages = bodies.map((body, n) => {
    const id = `m${n}`
    const retry = (options?: QueueRetryOptions) => {
      retried[id] = options?.delaySeconds
    }
    return { id, timestamp: new Date(), attempts: 1, body, ack: () => void acked.push(id), retry }
  })
  const context = createExecutionContext()
  const deps = createDeps(bindings, (promise) => context.waitUntil(promise))
  const sender = async ({ to }: { to: string }) => {
    await send?.(to)
    return { messageId: `of ${to}` }
  }
  await handleQueueBatch(deps, sender, { ...createMessageBatch(queue, []), queue, messages })
  return { acked, retried }
}

describe("a batch of emails", () => {
  it("is sent with six in flight, each email once", async () => {
    const { browser } = await signInStaff()
    const messages = await inviteMany(browser, 15)
    const inFlight = new Set<string>()
    const sizes: number[] = []
    const send = async (to: string) => {
      inFlight.add(to)
      sizes.push(inFlight.size)
      await new Promise((resolve) => setTimeout(resolve, 20))
      inFlight.delete(to)
    }
    const { acked } = await consume([...messages, ...messages], { send })
    expect([acked.length, sizes.length, Math.max(...sizes)]).toEqual([30, 15, 6])
    expect(await count("outbox", "status = 'sent'")).toBe(15)
  })

  it("asks for the turn of each email, as single or bulk, and returns those of emails that need no sending", async () => {
    const { browser, resellerId } = await signInStaff()
    const messages = await inviteMany(browser, 2)
    const pacer = fakePacer(() => 0)
    const bindings = { ...testEnv, MAIL_PACER: pacer.binding }
    const limits = { perSecond: Number(env.MAILS_PER_SECOND), perDay: Number(env.MAILS_PER_DAY) }
    await consume(messages, { bindings })
    expect(pacer.take.mock.calls).toEqual(Array(2).fill([{ resellerId, isBulk: false, limits }]))
    expect(pacer.release).not.toHaveBeenCalled()
    await consume(messages, { bindings, queue: "vestibule-bulk-mail" })
    expect(pacer.take.mock.calls.slice(2)).toEqual(Array(2).fill([{ resellerId, isBulk: true, limits }]))
    expect(pacer.release.mock.calls).toEqual(Array(2).fill([limits]))
  })

  it("can be named by the id alone", async () => {
    const { browser } = await signInStaff()
    const messages = await inviteMany(browser, 1)
    await consume(messages.map(({ outboxId }) => ({ outboxId })))
    expect(await count("outbox", "status = 'sent'")).toBe(1)
  })
})

describe("an email whose turn it isn't", () => {
  it("comes back without an attempt", async () => {
    const { browser } = await signInStaff()
    const messages = await inviteMany(browser, 1)
    const pacer = fakePacer(() => 7)
    const { retried, acked } = await consume(messages, {
      bindings: { ...testEnv, MAIL_PACER: pacer.binding },
    })
    expect([retried, acked]).toEqual([{ m0: 7 }, []])
    expect(await count("outbox", "status = 'queued' AND attempts = 0 AND first_attempt_at IS NULL")).toBe(1)
  })

  it("is postponed if it waits for the next day, so that no cron job requeues it before", async () => {
    const { browser } = await signInStaff()
    const messages = await inviteMany(browser, 2)
    const waits = [3_600, 50_000]
    const pacer = fakePacer(() => waits.shift() ?? 0)
    const { retried, acked } = await consume(messages, {
      bindings: { ...testEnv, MAIL_PACER: pacer.binding },
    })
    expect(retried).toEqual({ m0: 3_600 })
    expect(acked).toEqual(["m1"]) // longer than a queue can delay a message
    const deps = createDeps(testEnv, () => undefined)
    travel({ minutes: 50 })
    expect(await takeDueMessages(deps)).toEqual([])
    travel({ minutes: 11 })
    expect((await takeDueMessages(deps)).map(({ id }) => id)).toEqual([messages[0]?.outboxId])
    travel({ hours: 13 })
    await consume(messages)
    expect(await count("outbox", "status = 'sent' AND attempts = 1")).toBe(2)
  })

  it("comes back soon if the pacer fails", async () => {
    const errors = vi.spyOn(console, "error").mockImplementation(() => undefined)
    const { browser } = await signInStaff()
    const messages = await inviteMany(browser, 1)
    const pacer = fakePacer(() => Promise.reject(new Error("the object was reset")))
    const { retried } = await consume(messages, { bindings: { ...testEnv, MAIL_PACER: pacer.binding } })
    expect(retried).toEqual({ m0: 5 })
    expect(String(errors.mock.calls)).toContain("the pacer of emails failed")
    await consume(messages)
    expect(await count("outbox", "status = 'sent'")).toBe(1)
  })
})

it("all emails are held back for a moment when the provider refuses one for its rate, and no other error", async () => {
  const { browser } = await signInStaff()
  const messages = await inviteMany(browser, 2)
  const pacer = fakePacer(() => 0)
  const codes = ["E_INTERNAL_SERVER_ERROR", "E_RATE_LIMIT_EXCEEDED"]
  const send = () => Promise.reject(Object.assign(new Error("no"), { code: codes.shift() }))
  await consume(messages, { bindings: { ...testEnv, MAIL_PACER: pacer.binding }, send })
  expect(pacer.pause.mock.calls).toEqual([[10]])
  expect(await count("outbox", "status = 'queued' AND attempts = 1")).toBe(2)
})

it("a lost message is taken once in its time: of a bulk email after two minutes, unless its sender died", async () => {
  const { browser } = await signInStaff()
  const [single, bulk, claimed] = await inviteMany(browser, 3)
  await env.DB.prepare("UPDATE outbox SET is_bulk = 1 WHERE id <> ?").bind(single?.outboxId).run()
  const deps = createDeps(testEnv, () => undefined)
  await claim(deps, claimed?.outboxId ?? "")
  await env.DB.prepare("UPDATE outbox SET next_attempt_at = created_at").run() // as if the claim had ended at once
  const found = async () => (await takeDueMessages(deps)).map(({ id }) => id).sort()
  travel({ minutes: 1 })
  expect([await found(), await found()]).toEqual([[single?.outboxId, claimed?.outboxId], []])
  travel({ minutes: 1 })
  expect(await found()).toEqual([single?.outboxId, bulk?.outboxId, claimed?.outboxId])
})

it("a delivery event that precedes its email comes back once", async () => {
  const event = { type: "cf.email.sending.message.delivered", payload: { eventId: "evt_1", messageId: "of another" } }
  const queue = "vestibule-mail-events"
  const { retried } = await consume([event, { type: "other" }], { queue })
  expect(retried).toEqual({ m0: 300 })
  const { browser } = await signInStaff()
  await consume(await inviteMany(browser, 1))
  const known = { ...event, payload: { eventId: "evt_2", messageId: "of contact-0@northwind.example" } }
  expect((await consume([known], { queue })).retried).toEqual({})
  expect(await count("invites", "email_status = 'delivered'")).toBe(1)
})

describe("sending an email takes", () => {
  async function costsOfSending(waiting: number, expectedKind?: string) {
    const { browser, resellerId } = await signInStaff(`acme${waiting}`)
    await invite(browser, { billing_email: `billing@acme${waiting}.example`, billing_phone: "+1 212 555 0187" })
    const [message] = await queuedMessages()
    await env.DB.prepare(
      `INSERT INTO outbox (id, reseller_id, kind, recipient, status, next_attempt_at, created_at)
       SELECT 'eml_' || value, ?1, 'digest', 'a@b.example', 'queued', 0, 0 FROM json_each(?2)`,
    )
      .bind(resellerId, JSON.stringify(Array.from({ length: waiting }, (_, n) => n)))
      .run()
    // As if another one had been sent within the minute, so that this one isn't noted.
    await env.DB.prepare("INSERT OR REPLACE INTO deployment_facts VALUES ('email_sent', ?1, '0')")
      .bind(Date.now())
      .run()
    const { database, costs } = countingD1(env.DB)
    const batches: number[] = []
    const DB = new Proxy(database, {
      get: (target, name: keyof D1Database) => {
        if (name !== "batch") return Reflect.get(target, name)
        return (statements: D1PreparedStatement[]) => {
          batches.push(statements.length)
          return target.batch(statements)
        }
      },
    })
    const deps = createDeps({ ...testEnv, DB }, () => undefined)
    const claimed = await claim(deps, message?.outboxId ?? "", expectedKind)
    if (claimed?.kind !== "invite") throw new Error("the email was not claimed")
    await sendEmail(deps, async () => ({ messageId: "m1" }), claimed)
    expect(await count("outbox", "status = 'sent'")).toBe(1)
    await env.DB.prepare("DELETE FROM outbox").run()
    return { batches, ...costs }
  }

  it("two round trips with nine statements, and the same rows however many others wait", async () => {
    const [few, many] = [await costsOfSending(10), await costsOfSending(10_000)]
    expect(many).toEqual(few)
    expect(few).toMatchObject({ batches: [3, 6], roundTrips: 2 })
    expect(few.rowsRead).toBeLessThanOrEqual(ROWS_READ)
    expect(few.rowsWritten).toBeLessThanOrEqual(ROWS_WRITTEN)
  })

  it("a third round trip if the message names another kind", async () => {
    expect(await costsOfSending(10, "digest")).toMatchObject({ batches: [5, 1, 6] })
  })
})

const ROWS_READ = 36
const ROWS_WRITTEN = 22
