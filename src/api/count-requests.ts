import type { Context } from "hono"
import type { ApiKeyActor } from "../domain/access/actor.ts"
import type { SendReservation } from "../domain/deps.ts"
import type { AppEnv } from "../http/context.ts"
import { IsolateCache } from "../http/isolate-cache.ts"
import { logError } from "../http/log.ts"
import { retryAfterSeconds } from "../http/problems.ts"
import { limiterOf, sendLimits, toReservation } from "../http/reserve-send.ts"
import { readSettings } from "../http/settings.ts"
import { ApiError } from "./problem-details.ts"

const WINDOW_SECONDS = 10
const WINDOW_MS = WINDOW_SECONDS * 1000
/** An isolate reports its GETs to the limiter once they are this share of the quota. */
const REPORTED_SHARE = 1 / 10

/** A key's requests in the current window, as far as this isolate knows; `unreported` GETs are known to this isolate alone. */
type Window = { endsAt: number; used: number; unreported: number }

const windows = new IsolateCache<Window>()

const quotaOf = (c: Context<AppEnv>) => readSettings(c.env).API_REQUESTS_PER_10_SECONDS

/**
 * Counts a GET against its key's limit, without a request to the limiter: approximately, because other isolates count for themselves
 * between their reports. Throws `too_many_requests`.
 */
export function countRead(c: Context<AppEnv>, actor: ApiKeyActor): Admission {
  const [quota, window] = [quotaOf(c), currentWindow(c, actor)]
  const isAllowed = window.used < quota
  if (isAllowed) {
    window.used += 1
    window.unreported += 1
    if (window.unreported >= quota * REPORTED_SHARE) c.executionCtx.waitUntil(report(c, actor, window))
  }
  setRateLimit(c, quota, { isAllowed, remaining: quota - window.used, resetAt: window.endsAt })
  return UNTRACKED
}

function currentWindow(c: Context<AppEnv>, actor: ApiKeyActor): Window {
  const at = c.var.deps.now().getTime()
  const known = windows.get(c.env.DB, actor.id)
  if (known && at < known.endsAt) return known
  const window = { endsAt: at + WINDOW_MS, used: 0, unreported: 0 }
  windows.set(c.env.DB, actor.id, window)
  return window
}

async function report(c: Context<AppEnv>, actor: ApiKeyActor, window: Window): Promise<void> {
  const reads = window.unreported
  window.unreported = 0
  const counted = await limiterOf(c.env, actor.reseller.id)
    .countReads({ ...useOf(c, actor), reads })
    .catch((error) => logError("the API limiter failed", error))
  if (counted) Object.assign(window, { endsAt: counted.resetAt, used: counted.used + window.unreported })
}

const useOf = (c: Context<AppEnv>, { id }: ApiKeyActor) => ({
  keyId: id,
  at: c.var.deps.now().getTime(),
  quota: quotaOf(c),
  windowMs: WINDOW_MS,
})

/** `reservation`: of the first email that the request sends, if it was asked for. */
type Admission = {
  inProgress: boolean
  reservation?: SendReservation | undefined
  release: () => Promise<void>
}

/** The admission of a request that needs no release. */
const UNTRACKED: Admission = { inProgress: false, release: async () => undefined }

/**
 * Counts a request that changes something against its key's limit, exactly; throws `too_many_requests`. `release` ends the request. If
 * the limiter itself fails, the request is let through: a limit isn't worth an outage.
 */
export async function countRequest(
  c: Context<AppEnv>,
  actor: ApiKeyActor,
  { idempotencyKey, createsInvite }: { idempotencyKey: string | undefined; createsInvite: boolean },
): Promise<Admission> {
  const [use, limiter, window] = [useOf(c, actor), limiterOf(c.env, actor.reseller.id), currentWindow(c, actor)]
  const reads = window.unreported
  window.unreported = 0
  const firstSend = createsInvite ? toFirstSend(c, use) : undefined
  const acquired = await limiter
    .acquire({ ...use, reads, idempotencyKey, firstSend })
    .catch((error) => logError("the API limiter failed", error))
  if (!acquired) return UNTRACKED
  const { allowed: isAllowed, inProgress, remaining, resetAt, send } = acquired
  Object.assign(window, { endsAt: resetAt, used: use.quota - remaining + window.unreported })
  setRateLimit(c, use.quota, { isAllowed, remaining, resetAt })
  const release = async () => {
    if (idempotencyKey === undefined || inProgress) return
    await limiter.releaseRequest(actor.id, idempotencyKey).catch((error) => logError("the API limiter failed", error))
  }
  return { inProgress, reservation: send && toReservation(c.env, actor.reseller.id, send), release }
}

function toFirstSend(c: Context<AppEnv>, { at }: { at: number }) {
  const settings = readSettings(c.env)
  return { at, limits: sendLimits(settings, settings.INVITE_MAILS_PER_HOUR) }
}

/** Sets the headers of a response; throws `too_many_requests`. */
function setRateLimit(
  c: Context<AppEnv>,
  quota: number,
  { isAllowed, remaining, resetAt }: { isAllowed: boolean; remaining: number; resetAt: number },
): void {
  const seconds = retryAfterSeconds(new Date(resetAt), c.var.deps.now())
  // draft-ietf-httpapi-ratelimit-headers-10
  c.header("RateLimit-Policy", `"key";q=${quota};w=${WINDOW_SECONDS}`)
  c.header("RateLimit", `"key";r=${Math.max(0, remaining)};t=${seconds}`)
  if (isAllowed) return
  c.header("Retry-After", String(seconds))
  throw new ApiError("too_many_requests", `This key can send ${quota} requests in ${WINDOW_SECONDS} seconds.`)
}
