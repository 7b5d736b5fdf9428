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
const API_KEY = "vst_local_acme_0123456789abcdef0123456789abcdef"
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
export async function startHarness({ claimSeconds }: { claimSeconds: number }) {
  const services = new FakeServices()
  const errors: string[] = []
  const stats = { retries: 0, cronRuns: 0 }
  let notifyRestart = () => {}
  let processId = 0

  const state = await mkdtemp(join(tmpdir(), "vestibule-faults-"))
  const runtime = await startRuntime({
    services,
    state,
    claimSeconds,
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
  async function post(path: string, body: object): Promise<Record<string, string>> {
    const headers = {
      Authorization: `Bearer ${API_KEY}`,
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
        if (response.status === 201) return JSON.parse(lastResult.slice(4))
        if (response.status < 500 && response.status !== 409) break
      } catch (error) {
        lastResult = String(error)
      }
    }
    throw new Error(`POST ${path} did not succeed: ${lastResult}`)
  }

  function invite(number: number) {
    return post("/invites", {
      company_name: `Company ${number}`,
      contact_name: `Contact ${number}`,
      contact_email: contactEmail(number),
      billing_email: "billing@acme.example",
      billing_phone: "+1 415 555 0132",
    })
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

  /** Kills the runtime, and waits until it has restarted with the same state. */
  async function kill() {
    const hasRestarted = new Promise<void>((resolve) => {
      notifyRestart = resolve
    })
    process.kill(processId, "SIGKILL")
    await Promise.race([
      hasRestarted,
      wait(RESTART_TIMEOUT_MS).then(() => Promise.reject(new Error("The runtime did not start again"))),
    ])
    services.kills++
    processId = await runtimeProcess()
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
  return { services, errors, stats, query, post, inviteMany, runCron, drainOutbox, runCronDuring, kill, close }
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
