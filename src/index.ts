import * as z from "zod"
import { app } from "./app.ts"
import { recordDeliveryEvent } from "./domain/delivery-events.ts"
import type { Deps } from "./domain/deps.ts"
import { EXPIRY_BATCH, expireOverdueInvites } from "./domain/invites.ts"
import { forgetKeptAnswers } from "./domain/kept-answers.ts"
import { forgottenMail } from "./domain/outbox.ts"
import { deliverMail, type SendMail } from "./emails/deliver.ts"
import { depsOf } from "./http/deps.ts"
import { logError } from "./http/log.ts"
import { keepingSend } from "./local/mailbox.tsx"

export { ApiLimiter } from "./api-limiter.ts"
export { ResendLimiter } from "./resend-limiter.ts"

const MAIL_EVENTS_QUEUE = "vestibule-mail-events"
const EXPIRY_ROUNDS = 20
const mailNudge = z.object({ mailId: z.string() })

export default {
  fetch: app.fetch,

  async queue(batch, env, ctx): Promise<void> {
    const deps = depsOf(env, (promise) => ctx.waitUntil(promise))
    const handle = batch.queue === MAIL_EVENTS_QUEUE ? recordEvent : sendMail
    for (const message of batch.messages) await handle(deps, env, message)
  },

  async scheduled(_controller, env, ctx): Promise<void> {
    const deps = depsOf(env, (promise) => ctx.waitUntil(promise))
    for (const mailId of await forgottenMail(deps)) deps.wakeMail(mailId)
    await forgetKeptAnswers(deps)
    for (let round = 0; round < EXPIRY_ROUNDS; round++) {
      if ((await expireOverdueInvites(deps)) < EXPIRY_BATCH) break
    }
  },
} satisfies ExportedHandler<Env>

async function sendMail(deps: Deps, env: Env, message: Message<unknown>): Promise<void> {
  const nudge = mailNudge.safeParse(message.body)
  if (!nudge.success) return message.ack()
  try {
    const retryInSeconds = await deliverMail(deps, sendOf(env), nudge.data.mailId)
    if (retryInSeconds) message.retry({ delaySeconds: retryInSeconds })
    else message.ack()
  } catch (error) {
    logError("a mail was not handled; its claim ends and it is tried again", error, nudge.data)
    message.retry()
  }
}

async function recordEvent(deps: Deps, _env: Env, message: Message<unknown>): Promise<void> {
  await recordDeliveryEvent(deps, message.body, message.id)
  message.ack()
}

function sendOf(env: Env): SendMail {
  const send: SendMail = (mail) => env.EMAIL.send(mail)
  return env.ENVIRONMENT === "local" ? keepingSend(env, send) : send
}
