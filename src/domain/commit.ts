import type { BatchItem, BatchResponse } from "drizzle-orm/batch"
import type { Deps } from "./deps.ts"

export type Statement = BatchItem<"sqlite">

/** Runs a batch, and wakes the queue for what it put into the outbox: every such statement returns `wake`. */
export async function commit<T extends Readonly<[Statement, ...Statement[]]>>(
  deps: Pick<Deps, "db" | "wake">,
  statements: T,
): Promise<BatchResponse<T>> {
  const results = await deps.db.batch(statements)
  const rows: unknown[] = results.flat()
  const ids = rows.filter(isQueued).map(({ wake }) => wake)
  if (ids.length > 0) deps.wake(ids)
  return results
}

function isQueued(row: unknown): row is { wake: string } {
  return typeof row === "object" && row !== null && "wake" in row && typeof row.wake === "string"
}
