import { and, desc, eq, gt, lte, ne, not, or, type SQL, sql } from "drizzle-orm"
import type { Places } from "../../storage/compiled.ts"
import { deleteSome } from "../../storage/delete-some.ts"
import { members, sessions, staff } from "../../storage/schema.ts"
import { type CheckedUser, isUnchangedUser } from "../access/credentials.ts"
import type { SessionUser } from "../access/session-user.ts"
import type { Deps } from "../deps.ts"
import { endPendingSignInsStatement } from "../factors/changes.ts"
import { Failure } from "../failure.ts"
import { DAY_MS, HOUR_MS } from "../time.ts"
import { personalAuditStatement } from "./personal-audit.ts"

/** A session ends this long after it started, however much it is used. */
export const SESSION_DAYS = 30
/** A session ends this long after it was last used. */
const SESSION_IDLE_DAYS = 7
/** How precisely we record when a session was last used. */
const USE_PRECISION_MS = HOUR_MS
const LISTED_MAX = 50

/** A session as its owner sees it. `startedAt` and `lastUsedAt` are coarse; `city` and `country` are null if unknown. */
export type ListedSession = {
  id: string
  userAgent: string | null
  city: string | null
  country: string | null
  startedAt: Date
  lastUsedAt: Date
}

/** SQL condition: the session hasn't ended. */
export function isActiveSession({ now, idleSince }: SessionTimes | Places<SessionTimes>): SQL | undefined {
  return and(
    gt(sessions.expiresAt, sql.param(now, sessions.expiresAt)),
    gt(sessions.updatedAt, sql.param(idleSince, sessions.updatedAt)),
  )
}

/** Now, and since when a session that is active must have been used. */
export type SessionTimes = { now: Date; idleSince: Date }

export const activeSessionTimes = (now: Date): SessionTimes => ({ now, idleSince: idleSince(now) })

const idleSince = (now: Date) => new Date(now.getTime() - SESSION_IDLE_DAYS * DAY_MS)

/** True if the use of a session was recorded in the last hour. */
export function isUseRecorded({ lastUsedAt }: Pick<SessionUser, "lastUsedAt">, now: Date): boolean {
  return now.getTime() - lastUsedAt.getTime() < USE_PRECISION_MS
}

/** Records that a session is in use. */
export async function recordUse(
  { db, now }: Pick<Deps, "db" | "now">,
  { sessionId, lastUsedAt }: Pick<SessionUser, "sessionId" | "lastUsedAt">,
): Promise<void> {
  await db
    .update(sessions)
    .set({ updatedAt: now() })
    .where(and(eq(sessions.id, sessionId), eq(sessions.updatedAt, lastUsedAt)))
}

/** The statement that reads a person's active sessions, the latest used first. */
export function sessionsQuery(db: Deps["db"], userId: string, now: Date) {
  const { id, userAgent, city, country, createdAt: startedAt, updatedAt: lastUsedAt } = sessions
  return db
    .select({ id, userAgent, city, country, startedAt, lastUsedAt })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), isActiveSession(activeSessionTimes(now))))
    .orderBy(desc(sessions.updatedAt))
    .limit(LISTED_MAX)
}

/** Ends a session that was started with a password or address that has changed since it was checked. Returns whether it did. */
export async function endOutdatedSession({ db }: Deps, id: string, user: CheckedUser): Promise<boolean> {
  const ended = await db
    .delete(sessions)
    .where(and(eq(sessions.id, id), not(isUnchangedUser(user))))
    .returning({ id: sessions.id })
  return ended.length > 0
}

/** Ends one of a person's own sessions. Throws `not_found`. */
export async function endOwnSession({ db }: Deps, { user }: SessionUser, id: string): Promise<void> {
  const ended = await db
    .delete(sessions)
    .where(and(eq(sessions.id, id), eq(sessions.userId, user.id)))
    .returning({ id: sessions.id })
  if (ended.length === 0) throw new Failure({ kind: "not_found" })
}

/** Ends all of a person's sessions but this one, and the sign-ins that still wait for a second factor. */
export async function endOtherSessions(deps: Deps, { user, sessionId }: SessionUser): Promise<void> {
  const isOther = and(eq(sessions.userId, user.id), ne(sessions.id, sessionId))
  await deps.db.batch([
    personalAuditStatement(deps, user, "sessions_ended", {
      condition: sql`EXISTS (SELECT 1 FROM ${sessions} WHERE ${isOther})`,
    }),
    deps.db.delete(sessions).where(isOther),
    endPendingSignInsStatement(deps, user.id, sql`TRUE`),
  ])
}

/** The statement that ends all sessions of a user if `condition` holds. */
export function endSessionsStatement({ db }: Pick<Deps, "db">, userId: string, condition: SQL) {
  return db.delete(sessions).where(and(eq(sessions.userId, userId), condition))
}

/** SQL condition: the user is in no more than one account, with its sandbox. */
export function hasOneAccount(userId: string): SQL {
  return sql`((SELECT count(*) FROM ${staff} WHERE ${staff.userId} = ${userId} AND ${staff.isInherited} = 0)
    + (SELECT count(*) FROM ${members} WHERE ${members.userId} = ${userId}) <= 1)`
}

/** Deletes sessions that have ended, one batch per run. */
export async function deleteEndedSessions({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  await deleteSome(
    db,
    sessions,
    sessions.id,
    or(lte(sessions.expiresAt, now()), lte(sessions.updatedAt, idleSince(now()))),
  )
}
