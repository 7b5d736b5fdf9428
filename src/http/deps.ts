import type { Deps, SendPermit } from "../domain/deps.ts"
import { readLinkKeys } from "../domain/registration-link.ts"
import type { SendLimits } from "../resend-limiter.ts"
import { openDb } from "../storage/db.ts"
import { logError } from "./log.ts"

/** What the domain needs of bindings and settings. */
export function depsOf(env: Env, waitUntil: (promise: Promise<unknown>) => void): Deps {
  const now = () => new Date()
  return {
    db: openDb(env.DB),
    now,
    config: {
      baseUrl: env.BASE_URL,
      platformName: env.PLATFORM_NAME,
      mailFrom: env.MAIL_FROM,
      terms: { url: env.TERMS_URL, version: env.TERMS_VERSION },
      resendPauseSeconds: wholeNumber(env, "RESEND_COOLDOWN_SECONDS"),
      claimSeconds: wholeNumber(env, "OUTBOX_CLAIM_SECONDS"),
      firstRetrySeconds: wholeNumber(env, "OUTBOX_FIRST_RETRY_SECONDS"),
      allowsLoopback: env.ENVIRONMENT === "local",
      masterSecret: env.AUTH_SECRET,
      apiKeyPrefix: env.ENVIRONMENT === "local" ? "vst_local_" : "vst_live_",
    },
    linkKeys: readLinkKeys(env.LINK_KEYS),
    takeSend: async (invite, kind): Promise<SendPermit> => {
      // What a customer's members send is counted apart: they keep the reseller from nothing.
      const isMembers = invite.kind === "member"
      const limiter = env.RESEND_LIMITER.getByName(isMembers ? invite.audienceId : invite.resellerId)
      // Codes by address: whoever has the right one now waits for nothing that went to a wrong one.
      const inviteId = kind === "code" ? `${invite.id} ${invite.emailSinceVersion}` : invite.id
      const limits = sendLimits(env, isMembers ? "MEMBER_MAILS_PER_HOUR" : "INVITE_MAILS_PER_HOUR")
      const verdict = await limiter.take({ inviteId, kind, at: now().getTime(), limits })
      if (!verdict.allowed) return { ...verdict, resetAt: new Date(verdict.resetAt) }
      return { allowed: true, undo: async () => limiter.undo(verdict.sendId) }
    },
    wake: (ids) => {
      const nudges = Map.groupBy(ids, (id) => (id.startsWith("evt_") ? env.WEBHOOK_QUEUE : env.MAIL_QUEUE))
      for (const [queue, those] of nudges) waitUntil(nudge(queue, those))
    },
    bury: (id) => waitUntil(nudge(env.DEAD_QUEUE, [id])),
  }
}

/** Queues take a hundred messages at a time. */
const QUEUE_BATCH = 100

async function nudge(queue: Queue, ids: string[]): Promise<void> {
  try {
    for (let from = 0; from < ids.length; from += QUEUE_BATCH) {
      await queue.sendBatch(ids.slice(from, from + QUEUE_BATCH).map((outboxId) => ({ body: { outboxId } })))
    }
  } catch (error) {
    logError("a queue took no nudge; the sweep will make up for it", error, { first: ids[0] })
  }
}

function sendLimits(env: Env, hourly: Limit): SendLimits {
  return {
    resendPauseSeconds: wholeNumber(env, "RESEND_COOLDOWN_SECONDS"),
    resendsPerDay: wholeNumber(env, "RESENDS_PER_DAY"),
    mailsPerHour: wholeNumber(env, hourly),
  }
}

type Limit =
  | "RESEND_COOLDOWN_SECONDS"
  | "RESENDS_PER_DAY"
  | "INVITE_MAILS_PER_HOUR"
  | "MEMBER_MAILS_PER_HOUR"
  | "API_REQUESTS_PER_10_SECONDS"
  | "OUTBOX_CLAIM_SECONDS"
  | "OUTBOX_FIRST_RETRY_SECONDS"

/** A limit of wrangler.toml. Throws when it is not a whole number. */
export function wholeNumber(env: Env, name: Limit): number {
  const value = Number(env[name])
  if (!Number.isInteger(value) || value < 0) throw new Error(`${name} is not a whole number`)
  return value
}
