import * as z from "zod"
import type { Deps } from "../domain/deps.ts"
import { runJob } from "../domain/jobs/run.ts"
import { recordDeliveryEvent } from "../domain/mail/delivery-events.ts"
import { claim } from "../domain/outbox/claim.ts"
import { abandon, postpone } from "../domain/outbox/outbox.ts"
import { isDeploymentFault, isFinalCode, RATE_LIMIT_CODES, SUPPRESSED_CODE } from "../domain/outbox/send-errors.ts"
import { sandboxOfEmail } from "../domain/sandbox/emails.ts"
import { errorCode, type SendEmail, SendFailure } from "../emails/provider.ts"
import { describeRefusals, sendEmail } from "../emails/send.ts"
import { QUEUE_DELAY_MAX_SECONDS } from "../http/bindings.ts"
import { logError, redactWordsOf } from "../http/log.ts"
import { sendWebhook } from "../webhooks/send.ts"
import { limitConcurrency } from "./limit-concurrency.ts"

/** Longer than the pacer lets an email wait for its turn. */
const POSTPONED_FROM_SECONDS = 60
/** Of one invocation, since Workers opens six connections at a time. */
const SENDS_IN_FLIGHT = 6

/** Longer than a sender needs to record what it has sent. */
const EARLY_EVENT_RETRY_SECONDS = 300

const jobMessage = z.object({ jobId: z.string() })
/** A dead letter that we send ourselves has the id alone. */
const outboxMessage = z.object({
  outboxId: z.string(),
  resellerId: z.string().nullable().default(null),
  kind: z.string().optional(),
})

/** What the messages of a batch share. */
type Invocation = {
  deps: Deps
  send: SendEmail
  inFlight: ReturnType<typeof limitConcurrency>
  result: BatchResult
}

type QueueHandler = (invocation: Invocation, message: Message<unknown>) => Promise<void>

/** Each queue of staging has the name of production's with this after it (`deploy/wrangler-config.ts`). */
const STAGING = /-staging$/

const QUEUE_HANDLERS: Record<string, QueueHandler> = {
  "vestibule-mail": (...args) => handleEmail(...args, false),
  "vestibule-bulk-mail": (...args) => handleEmail(...args, true),
  "vestibule-webhooks": handleOutboxMessage,
  "vestibule-jobs": handleJobMessage,
  "vestibule-dead": handleDeadLetter,
  "vestibule-mail-events": handleMailEvent,
}

/** How many messages of a batch come back: because they have to wait, or because they failed. */
type BatchResult = { retried: number; failed: number }

/** Handles a batch of one queue. Throws for a queue that has no handler. */
export async function handleQueueBatch(
  deps: Deps,
  send: SendEmail,
  batch: MessageBatch<unknown>,
): Promise<BatchResult> {
  const handler = QUEUE_HANDLERS[batch.queue.replace(STAGING, "")]
  if (!handler) throw new Error(`no handler for the queue ${batch.queue}`)
  const invocation = { deps, send, inFlight: limitConcurrency(SENDS_IN_FLIGHT), result: { retried: 0, failed: 0 } }
  await Promise.all(batch.messages.map((message) => handleMessage(handler, invocation, message)))
  return invocation.result
}

/** Handles one message, so that its failure doesn't affect the rest of the batch. */
async function handleMessage(handler: QueueHandler, invocation: Invocation, message: Message<unknown>): Promise<void> {
  try {
    await handler(invocation, message)
  } catch (error) {
    logError("a queue message failed; it will be retried", error, { messageId: message.id })
    invocation.result.failed += 1
    message.retry({ delaySeconds: Math.min(30 * 2 ** (message.attempts - 1), 3_600) })
  }
}

/** Sends one email if it is due, in its turn, which those of a sandbox don't need. The turn comes before the claim, which lasts for the time of sending only. */
async function handleEmail(invocation: Invocation, message: Message<unknown>, isBulk: boolean): Promise<void> {
  const { deps, inFlight } = invocation
  const { data: email } = outboxMessage.safeParse(message.body)
  if (!email) return message.ack()
  if (sandboxOfEmail(email)) return handleOutboxMessage(invocation, message)
  const turn = await deps.takeTurn({ resellerId: email.resellerId, isBulk })
  if (!turn.isGranted) return comeBack(invocation, message, email.outboxId, turn.retryInSeconds)
  await inFlight(async () => {
    if (!(await sendOutboxRow(invocation, message, email))) await turn.release()
  })
}

