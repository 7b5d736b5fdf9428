import type { BatchItem, BatchResponse } from "drizzle-orm/batch"
import type { Deps } from "./deps.ts"

export type Statement = BatchItem<"sqlite">

/** Runs a batch, and wakes the queue for what it put into the outbox: every such statement returns `outboxId`. */
export async function commit<T extends Readonly<[Statement, ...Statement[]]>>(
  deps: Pick<Deps, "db" | "enqueue">,
  statements: T,
): Promise<BatchResponse<T>> {
  const results = await deps.db.batch(statements)
  const rows: unknown[] = results.flat()
  const ids = rows.filter(isOutboxRow).map(({ outboxId }) => outboxId)
  if (ids.length > 0) deps.enqueue(ids)
  return results
}

function isOutboxRow(row: unknown): row is { outboxId: string } {
  return typeof row === "object" && row !== null && "outboxId" in row && typeof row.outboxId === "string"
}
