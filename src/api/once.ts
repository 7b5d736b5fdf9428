import type { SQLiteTable } from "drizzle-orm/sqlite-core"
import type { Context } from "hono"
import type { Checked } from "../domain/failure.ts"
import { type KeptAnswer, keptAnswerOf, keptRow } from "../domain/kept-answers.ts"
import type { Vestibule } from "../http/context.ts"
import { reusedKey } from "./key-guard.ts"
import { refuseFields } from "./problems.ts"

type RowOf<T extends SQLiteTable> = Omit<T["$inferSelect"], "seq">

/**
 * Runs an operation that makes or changes a row of `table`, unless this very request did it before: then that row as it was
 * then. `at` is the moment of the answer, which a repeat shares with the first.
 */
export async function once<T extends SQLiteTable>(
  c: Context<Vestibule>,
  table: T,
  run: () => Promise<RowOf<T> | Checked<RowOf<T>>>,
): Promise<{ row: RowOf<T>; at: Date }> {
  const { kept, deps } = c.var
  if (kept) return replay(c, table, kept)
  try {
    return { row: settled(await run()), at: deps.now() }
  } catch (error) {
    // The same request may have been faster on another connection: its answer counts, not our refusal.
    const { request } = deps
    const [faster] = request ? await keptAnswerOf(deps.db, request.apiKeyId, request.key, deps.now()) : []
    if (!faster) throw error
    if (faster.fingerprint !== request?.fingerprint) throw reusedKey()
    return replay(c, table, faster)
  }
}

/** The value of a check that passed; what is wrong with fields is refused. */
export function settled<T extends object>(result: T | Checked<T>): T {
  if (!("ok" in result)) return result
  return result.ok ? result.value : refuseFields(result.errors)
}

function replay<T extends SQLiteTable>(c: Context<Vestibule>, table: T, kept: KeptAnswer) {
  c.header("Idempotency-Replayed", "true")
  return { row: keptRow(table, kept), at: kept.at }
}
