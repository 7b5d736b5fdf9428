import { countQueries, type QueryCosts } from "../storage/query-costs.ts"
import { recordMetric } from "./metrics.ts"

type Used = { ms: number } & QueryCosts

/** What an invocation did, in ids, names of ours and numbers: nothing that people entered. */
type Invocation = Used &
  (
    | {
        level: "request"
        requestId: string
        method: string
        route: string | null
        actor: string | null
        resellerId: string | null
        status: number
      }
    | { level: "batch"; queue: string; messages: number; retried: number; failed: number }
    | { level: "cron"; failed: string[] }
  )

/** Does `work`, and measures how long it takes and what it uses of D1. */
export async function measure<T>(work: () => Promise<T>): Promise<{ result: T; used: Used }> {
  const used: Used = { ms: 0, roundTrips: 0, statements: 0, rowsRead: 0, rowsWritten: 0 }
  const startedAt = performance.now()
  const result = await countQueries(used, work)
  used.ms = Math.round(performance.now() - startedAt)
  return { result, used }
}

/** Logs an invocation as one line of JSON, and counts it. */
export function logInvocation(env: Env, invocation: Invocation): void {
  const { level, ...fields } = invocation
  console.log(JSON.stringify({ level, at: new Date().toISOString(), ...fields }))
  recordMetric(env, { ...invocation, ...metricOf(invocation) })
}

function metricOf(invocation: Invocation) {
  switch (invocation.level) {
    case "request":
      return { kind: "request", name: invocation.route ?? "unknown", outcome: String(invocation.status) } as const
    case "batch": {
      const { queue, messages, failed } = invocation
      return { kind: "batch", name: queue, outcome: failed > 0 ? "failed" : "ok", count: messages } as const
    }
    case "cron":
      return { kind: "cron", name: "cron", outcome: invocation.failed.length > 0 ? "failed" : "ok" } as const
  }
}
