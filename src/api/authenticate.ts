import type { Context } from "hono"
import { bodyLimit } from "hono/body-limit"
import type { ApiKeyActor } from "../domain/access/actor.ts"
import {
  activeKeyGuard,
  activeKeyQuery,
  authenticateApiKey,
  isLastUsedStale,
  sha256Hex,
} from "../domain/access/api-keys.ts"
import type { Deps, SendReservation } from "../domain/deps.ts"
import { Failure } from "../domain/failure.ts"
import { withBatchedAuth } from "../http/batched-auth.ts"
import { type AppEnv, factory } from "../http/context.ts"
import { IsolateCache } from "../http/isolate-cache.ts"
import { BODY_MAX_BYTES } from "../http/limits.ts"
import { logError } from "../http/log.ts"
import { isReadRequest } from "../http/read-request.ts"
import type { Scope } from "../storage/schema.ts"
import { countRead, countRequest } from "./count-requests.ts"
import { inProgressError, keyReusedError, readIdempotencyKey } from "./idempotency-key.ts"
import { ApiError, missingScopeDetail, setWwwAuthenticate } from "./problem-details.ts"

/** The authentication of an operation with an API key, for its route: documented and enforced. */
export function requireScope(scope: Scope, { mediaTypes = [], maxBytes, ...keyCheck }: BodyCheck & KeyCheck = {}) {
  return {
    security: [{ apiKey: [scope] }],
    middleware: [limitBody(mediaTypes, maxBytes), authenticate(scope, keyCheck)],
  }
}

type BodyCheck = { mediaTypes?: string[]; maxBytes?: number | undefined }
/**
 * `writesByCommit`: a change that reads by `deps.read` and writes by `commit` alone, so that either can check the key.
 * `createsInvite`: one that mostly sends the first email of an invite, which is reserved when the request is counted.
 */
export type KeyCheck = { writesByCommit?: boolean; createsInvite?: boolean }

const limitBodySize = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new ApiError("body_too_large", `The body must not exceed ${maxSize} bytes.`)
    },
  })

/** The charsets that a body can name. */
const UTF_8 = ["utf-8", '"utf-8"', "utf8"]

/** Rejects a body that is too large, compressed, or of another media type. The body of a GET is ignored. */
export function limitBody(mediaTypes: string[], maxBytes = BODY_MAX_BYTES) {
  const limitSize = limitBodySize(maxBytes)
  return factory.createMiddleware(async (c, next) => {
    if (isReadRequest(c)) return next()
    if (mediaTypes.length > 0) checkBodyHeaders(c, mediaTypes)
    return limitSize(c, next)
  })
}

function checkBodyHeaders(c: Context, mediaTypes: string[]): void {
  const encoding = c.req.header("Content-Encoding")?.trim().toLowerCase() ?? "identity"
  if (encoding !== "identity") {
    c.header("Accept-Encoding", "identity") // RFC 9110, 12.5.3
    throw new ApiError("unsupported_content_encoding", "Send the body as it is, without `Content-Encoding`.")
  }
  const contentType = c.req.header("Content-Type")
  if (contentType === undefined) return
  const [essence = "", ...parameters] = contentType
    .toLowerCase()
    .split(";")
    .map((part) => part.trim())
  const charset = /^charset=(.*)$/.exec(parameters.find((parameter) => parameter.startsWith("charset=")) ?? "")?.[1]
  if (!mediaTypes.includes(essence) || !UTF_8.includes(charset ?? "utf-8")) {
    throw new ApiError(
      "unsupported_media_type",
      `Send the body as \`${mediaTypes.join("` or `")}\`, in UTF-8, and set \`Content-Type\` accordingly.`,
    )
  }
  if (essence !== contentType) {
    const headers = new Headers(c.req.raw.headers)
    headers.set("Content-Type", essence) // its other parameters mean nothing for JSON
    c.req.raw = new Request(c.req.raw, { headers })
  }
}

