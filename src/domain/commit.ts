import type { BatchItem } from "drizzle-orm/batch"
import type { RunnableQuery } from "drizzle-orm/runnable-query"
import type { Deps, DueMessage } from "./deps.ts"

/** A statement that returns the rows of the outbox that are due by it. Not a statement of drizzle's: only `commit` runs it. */
export type OutboxStatement = { outbox: RunnableQuery<DueMessage[], "sqlite"> }

export type Statement = BatchItem<"sqlite"> | OutboxStatement

type Results<T extends readonly Statement[]> = {
  [K in keyof T]: T[K] extends BatchItem<"sqlite"> ? T[K]["_"]["result"] : DueMessage[]
}

/**
 * Runs statements as one batch, then tells the queues what is due in the outbox. Returns the result of each; those of
 * `precedingStatements`, which run first, are left out.
 */
export async function commit<const T extends readonly Statement[]>(
  deps: Pick<Deps, "db" | "enqueue">,
  statements: T,
  precedingStatements?: readonly Statement[],
): Promise<Results<T>>
export async function commit(
  { db, enqueue }: Pick<Deps, "db" | "enqueue">,
  statements: readonly Statement[],
  precedingStatements: readonly Statement[] = [],
): Promise<unknown[]> {
  const allStatements = [...precedingStatements, ...statements]
  const [first, ...rest] = allStatements.map((statement) => ("outbox" in statement ? statement.outbox : statement))
  if (!first) return []
  const results = await db.batch([first, ...rest])
  const due: DueMessage[] = allStatements.flatMap((statement, i) => ("outbox" in statement ? results[i] : []))
  if (due.length > 0) enqueue(due)
  return results.slice(precedingStatements.length)
}
