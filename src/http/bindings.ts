import { parseLinkKeys } from "../domain/access/signed-token.ts"
import type { Deps, SendReservation } from "../domain/deps.ts"
import type { SendLimits } from "../limiters/email-limiter.ts"
import { openDb } from "../storage/db.ts"
import { logError } from "./log.ts"

/** Builds what the domain needs from bindings and settings. */
export function createDeps(env: Env, waitUntil: (promise: Promise<unknown>) => void): Deps {
  const now = () => new Date()
  const db = openDb(env.DB)
  return {
    db,
    read: (queries) => db.batch(queries),
    now,
    config: {
      baseUrl: env.BASE_URL,
      platformName: env.PLATFORM_NAME,
      mailFrom: env.MAIL_FROM,
      terms: { url: env.TERMS_URL, version: env.TERMS_VERSION },
      resendCooldownSeconds: integerVar(env, "RESEND_COOLDOWN_SECONDS"),
      claimSeconds: integerVar(env, "OUTBOX_CLAIM_SECONDS"),
      firstRetrySeconds: integerVar(env, "OUTBOX_FIRST_RETRY_SECONDS"),
      allowsLoopback: env.ENVIRONMENT === "local",
      masterSecret: env.AUTH_SECRET,
      apiKeyPrefix: env.ENVIRONMENT === "local" ? "vst_local_" : "vst_live_",
    },
    linkKeys: parseLinkKeys(env.LINK_KEYS),
    reserveSend: async (invite, kind): Promise<SendReservation> => {
      // Invites by a customer's members have a limit of their own, so that they can't use up the reseller's.
      const isMemberInvite = invite.kind === "member"
      const limiter = env.EMAIL_LIMITER.getByName(isMemberInvite ? invite.audienceId : invite.resellerId)
      // Codes are counted per email address, so that codes sent to a wrong address don't delay the right one.
      const inviteId = kind === "code" ? `${invite.id} ${invite.emailSinceVersion}` : invite.id
      const limits = sendLimits(env, isMemberInvite ? "MEMBER_MAILS_PER_HOUR" : "INVITE_MAILS_PER_HOUR")
      const decision = await limiter.reserve({ inviteId, kind, at: now().getTime(), limits })
      if (!decision.allowed) return { ...decision, resetAt: new Date(decision.resetAt) }
      return { allowed: true, release: async () => limiter.release(decision.sendId) }
    },
    enqueue: (messages) => {
      const byQueue = Map.groupBy(messages, ({ kind }) => (kind === "webhook" ? env.WEBHOOK_QUEUE : env.MAIL_QUEUE))
      for (const [queue, due] of byQueue) waitUntil(sendToQueue(queue, due))
    },
    deadLetter: (id) => waitUntil(sendToQueue(env.DEAD_QUEUE, [{ id }])),
  }
}

/** Cloudflare Queues accept up to a hundred messages per batch. */
const QUEUE_BATCH = 100

async function sendToQueue(queue: Queue, messages: { id: string }[]): Promise<void> {
  try {
    for (let start = 0; start < messages.length; start += QUEUE_BATCH) {
      const batch = messages.slice(start, start + QUEUE_BATCH)
      await queue.sendBatch(batch.map(({ id }) => ({ body: { outboxId: id } })))
    }
  } catch (error) {
    logError("could not send to a queue; the cron job will requeue", error, { first: messages[0]?.id })
  }
}

function sendLimits(env: Env, hourlyVar: IntegerVarName): SendLimits {
  return {
    resendCooldownSeconds: integerVar(env, "RESEND_COOLDOWN_SECONDS"),
    resendsPerDay: integerVar(env, "RESENDS_PER_DAY"),
    mailsPerHour: integerVar(env, hourlyVar),
  }
}

type IntegerVarName =
  | "RESEND_COOLDOWN_SECONDS"
  | "RESENDS_PER_DAY"
  | "INVITE_MAILS_PER_HOUR"
  | "MEMBER_MAILS_PER_HOUR"
  | "API_REQUESTS_PER_10_SECONDS"
  | "OUTBOX_CLAIM_SECONDS"
  | "OUTBOX_FIRST_RETRY_SECONDS"

/** An integer setting from wrangler.toml. Throws if it isn't a whole number. */
export function integerVar(env: Env, name: IntegerVarName): number {
  const value = Number(env[name])
  if (!Number.isInteger(value) || value < 0) throw new Error(`${name} must be a whole number`)
  return value
}
