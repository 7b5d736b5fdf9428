import { noteSenderRefused } from "../domain/deployment/mail-facts.ts"
import type { Deps } from "../domain/deps.ts"
import type { ClaimedMessage, ClaimedRow } from "../domain/outbox/claimed-message.ts"
import { markSent } from "../domain/outbox/mark-sent.ts"
import { markFailed } from "../domain/outbox/outbox.ts"
import {
  isDeploymentFault,
  isFinalCode,
  isSenderRefused,
  NO_ANSWER_CODE,
  RATE_LIMIT_CODE,
  type SendError,
  SUPPRESSED_CODE,
} from "../domain/outbox/send-errors.ts"
import { keepSandboxEmail, sandboxOfEmail } from "../domain/sandbox/emails.ts"
import { MINUTE_MS } from "../domain/time.ts"
import { en } from "../text/en.ts"
import { errorCode, type Receipt, type Refusal, type SendEmail, SendFailure } from "./provider.ts"
import { renderEmail } from "./render.ts"

/** What became of a claimed email. */
type SendResult = {
  /** Undefined if there is no further attempt. */
  retryInSeconds?: number | undefined
  /** True if nothing has left us, because of the email or of the deployment. */
  isUnsent?: boolean
  /** Faults of the deployment, if the log is to have them. */
  faults?: string | undefined
  /** Why other providers refused an email that was sent. */
  refusals?: Refusal[]
}

/** How long an email without an answer stays with the provider that knows a repeated one. */
const ANSWER_PATIENCE_MS = 15 * MINUTE_MS

const SUPPRESSED_ERROR: SendError = {
  code: SUPPRESSED_CODE,
  text: en.emailErrors.suppressed,
  isFinal: true,
}

/** Sends one claimed email, or keeps it in its sandbox, and records the result. Throws if the email can't be rendered. */
export async function sendEmail(
  deps: Deps,
  send: SendEmail,
  mail: Exclude<ClaimedMessage, { kind: "webhook" }>,
): Promise<SendResult> {
  const { row } = mail
  if ("isSuppressed" in mail && mail.isSuppressed) {
    return { retryInSeconds: await markFailed(deps, mail, SUPPRESSED_ERROR), isUnsent: true }
  }
  const email = await renderEmail(deps, mail) // an error here is ours, not the provider's
  const sandboxId = sandboxOfEmail(row)
  let receipt: Receipt
  try {
    receipt = sandboxId
      ? await keepSandboxEmail(deps, sandboxId, row, email)
      : await send(email, { id: row.id, isUnanswered: isUnanswered(deps, row) })
  } catch (error) {
    return recordFailure(deps, mail, error)
  }
  await markSent(deps, mail, receipt.messageId)
  const { refusals = [] } = receipt
  return { isUnsent: Boolean(sandboxId), refusals, faults: await noteFaults(deps, refusals) }
}

function isUnanswered({ now }: Deps, { lastErrorCode, firstAttemptAt }: ClaimedRow): boolean {
  if (lastErrorCode !== NO_ANSWER_CODE || !firstAttemptAt) return false
  return now().getTime() - firstAttemptAt.getTime() < ANSWER_PATIENCE_MS
}

/** Records that no provider took an email, and holds back others that would be refused like it. */
async function recordFailure(
  deps: Deps,
  mail: Exclude<ClaimedMessage, { kind: "webhook" }>,
  error: unknown,
): Promise<SendResult> {
  const failure = toSendError(error)
  const { code } = failure
  const refusals = error instanceof SendFailure ? error.refusals : code ? [{ code }] : []
  if (code === RATE_LIMIT_CODE) await deps.pauseMail("rate")
  if (isSenderRefused(code) && refusals.length > 0) await deps.pauseMail("sender")
  const retryInSeconds = await markFailed(deps, mail, failure)
  return { retryInSeconds, isUnsent: isDeploymentFault(code), faults: await noteFaults(deps, refusals) }
}

/** Notes what is wrong with the deployment. Returns it if the log is to have it. */
async function noteFaults(deps: Deps, refusals: Refusal[]): Promise<string | undefined> {
  const faults = refusals.filter(({ code }) => isDeploymentFault(code))
  const codes = [...new Set(faults.map(({ code }) => code))].sort().join(", ")
  return codes && (await noteSenderRefused(deps, codes)) ? describeRefusals(faults) : undefined
}

/** `E_SENDER_KEY_REFUSED (status 401 missing_api_key)` */
export const describeRefusals = (refusals: Refusal[]): string =>
  refusals.map(({ code, detail }) => (detail ? `${code} (${detail})` : code)).join(", ")

function toSendError(error: unknown): SendError {
  if (!(error instanceof Error)) return { code: undefined, text: String(error), isFinal: false }
  const code = errorCode(error)
  return { code, text: code ? `${error.message} (${code})` : error.message, isFinal: isFinalCode(code) }
}
