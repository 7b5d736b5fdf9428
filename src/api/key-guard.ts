import type { Context } from "hono"
import { bodyLimit } from "hono/body-limit"
import type { ApiKeyActor } from "../domain/actor.ts"
import { digestOf, isUseStale, openApiKey, standingKey } from "../domain/api-keys.ts"
import { Failure } from "../domain/failure.ts"
import { factory, type Vestibule } from "../http/context.ts"
import { wholeNumber } from "../http/deps.ts"
import { retryAfterSeconds } from "../http/failures.ts"
import { logError } from "../http/log.ts"
import { withProof } from "../http/with-proof.ts"
import type { Scope } from "../storage/schema.ts"
import { repeatableOf, reusedKey, stillRunning } from "./idempotency.ts"
import { askForKey, Refusal, scopeNeeded } from "./problems.ts"

const WINDOW_SECONDS = 10
const BODY_MAX_BYTES = 64 * 1024

/** What a call by key needs, for its route: the document says it, the guards ask for it. */
export function keyed(scope: Scope, takes: string[] = []) {
  return { security: [{ apiKey: [scope] }], middleware: [bodyOf(takes), admit(scope)] }
}

const smallBody = bodyLimit({
  maxSize: BODY_MAX_BYTES,
  onError: () => {
    throw new Refusal("body_too_large", `A body may have ${BODY_MAX_BYTES} bytes.`)
  },
})

/** Lets through a small body, of one of these media types if the call takes one. What a GET sends is not looked at. */
export function bodyOf(takes: string[]) {
  return factory.createMiddleware(async (c, next) => {
    if (isRead(c)) return next()
    const type = c.req.header("Content-Type")
    if (takes.length > 0 && type !== undefined) {
      const essence = type.split(";")[0]?.trim().toLowerCase() ?? ""
      if (!takes.includes(essence)) {
        throw new Refusal(
          "unsupported_media_type",
          `Send the body as \`${takes.join("` or `")}\`, and say so in \`Content-Type\`.`,
        )
      }
      const headers = new Headers(c.req.raw.headers)
      headers.set("Content-Type", essence) // parameters say nothing more of JSON, and how they are written varies
      c.req.raw = new Request(c.req.raw, { headers })
    }
    return smallBody(c, next)
  })
}

/** Behind this guard `c.var.apiKey` is a key that stands, has the scope and has not asked too often. */
function admit(scope: Scope) {
  return factory.createMiddleware(async (c, next) => {
    c.header("Cache-Control", "private, no-store")
    const secretHash = await digestOf(secretOf(c))
    const named = await repeatableOf(c)
    const known = isRead(c) ? recall(c, secretHash) : undefined
    const { actor, kept } = known ?? (await open(c, secretHash, named?.idempotencyKey))
    c.set("apiKey", actor)
    const { running, leave } = await countRequest(c, actor, named?.idempotencyKey)
    try {
      if (!actor.scopes.includes(scope)) throw new Refusal("insufficient_scope", scopeNeeded(scope))
      if (known) return await readWithProof(c, secretHash, actor, next)
      if (named) {
        if (kept && kept.requestHash !== named.requestHash) throw reusedKey()
        if (running && !kept) throw stillRunning(c)
        c.set("kept", kept)
        c.set("deps", { ...c.var.deps, request: { apiKeyId: actor.id, ...named } })
      }
      await next()
    } finally {
      await leave()
    }
  })
}

const isRead = (c: Context<Vestibule>) => c.req.method === "GET" || c.req.method === "HEAD"

/** What a key of a deployment looks like; those of a developer's machine are looser, since the demo's are known. */
const LOOKS = { vst_live_: /^vst_live_[0-9a-f]{64}$/, vst_local_: /^vst_local_[0-9a-z_]{16,80}$/ }

function secretOf(c: Context<Vestibule>): string {
  const secret = /^Bearer +(\S+)$/i.exec(c.req.header("Authorization") ?? "")?.[1]
  if (!secret) {
    askForKey(c)
    throw new Refusal("api_key_missing", "Send your API key as `Authorization: Bearer vst_…`.")
  }
  // What cannot be a key of this deployment is known by its look: no storage is asked.
  if (!LOOKS[c.var.deps.config.apiKeyPrefix].test(secret)) throw new Failure({ kind: "api_key_invalid" })
  return secret
}

/**
 * Counts a request against its key's limit; throws when there is none left. `leave` ends what it began. When the limiter
 * itself fails the request is let through, uncounted: a limit is not worth an outage.
 */
async function countRequest(c: Context<Vestibule>, actor: ApiKeyActor, idempotencyKey: string | undefined) {
  const now = c.var.deps.now()
  const quota = wholeNumber(c.env, "API_REQUESTS_PER_10_SECONDS")
  const limiter = c.env.API_LIMITER.getByName(actor.id)
  const asked = { at: now.getTime(), quota, windowMs: WINDOW_SECONDS * 1000, idempotencyKey }
  const admission = await limiter.enter(asked).catch((error) => logError("the API limiter failed", error))
  if (!admission) return { running: false, leave: async () => undefined }

  const seconds = retryAfterSeconds(new Date(admission.resetAt), now)
  // draft-ietf-httpapi-ratelimit-headers-10
  c.header("RateLimit-Policy", `"key";q=${quota};w=${WINDOW_SECONDS}`)
  c.header("RateLimit", `"key";r=${admission.remaining};t=${seconds}`)
  if (!admission.allowed) {
    c.header("Retry-After", String(seconds))
    throw new Refusal("too_many_requests", `This key may ask ${quota} times in ${WINDOW_SECONDS} seconds.`)
  }
  const leave = async () => {
    if (idempotencyKey === undefined || admission.running) return
    await limiter.leave(idempotencyKey).catch((error) => logError("the API limiter failed", error))
  }
  return { running: admission.running, leave }
}

type KnownKey = { actor: ApiKeyActor; usedAt: Date; kept: undefined }

const KNOWN_MAX = 1_000
/** By database, since a test and a preview have their own within one isolate. */
const knownKeys = new WeakMap<D1Database, Map<string, KnownKey>>()

/** Whose key it was when last seen here. What a key is never changes; that it still stands is proven with what is read. */
function recall(c: Context<Vestibule>, secretHash: string): KnownKey | undefined {
  const known = knownKeys.get(c.env.DB)?.get(secretHash)
  return known && !isUseStale(known.usedAt, c.var.deps.now()) ? known : undefined
}

async function open(c: Context<Vestibule>, secretHash: string, idempotencyKey: string | undefined) {
  const { actor, usedAt, kept } = await openApiKey(c.var.deps, secretHash, idempotencyKey)
  const known = knownKeys.get(c.env.DB) ?? new Map<string, KnownKey>()
  knownKeys.set(c.env.DB, known)
  if (known.size >= KNOWN_MAX) known.clear()
  known.set(secretHash, { actor, usedAt, kept: undefined })
  return { actor, kept }
}

async function readWithProof(c: Context<Vestibule>, secretHash: string, actor: ApiKeyActor, next: () => Promise<void>) {
  const { deps } = c.var
  const proof = () => standingKey(deps.db, actor, deps.now())
  const { db, settle } = withProof(deps.db, proof, async () => {
    knownKeys.get(c.env.DB)?.delete(secretHash)
    await openApiKey(deps, secretHash) // says why
    throw new Failure({ kind: "api_key_invalid" })
  })
  c.set("deps", { ...deps, db })
  await next()
  await settle()
}
