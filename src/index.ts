import * as z from "zod"
import { app } from "./app.ts"
import type { Deps } from "./domain/deps.ts"
import { deleteExpiredResponses } from "./domain/idempotency.ts"
import { deleteExpiredCodes } from "./domain/invites/email-codes.ts"
import { expireOverdueInvites } from "./domain/invites/find.ts"
import { remindContacts } from "./domain/invites/remind.ts"
import { recordDeliveryEvent } from "./domain/mail/delivery-events.ts"
import { queueDigests } from "./domain/mail/digests.ts"
import { claim } from "./domain/outbox/claim.ts"
import { abandon, findStalledMessages, purgeSent } from "./domain/outbox/outbox.ts"
import { purgeAttempts } from "./domain/webhooks/deliveries.ts"
import { type SendEmail, sendEmail } from "./emails/send.ts"
import { createDeps } from "./http/deps.ts"
import { logError } from "./http/log.ts"
import { createStoringSender } from "./local/mailbox.tsx"
import { sendWebhook } from "./webhooks/send.ts"

export { ApiLimiter } from "./limiters/api-limiter.ts"
export { EmailLimiter } from "./limiters/email-limiter.ts"

const QUEUE_DELAY_MAX_SECONDS = 43_200 // Cloudflare Queues; what waits longer is left to the sweep
const queueMessage = z.object({ outboxId: z.string() })

type QueueHandler = (deps: Deps, env: Env, message: Message<unknown>) => Promise<void>

const QUEUE_HANDLERS: Record<string, QueueHandler> = {
  "vestibule-mail": handleOutboxMessage,
  "vestibule-webhooks": handleOutboxMessage,
  "vestibule-dead": handleDeadLetter,
  "vestibule-mail-events": handleMailEvent,
}

export default {
  fetch: app.fetch,

  async queue(batch, env, ctx): Promise<void> {
    const deps = createDeps(env, (promise) => ctx.waitUntil(promise))
    const handler = QUEUE_HANDLERS[batch.queue]
    if (!handler) throw new Error(`no handler for the queue ${batch.queue}`)
    // One after the other: a Worker that dies leaves one mail at most of which nobody knows whether it went.
    for (const message of batch.messages) await handleMessage(handler, deps, env, message)
  },

  async scheduled(_controller, env, ctx): Promise<void> {
    const deps = createDeps(env, (promise) => ctx.waitUntil(promise))
    for (const [name, job] of Object.entries(CRON_JOBS)) {
      // One that fails does not stop the others.
      await job(deps).catch((error) => logError("a cron job failed; the next run tries again", error, { name }))
    }
  },
} satisfies ExportedHandler<Env>

const CRON_JOBS: Record<string, (deps: Deps) => Promise<unknown>> = {
  "requeue stalled messages": async (deps) => deps.enqueue(await findStalledMessages(deps)),
  "expire overdue invites": expireOverdueInvites,
  "remind contacts": remindContacts,
  "send staff digests": queueDigests,
  "delete expired idempotent responses": deleteExpiredResponses,
  "delete expired e-mail codes": deleteExpiredCodes,
  "delete old webhook attempts": purgeAttempts,
  "delete sent outbox rows": purgeSent,
}

/** One message that fails does not take the others of its batch with it. */
async function handleMessage(handler: QueueHandler, deps: Deps, env: Env, message: Message<unknown>): Promise<void> {
  try {
    await handler(deps, env, message)
  } catch (error) {
    logError("a queue message failed; it will be retried", error, { messageId: message.id })
    message.retry({ delaySeconds: Math.min(30 * 2 ** (message.attempts - 1), 3_600) })
  }
}

/** Sends one row of the outbox, if it is due. */
async function handleOutboxMessage(deps: Deps, env: Env, message: Message<unknown>): Promise<void> {
  const id = queueMessage.safeParse(message.body).data?.outboxId
  const claimed = id && (await claim(deps, id))
  const retryInSeconds = claimed
    ? claimed.kind === "webhook"
      ? await sendWebhook(deps, (url, init) => fetch(url, init), claimed)
      : await sendEmail(deps, createSender(env), claimed)
    : undefined
  if (!retryInSeconds || retryInSeconds > QUEUE_DELAY_MAX_SECONDS) message.ack()
  else message.retry({ delaySeconds: retryInSeconds })
}

/** Records what was tried for long enough; of a delivery event that nobody could take in, tries once more. */
async function handleDeadLetter(deps: Deps, env: Env, message: Message<unknown>): Promise<void> {
  const id = queueMessage.safeParse(message.body).data?.outboxId
  if (!id) return handleMailEvent(deps, env, message)
  await abandon(deps, id)
  message.ack()
}

/** Records what became of a mail. */
async function handleMailEvent(deps: Deps, _env: Env, message: Message<unknown>): Promise<void> {
  await recordDeliveryEvent(deps, message.body, message.id)
  message.ack()
}

function createSender(env: Env): SendEmail {
  const send: SendEmail = (mail) => env.EMAIL.send(mail)
  return env.ENVIRONMENT === "local" ? createStoringSender(env, send) : send
}
