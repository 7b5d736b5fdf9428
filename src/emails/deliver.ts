import type { Deps } from "../domain/deps.ts"
import { mailRefused, mailSent, type SendError, SUPPRESSED } from "../domain/outbox.ts"
import type { Claimed } from "../domain/outbox-claim.ts"
import { compose } from "./compose.ts"

export type OutgoingMail = {
  to: string
  from: { name: string; email: string }
  replyTo: string
  subject: string
  html: string
  text: string
}

/** Hands one mail to the provider; throws an error with its `code`. */
export type SendMail = (mail: OutgoingMail) => Promise<{ messageId: string }>

// Cloudflare Email Service, Workers API: these pass by themselves. Every other code of its own is final.
const PASSING = new Set([
  "E_RATE_LIMIT_EXCEEDED",
  "E_DAILY_LIMIT_EXCEEDED",
  "E_INTERNAL_SERVER_ERROR",
  "E_DELIVERY_FAILED",
])

const NOT_ASKED: SendError = { code: SUPPRESSED, text: "This address gets no more mail from you", final: true }

/** Sends one claimed mail and records what came of it. Returns in how many seconds to try again, if it must be. */
export async function deliverMail(
  deps: Deps,
  send: SendMail,
  mail: Exclude<Claimed, { kind: "webhook" }>,
): Promise<number | undefined> {
  if ("isSuppressed" in mail && mail.isSuppressed) return mailRefused(deps, mail, NOT_ASKED)
  let messageId: string
  try {
    ;({ messageId } = await send(await compose(deps, mail)))
  } catch (error) {
    return mailRefused(deps, mail, refusalOf(error))
  }
  await mailSent(deps, mail, messageId)
  return undefined
}

function refusalOf(error: unknown): SendError {
  if (!(error instanceof Error)) return { code: undefined, text: String(error), final: false }
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined
  return {
    code,
    text: code ? `${error.message} (${code})` : error.message,
    final: code?.startsWith("E_") === true && !PASSING.has(code),
  }
}
