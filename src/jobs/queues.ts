import * as z from "zod"
import type { Deps } from "../domain/deps.ts"
import { runJob } from "../domain/jobs/run.ts"
import { recordDeliveryEvent } from "../domain/mail/delivery-events.ts"
import { claim } from "../domain/outbox/claim.ts"
import { abandon } from "../domain/outbox/outbox.ts"
import { errorCode, type SendEmail, sendEmail } from "../emails/send.ts"
import { logError, redactWordsOf } from "../http/log.ts"
import { sendWebhook } from "../webhooks/send.ts"

const QUEUE_DELAY_MAX_SECONDS = 43_200 // Cloudflare Queues; the cron job requeues rows that wait longer
const jobMessage = z.object({ jobId: z.string() })
const queueMessage = z.object({ outboxId: z.string() })

type QueueHandler = (deps: Deps, send: SendEmail, message: Message<unknown>) => Promise<void>

const QUEUE_HANDLERS: Record<string, QueueHandler> = {
  "vestibule-mail": handleOutboxMessage,
  "vestibule-bulk-mail": handleOutboxMessage,
  "vestibule-webhooks": handleOutboxMessage,
  "vestibule-jobs": handleJobMessage,
  "vestibule-dead": handleDeadLetter,
  "vestibule-mail-events": handleMailEvent,
}

/** Handles a batch of one queue. Throws for a queue that has no handler. */
export async function handleQueueBatch(deps: Deps, send: SendEmail, batch: MessageBatch<unknown>): Promise<void> {
  const handler = QUEUE_HANDLERS[batch.queue]
  if (!handler) throw new Error(`no handler for the queue ${batch.queue}`)
  // One at a time: if the Worker dies, at most one email may have been sent without a record.
  for (const message of batch.messages) await handleMessage(handler, deps, send, message)
}

/** Handles one message, so that its failure doesn't affect the rest of the batch. */
async function handleMessage(
  handler: QueueHandler,
  deps: Deps,
  send: SendEmail,
  message: Message<unknown>,
): Promise<void> {
  try {
    await handler(deps, send, message)
  } catch (error) {
    logError("a queue message failed; it will be retried", error, { messageId: message.id })
    message.retry({ delaySeconds: Math.min(30 * 2 ** (message.attempts - 1), 3_600) })
  }
}

/** Sends one outbox row if it is due. */
async function handleOutboxMessage(deps: Deps, send: SendEmail, message: Message<unknown>): Promise<void> {
  const id = queueMessage.safeParse(message.body).data?.outboxId
  const claimed = id && (await claim(deps, id))
  const retryInSeconds = claimed
    ? claimed.kind === "webhook"
      ? await sendWebhook(deps, (url, init) => fetch(url, init), claimed)
      : await sendEmail(deps, logUnknownErrors(send, claimed.row.id), claimed)
    : undefined
  if (!retryInSeconds || retryInSeconds > QUEUE_DELAY_MAX_SECONDS) message.ack()
  else message.retry({ delaySeconds: retryInSeconds })
}

/** Gives a job its turn. If another runner has it, comes again when that one must have ended. */
async function handleJobMessage(deps: Deps, _send: SendEmail, message: Message<unknown>): Promise<void> {
  const id = jobMessage.safeParse(message.body).data?.jobId
  const retryInSeconds = id && (await runJob(deps, id))
  if (retryInSeconds) message.retry({ delaySeconds: retryInSeconds })
  else message.ack()
}

/** Handles a dead letter: marks an outbox row as failed, or tries a delivery event once more. */
async function handleDeadLetter(deps: Deps, send: SendEmail, message: Message<unknown>): Promise<void> {
  const id = queueMessage.safeParse(message.body).data?.outboxId
  if (!id) return handleMailEvent(deps, send, message)
  await abandon(deps, id)
  message.ack()
}

/** Records a delivery event. */
async function handleMailEvent(deps: Deps, _send: SendEmail, message: Message<unknown>): Promise<void> {
  await recordDeliveryEvent(deps, message.body, message.id)
  message.ack()
}

/** Logs errors of the provider that have no code, without what they repeat of the email. */
function logUnknownErrors(send: SendEmail, outboxId: string): SendEmail {
  return async (mail) => {
    try {
      return await send(mail)
    } catch (error) {
      if (!errorCode(error)) {
        const reason = redactWordsOf(JSON.stringify(mail), String(error))
        logError("the email provider failed; the email will be retried", reason, { outboxId })
      }
      throw error
    }
  }
}
