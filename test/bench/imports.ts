import { readFile } from "node:fs/promises"
import { createClient } from "./client.ts"
import type { Data } from "./data.ts"
import { cpuTimeMs, type Runtime } from "./runtime.ts"

const ROWS = 5_000
const AFTERMATH_MS = 50

/** What a large operation takes. `perSecond`: of its rows or invites. */
export type LargeResult = {
  name: string
  count: number
  seconds: number
  perSecond: number
  cpuMs: number
  roundTrips?: number
  bytes?: number
  /** How much more memory workerd has afterwards. */
  memoryMb: number
}

/** Checks and sends an import of 5,000 rows, and exports all invites. */
export async function measureLarge(runtime: Runtime, data: Data): Promise<LargeResult[]> {
  const { call, close } = await openClient(runtime, data)
  const path = "/api/v1/invite_imports"
  const roundTrips = await countDryRun(runtime, data)
  const dryRun = await measure(runtime, "import: dry run", ROWS, () =>
    call(path, { invites: rows(data), dry_run: true }),
  )
  const created = JSON.parse((await call(path, { invites: rows(data) })).body.toString())
  const sending = await measure(runtime, "import: invites created", ROWS, () => runJob(runtime, created.id))
  const exported = await measure(runtime, "export of all invites", data.size, () => call("/customers/invites/export"))
  close()
  return [{ ...dryRun, roundTrips }, sending, exported]
}

async function openClient(runtime: Runtime, data: Data, worker = "vestibule") {
  const client = createClient("vestibule", { port: await runtime.portOf(worker), connections: 1 })
  let calls = 0
  async function call(path: string, body?: object) {
    const headers = body
      ? {
          Authorization: `Bearer ${data.apiKey}`,
          "Content-Type": "application/json",
          "Idempotency-Key": `bench-import-${worker}-${++calls}`,
        }
      : { Cookie: data.cookie }
    const answer = await client.send({ path, headers, ...(body && { method: "POST", body: JSON.stringify(body) }) })
    if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.body.subarray(0, 500)}`)
    return answer
  }
  return { call, close: client.close }
}

async function countDryRun(runtime: Runtime, data: Data): Promise<number> {
  const { call, close } = await openClient(runtime, data, "vestibule-counted")
  const { headers } = await call("/api/v1/invite_imports", { invites: rows(data), dry_run: true })
  close()
  return JSON.parse(String(headers["x-costs"])).roundTrips
}

const rows = ({ billingEmail }: Data) =>
  Array.from({ length: ROWS }, (_, n) => ({
    company_name: `imported ${n}`,
    contact_name: "priya nair",
    contact_email: `contact@imported-${n}.example`,
    billing_email: billingEmail,
    billing_phone: "+1 415 555 0132",
  }))

/** Delivers the job's message until it is done. Its emails count as sent, so that it never waits for them. */
async function runJob(runtime: Runtime, jobId: string) {
  const db = await runtime.database("vestibule")
  const worker = await runtime.miniflare.getWorker("vestibule-mail")
  for (let turn = 0; turn < ROWS; turn++) {
    const message = { id: `turn-${turn}`, timestamp: new Date(), attempts: 1, body: { jobId } }
    const { outcome } = await worker.queue("vestibule-jobs", [message])
    if (outcome !== "ok") throw new Error(`a turn of a job ended with ${outcome}`)
    const [, , job] = await db.batch<{ status: string }>([
      db.prepare("UPDATE outbox SET status = 'sent' WHERE is_bulk = 1 AND status IN ('queued', 'sending')"),
      db.prepare("UPDATE jobs SET next_run_at = 0 WHERE id = ?1 AND claim_id IS NULL").bind(jobId),
      db.prepare("SELECT status FROM jobs WHERE id = ?1").bind(jobId),
    ])
    if (job?.results[0]?.status === "done") return undefined
  }
  throw new Error("the import was not done")
}

async function measure(
  runtime: Runtime,
  name: string,
  count: number,
  work: () => Promise<{ body: Buffer } | undefined>,
): Promise<LargeResult> {
  const [cpuBefore, memoryBefore] = [await cpuTimeMs(runtime.processId), await memoryMb(runtime.processId)]
  const started = performance.now()
  const answer = await work()
  const seconds = (performance.now() - started) / 1_000
  await new Promise((resolve) => setTimeout(resolve, AFTERMATH_MS))
  return {
    name,
    count,
    seconds,
    perSecond: count / seconds,
    cpuMs: (await cpuTimeMs(runtime.processId)) - cpuBefore,
    memoryMb: (await memoryMb(runtime.processId)) - memoryBefore,
    ...(answer && { bytes: answer.body.length }),
  }
}

/** The memory that a process has now. Linux only. */
async function memoryMb(processId: number): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, "utf8")
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}