/**
 * Puts an email back into its queue, without an attempt. One that waits for the next day is postponed, so that no cron job requeues it
 * before.
 */
async function comeBack(
  { deps, result }: Invocation,
  message: Message<unknown>,
  outboxId: string,
  seconds: number,
): Promise<void> {
  if (seconds > POSTPONED_FROM_SECONDS) await postpone(deps, outboxId, seconds)
  retryLater(result, message, seconds)
}

async function handleOutboxMessage({ inFlight, ...invocation }: Invocation, message: Message<unknown>): Promise<void> {
  const { data: row } = outboxMessage.safeParse(message.body)
  if (!row) return message.ack()
  await inFlight(() => sendOutboxRow(invocation, message, row))
}

/** Sends one outbox row if it is due. False if nothing left us: there was nothing to do, or the email waits or is kept in a sandbox. */
async function sendOutboxRow(
  { deps, send, result }: Omit<Invocation, "inFlight">,
  message: Message<unknown>,
  { outboxId, kind }: z.infer<typeof outboxMessage>,
): Promise<boolean> {
  const claimed = await claim(deps, outboxId, kind)
  if (!claimed) {
    message.ack()
    return false
  }
  if (claimed.kind === "webhook") {
    retryLater(result, message, await sendWebhook(deps, (url, init) => fetch(url, init), claimed))
    return true
  }
  const sent = await sendEmail(deps, logFailures(send, claimed.row.id), claimed)
  if (sent.faults) logError("a provider refuses the emails of this deployment, which is wrong", sent.faults)
  else if (sent.refusals?.length)
    logError("a provider refused an email, and another took it", describeRefusals(sent.refusals))
  retryLater(result, message, sent.retryInSeconds)
  return !sent.isUnsent
}

/** Acknowledges a message without a delay, or with one that is too long for the queue: the cron job requeues its row. */
function retryLater(result: BatchResult, message: Message<unknown>, seconds: number | undefined): void {
  const isRetried = seconds && seconds <= QUEUE_DELAY_MAX_SECONDS
  if (!isRetried) message.ack()
  else {
    result.retried += 1
    message.retry({ delaySeconds: seconds })
  }
}

/** Gives a job its turn. While another runner has it, the message comes back when that claim ends. */
async function handleJobMessage({ deps, result }: Invocation, message: Message<unknown>): Promise<void> {
  const id = jobMessage.safeParse(message.body).data?.jobId
  retryLater(result, message, id === undefined ? undefined : await runJob(deps, id))
}

/** Handles a dead letter: marks an outbox row as failed, or tries a delivery event once more. */
async function handleDeadLetter(invocation: Invocation, message: Message<unknown>): Promise<void> {
  const { data: row } = outboxMessage.safeParse(message.body)
  if (!row) return handleMailEvent(invocation, message)
  await abandon(invocation.deps, row.outboxId)
  message.ack()
}

/**
 * Records a delivery event. One that precedes the record of its email is applied with that record, and once more later, in case its
 * sender died in between. Most others that come back are about emails of other programs.
 */
async function handleMailEvent({ deps, inFlight, result }: Invocation, message: Message<unknown>): Promise<void> {
  const isWaiting = await inFlight(() => recordDeliveryEvent(deps, message.body, message.id))
  retryLater(result, message, isWaiting && message.attempts === 1 ? EARLY_EVENT_RETRY_SECONDS : undefined)
}

/** What isn't worth a line for each email: an address that gets none, and limits, which end by themselves. */
const UNLOGGED_CODES = [SUPPRESSED_CODE, ...RATE_LIMIT_CODES]

/**
 * Logs why an email wasn't taken, without what the provider repeats of it. Faults of the deployment, which concern all emails, are logged
 * once an hour instead.
 */
function logFailures(send: SendEmail, outboxId: string): SendEmail {
  return async (mail, delivery) => {
    try {
      return await send(mail, delivery)
    } catch (error) {
      const code = errorCode(error)
      if (!isDeploymentFault(code) && !UNLOGGED_CODES.includes(code ?? "")) {
        const detail = error instanceof SendFailure ? error.detail : undefined
        const reason = detail ?? redactWordsOf(JSON.stringify(mail), String(error))
        logError(isFinalCode(code) ? REFUSED : FAILED, reason, { outboxId, code })
      }
      throw error
    }
  }
}

const REFUSED = "the email provider refused an email for good"
const FAILED = "the email provider failed; the email will be retried"
