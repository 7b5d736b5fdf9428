import type { Deps, SendPermit } from "../domain/deps.ts"
import { readLinkKeys } from "../domain/registration-link.ts"
import type { SendLimits } from "../resend-limiter.ts"
import { openDb } from "../storage/db.ts"
import { logError } from "./log.ts"

/** The one place that reads bindings and settings. */
export function depsOf(env: Env, waitUntil: (promise: Promise<unknown>) => void): Deps {
  const now = () => new Date()
  return {
    db: openDb(env.DB),
    now,
    config: {
      baseUrl: env.BASE_URL,
      platformName: env.PLATFORM_NAME,
      mailFrom: env.MAIL_FROM,
      termsUrl: env.TERMS_URL,
      resendPauseSeconds: wholeNumber(env, "RESEND_COOLDOWN_SECONDS"),
      apiKeyPrefix: env.ENVIRONMENT === "local" ? "vst_local_" : "vst_live_",
    },
    linkKeys: readLinkKeys(env.LINK_KEYS),
    takeSend: async (resellerId, inviteId, kind): Promise<SendPermit> => {
      const limiter = env.RESEND_LIMITER.getByName(resellerId)
      const verdict = await limiter.take({ inviteId, kind, at: now().getTime(), limits: sendLimits(env) })
      if (!verdict.allowed) return { ...verdict, resetAt: new Date(verdict.resetAt) }
      return { allowed: true, undo: async () => limiter.undo(verdict.sendId) }
    },
    wakeMail: (mailId) => {
      const nudge = env.MAIL_QUEUE.send({ mailId })
      waitUntil(nudge.catch((error) => logError("the mail queue took no nudge; the sweep will", error, { mailId })))
    },
  }
}

function sendLimits(env: Env): SendLimits {
  return {
    resendPauseSeconds: wholeNumber(env, "RESEND_COOLDOWN_SECONDS"),
    resendsPerDay: wholeNumber(env, "RESENDS_PER_DAY"),
    mailsPerHour: wholeNumber(env, "INVITE_MAILS_PER_HOUR"),
  }
}

type Limit = "RESEND_COOLDOWN_SECONDS" | "RESENDS_PER_DAY" | "INVITE_MAILS_PER_HOUR" | "API_REQUESTS_PER_10_SECONDS"

/** A limit of wrangler.toml. Throws when it is not a whole number. */
export function wholeNumber(env: Env, name: Limit): number {
  const value = Number(env[name])
  if (!Number.isInteger(value) || value < 0) throw new Error(`${name} is not a whole number`)
  return value
}
