import type { Context } from "hono"
import { bodyLimit } from "hono/body-limit"
import type { ApiKeyActor } from "../domain/access/actor.ts"
import { activeKeyQuery, authenticateApiKey, isLastUsedStale, sha256Hex } from "../domain/access/api-keys.ts"
import { Failure } from "../domain/failure.ts"
import { withBatchedAuth } from "../http/batched-auth.ts"
import { type AppEnv, factory } from "../http/context.ts"
import { integerVar } from "../http/deps.ts"
import { logError } from "../http/log.ts"
import { retryAfterSeconds } from "../http/problems.ts"
import type { Scope } from "../storage/schema.ts"
import { inProgressError, keyReusedError, readIdempotencyKey } from "./idempotency.ts"
import { ApiError, missingScopeDetail, setWwwAuthenticate } from "./problems.ts"

const RATE_LIMIT_WINDOW_SECONDS = 10
const BODY_MAX_BYTES = 64 * 1024

/** What a call by key needs, for its route: the document says it, the guards ask for it. */
export function requireScope(scope: Scope, mediaTypes: string[] = []) {
  return { security: [{ apiKey: [scope] }], middleware: [limitBody(mediaTypes), authenticate(scope)] }
}

const limitBodySize = bodyLimit({
  maxSize: BODY_MAX_BYTES,
  onError: () => {
    throw new ApiError("body_too_large", `A body may have ${BODY_MAX_BYTES} bytes.`)
  },
})

/** Lets through a small body, of one of these media types if the call takes one. What a GET sends is not looked at. */
export function limitBody(mediaTypes: string[]) {
  return factory.createMiddleware(async (c, next) => {
    if (isReadRequest(c)) return next()
    const contentType = c.req.header("Content-Type")
    if (mediaTypes.length > 0 && contentType !== undefined) {
      const essence = contentType.split(";")[0]?.trim().toLowerCase() ?? ""
      if (!mediaTypes.includes(essence)) {
        throw new ApiError(
          "unsupported_media_type",
          `Send the body as \`${mediaTypes.join("` or `")}\`, and say so in \`Content-Type\`.`,
        )
      }
      const headers = new Headers(c.req.raw.headers)
      headers.set("Content-Type", essence) // parameters say nothing more of JSON, and how they are written varies
      c.req.raw = new Request(c.req.raw, { headers })
    }
    return limitBodySize(c, next)
  })
}

/** Behind this guard `c.var.apiKey` is a key that stands, has the scope and has not asked too often. */
function authenticate(scope: Scope) {
  return factory.createMiddleware(async (c, next) => {
    c.header("Cache-Control", "private, no-store")
    const secretHash = await sha256Hex(readSecret(c))
    const idempotency = await readIdempotencyKey(c)
    const cached = isReadRequest(c) ? cachedKey(c, secretHash) : undefined
    const { actor, storedResponse } = cached ?? (await lookUpKey(c, secretHash, idempotency?.idempotencyKey))
    c.set("apiKey", actor)
    const { inProgress, release } = await countRequest(c, actor, idempotency?.idempotencyKey)
    try {
      if (!actor.scopes.includes(scope)) throw new ApiError("insufficient_scope", missingScopeDetail(scope))
      if (cached) return await readWithBatchedAuth(c, secretHash, actor, next)
      if (idempotency) {
        if (storedResponse && storedResponse.requestHash !== idempotency.requestHash) throw keyReusedError()
        if (inProgress && !storedResponse) throw inProgressError(c)
        c.set("storedResponse", storedResponse)
        c.set("deps", { ...c.var.deps, request: { apiKeyId: actor.id, ...idempotency } })
      }
      await next()
    } finally {
      await release()
    }
  })
}

const isReadRequest = (c: Context<AppEnv>) => c.req.method === "GET" || c.req.method === "HEAD"

/** What a key of a deployment looks like; those of a developer's machine are looser, since the demo's are known. */
const KEY_FORMATS = { vst_live_: /^vst_live_[0-9a-f]{64}$/, vst_local_: /^vst_local_[0-9a-z_]{16,80}$/ }

