import type { Context } from "hono"
import { bodyLimit } from "hono/body-limit"
import type { ApiKeyActor } from "../domain/actor.ts"
import { digestOf, isUseStale, openApiKey, standingKey } from "../domain/api-keys.ts"
import { Failure } from "../domain/failure.ts"
import { factory, type Vestibule } from "../http/context.ts"
import { wholeNumber } from "../http/deps.ts"
import { retryAfterSeconds } from "../http/failures.ts"
import { withProof } from "../http/with-proof.ts"
import type { Scope } from "../storage/schema.ts"
import { askForKey, Refusal, scopeNeeded } from "./problems.ts"

const WINDOW_SECONDS = 10
const BODY_MAX_BYTES = 64 * 1024

/** What a call by key needs, for its route: the document says it, the guard asks for it. */
export function keyed(scope: Scope) {
  return { security: [{ apiKey: [scope] }], middleware: [smallBody, admit(scope)] }
}

const smallBody = bodyLimit({
  maxSize: BODY_MAX_BYTES,
  onError: () => {
    throw new Refusal("body_too_large", `A body may have ${BODY_MAX_BYTES} bytes.`)
  },
})

/** Behind this guard `c.var.apiKey` is a key that stands, has the scope and has not asked too often. */
function admit(scope: Scope) {
  return factory.createMiddleware(async (c, next) => {
    c.header("Cache-Control", "private, no-store")
    const secret = secretOf(c)
    const digest = await digestOf(secret)
    const requestKey = requestKeyOf(c)
    const known = isRead(c) ? recall(c, digest) : undefined
    const { actor, kept } = known ?? (await open(c, digest, requestKey))
    c.set("apiKey", actor)

    const { limiter, running } = await countRequest(c, actor, requestKey)
    if (!actor.scopes.includes(scope)) throw new Refusal("insufficient_scope", scopeNeeded(scope))
    if (known) return readWithProof(c, digest, actor, next)
    if (requestKey === undefined) return next()

    const fingerprint = await digestOf(`${c.req.method} ${c.req.path}\n${await c.req.text()}`)
    if (kept && kept.fingerprint !== fingerprint) throw reusedKey()
    if (running && !kept) {
      c.header("Retry-After", "1")
      throw new Refusal(
        "idempotency_in_progress",
        "A request of this Idempotency-Key is under way. Ask again for its answer.",
      )
    }
    c.set("kept", kept)
    c.set("deps", { ...c.var.deps, request: { apiKeyId: actor.id, key: requestKey, fingerprint } })
    await next()
    if (!running) await limiter.leave(requestKey)
  })
}

export const reusedKey = () =>
  new Refusal("idempotency_key_reused", "This Idempotency-Key was used for another request. Make a new one for this.")

const isRead = (c: Context<Vestibule>) => c.req.method === "GET" || c.req.method === "HEAD"

function secretOf(c: Context<Vestibule>): string {
  const header = c.req.header("Authorization")
  const secret = /^Bearer +(\S+)$/i.exec(header ?? "")?.[1]
  if (!secret) {
    askForKey(c)
    throw new Refusal("key_missing", "Send your API key as `Authorization: Bearer vst_…`.")
  }
  // A key of another deployment, or no key at all, is known by its look: no storage is asked.
  if (!secret.startsWith(c.var.deps.config.apiKeyPrefix)) throw new Failure({ kind: "key_unknown" })
  return secret
}

/** The Idempotency-Key of a POST: draft-ietf-httpapi-idempotency-key-header has it in quotes; many clients leave them out. */
function requestKeyOf(c: Context<Vestibule>): string | undefined {
  const header = c.req.method === "POST" ? c.req.header("Idempotency-Key") : undefined
  if (header === undefined) return undefined
  const key = /^"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"$|^([\x21\x23-\x5b\x5d-\x7e]{1,255})$/.exec(header)
  const named = key?.[1] ?? key?.[2]
  if (named) return named
  throw new Refusal("idempotency_key_invalid", "An Idempotency-Key has 1 to 255 printable ASCII characters.")
}

async function countRequest(c: Context<Vestibule>, actor: ApiKeyActor, requestKey: string | undefined) {
  const now = c.var.deps.now()
  const quota = wholeNumber(c.env, "API_REQUESTS_PER_10_SECONDS")
  const limiter = c.env.API_LIMITER.getByName(actor.id)
  const admission = await limiter.enter({ at: now.getTime(), quota, windowMs: WINDOW_SECONDS * 1000, requestKey })
  const seconds = retryAfterSeconds(new Date(admission.resetAt), now)
  // draft-ietf-httpapi-ratelimit-headers-10
  c.header("RateLimit-Policy", `"key";q=${quota};w=${WINDOW_SECONDS}`)
  c.header("RateLimit", `"key";r=${admission.remaining};t=${seconds}`)
  if (admission.allowed) return { limiter, running: admission.running }
  c.header("Retry-After", String(seconds))
  throw new Refusal("too_many_requests", `This key may ask ${quota} times in ${WINDOW_SECONDS} seconds.`)
}

type KnownKey = { actor: ApiKeyActor; usedAt: Date; kept: undefined }

const KNOWN_MAX = 1_000
const knownKeys = new WeakMap<D1Database, Map<string, KnownKey>>()

/** Whose key it was when last seen here. What a key is never changes; that it still stands is proven with what is read. */
function recall(c: Context<Vestibule>, digest: string): KnownKey | undefined {
  const known = knownKeys.get(c.env.DB)?.get(digest)
  return known && !isUseStale(known.usedAt, c.var.deps.now()) ? known : undefined
}

async function open(c: Context<Vestibule>, digest: string, requestKey: string | undefined) {
  const { actor, usedAt, kept } = await openApiKey(c.var.deps, digest, requestKey)
  const known = knownKeys.get(c.env.DB) ?? new Map<string, KnownKey>()
  knownKeys.set(c.env.DB, known)
  if (known.size >= KNOWN_MAX) known.clear()
  known.set(digest, { actor, usedAt, kept: undefined })
  return { actor, kept }
}

async function readWithProof(c: Context<Vestibule>, digest: string, actor: ApiKeyActor, next: () => Promise<void>) {
  const { deps } = c.var
  const proof = () => standingKey(deps.db, actor, deps.now())
  const { db, settle } = withProof(deps.db, proof, async () => {
    knownKeys.get(c.env.DB)?.delete(digest)
    await openApiKey(deps, digest) // says why
    throw new Failure({ kind: "key_unknown" })
  })
  c.set("deps", { ...deps, db })
  await next()
  await settle()
}
