import type { SendReservation } from "../domain/deps.ts"
import type { JobLimits, SendDecision, SendLimits } from "../limiters/email-sends.ts"
import type { Settings } from "./settings.ts"

/** The limiter of a reseller, or of a customer whose members invite others. */
export const limiterOf = (env: Env, accountId: string) => env.ACCOUNT_LIMITER.getByName(accountId)

/** What the limiter has decided, for the domain. */
export function toReservation(env: Env, accountId: string, decision: SendDecision): SendReservation {
  if (!decision.allowed) return { ...decision, resetAt: new Date(decision.resetAt) }
  return { allowed: true, release: async () => limiterOf(env, accountId).releaseSends(decision.sendId) }
}

/** The share of a reseller's emails per hour that jobs can use, so that single invites stay possible meanwhile. */
const JOB_SHARE = 0.8

export function jobLimits(settings: Settings): JobLimits {
  const limits = sendLimits(settings, settings.INVITE_MAILS_PER_HOUR)
  return { ...limits, jobMailsPerHour: Math.ceil(limits.mailsPerHour * JOB_SHARE) }
}

export function sendLimits(settings: Settings, mailsPerHour: number): SendLimits {
  return {
    resendCooldownSeconds: settings.RESEND_COOLDOWN_SECONDS,
    resendsPerDay: settings.RESENDS_PER_DAY,
    mailsPerHour,
  }
}
