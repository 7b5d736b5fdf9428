/// <reference types="vite/types/importMeta.d.ts" />
import { createExecutionContext, createMessageBatch } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, it } from "vitest"
import worker from "../src/local/index.ts"
import { createReseller, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { insertInvites, insertJob } from "./support/jobs.ts"
import { runSql } from "./support/storage.ts"

const [configuration = ""] = Object.values(
  import.meta.glob<string>("../wrangler.toml", { query: "?raw", import: "default", eager: true }),
)
const sizes = new Map(
  [...configuration.matchAll(/queue = "([\w-]+)"\nmax_batch_size = (\d+)/g)].map(([, queue = "", size]) => [
    queue,
    Number(size),
  ]),
)

/** D1 takes 1,000 in an invocation. */
const STATEMENTS_MAX = 900

/** Handles a batch of as many messages as the queue delivers at once, and returns how many statements it sent. */
async function statementsOf(queue: string, bodies: unknown[], bindings: Partial<Env> = {}): Promise<number> {
  const size = sizes.get(queue) ?? Infinity
  expect(bodies.length).toBeGreaterThanOrEqual(size)
  const messages = bodies
    .slice(0, size)
    .map((body, n) => ({ id: `${queue}${n}`, timestamp: new Date(), attempts: 1, body }))
  const { database, costs } = countingD1(env.DB)
  const batch = createMessageBatch(queue, messages)
  await worker.queue(batch, { ...testEnv, ...bindings, DB: database }, createExecutionContext())
  return costs.statements
}

/** A hundred invites whose emails are queued. */
async function queueEmails(): Promise<{ resellerId: string; ids: string[] }> {
  const { resellerId, billingId } = await createReseller()
  const ids = await insertInvites(resellerId, billingId, 200)
  await runSql(
    "UPDATE invites SET email_status = 'queued', latest_email_id = 'eml_' || id, reference = printf('%011d', seq)",
  )
  await runSql(`INSERT INTO outbox (id, reseller_id, kind, invite_id, link_version, recipient, status, is_bulk, next_attempt_at, created_at)
    SELECT latest_email_id, reseller_id, 'invite', id, 1, contact_email, 'queued', 1, 0, 0 FROM invites LIMIT 100`)
  return { resellerId, ids }
}

const emails = async () =>
  (await env.DB.prepare("SELECT id, message_id FROM outbox").all<Record<string, string>>()).results

describe(`a batch of a queue sends at most ${STATEMENTS_MAX} statements`, () => {
  let resellerId: string
  let ids: string[]
  beforeEach(async () => {
    ;({ resellerId, ids } = await queueEmails())
  })

  it.each(["vestibule-mail", "vestibule-bulk-mail"])("of emails in %s", async (queue) => {
    const bodies = (await emails()).map(({ id: outboxId }) => ({ outboxId, resellerId, kind: "invite" }))
    const sent = await statementsOf(queue, bodies, { MAILS_PER_SECOND: "0" } as Partial<Env>)
    expect([sent > 100, sent <= STATEMENTS_MAX]).toEqual([true, true])
  })

  it("of delivery events, also of bounces", async () => {
    await runSql("UPDATE outbox SET status = 'sent', message_id = id")
    await runSql("UPDATE invites SET email_status = 'sent'")
    const bodies = (await emails()).map(({ message_id: messageId }) => ({
      type: "cf.email.sending.message.bounced",
      payload: { eventId: messageId, messageId, bounce: { type: "hard", reason: "unknown" } },
    }))
    const sent = await statementsOf("vestibule-mail-events", bodies)
    expect([sent > 100, sent <= STATEMENTS_MAX]).toEqual([true, true])
  })

  it("of dead letters", async () => {
    await runSql("UPDATE outbox SET attempts = 20, first_attempt_at = 1")
    const sent = await statementsOf(
      "vestibule-dead",
      (await emails()).map(({ id: outboxId }) => ({ outboxId })),
    )
    expect([sent > 10, sent <= STATEMENTS_MAX]).toEqual([true, true])
  })

  it("in a turn of a job", async () => {
    await runSql("DELETE FROM outbox")
    const jobId = await insertJob(resellerId, "resend", ids)
    const sent = await statementsOf("vestibule-jobs", [{ jobId }])
    expect([sent > 40, sent <= STATEMENTS_MAX]).toEqual([true, true])
  })
})
