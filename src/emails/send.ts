import type { Deps } from "../domain/deps.ts"
import type { ClaimedMessage } from "../domain/outbox/claimed-message.ts"
import { markSent } from "../domain/outbox/mark-sent.ts"
import { markFailed, RATE_LIMIT_CODE, type SendError, SUPPRESSED_CODE } from "../domain/outbox/outbox.ts"
import { keepSandboxEmail, sandboxOfEmail } from "../domain/sandbox/emails.ts"
import { en } from "../text/en.ts"
import { renderEmail } from "./render.ts"

export type OutgoingEmail = {
  to: string
  from: { name: string; email: string }
  /** Without it, replies go to the sender. */
  replyTo?: string
  subject: string
  html: string
  text: string
  /** Of those that Cloudflare Email Service lets us set. */
  headers: EmailHeaders
}

type EmailHeaders = Record<"Auto-Submitted" | "Content-Language", string> &
  Partial<Record<"List-Unsubscribe" | "List-Unsubscribe-Post", string>>

/** Passes an email to the provider; throws an error with its `code`. */
export type SendEmail = (mail: OutgoingEmail) => Promise<{ messageId: string }>

// Temporary errors of Cloudflare Email Service (Workers API). Its other codes are permanent.
const TRANSIENT_CODES = new Set([
  "E_RATE_LIMIT_EXCEEDED",
  "E_DAILY_LIMIT_EXCEEDED",
  "E_INTERNAL_SERVER_ERROR",
  "E_DELIVERY_FAILED",
])

const SUPPRESSED_ERROR: SendError = {
  code: SUPPRESSED_CODE,
  text: en.emailErrors.suppressed,
  isFinal: true,
}

/** Sends one claimed email, or keeps it in its sandbox, and records the result. Returns the seconds until a retry. Throws if the email can't be rendered. */
export async function sendEmail(
  deps: Deps,
  send: SendEmail,
  mail: Exclude<ClaimedMessage, { kind: "webhook" }>,
): Promise<number | undefined> {
  if ("isSuppressed" in mail && mail.isSuppressed) return markFailed(deps, mail, SUPPRESSED_ERROR)
  const email = await renderEmail(deps, mail) // an error here is ours, not the provider's
  const sandboxId = sandboxOfEmail(mail.row)
  let messageId: string
  try {
    ;({ messageId } = sandboxId ? await keepSandboxEmail(deps, sandboxId, mail.row, email) : await send(email))
  } catch (error) {
    if (errorCode(error) === RATE_LIMIT_CODE) await deps.pauseMail()
    return markFailed(deps, mail, toSendError(error))
  }
  await markSent(deps, mail, messageId)
  return undefined
}

function toSendError(error: unknown): SendError {
  if (!(error instanceof Error)) return { code: undefined, text: String(error), isFinal: false }
  const code = errorCode(error)
  return {
    code,
    text: code ? `${error.message} (${code})` : error.message,
    isFinal: code?.startsWith("E_") === true && !TRANSIENT_CODES.has(code),
  }
}

/** The provider's code of an error, if it has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined
}
