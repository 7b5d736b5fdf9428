import type { BatchItem } from "drizzle-orm/batch"
import type { RunnableQuery } from "drizzle-orm/runnable-query"
import { type Buildable, compile, oncePerShape, PLACES, type Places, type Values } from "../storage/compiled.ts"
import type { Db } from "../storage/db.ts"
import type { OutboxRow } from "../storage/schema.ts"
import type { Deps, DueMessage } from "./deps.ts"

type NewOutboxRow = DueMessage & { status?: OutboxRow["status"] }

/** A statement that returns outbox rows, which are due unless they are scheduled. Not a drizzle statement: only `commit` runs it. */
export type OutboxStatement = { outbox: RunnableQuery<NewOutboxRow[], "sqlite"> }

export type Statement = BatchItem<"sqlite"> | OutboxStatement

type Built = Buildable | { outbox: Buildable & RunnableQuery<NewOutboxRow[], "sqlite"> }

/** Like `compiled`, for the statements of a batch. */
export function compiledBatch<V extends Values, Shape, T extends readonly Built[]>(
  build: (db: Db, places: Places<V>, shape: Shape) => T,
): (db: Db, values: V, shape: Shape) => T
export function compiledBatch(build: (db: Db, places: Places<Values>, shape: unknown) => readonly Built[]) {
  const compiledFor = oncePerShape((db, shape) => build(db, PLACES, shape).map((built) => bindable(db, built)))
  return (db: Db, values: Values, shape: unknown) => compiledFor(db, shape).map((bind) => bind(values))
}

function bindable(db: Db, built: Built) {
  if (!("outbox" in built)) return compile(db, built)
  const bind = compile(db, built.outbox)
  return (values: Values) => ({ outbox: bind(values) })
}

type Results<T extends readonly Statement[]> = {
  [K in keyof T]: T[K] extends BatchItem<"sqlite"> ? T[K]["_"]["result"] : NewOutboxRow[]
}

type CommitDeps = Pick<Deps, "db" | "enqueue" | "accessGuard">

/**
 * Runs statements as one batch, if access is granted, then sends what is due in the outbox to the queues. Returns their results, without
 * those of `precedingStatements`, which run first. `isSelfChecked` as for `AccessGuard.runBatch`.
 */
export async function commit<const T extends readonly Statement[]>(
  deps: CommitDeps,
  statements: T,
  precedingStatements?: readonly Statement[],
  options?: { isSelfChecked: boolean },
): Promise<Results<T>>
export async function commit(
  { db, enqueue, accessGuard }: CommitDeps,
  statements: readonly Statement[],
  precedingStatements: readonly Statement[] = [],
  options = { isSelfChecked: false },
): Promise<unknown[]> {
  const allStatements = [...precedingStatements, ...statements]
  const [first, ...rest] = allStatements.map((statement) => ("outbox" in statement ? statement.outbox : statement))
  if (!first) return []
  const results: unknown[] = accessGuard
    ? await accessGuard.runBatch([first, ...rest], options)
    : await db.batch([first, ...rest])
  const rows = allStatements.flatMap((statement, i) => ("outbox" in statement ? (results[i] as NewOutboxRow[]) : []))
  const due = rows.filter(({ status }) => status !== "scheduled")
  if (due.length > 0) enqueue(due)
  return results.slice(precedingStatements.length)
}
