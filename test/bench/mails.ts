import { cpuTimeMs, type Runtime } from "./runtime.ts"

/** `max_batch_size` of wrangler.toml. */
const BATCH = 24
const IN_PARALLEL = 20
const WARM_UP = 240
const MAILS = 1_200
const AFTERMATH_MS = 50

/** Mails a second with a provider that takes 100 ms: with 20 consumers in parallel, and with one, as on a developer's machine. */
export type MailSpeed = { consumers: number; mailsPerSecond: number; cpuMs: number }
export const MAILS_TARGET = { consumers: IN_PARALLEL, mailsPerSecond: 100 }

type QueuedMail = { outboxId: string; resellerId: string; kind: string }

/** Sends emails to contacts of the filled invites. */
export async function measureMails(runtime: Runtime): Promise<MailSpeed[]> {
  const queued = await enqueueMails(await runtime.database("vestibule"), WARM_UP + 2 * MAILS)
  await sendMails(runtime, queued.slice(0, WARM_UP), IN_PARALLEL)
  return [
    await measure(runtime, queued.slice(WARM_UP, WARM_UP + MAILS), IN_PARALLEL),
    await measure(runtime, queued.slice(WARM_UP + MAILS), 1),
  ]
}

async function measure(runtime: Runtime, mails: QueuedMail[], consumers: number): Promise<MailSpeed> {
  const cpuBefore = await cpuTimeMs(runtime.processId)
  const started = performance.now()
  await sendMails(runtime, mails, consumers)
  const seconds = (performance.now() - started) / 1_000
  await new Promise((resolve) => setTimeout(resolve, AFTERMATH_MS))
  const cpuMs = ((await cpuTimeMs(runtime.processId)) - cpuBefore) / mails.length
  return { consumers, mailsPerSecond: mails.length / seconds, cpuMs }
}

/** Dispatches the messages to so many consumers at a time. Throws if an email wasn't sent. */
export async function sendMails(runtime: Runtime, mails: QueuedMail[], consumers: number): Promise<void> {
  const worker = await runtime.miniflare.getWorker("vestibule-mail")
  const left = [...mails]
  async function consumeUntilDone() {
    while (left.length > 0) {
      const batch = left
        .splice(0, BATCH)
        .map((body) => ({ id: body.outboxId, timestamp: new Date(), attempts: 1, body }))
      const { outcome, explicitAcks } = await worker.queue("vestibule-mail", batch)
      if (outcome !== "ok" || explicitAcks.length < batch.length) throw new Error(`a consumer ended with ${outcome}`)
    }
  }
  await Promise.all(Array.from({ length: consumers }, consumeUntilDone))
  const db = await runtime.database("vestibule")
  const ids = JSON.stringify(mails.map(({ outboxId }) => outboxId))
  const sql = "SELECT count(*) AS n FROM outbox WHERE status = 'sent' AND id IN (SELECT value FROM json_each(?))"
  const sent = await db.prepare(sql).bind(ids).first<number>("n")
  if (sent !== mails.length) throw new Error(`${sent} of ${mails.length} emails were sent`)
}

/** Enqueues an email for each of so many invites, as creating them would. */
export async function enqueueMails(db: D1Database, count: number): Promise<QueuedMail[]> {
  const [, , selected] = await db.batch<QueuedMail>([
    db
      .prepare(
        `INSERT INTO outbox (id, reseller_id, kind, invite_id, link_version, recipient, recipient_hash, status, next_attempt_at, created_at)
         SELECT 'eml_' || substr(id, 5), reseller_id, 'invite', id, link_version, contact_email, 'hash of ' || id, 'queued', ?1, ?1
         FROM invites WHERE status = 'pending' AND id NOT LIKE 'inv_a%' ORDER BY seq LIMIT ?2`,
      )
      .bind(Date.now(), count),
    db.prepare(
      `UPDATE invites SET email_status = 'queued', latest_email_id = 'eml_' || substr(id, 5), reference = substr(id, -11)
       WHERE id IN (SELECT invite_id FROM outbox WHERE recipient_hash LIKE 'hash of %')`,
    ),
    db.prepare(
      "SELECT id AS outboxId, reseller_id AS resellerId, kind FROM outbox WHERE recipient_hash LIKE 'hash of %' AND status = 'queued'",
    ),
  ])
  if (selected?.results.length !== count) throw new Error(`there are ${selected?.results.length} emails to send`)
  return selected.results
}
