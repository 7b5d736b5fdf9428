import type { Context } from "hono"
import {
  loadSession,
  type SessionRows,
  type SessionUser,
  sessionQueries,
  toSessionUser,
} from "../domain/access/session-user.ts"
import { isUseRecorded } from "../domain/identity/sessions.ts"
import { withBatchedAuth } from "./batched-auth.ts"
import type { AppEnv } from "./context.ts"
import { IsolateCache } from "./isolate-cache.ts"

/** Thrown when a session is no longer as it was last seen here. The request must be handled again from its start. */
export class SessionChangedError extends Error {
  override name = "SessionChangedError"
}

type SeenSession = { rows: SessionRows; text: string }

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
  const isPage = c.req.method === "GET" || c.req.method === "HEAD"
  const sessionUser = isPage && seen ? toSessionUser(deps, seen.rows) : undefined
  if (!seen || !sessionUser || !isUseRecorded(sessionUser, deps.now())) {
    const session = await loadSession(deps, token, preferredAccountId)
    if (!session) return undefined
    seenSessions.set(c.env.DB, key, { rows: session.rows, text: JSON.stringify(session.rows) })
    return { sessionUser: session.sessionUser, ensureProven: async () => undefined }
  }
  const { read, ensureChecked } = withBatchedAuth(deps.read, {
    queries: () => sessionQueries(deps, token, preferredAccountId),
    isGranted: (rows) => JSON.stringify(rows) === seen.text,
    deny: async () => {
      seenSessions.delete(c.env.DB, key)
      throw new SessionChangedError()
    },
  })
  c.set("deps", { ...deps, read })
  return { sessionUser, ensureProven: ensureChecked }
}
