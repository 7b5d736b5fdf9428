import { DAILY_LIMIT_CODE, NO_ANSWER_CODE, OUTAGE_CODE, RATE_LIMIT_CODE } from "../domain/outbox/send-errors.ts"
import { sanitizeLine, truncate } from "../text/sanitize.ts"
import { type OutgoingEmail, type SendEmail, SendFailure } from "./provider.ts"

/** Long for an API that only takes an email, and short enough for two of them within a claim. */
const TIMEOUT_MS = 15_000
const MESSAGE_MAX = 200

/** Sends a request; `fetch` in the Worker. */
type HttpPost = (url: string, init: RequestInit) => Promise<Response>

/** Passes emails to an API such as that of Resend (https://resend.com/docs/api-reference/emails/send-email). */
export function httpProvider({ url, key }: { url: string; key: string }, post: HttpPost): SendEmail {
  return async (mail, delivery) => {
    const request = {
      method: "POST",
      headers: {
        Authorization: `Bearer ${key}`,
        "Content-Type": "application/json",
        "User-Agent": "Vestibule/1",
        // An email is rendered alike each time, so a repeated request is answered as the first one was.
        "Idempotency-Key": delivery.id,
      },
      body: JSON.stringify(toBody(mail)),
      redirect: "manual" as const,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }
    const response = await post(url.concat("/emails"), request).catch((error) => {
      throw new SendFailure(NO_ANSWER_CODE, describe(error), { detail: describe(error) })
    })
    const { status } = response
    // What isn't JSON isn't from such an API: a page of a proxy, say.
    const { id, name = "", message = "" }: Answer = Object(await response.json().catch(() => undefined))
    if (status < 300 && id) return { messageId: String(id) }
    // Taken before, as it was rendered until something about it changed. Its id at the provider is lost, and so are its events.
    if (name === "invalid_idempotent_request") return { messageId: delivery.id }
    const text = truncate(sanitizeLine(String(message || name)), MESSAGE_MAX)
    const detail = [`status ${status}`, ERROR_NAME.test(String(name)) && name].filter(Boolean).join(" ")
    throw new SendFailure(codeOf(status, String(name), text), text || detail, { detail })
  }
}

/** Why a request has no answer. What the runtime says names a host at most. */
function describe(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${TIMEOUT_MS / 1000} seconds`
  return error instanceof Error ? error.message : String(error)
}

const ERROR_NAME = /^[a-z_]{1,60}$/

type Answer = { id?: unknown; name?: unknown; message?: unknown }

function toBody({ to, from, replyTo, subject, html, text, headers }: OutgoingEmail) {
  return { from: mailbox(from), to: [to], ...(replyTo && { reply_to: replyTo }), subject, html, text, headers }
}

/** `Name <email>`, with a quoted name unless it is letters, digits and spaces (RFC 5322). */
function mailbox({ name, email }: OutgoingEmail["from"]): string {
  const plain = name.replace(/["\\<>\p{Cc}]/gu, " ")
  return `${/^[\p{L}\p{M}\p{N} ]*$/u.test(plain) ? plain : `"${plain}"`} <${email}>`
}

const KEY_REFUSED = "E_SENDER_KEY_REFUSED"
const NOT_VERIFIED = "E_SENDER_NOT_VERIFIED"
const QUOTA_EXCEEDED = "E_SENDER_QUOTA_EXCEEDED"
const URL_WRONG = "E_SENDER_URL_WRONG"

/** By the name of an error (https://resend.com/docs/api-reference/errors), or by its status. */
const CODES: Record<string, string> = {
  rate_limit_exceeded: RATE_LIMIT_CODE,
  daily_quota_exceeded: DAILY_LIMIT_CODE,
  monthly_quota_exceeded: QUOTA_EXCEEDED,
  invalid_from_address: NOT_VERIFIED,
  concurrent_idempotent_requests: NO_ANSWER_CODE,
  401: KEY_REFUSED,
  402: QUOTA_EXCEEDED,
  403: NOT_VERIFIED,
  404: URL_WRONG,
  405: URL_WRONG,
  408: NO_ANSWER_CODE,
  409: OUTAGE_CODE,
  413: "E_CONTENT_TOO_LARGE",
  429: RATE_LIMIT_CODE,
}

/** The code for an answer that isn't a receipt. */
function codeOf(status: number, name: string, message: string): string {
  const known = CODES[name] ?? (/api.key/i.test(`${name} ${message}`) ? KEY_REFUSED : CODES[status])
  if (known) return known
  if (status >= 500 && name) return OUTAGE_CODE
  // Somebody between us and the API may have lost its answer, and a receipt without an id is none.
  if (status >= 500 || status < 300) return NO_ANSWER_CODE
  return status < 400 ? URL_WRONG : "E_VALIDATION_ERROR"
}
