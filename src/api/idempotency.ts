import type { Context } from "hono"
import { sha256Hex } from "../domain/access/api-keys.ts"
import type { Result } from "../domain/failure.ts"
import { type Relation, restoreRow, type StoredResponse, storedResponseQuery } from "../domain/idempotency.ts"
import type { AppEnv } from "../http/context.ts"
import { ApiError, throwFieldErrors } from "./problems.ts"

/**
 * The Idempotency-Key of a POST and a hash of the request; undefined without one. The draft
 * (draft-ietf-httpapi-idempotency-key-header) puts the key in quotes; many clients leave them out.
 */
export async function readIdempotencyKey(
  c: Context<AppEnv>,
): Promise<{ idempotencyKey: string; requestHash: string } | undefined> {
  const header = c.req.method === "POST" ? c.req.header("Idempotency-Key") : undefined
  if (header === undefined) return undefined
  const parts = /^"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"$|^([\x21\x23-\x5b\x5d-\x7e]{1,255})$/.exec(header)
  const key = parts?.[1] ?? parts?.[2]
  if (!key)
    throw new ApiError("idempotency_key_invalid", "An Idempotency-Key must have 1 to 255 printable ASCII characters.")
  return { idempotencyKey: key, requestHash: await sha256Hex(`POST ${c.req.path}\n${await c.req.text()}`) }
}

export const keyReusedError = () =>
  new ApiError(
    "idempotency_key_reused",
    "This Idempotency-Key was already used for a different request. Use a new one.",
  )

export function inProgressError(c: Context<AppEnv>): ApiError {
  c.header("Retry-After", "1")
  const detail = "A request with this Idempotency-Key is in progress. Send it again to get its response."
  return new ApiError("idempotency_in_progress", detail)
}

type TableRow<T extends Relation> = Omit<T["$inferSelect"], "seq">

/**
 * Runs an operation that creates or changes a row of `table`. A repeated request gets the row as the first one left it. `at` is
 * the time that the response reflects.
 */
export async function idempotent<T extends Relation>(
  c: Context<AppEnv>,
  table: T,
  operation: () => Promise<TableRow<T> | Result<TableRow<T>>>,
): Promise<{ row: TableRow<T>; at: Date }> {
  const { storedResponse, deps } = c.var
  if (storedResponse) return replay(c, table, storedResponse)
  const at = deps.now()
  try {
    return { row: unwrap(await operation()), at }
  } catch (error) {
    // The same request may have succeeded on another connection. Then its response counts, not this error.
    const { request } = deps
    const [concurrentResponse] = request
      ? await storedResponseQuery(deps.db, request.apiKeyId, request.idempotencyKey, deps.now())
      : []
    if (!concurrentResponse) throw error
    if (concurrentResponse.requestHash !== request?.requestHash) throw keyReusedError()
    return replay(c, table, concurrentResponse)
  }
}

/** The value of a successful result; throws its field errors otherwise. */
export function unwrap<T extends object>(result: T | Result<T>): T {
  if (!("ok" in result)) return result
  return result.ok ? result.value : throwFieldErrors(result.errors)
}

function replay<T extends Relation>(c: Context<AppEnv>, table: T, storedResponse: StoredResponse) {
  c.header("Idempotency-Replayed", "true")
  return { row: restoreRow(table, storedResponse), at: storedResponse.createdAt }
}
