import type { Deps, DueMessage, SendReservation } from "../domain/deps.ts"
import { bulkPerDay } from "../limiters/mail-day.ts"
import { openDb } from "../storage/db.ts"
import { readTogether } from "../storage/read-together.ts"
import { collectForQueue } from "./collect.ts"
import { loadCommonPasswords } from "./load-common-passwords.ts"
import { logError } from "./log.ts"
import { createMailPace } from "./mail-pace.ts"
import { jobLimits, limiterOf, sendLimits, toReservation } from "./reserve-send.ts"
import { readSettings, type Settings } from "./settings.ts"

/** Builds what the domain needs from bindings and settings. Throws `SettingsError`. */
export function createDeps(env: Env, waitUntil: (promise: Promise<unknown>) => void): Deps {
  const settings = readSettings(env)
  const isLocal = settings.ENVIRONMENT === "local"
  const now = () => new Date()
  const db = openDb(env.DB)
  return {
    db,
    read: (queries) => readTogether(db, queries),
    now,
    config: {
      baseUrl: settings.BASE_URL,
      platformName: settings.PLATFORM_NAME,
      mailFrom: settings.MAIL_FROM,
      terms: { url: settings.TERMS_URL, version: settings.TERMS_VERSION },
      resendCooldownSeconds: settings.RESEND_COOLDOWN_SECONDS,
      recipientMailsPerHour: settings.RECIPIENT_MAILS_PER_HOUR,
      recipientCodesPerDay: settings.RECIPIENT_CODES_PER_DAY,
      claimSeconds: settings.OUTBOX_CLAIM_SECONDS,
      firstRetrySeconds: settings.OUTBOX_FIRST_RETRY_SECONDS,
      allowsLoopback: isLocal,
      webhookHosts: settings.WEBHOOK_HOSTS,
      masterSecret: settings.AUTH_SECRET,
      previousMasterSecret: previousSecret(settings),
      hasDeliveryEvents: settings.MAIL_PROVIDERS.includes("binding") || settings.MAIL_EVENTS_SECRET !== "",
      apiKeyPrefix: isLocal ? "vst_local_" : "vst_live_",
    },
    linkKeys: settings.LINK_KEYS,
    loadCommonPasswords: () => loadCommonPasswords(env),
    reserveSend: async (invite, kind): Promise<SendReservation> => {
      // Invites by a customer's members have a limit of their own, so that they can't use up the reseller's.
      const isMemberInvite = invite.kind === "member"
      const accountId = isMemberInvite ? invite.audienceId : invite.resellerId
      const mailsPerHour = isMemberInvite ? settings.MEMBER_MAILS_PER_HOUR : settings.INVITE_MAILS_PER_HOUR
      // Codes are counted per email address, so that codes sent to a wrong address don't delay the right one.
      const inviteId = kind === "code" ? `${invite.id} ${invite.emailSinceVersion}` : invite.id
      const request = { inviteId, kind, at: now().getTime(), limits: sendLimits(settings, mailsPerHour) }
      return toReservation(env, accountId, await limiterOf(env, accountId).reserve(request))
    },
    reserveSends: async (resellerId, requests) => {
      const request = { requests, at: now().getTime(), limits: jobLimits(settings) }
      const decisions = await limiterOf(env, resellerId).reserveMany(request)
      return decisions.map((one) => (one.allowed ? one : { ...one, resetAt: new Date(one.resetAt) }))
    },
    releaseSends: async (resellerId, sendIds) => {
      if (sendIds.length > 0) await limiterOf(env, resellerId).releaseSends(...sendIds)
    },
    jobAllowance: async (resellerId) => {
      const limits = jobLimits(settings)
      const allowance = await limiterOf(env, resellerId).jobAllowance({ at: now().getTime(), limits })
      const resetAt = allowance.resetAt === undefined ? undefined : new Date(allowance.resetAt)
      const { MAILS_PER_SECOND: perSecond, MAILS_PER_DAY: mailsPerDay } = settings
      return {
        now: allowance.now,
        perHour: limits.jobMailsPerHour,
        perSecond,
        perDay: bulkPerDay(mailsPerDay),
        resetAt,
      }
    },
    ...createMailPace(env, settings),
    enqueue: (messages) => {
      const queueOf = ({ kind, isBulk }: DueMessage) =>
        kind === "webhook" ? env.WEBHOOK_QUEUE : isBulk ? env.BULK_MAIL_QUEUE : env.MAIL_QUEUE
      const byQueue = Map.groupBy(messages, queueOf)
      for (const [queue, due] of byQueue) waitUntil(collectForQueue(queue, due.map(toBody), sendToQueue))
    },
    enqueueJob: (jobId, delaySeconds = 0) => waitUntil(sendJobMessage(env.JOB_QUEUE, jobId, delaySeconds)),
    deadLetter: (outboxId) => waitUntil(sendToQueue(env.DEAD_QUEUE, [{ outboxId }])),
  }
}

/** A previous secret that is still the current one replaces nothing. */
function previousSecret({ AUTH_SECRET, AUTH_SECRET_PREVIOUS }: Settings): string | null {
  return AUTH_SECRET_PREVIOUS === "" || AUTH_SECRET_PREVIOUS === AUTH_SECRET ? null : AUTH_SECRET_PREVIOUS
}

/** The longest delay of a message in Cloudflare Queues. What waits longer is requeued by the cron job. */
export const QUEUE_DELAY_MAX_SECONDS = 43_200
/** Cloudflare Queues accept up to a hundred messages per batch. */
const QUEUE_BATCH = 100

/** What a sender has to know before it claims the row. */
const toBody = ({ id, resellerId, kind }: DueMessage) => ({ outboxId: id, resellerId, kind })

async function sendToQueue(queue: Queue, bodies: { outboxId: string }[]): Promise<void> {
  try {
    for (let start = 0; start < bodies.length; start += QUEUE_BATCH) {
      await queue.sendBatch(bodies.slice(start, start + QUEUE_BATCH).map((body) => ({ body })))
    }
  } catch (error) {
    logError("could not send to a queue; the cron job will requeue", error, { first: bodies[0]?.outboxId })
  }
}

async function sendJobMessage(queue: Queue, jobId: string, delaySeconds: number): Promise<void> {
  try {
    await queue.send({ jobId }, { delaySeconds: Math.min(delaySeconds, QUEUE_DELAY_MAX_SECONDS) })
  } catch (error) {
    logError("could not send to a queue; the cron job will requeue", error, { jobId })
  }
}
