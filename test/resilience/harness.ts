import { execFile } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { promisify } from "node:util"
import { readD1Migrations } from "@cloudflare/vitest-plugin"
import { root } from "../../src/build/files.ts"
import { seedDemo } from "../../src/local/demo.ts"
import { FakeServices } from "./fake-services.ts"
import { startRuntime } from "./runtime.ts"

const API = "http://localhost:8787/api/v1"
const API_KEYS = {
  acme: "vst_local_acme_0123456789abcdef0123456789abcdef",
  globex: "vst_local_globex_0123456789abcdef0123456789abcdef",
}
type Slug = keyof typeof API_KEYS
const MAILS_PER_SECOND = 500
const QUEUE_BATCH = 100
const CALL_TIMEOUT_MS = 10_000
const MAX_CALL_ATTEMPTS = 30
const RETRY_DELAY_MS = 200
const CONCURRENCY = 8
const RESTART_TIMEOUT_MS = 30_000
const MAX_CRON_RUNS = process.env.FAULTS === "full" ? 200 : 60
const CRON_INTERVAL_MS = 1_000
const HOUR_MS = 3_600_000

export type Harness = Awaited<ReturnType<typeof startHarness>>

/** Starts the built Worker with the demo's resellers, and a state that outlives it. `close` deletes the state. */
export async function startHarness({
  claimSeconds,
  mailsPerSecond = MAILS_PER_SECOND,
  mailProviders = "binding",
}: {
  claimSeconds: number
  mailsPerSecond?: number
  mailProviders?: string
}) {
  const services = new FakeServices()
  const errors: string[] = []
  const stats = { retries: 0, cronRuns: 0 }
  let notifyRestart = () => {}
  let processId = 0
  let lastKillAt = 0

  const state = await mkdtemp(join(tmpdir(), "vestibule-faults-"))
  const runtime = await startRuntime({
    services,
    state,
    claimSeconds,
    mailsPerSecond,
    mailProviders,
    onError: (message) => errors.push(message),
    onRestart: () => notifyRestart(),
  })

  async function close() {
    await runtime.dispose()
    await rm(state, { recursive: true, force: true })
  }

  async function query<Row>(sql: string): Promise<Row[]> {
    const db = await runtime.getD1Database("DB")
    return (await db.prepare(sql).all<Row>()).results
  }

  /** Repeats a POST with the same Idempotency-Key until it succeeds. */
  async function post(path: string, body: object, slug: Slug = "acme"): Promise<Record<string, string>> {
    const headers = {
      Authorization: `Bearer ${API_KEYS[slug]}`,
      "Content-Type": "application/json",
      "Idempotency-Key": crypto.randomUUID(),
    }
    let lastResult = "none"
    for (let attempt = 0; attempt < MAX_CALL_ATTEMPTS; attempt++) {
      if (attempt > 0) {
        stats.retries++
        await wait(RETRY_DELAY_MS)
      }
      try {
        const signal = AbortSignal.timeout(CALL_TIMEOUT_MS)
        const call = { method: "POST", headers, body: JSON.stringify(body), signal }
        const response = await runtime.dispatchFetch(`${API}${path}`, call)
        lastResult = `${response.status} ${await response.text()}`
        if (response.ok) return JSON.parse(lastResult.slice(4))
        if (response.status < 500 && response.status !== 409) break
      } catch (error) {
        lastResult = String(error)
      }
    }
    throw new Error(`POST ${path} did not succeed: ${lastResult}`)
  }

  function invite(number: number, slug: Slug = "acme") {
    return post(
      "/invites",
      {
        company_name: `Company ${number}`,
        contact_name: `Contact ${number}`,
        contact_email: contactEmail(number),
        billing_email: `billing@${slug}.example`,
        billing_phone: slug === "acme" ? "+1 415 555 0132" : "+1 212 555 0187",
      },
      slug,
    )
  }

  /** Invites one contact, and enqueues as bulk a reminder of each of `count` copies of that invite, to `slug-0@customer.example` and so on. */
  async function enqueueBulk(slug: Slug, count: number, number: number) {
    const { id } = await invite(number, slug)
    const copied = `'copy_' || value || '_${id}'`
    const replaced: Record<string, string> = {
      id: copied,
      reference: `printf('%011d', value + ${number * 1_000_000})`, // eight bytes
      contact_email: `'${slug}-' || value || '@customer.example'`,
      latest_email_id: "NULL",
    }
    const columns = await query<{ name: string }>(
      "SELECT name FROM pragma_table_xinfo('invites') WHERE hidden = 0 AND name <> 'seq'",
    )
    const names = columns.map(({ name }) => name)
    await query(
      `INSERT INTO invites (${names.join()}) SELECT ${names.map((name) => replaced[name] ?? `invites.${name}`).join()}
       FROM invites, json_each('${JSON.stringify(Array.from({ length: count }, (_, n) => n))}') AS copies WHERE invites.id = '${id}'`,
    )
    await query(
      `INSERT INTO outbox (id, reseller_id, kind, invite_id, link_version, recipient, status, next_attempt_at, created_at, is_bulk)
       SELECT 'eml_' || id, reseller_id, 'reminder', id, link_version, contact_email, 'queued', 0, 0, 1
       FROM invites WHERE id LIKE 'copy_%${id}'`,
    )
    const messages = await query<{ outboxId: string; resellerId: string; kind: string }>(
      `SELECT id AS outboxId, reseller_id AS resellerId, kind FROM outbox WHERE id LIKE 'eml_copy_%${id}' ORDER BY created_at, id`,
    )
    const queue = await runtime.getQueueProducer("BULK_MAIL_QUEUE")
    for (let start = 0; start < count; start += QUEUE_BATCH) {
      await queue.sendBatch(messages.slice(start, start + QUEUE_BATCH).map((body) => ({ body })))
    }
  }

  /** Creates `count` invites, a few at a time. `onCreated` gets the number created so far. */
  async function inviteMany(count: number, onCreated: (created: number) => void = () => {}) {
    let next = 0
    let created = 0
    async function inviteUntilDone() {
      while (next < count) {
        await invite(next++)
        onCreated(++created)
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, inviteUntilDone))
  }

  /** Runs the cron jobs once. */
  async function runCron() {
    stats.cronRuns++
    const worker = await runtime.getWorker()
    const { outcome } = await worker.scheduled({ cron: "* * * * *" })
    if (outcome !== "ok") throw new Error(`The cron jobs ended with ${outcome}`)
  }

  /** Runs the cron jobs until the outbox is sent, at most MAX_CRON_RUNS times. Retries become due immediately. */
  async function drainOutbox() {
    for (let cronRuns = 0; cronRuns < MAX_CRON_RUNS; cronRuns++) {
      const unsent = await query("SELECT id FROM outbox WHERE status IN ('queued', 'sending') LIMIT 1")
      if (unsent.length === 0) return
      await query(`UPDATE outbox SET next_attempt_at = next_attempt_at - ${HOUR_MS} WHERE status = 'queued'`)
      await runCron()
      await wait(CRON_INTERVAL_MS)
    }
  }

  /** Runs the cron jobs during `work`. A run that dies with the runtime is replaced by the next. */
  async function runCronDuring(work: Promise<unknown>) {
    let isDone = false
    const done = work.finally(() => {
      isDone = true
    })
    for (let cronRuns = 0; cronRuns < MAX_CRON_RUNS && !isDone; cronRuns++) {
      await Promise.race([done, wait(CRON_INTERVAL_MS)])
      if (!isDone) await runCron().catch(() => {})
    }
    await done
  }

  /** Kills the runtime, and waits until it has restarted with the same state. Returns the addresses whose emails were in flight. */
  async function kill(): Promise<Set<string>> {
    const hasRestarted = new Promise<void>((resolve) => {
      notifyRestart = resolve
    })
    const killedAt = Date.now()
    const received = [...services.inProgress].map(({ to }) => to)
    process.kill(processId, "SIGKILL")
    await Promise.race([
      hasRestarted,
      wait(RESTART_TIMEOUT_MS).then(() => Promise.reject(new Error("The runtime did not start again"))),
    ])
    services.kills++
    processId = await runtimeProcess()
    const claimed = await query<{ recipient: string }>(
      `SELECT recipient FROM outbox WHERE status = 'sending' AND kind <> 'webhook' AND claimed_at BETWEEN ${lastKillAt} AND ${killedAt}`,
    )
    lastKillAt = killedAt
    return new Set([...received, ...claimed.map(({ recipient }) => recipient)])
  }

  try {
    const db = await runtime.getD1Database("DB")
    for (const { queries } of await readD1Migrations(join(root, "migrations"))) {
      await db.batch(queries.map((sql) => db.prepare(sql)))
    }
    await seedDemo(await runtime.getBindings<Env>())
    await query("DELETE FROM invites") // those of the demo's staff don't count here
    processId = await runtimeProcess()
  } catch (error) {
    await close()
    throw error
  }
  return {
    services,
    errors,
    stats,
    query,
    post,
    invite,
    enqueueBulk,
    inviteMany,
    runCron,
    drainOutbox,
    runCronDuring,
    kill,
    close,
  }
}

export const contactEmail = (number: number) => `contact-${number}@customer.example`

/** The process id of the runtime, the only child process of its name. */
async function runtimeProcess(): Promise<number> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,comm="])
  const processes = stdout.split("\n").map((line) => line.trim().split(/\s+/))
  const [runtimeEntry, ...otherEntries] = processes.filter(
    ([, parent, command]) => parent === String(process.pid) && command?.endsWith("workerd"),
  )
  if (!runtimeEntry || otherEntries.length > 0) throw new Error("There is not exactly one runtime")
  return Number(runtimeEntry[0])
}