/** After this middleware, `c.var.apiKey` is an active key with the scope, within its rate limit. */
function authenticate(scope: Scope, { writesByCommit = false, createsInvite = false }: KeyCheck) {
  return factory.createMiddleware(async (c, next) => {
    c.header("Cache-Control", "private, no-store")
    const secretHash = await sha256Hex(readSecret(c))
    c.set("securitySubject", { secretHash })
    const idempotency = await readIdempotencyKey(c)
    const lookUp = () => lookUpKey(c, secretHash, idempotency?.idempotencyKey)
    const cached = isReadRequest(c) || writesByCommit ? cachedKey(c, secretHash) : undefined
    const known = cached ?? (await lookUp())
    const { actor } = known
    c.set("apiKey", actor)
    const { inProgress, reservation, release } = isReadRequest(c)
      ? countRead(c, actor)
      : await countRequest(c, actor, { idempotencyKey: idempotency?.idempotencyKey, createsInvite })
    const releaseUnused = offerReservation(c, reservation)
    try {
      if (!actor.scopes.includes(scope)) throw new ApiError("insufficient_scope", missingScopeDetail(scope))
      // A request with this idempotency key was here within a minute: perhaps its response is stored.
      const checked = inProgress && cached ? await lookUp() : known
      if (idempotency) {
        const { storedResponse } = checked
        if (storedResponse && storedResponse.requestHash !== idempotency.requestHash) throw keyReusedError()
        if (inProgress && !storedResponse) throw inProgressError(c)
        c.set("storedResponse", storedResponse)
        c.set("deps", { ...c.var.deps, request: { actorId: actor.id, ...idempotency } })
      }
      await (checked === cached ? batchAuth(c, secretHash, actor, next) : next())
    } finally {
      // A stored response answers whoever repeats the request, so the limiter can forget the idempotency key by itself.
      if (!c.var.isResponseStored) await release()
      await releaseUnused()
    }
  })
}

/** Gives the first email that the request sends this reservation. The returned function releases it if there was none. */
function offerReservation(c: Context<AppEnv>, reservation: SendReservation | undefined): () => Promise<void> {
  const { deps } = c.var
  let unused = reservation
  const reserveSend: Deps["reserveSend"] = async (invite, kind) => {
    const offered = kind === "first" ? unused : undefined
    if (offered) unused = undefined
    return offered ?? deps.reserveSend(invite, kind)
  }
  if (reservation) c.set("deps", { ...deps, reserveSend })
  return async () => {
    if (unused?.allowed) await unused.release().catch((error) => logError("an unused email stays reserved", error))
  }
}

/** The format of the keys of a deployment. On a developer's machine it is looser, since the demo keys are fixed. */
const KEY_FORMATS = { vst_live_: /^vst_live_[0-9a-f]{64}$/, vst_local_: /^vst_local_[0-9a-z_]{16,80}$/ }

function readSecret(c: Context<AppEnv>): string {
  const secret = /^Bearer +(\S+)$/i.exec(c.req.header("Authorization") ?? "")?.[1]
  if (!secret) {
    setWwwAuthenticate(c)
    throw new ApiError("api_key_missing", "Send your API key as `Authorization: Bearer vst_…`.")
  }
  // A key of the wrong format is rejected without a query.
  if (!KEY_FORMATS[c.var.deps.config.apiKeyPrefix].test(secret)) throw new Failure({ kind: "api_key_invalid" })
  return secret
}

type CachedKey = { actor: ApiKeyActor; usedAt: Date; storedResponse: undefined }

const keyCache = new IsolateCache<CachedKey>()

/** The key as last seen in this isolate. Only whether it is active can change, which is checked together with the read. */
function cachedKey(c: Context<AppEnv>, secretHash: string): CachedKey | undefined {
  const cached = keyCache.get(c.env.DB, secretHash)
  return cached && !isLastUsedStale(cached.usedAt, c.var.deps.now()) ? cached : undefined
}

async function lookUpKey(c: Context<AppEnv>, secretHash: string, idempotencyKey: string | undefined) {
  const { actor, usedAt, storedResponse } = await authenticateApiKey(c.var.deps, secretHash, idempotencyKey)
  keyCache.set(c.env.DB, secretHash, { actor, usedAt, storedResponse: undefined })
  return { actor, storedResponse }
}

/** Checks the key together with what the request reads or writes first. */
async function batchAuth(c: Context<AppEnv>, secretHash: string, actor: ApiKeyActor, next: () => Promise<void>) {
  const { deps } = c.var
  const { read, accessGuard, ensureChecked } = withBatchedAuth(deps.read, {
    queries: () => [activeKeyQuery(deps.db, actor, deps.now())],
    guardStatement: () => activeKeyGuard(deps.db, actor, deps.now()),
    isGranted: ([rows]) => Array.isArray(rows) && rows.length > 0,
    deny: async () => {
      keyCache.delete(c.env.DB, secretHash)
      await authenticateApiKey(deps, secretHash) // throws the reason
      throw new Failure({ kind: "api_key_invalid" })
    },
  })
  c.set("deps", { ...deps, read, accessGuard })
  await next()
  await ensureChecked().catch((error) => {
    if (error !== c.error) throw error // otherwise it was handled already
  })
}
