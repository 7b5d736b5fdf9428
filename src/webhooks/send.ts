import type { Deps } from "../domain/deps.ts"
import { toPayload } from "../domain/events/payload.ts"
import {
  type AttemptResult,
  type ClaimedWebhook,
  markAttemptFailed,
  markDelivered,
  RESPONSE_BODY_MAX,
} from "../domain/webhooks/attempts.ts"
import { webhookUrlError } from "../domain/webhooks/url-policy.ts"
import { signatureHeaders } from "./sign.ts"

/** Standard Webhooks asks for 15 to 30 seconds. */
const TIMEOUT_MS = 15_000
const RESPONSE_WAIT_MS = 1_000

/** Sends a request to a receiver; `fetch` in the Worker. */
type HttpPost = (url: string, init: RequestInit) => Promise<Response>

/** Sends one claimed event, signed according to Standard Webhooks, and records the result. Returns the seconds until a retry. */
export async function sendWebhook(deps: Deps, post: HttpPost, claimed: ClaimedWebhook): Promise<number | undefined> {
  const urlError = webhookUrlError(claimed.webhook.url, deps.config)
  const result = urlError
    ? { responseStatus: null, responseBody: urlError, durationMs: 0 }
    : await attemptDelivery(deps, post, claimed)
  const isSuccess = result.responseStatus !== null && result.responseStatus >= 200 && result.responseStatus < 300
  if (!isSuccess) return markAttemptFailed(deps, claimed, result)
  await markDelivered(deps, claimed, result)
  return undefined
}

async function attemptDelivery(deps: Deps, post: HttpPost, claimed: ClaimedWebhook): Promise<AttemptResult> {
  const { webhook, event } = claimed
  const body = JSON.stringify(toPayload(event))
  const signature = await signatureHeaders(deps, claimed, body)
  const startedAt = deps.now().getTime()
  const durationMs = () => deps.now().getTime() - startedAt
  try {
    const response = await post(webhook.url, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "User-Agent": "Vestibule-Webhooks/1",
        ...signature,
      },
      body,
      redirect: "manual", // the target of a redirect isn't checked
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return {
      responseStatus: response.status,
      durationMs: durationMs(),
      retryAfterSeconds: parseRetryAfter(response.headers.get("Retry-After"), deps.now()),
      responseBody: await readStart(response),
    }
  } catch (error) {
    const responseBody = error instanceof Error ? error.message : String(error)
    return { responseStatus: null, responseBody, durationMs: durationMs() }
  }
}

/** The seconds of a `Retry-After`: a number, or the time until a date (RFC 9110, 10.2.3). */
function parseRetryAfter(retryAfter: string | null, now: Date): number | undefined {
  if (retryAfter === null) return undefined
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter)
  const at = Date.parse(retryAfter)
  return Number.isNaN(at) ? undefined : Math.ceil((at - now.getTime()) / 1000)
}

/** The start of a response body, as much as arrives in time. The status alone decides the result. */
async function readStart(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ""
  const timeout = setTimeout(() => void reader.cancel().catch(() => undefined), RESPONSE_WAIT_MS)
  const decoder = new TextDecoder()
  let text = ""
  try {
    while (text.length < RESPONSE_BODY_MAX) {
      const { done, value } = await reader.read()
      if (done) break
      text += decoder.decode(value, { stream: true })
    }
    await reader.cancel()
  } catch {
    // The connection broke: keep the part that arrived.
  } finally {
    clearTimeout(timeout)
  }
  return text
}
