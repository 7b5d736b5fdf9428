import type { SQLiteTable } from "drizzle-orm/sqlite-core"
import type { Context } from "hono"
import { digestOf } from "../domain/api-keys.ts"
import type { Checked } from "../domain/failure.ts"
import { type KeptAnswer, keptAnswerOf, keptRow } from "../domain/kept-answers.ts"
import type { Vestibule } from "../http/context.ts"
import { Refusal, refuseFields } from "./problems.ts"

/**
 * The Idempotency-Key of a POST, and a hash of what it asks for; undefined without one. The draft
 * (draft-ietf-httpapi-idempotency-key-header) has the key in quotes; many clients leave them out.
 */
export async function repeatableOf(
  c: Context<Vestibule>,
): Promise<{ idempotencyKey: string; requestHash: string } | undefined> {
  const header = c.req.method === "POST" ? c.req.header("Idempotency-Key") : undefined
  if (header === undefined) return undefined
  const parts = /^"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"$|^([\x21\x23-\x5b\x5d-\x7e]{1,255})$/.exec(header)
  const key = parts?.[1] ?? parts?.[2]
  if (!key) throw new Refusal("idempotency_key_invalid", "An Idempotency-Key has 1 to 255 printable ASCII characters.")
  return { idempotencyKey: key, requestHash: await digestOf(`POST ${c.req.path}\n${await c.req.text()}`) }
}

export const reusedKey = () =>
  new Refusal("idempotency_key_reused", "This Idempotency-Key was used for another request. Make a new one for this.")

export function stillRunning(c: Context<Vestibule>): Refusal {
  c.header("Retry-After", "1")
  const detail = "A request of this Idempotency-Key is under way. Ask again for its answer."
  return new Refusal("idempotency_in_progress", detail)
}

type RowOf<T extends SQLiteTable> = Omit<T["$inferSelect"], "seq">

/**
 * Runs an operation that makes or changes a row of `table`, unless this very request did it before: then that row as it was
 * then. `at` is the moment that the answer speaks of.
 */
export async function once<T extends SQLiteTable>(
  c: Context<Vestibule>,
  table: T,
  run: () => Promise<RowOf<T> | Checked<RowOf<T>>>,
): Promise<{ row: RowOf<T>; at: Date }> {
  const { kept, deps } = c.var
  if (kept) return replay(c, table, kept)
  const at = deps.now()
  try {
    return { row: settled(await run()), at }
  } catch (error) {
    // The same request may have been faster on another connection: its answer counts, not our refusal.
    const { request } = deps
    const [faster] = request ? await keptAnswerOf(deps.db, request.apiKeyId, request.idempotencyKey, deps.now()) : []
    if (!faster) throw error
    if (faster.requestHash !== request?.requestHash) throw reusedKey()
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
  return { row: keptRow(table, kept), at: kept.createdAt }
}
