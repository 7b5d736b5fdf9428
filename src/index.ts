import * as z from "zod"
import { app } from "./app.ts"
import { recordDeliveryEvent } from "./domain/delivery-events.ts"
import type { Deps } from "./domain/deps.ts"
import { queueDigests } from "./domain/digests.ts"
import { expireOverdueInvites } from "./domain/invites.ts"
import { forgetKeptAnswers } from "./domain/kept-answers.ts"
import { forgetCodes } from "./domain/mailbox-codes.ts"
import { forgetSent, forgotten, giveUp } from "./domain/outbox.ts"
import { claim } from "./domain/outbox-claim.ts"
import { remindContacts } from "./domain/reminders.ts"
import { forgetAttempts } from "./domain/webhook-deliveries.ts"
import { deliverMail, type SendMail } from "./emails/deliver.ts"
import { depsOf } from "./http/deps.ts"
import { logError } from "./http/log.ts"
import { keepingSend } from "./local/mailbox.tsx"
import { deliverWebhook } from "./webhooks/deliver.ts"

export { ApiLimiter } from "./api-limiter.ts"
export { ResendLimiter } from "./resend-limiter.ts"

const LONGEST_QUEUE_DELAY_SECONDS = 43_200 // Cloudflare Queues; what waits longer is left to the sweep
const nudge = z.object({ outboxId: z.string() })

type Handle = (deps: Deps, env: Env, message: Message<unknown>) => Promise<void>

const QUEUES: Record<string, Handle> = {
  "vestibule-mail": deliver,
  "vestibule-webhooks": deliver,
  "vestibule-dead": bury,
  "vestibule-mail-events": takeIn,
}

export default {
  fetch: app.fetch,

  async queue(batch, env, ctx): Promise<void> {
    const deps = depsOf(env, (promise) => ctx.waitUntil(promise))
    const handle = QUEUES[batch.queue]
    if (!handle) throw new Error(`nobody reads the queue ${batch.queue}`)
    // One after the other: a Worker that dies leaves one mail at most of which nobody knows whether it went.
    for (const message of batch.messages) await handled(handle, deps, env, message)
  },

  async scheduled(_controller, env, ctx): Promise<void> {
    const deps = depsOf(env, (promise) => ctx.waitUntil(promise))
    for (const [name, step] of Object.entries(SWEEPS)) {
      // One that fails does not stop the others.
      await step(deps).catch((error) => logError("a sweep failed; the next one tries again", error, { name }))
    }
  },
} satisfies ExportedHandler<Env>

const SWEEPS: Record<string, (deps: Deps) => Promise<unknown>> = {
  "wake what nobody is sending": async (deps) => deps.wake(await forgotten(deps)),
  "mark what has expired": expireOverdueInvites,
  "remind contacts": remindContacts,
  "tell staff": queueDigests,
  "forget kept answers": forgetKeptAnswers,
  "forget codes": forgetCodes,
  "forget webhook attempts": forgetAttempts,
  "forget what was sent": forgetSent,
}

/** One message that fails does not take the others of its batch with it. */
async function handled(handle: Handle, deps: Deps, env: Env, message: Message<unknown>): Promise<void> {
  try {
    await handle(deps, env, message)
  } catch (error) {
    logError("a queue message was not handled; it is tried again", error, { messageId: message.id })
    message.retry({ delaySeconds: Math.min(30 * 2 ** (message.attempts - 1), 3_600) })
  }
}

/** Sends one row of the outbox, if it is due. */
async function deliver(deps: Deps, env: Env, message: Message<unknown>): Promise<void> {
  const id = nudge.safeParse(message.body).data?.outboxId
  const claimed = id && (await claim(deps, id))
  const retryInSeconds = claimed
    ? claimed.kind === "webhook"
      ? await deliverWebhook(deps, (url, init) => fetch(url, init), claimed)
      : await deliverMail(deps, sendOf(env), claimed)
    : undefined
  if (!retryInSeconds || retryInSeconds > LONGEST_QUEUE_DELAY_SECONDS) message.ack()
  else message.retry({ delaySeconds: retryInSeconds })
}

/** Records what was tried for long enough; of a delivery event that nobody could take in, tries once more. */
async function bury(deps: Deps, env: Env, message: Message<unknown>): Promise<void> {
  const id = nudge.safeParse(message.body).data?.outboxId
  if (!id) return takeIn(deps, env, message)
  await giveUp(deps, id)
  message.ack()
}

/** Records what became of a mail. */
async function takeIn(deps: Deps, _env: Env, message: Message<unknown>): Promise<void> {
  await recordDeliveryEvent(deps, message.body, message.id)
  message.ack()
}

function sendOf(env: Env): SendMail {
  const send: SendMail = (mail) => env.EMAIL.send(mail)
  return env.ENVIRONMENT === "local" ? keepingSend(env, send) : send
}
