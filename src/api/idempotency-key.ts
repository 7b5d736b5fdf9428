import type { Context } from "hono"
import { sha256Hex } from "../domain/access/api-keys.ts"
import type { Result } from "../domain/failure.ts"
import { type IdempotentResult, type Relation, replayOf, idempotent as runIdempotent } from "../domain/idempotency.ts"
import type { AppEnv } from "../http/context.ts"
import { ApiError, throwFieldErrors } from "./problem-details.ts"

/**
 * The Idempotency-Key of a POST and a hash of the request; undefined without a key. The draft
 * (draft-ietf-httpapi-idempotency-key-header) puts the key in quotes, which many clients leave out.
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
  const body = new TextDecoder().decode(await c.req.arrayBuffer())
  return { idempotencyKey: key, requestHash: await sha256Hex(`POST ${c.req.path}\n${body}`) }
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

/**
 * Runs an operation that creates or changes a row of `table`. A repeated request gets the row as the first one left it. `at` is
 * the time that the response reflects.
 */
export async function idempotent<T extends Relation>(
  c: Context<AppEnv>,
  table: T,
  operation: Parameters<typeof runIdempotent<T>>[2],
): Promise<{ row: IdempotentResult<T>["row"]; at: Date }> {
  const { storedResponse: earlierResponse, deps } = c.var
  const at = deps.now()
  const { row, storedResponse } = earlierResponse
    ? replayOf(table, earlierResponse)
    : unwrap(await runIdempotent(deps, table, operation))
  c.set("isResponseStored", deps.request !== undefined)
  if (!storedResponse) return { row, at }
  if (storedResponse.requestHash !== deps.request?.requestHash) throw keyReusedError()
  c.header("Idempotency-Replayed", "true")
  return { row, at: storedResponse.createdAt }
}

/** The value of a successful result; throws its field errors otherwise. */
export function unwrap<T extends object>(result: T | Result<T>): T {
  if (!("ok" in result)) return result
  return result.ok ? result.value : throwFieldErrors(result.errors)
}
