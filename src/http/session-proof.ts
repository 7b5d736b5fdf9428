import type { Context } from "hono"
import {
  loadSession,
  type SessionRows,
  type SessionUser,
  sessionProofQueries,
  toSessionProof,
  toSessionUser,
} from "../domain/access/session-user.ts"
import { isUseRecorded } from "../domain/identity/sessions.ts"
import { withBatchedAuth } from "./batched-auth.ts"
import type { AppEnv } from "./context.ts"
import { IsolateCache } from "./isolate-cache.ts"
import { isReadRequest } from "./read-request.ts"

/** Thrown when a session is no longer as it was last seen here. The request must be handled again from its start. */
export class SessionChangedError extends Error {
  override name = "SessionChangedError"
}

type SeenSession = { rows: SessionRows; proof: string }

const seenSessions = new IsolateCache<SeenSession>()

/** A session that a request is handled with. `ensureProven` throws `SessionChangedError`; its response may be sent only after it. */
type OpenSession = { sessionUser: SessionUser; ensureProven: () => Promise<void> }

/**
 * Opens the session of a token; undefined if it has ended. A page is built with the session as this isolate last saw it, and proves in
 * the batch of its first read that nothing of it has changed: one round trip instead of two. Requests that change something read it first.
 */
export async function openSession(
  c: Context<AppEnv>,
  token: string,
  preferredAccountId: string,
): Promise<OpenSession | undefined> {
  const { deps } = c.var
  const key = `${token} ${preferredAccountId}`
  const seen = seenSessions.get(c.env.DB, key)
  const sessionUser = isReadRequest(c) && seen ? toSessionUser(deps, seen.rows) : undefined
  if (!seen || !sessionUser || !isUseRecorded(sessionUser, deps.now())) {
    const session = await loadSession(deps, token, preferredAccountId)
    if (!session) return undefined
    seenSessions.set(c.env.DB, key, { rows: session.rows, proof: toSessionProof(session.rows) })
    return { sessionUser: session.sessionUser, ensureProven: async () => undefined }
  }
  const { read, ensureChecked } = withBatchedAuth(deps.read, {
    queries: () => sessionProofQueries(deps, token, preferredAccountId, seen.rows),
    isGranted: (rows) => JSON.stringify(rows) === seen.proof,
    deny: async () => {
      seenSessions.delete(c.env.DB, key)
      throw new SessionChangedError()
    },
  })
  c.set("deps", { ...deps, read })
  return { sessionUser, ensureProven: ensureChecked }
}

/** Proves the session of a request that was handled. If it has changed, drops the response and throws `SessionChangedError`. */
export async function proveSession(c: Context<AppEnv>): Promise<void> {
  try {
    await c.var.ensureProven?.()
  } catch (error) {
    c.res = undefined // otherwise its headers would be copied to the response that replaces it
    throw error
  }
}

/**
 * Whether a request that failed must be handled again, because its session is no longer as it was last seen: it may have failed for
 * that reason alone. The answer is true once.
 */
export async function mustRestart(c: Context<AppEnv>, error: Error): Promise<boolean> {
  const proof = error instanceof SessionChangedError ? error : await c.var.ensureProven?.().catch((reason) => reason)
  const isChanged = proof instanceof SessionChangedError
  if (isChanged) c.set("ensureProven", undefined)
  return isChanged
}
