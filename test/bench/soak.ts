import { readFile } from "node:fs/promises"
import { setTimeout as wait } from "node:timers/promises"
import type { Data } from "./data.ts"
import { sendMails } from "./mails.ts"
import { createRun } from "./measure.ts"
import { cpuTimeMs, type Runtime } from "./runtime.ts"
import { SCENARIOS } from "./scenarios.ts"

/** How often each scenario is requested, in requests a minute: about 19 a second together. */
const REQUESTS_A_MINUTE: Record<string, number> = {
  "API: list": 240,
  "API: get": 240,
  "API: create": 60,
  "page: invites": 240,
  "page: invites, deep": 60,
  "page: search, rare": 60,
  "page: search, common": 60,
  "page: dashboard": 180,
  "accept, signed in": 12,
}
const MINUTE_MS = 60_000
/** How often the queue is emptied. */
const QUEUE_MS = 1_000
const QUEUE_MAX = 240

export type SoakMinute = {
  requests: number
  errors: string[]
  p50Ms: number
  p99Ms: number
  /** Of workerd, for each request, with the emails, cron jobs and databases. */
  cpuMs: number
  memoryMb: number
}

/** Sends a steady mixed load for so many minutes, with emails sent each second and the cron job run each minute. */
export async function soak(runtime: Runtime, data: Data, minutes: number): Promise<SoakMinute[]> {
  const lanes = await Promise.all(
    SCENARIOS.filter(({ name }) => REQUESTS_A_MINUTE[name]).map((scenario) => createRun(runtime, data, scenario)),
  )
  let times: number[] = []
  let errors: string[] = []
  let isOver = false
  const attempt = async (what: () => Promise<unknown>) => {
    await what().catch((error) => errors.push(String(error).slice(0, 300)))
  }
  async function repeat(intervalMs: number, what: () => Promise<unknown>) {
    for (let next = performance.now(); !isOver; next += intervalMs) {
      await wait(Math.max(0, next - performance.now()))
      await attempt(what)
    }
  }
  const load = [
    ...lanes.map(({ scenario, sendOne }) =>
      repeat(MINUTE_MS / (REQUESTS_A_MINUTE[scenario.name] ?? 1), async () => {
        const started = performance.now()
        await sendOne()
        times.push(performance.now() - started)
      }),
    ),
    repeat(QUEUE_MS, () => emptyQueue(runtime)),
    repeat(MINUTE_MS, () => runCron(runtime)),
  ]
  const measured: SoakMinute[] = []
  while (measured.length < minutes) {
    const cpuBefore = await cpuTimeMs(runtime.processId)
    await wait(MINUTE_MS)
    const sorted = times.toSorted((one, other) => one - other)
    const quantile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    measured.push({
      requests: times.length,
      errors,
      p50Ms: quantile(0.5),
      p99Ms: quantile(0.99),
      cpuMs: ((await cpuTimeMs(runtime.processId)) - cpuBefore) / times.length,
      memoryMb: await memoryMb(runtime.processId),
    })
    ;[times, errors] = [[], []]
    console.log(toLine(measured.length, measured.at(-1)))
  }
  isOver = true
  await Promise.all(load)
  return measured
}

async function emptyQueue(runtime: Runtime) {
  const db = await runtime.database("vestibule")
  const { results } = await db
    .prepare(
      `SELECT id AS outboxId, reseller_id AS resellerId, kind FROM outbox
       WHERE status = 'queued' AND kind <> 'webhook' AND next_attempt_at <= ? LIMIT ?`,
    )
    .bind(Date.now(), QUEUE_MAX)
    .all<{ outboxId: string; resellerId: string; kind: string }>()
  if (results.length > 0) await sendMails(runtime, results, 1)
}

async function runCron(runtime: Runtime) {
  const worker = await runtime.miniflare.getWorker("vestibule")
  const { outcome } = await worker.scheduled({ cron: "* * * * *" })
  if (outcome !== "ok") throw new Error(`the cron job ended with ${outcome}`)
}

/** The memory of a process that is in use, without what is swapped or shared. Linux only. */
async function memoryMb(processId: number): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, "utf8")
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_000
}

const toLine = (minute: number, last: SoakMinute | undefined) =>
  last &&
  `minute ${minute}: ${last.requests} requests, ${last.errors.length} errors, p50 ${last.p50Ms.toFixed(1)} ms, ` +
    `p99 ${last.p99Ms.toFixed(0)} ms, ${last.cpuMs.toFixed(2)} ms of CPU each, ${last.memoryMb.toFixed(0)} MB`

/** What the last quarter of a soak is of the second: the first warms up. At most these are no growth. */
export const SOAK_TARGETS = { cpuMs: 1.15, p50Ms: 1.25, memoryMb: 1.15 } as const

/** Compares the last quarter of the minutes with the second by their medians, and lists the errors. */
export function judgeSoak(minutes: SoakMinute[]) {
  const quarter = Math.max(1, Math.floor(minutes.length / 4))
  const median = (part: SoakMinute[], name: keyof typeof SOAK_TARGETS) =>
    part.map((minute) => minute[name]).toSorted((one, other) => one - other)[Math.floor(part.length / 2)] ?? 0
  const growth = Object.entries(SOAK_TARGETS).map(([name, atMost]) => {
    const key = name as keyof typeof SOAK_TARGETS
    const before = median(minutes.slice(quarter, 2 * quarter), key)
    const after = median(minutes.slice(-quarter), key)
    return { name, before, after, ratio: after / before, atMost, isMet: after <= atMost * before }
  })
  const errors = minutes.flatMap((minute) => minute.errors)
  return { requests: minutes.reduce((sum, { requests }) => sum + requests, 0), errors, growth }
}
