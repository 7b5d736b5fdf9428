import type { BatchItem, BatchResponse } from "drizzle-orm/batch"
import type { Deps } from "./deps.ts"

export type Statement = BatchItem<"sqlite">

/** Runs a batch, and wakes the queue for what it put into the outbox: every such statement returns `wake`. */
export async function commit<T extends Readonly<[Statement, ...Statement[]]>>(
  deps: Pick<Deps, "db" | "wake">,
  statements: T,
): Promise<BatchResponse<T>> {
  const results = await deps.db.batch(statements)
  const queued = results.flat().map((row) => (row as { wake?: unknown } | null)?.wake)
  const ids = queued.filter((id) => typeof id === "string")
  if (ids.length > 0) deps.wake(ids)
  return results
}
