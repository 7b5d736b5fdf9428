/** A response with its body, as JSON if it is JSON. */
export type ParsedResponse = { response: Response; body: unknown }

const FIRST_DELAY_MS = 500
const MAX_BACKOFF_MS = 8_000
/** If the service asks for more, the call fails instead, so that the caller can decide. */
const MAX_WAIT_MS = 60_000

const TEMPORARY_STATUSES = [502, 503, 504]
/** Other problems with 429 are limits of emails: whether to wait for those is for the caller to decide. */
const TEMPORARY_CODES = ["too_many_requests", "idempotency_in_progress"]

/** Retries an attempt while it fails temporarily, after waiting as long as the service asks. Throws what the last attempt threw. */
export async function sendWithRetries(
  attempt: () => Promise<ParsedResponse>,
  maxRetries: number,
  signal: AbortSignal | undefined,
): Promise<ParsedResponse> {
  for (let retries = 0; ; retries++) {
    const result = await attempt().catch((error: unknown) => ({ error }))
    signal?.throwIfAborted()
    const delay = retries < maxRetries ? retryDelay(result, retries) : undefined
    if (delay !== undefined) {
      await sleep(delay, signal)
    } else if ("error" in result) {
      throw result.error
    } else {
      return result
    }
  }
}

/** The milliseconds to wait before a retry; undefined if there should be none. */
function retryDelay(result: ParsedResponse | { error: unknown }, retries: number): number | undefined {
  const backoff = Math.min(FIRST_DELAY_MS * 2 ** retries, MAX_BACKOFF_MS) * (0.5 + Math.random() / 2)
  if ("error" in result) return backoff
  if (!isTemporary(result)) return undefined
  const seconds = retryAfterSeconds(result.response)
  const delay = seconds === undefined ? backoff : seconds * 1000
  return delay <= MAX_WAIT_MS ? delay : undefined
}

function isTemporary({ response, body }: ParsedResponse): boolean {
  const code = problemCode(body)
  if (TEMPORARY_STATUSES.includes(response.status)) return true
  return code === undefined ? response.status === 429 : TEMPORARY_CODES.includes(code)
}

/** The `code` of a problem document. */
export function problemCode(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || !("code" in body)) return undefined
  return typeof body.code === "string" ? body.code : undefined
}

/** Retry-After has seconds or, from some proxies, a date (RFC 9110, 10.2.3). */
export function retryAfterSeconds({ headers }: Response): number | undefined {
  const value = headers.get("Retry-After")
  if (!value) return undefined
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds)
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(stop, ms)
    function stop() {
      clearTimeout(timer)
      signal?.removeEventListener("abort", stop)
      resolve()
    }
    signal?.addEventListener("abort", stop)
  })
  signal?.throwIfAborted()
}
