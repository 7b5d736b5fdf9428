import type { Context } from "hono"
import type { ApiKeyActor } from "../domain/access/actor.ts"
import type { AppEnv } from "../http/context.ts"
import { IsolateCache } from "../http/isolate-cache.ts"
import { logError } from "../http/log.ts"
import { retryAfterSeconds } from "../http/problems.ts"
import { readSettings } from "../http/settings.ts"
import { ApiError } from "./problem-details.ts"

const WINDOW_SECONDS = 10
const WINDOW_MS = WINDOW_SECONDS * 1000
/** An isolate tells the limiter of its GETs when they are this part of the quota. */
const REPORTED_SHARE = 1 / 10

/** A key's requests in the current window, as far as this isolate knows; `unreported` GETs are known to this isolate alone. */
type Window = { endsAt: number; used: number; unreported: number }

const windows = new IsolateCache<Window>()

const quotaOf = (c: Context<AppEnv>) => readSettings(c.env).API_REQUESTS_PER_10_SECONDS
const limiterOf = (c: Context<AppEnv>, { id }: ApiKeyActor) => c.env.API_LIMITER.getByName(id)

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
  const use = { at: c.var.deps.now().getTime(), quota: quotaOf(c), windowMs: WINDOW_MS, reads }
  const counted = await limiterOf(c, actor)
    .countReads(use)
    .catch((error) => logError("the API limiter failed", error))
  if (counted) Object.assign(window, { endsAt: counted.resetAt, used: counted.used + window.unreported })
}

type Admission = { inProgress: boolean; release: () => Promise<void> }

/** The admission of a request that needs no release. */
const UNTRACKED: Admission = { inProgress: false, release: async () => undefined }

/**
 * Counts a request that changes something against its key's limit, exactly; throws `too_many_requests`. `release` ends the request. If
 * the limiter itself fails, the request is let through: a limit isn't worth an outage.
 */
export async function countRequest(
  c: Context<AppEnv>,
  actor: ApiKeyActor,
  idempotencyKey: string | undefined,
): Promise<Admission> {
  const [quota, limiter, window] = [quotaOf(c), limiterOf(c, actor), currentWindow(c, actor)]
  const reads = window.unreported
  window.unreported = 0
  const request = { at: c.var.deps.now().getTime(), quota, windowMs: WINDOW_MS, reads, idempotencyKey }
  const admission = await limiter.acquire(request).catch((error) => logError("the API limiter failed", error))
  if (!admission) return UNTRACKED
  const { allowed: isAllowed, inProgress, remaining, resetAt } = admission
  Object.assign(window, { endsAt: resetAt, used: quota - remaining + window.unreported })
  setRateLimit(c, quota, { isAllowed, remaining, resetAt })
  const release = async () => {
    if (idempotencyKey === undefined || inProgress) return
    await limiter.release(idempotencyKey).catch((error) => logError("the API limiter failed", error))
  }
  return { inProgress, release }
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
