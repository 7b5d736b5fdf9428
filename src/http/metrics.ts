/** What a data point counts, in ids, names of ours and numbers. The README lists the columns. */
type Metric = {
  kind: "request" | "batch" | "cron" | "email"
  /** The pattern of a route, or the name of a queue. */
  name: string
  /** A status, `ok`, `failed`, or the provider's code. */
  outcome: string
  resellerId?: string | null
  actor?: string | null
  count?: number
  ms?: number
  roundTrips?: number
  rowsRead?: number
  rowsWritten?: number
}

/** Writes a data point to Workers Analytics Engine, if the deployment has a dataset. Points are sampled by reseller, or by name. */
export function recordMetric({ METRICS }: Partial<Pick<Env, "METRICS">>, metric: Metric): void {
  const { kind, name, outcome, resellerId, actor, count = 1 } = metric
  const { ms = 0, roundTrips = 0, rowsRead = 0, rowsWritten = 0 } = metric
  METRICS?.writeDataPoint({
    indexes: [resellerId ?? name],
    blobs: [kind, name, outcome, actor ?? ""],
    doubles: [count, ms, roundTrips, rowsRead, rowsWritten],
  })
}