function readSecret(c: Context<AppEnv>): string {
  const secret = /^Bearer +(\S+)$/i.exec(c.req.header("Authorization") ?? "")?.[1]
  if (!secret) {
    setWwwAuthenticate(c)
    throw new ApiError("api_key_missing", "Send your API key as `Authorization: Bearer vst_…`.")
  }
  // What cannot be a key of this deployment is known by its look: no storage is asked.
  if (!KEY_FORMATS[c.var.deps.config.apiKeyPrefix].test(secret)) throw new Failure({ kind: "api_key_invalid" })
  return secret
}

/**
 * Counts a request against its key's limit; throws when there is none left. `leave` ends what it began. When the limiter
 * itself fails the request is let through, uncounted: a limit is not worth an outage.
 */
async function countRequest(c: Context<AppEnv>, actor: ApiKeyActor, idempotencyKey: string | undefined) {
  const now = c.var.deps.now()
  const quota = integerVar(c.env, "API_REQUESTS_PER_10_SECONDS")
  const limiter = c.env.API_LIMITER.getByName(actor.id)
  const request = { at: now.getTime(), quota, windowMs: RATE_LIMIT_WINDOW_SECONDS * 1000, idempotencyKey }
  const admission = await limiter.acquire(request).catch((error) => logError("the API limiter failed", error))
  if (!admission) return { inProgress: false, release: async () => undefined }

  const seconds = retryAfterSeconds(new Date(admission.resetAt), now)
  // draft-ietf-httpapi-ratelimit-headers-10
  c.header("RateLimit-Policy", `"key";q=${quota};w=${RATE_LIMIT_WINDOW_SECONDS}`)
  c.header("RateLimit", `"key";r=${admission.remaining};t=${seconds}`)
  if (!admission.allowed) {
    c.header("Retry-After", String(seconds))
    throw new ApiError("too_many_requests", `This key may ask ${quota} times in ${RATE_LIMIT_WINDOW_SECONDS} seconds.`)
  }
  const release = async () => {
    if (idempotencyKey === undefined || admission.inProgress) return
    await limiter.release(idempotencyKey).catch((error) => logError("the API limiter failed", error))
  }
  return { inProgress: admission.inProgress, release }
}

type CachedKey = { actor: ApiKeyActor; usedAt: Date; storedResponse: undefined }

const KEY_CACHE_MAX = 1_000
/** By database, since a test and a preview have their own within one isolate. */
const keyCache = new WeakMap<D1Database, Map<string, CachedKey>>()

/** Whose key it was when last seen here. What a key is never changes; that it still stands is proven with what is read. */
function cachedKey(c: Context<AppEnv>, secretHash: string): CachedKey | undefined {
  const cached = keyCache.get(c.env.DB)?.get(secretHash)
  return cached && !isLastUsedStale(cached.usedAt, c.var.deps.now()) ? cached : undefined
}

async function lookUpKey(c: Context<AppEnv>, secretHash: string, idempotencyKey: string | undefined) {
  const { actor, usedAt, storedResponse } = await authenticateApiKey(c.var.deps, secretHash, idempotencyKey)
  const cache = keyCache.get(c.env.DB) ?? new Map<string, CachedKey>()
  keyCache.set(c.env.DB, cache)
  if (cache.size >= KEY_CACHE_MAX) cache.clear()
  cache.set(secretHash, { actor, usedAt, storedResponse: undefined })
  return { actor, storedResponse }
}

async function readWithBatchedAuth(
  c: Context<AppEnv>,
  secretHash: string,
  actor: ApiKeyActor,
  next: () => Promise<void>,
) {
  const { deps } = c.var
  const authQuery = () => activeKeyQuery(deps.db, actor, deps.now())
  const { db, ensureChecked } = withBatchedAuth(deps.db, authQuery, async () => {
    keyCache.get(c.env.DB)?.delete(secretHash)
    await authenticateApiKey(deps, secretHash) // says why
    throw new Failure({ kind: "api_key_invalid" })
  })
  c.set("deps", { ...deps, db })
  await next()
  await ensureChecked()
}
