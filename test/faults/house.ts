import { execFile } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { promisify } from "node:util"
import { readD1Migrations } from "@cloudflare/vitest-plugin"
import { root } from "../../src/build/files.ts"
import { seedDemo } from "../../src/local/demo.ts"
import { startRuntime } from "./runtime.ts"
import { Surroundings } from "./surroundings.ts"

const API = "http://localhost:8787/api/v1"
const API_KEY = "vst_local_acme_0123456789abcdef0123456789abcdef"
const CALL_TIMEOUT_MS = 10_000
const CALL_TRIES = 30
const BETWEEN_TRIES_MS = 200
const AT_ONCE = 8
const RESTART_TIMEOUT_MS = 30_000
const MOST_SWEEPS = process.env.FAULTS === "full" ? 200 : 60
const BETWEEN_SWEEPS_MS = 1_000
const HOUR_MS = 3_600_000

export type House = Awaited<ReturnType<typeof openHouse>>

/** The built Worker with the demo's resellers, on a state that outlives it. `close` leaves nothing behind. */
export async function openHouse({ claimSeconds }: { claimSeconds: number }) {
  const surroundings = new Surroundings()
  const errors: string[] = []
  const counted = { retries: 0, sweeps: 0 }
  let restarted = () => {}
  let processId = 0

  const state = await mkdtemp(join(tmpdir(), "vestibule-faults-"))
  const runtime = await startRuntime({
    surroundings,
    state,
    claimSeconds,
    onError: (message) => errors.push(message),
    onRestart: () => restarted(),
  })

  async function close() {
    await runtime.dispose()
    await rm(state, { recursive: true, force: true })
  }

  async function query<Row>(sql: string): Promise<Row[]> {
    const db = await runtime.getD1Database("DB")
    return (await db.prepare(sql).all<Row>()).results
  }

  /** A POST that is repeated under the same Idempotency-Key until it is answered. */
  async function post(path: string, body: object): Promise<Record<string, string>> {
    const headers = {
      Authorization: `Bearer ${API_KEY}`,
      "Content-Type": "application/json",
      "Idempotency-Key": crypto.randomUUID(),
    }
    let answer = "none"
    for (let tries = 0; tries < CALL_TRIES; tries++) {
      if (tries > 0) {
        counted.retries++
        await wait(BETWEEN_TRIES_MS)
      }
      try {
        const signal = AbortSignal.timeout(CALL_TIMEOUT_MS)
        const call = { method: "POST", headers, body: JSON.stringify(body), signal }
        const response = await runtime.dispatchFetch(`${API}${path}`, call)
        answer = `${response.status} ${await response.text()}`
        if (response.status === 201) return JSON.parse(answer.slice(4))
        if (response.status < 500 && response.status !== 409) break
      } catch (error) {
        answer = String(error)
      }
    }
    throw new Error(`POST ${path} was not answered: ${answer}`)
  }

  function invite(number: number) {
    return post("/invites", {
      company_name: `Company ${number}`,
      contact_name: `Contact ${number}`,
      contact_email: addressOf(number),
      billing_email: "billing@acme.example",
      billing_phone: "+1 415 555 0132",
    })
  }

  /** Invites so many, a few at a time; `onCreated` hears how many there are. */
  async function inviteMany(count: number, onCreated: (created: number) => void = () => {}) {
    let next = 0
    let created = 0
    async function inviteOnAndOn() {
      while (next < count) {
        await invite(next++)
        onCreated(++created)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, inviteOnAndOn))
  }

  /** What the cron does, once. */
  async function sweep() {
    counted.sweeps++
    const worker = await runtime.getWorker()
    const { outcome } = await worker.scheduled({ cron: "* * * * *" })
    if (outcome !== "ok") throw new Error(`A sweep ended with ${outcome}`)
  }

  /** Sweeps until nothing of the outbox is left to be sent, or often enough. What waits for a next try is due at once. */
  async function settle() {
    for (let sweeps = 0; sweeps < MOST_SWEEPS; sweeps++) {
      const waiting = await query("SELECT id FROM outbox WHERE status IN ('queued', 'sending') LIMIT 1")
      if (waiting.length === 0) return
      await query(`UPDATE outbox SET next_attempt_at = next_attempt_at - ${HOUR_MS} WHERE status = 'queued'`)
      await sweep()
      await wait(BETWEEN_SWEEPS_MS)
    }
  }

  /** Sweeps beside `work`. A sweep that dies with the runtime is made up for by the next. */
  async function sweepBeside(work: Promise<unknown>) {
    let isDone = false
    const done = work.finally(() => {
      isDone = true
    })
    for (let sweeps = 0; sweeps < MOST_SWEEPS && !isDone; sweeps++) {
      await Promise.race([done, wait(BETWEEN_SWEEPS_MS)])
      if (!isDone) await sweep().catch(() => {})
    }
    await done
  }

  /** Kills the runtime as it is, and waits until it has been started again on the same state. */
  async function kill() {
    const isBack = new Promise<void>((resolve) => {
      restarted = resolve
    })
    process.kill(processId, "SIGKILL")
    await Promise.race([
      isBack,
      wait(RESTART_TIMEOUT_MS).then(() => Promise.reject(new Error("The runtime did not start again"))),
    ])
    surroundings.kills++
    processId = await runtimeProcess()
  }

  try {
    const db = await runtime.getD1Database("DB")
    for (const { queries } of await readD1Migrations(join(root, "migrations"))) {
      await db.batch(queries.map((sql) => db.prepare(sql)))
    }
    await seedDemo(await runtime.getBindings<Env>())
    // How the demo's staff joined is no part of what is counted here.
    for (const table of ["audit_log", "invites"]) await query(`DELETE FROM ${table}`)
    processId = await runtimeProcess()
  } catch (error) {
    await close()
    throw error
  }
  return { surroundings, errors, counted, query, post, inviteMany, sweep, settle, sweepBeside, kill, close }
}

export const addressOf = (number: number) => `contact-${number}@customer.example`

/** The runtime is a child of this process, and the only one of its name. */
async function runtimeProcess(): Promise<number> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,comm="])
  const processes = stdout.split("\n").map((line) => line.trim().split(/\s+/))
  const [own, ...others] = processes.filter(
    ([, parent, command]) => parent === String(process.pid) && command?.endsWith("workerd"),
  )
  if (!own || others.length > 0) throw new Error("There is not exactly one runtime")
  return Number(own[0])
}
