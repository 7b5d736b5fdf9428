import { and, eq, gt, lte, type SQL, sql } from "drizzle-orm"
import { type Invite, invites } from "../../storage/schema.ts"
import { authorize } from "../access/actor.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { newAuditEntry, SYSTEM, timelineQuery, toReadable } from "../events/audit-log.ts"
import { recordEventStatements } from "../events/record.ts"
import { Failure } from "../failure.ts"
import { storeResponseStatements } from "../idempotency.ts"
import { contactEmailSql, suppressionQuery } from "../mail/suppressions.ts"
import type { InviteAudience, InviteContext } from "./audience.ts"

export const DAY_MS = 86_400_000
const EXPIRY_BATCH = 50
const EXPIRY_ROUNDS = 10

/** What an invite is now: a pending one is expired from the instant its time is up, whatever is stored. */
export function currentStatus(invite: Pick<Invite, "status" | "expiresAt">, now: Date): Invite["status"] {
  return invite.status === "pending" && invite.expiresAt <= now ? "expired" : invite.status
}

/** Ends a pending invite; its links stop registering. Throws `not_found`, `forbidden`, `invite_not_pending`. */
export async function revokeInvite(deps: Deps, context: InviteContext, id: string): Promise<Invite> {
  authorize(context.actor, context.write)
  const entry = newAuditEntry(deps, context.resellerId, context.actor, "invite.revoked", id)
  const isRevoked = isLatestChange(id, entry.id)
  const [[revoked]] = await commit(deps, [
    deps.db
      .update(invites)
      .set({ status: "revoked", lastChangeId: entry.id })
      .where(
        and(
          eq(invites.id, id),
          eq(invites.audienceId, context.audienceId),
          eq(invites.status, "pending"),
          gt(invites.expiresAt, deps.now()),
        ),
      )
      .returning(),
    ...recordEventStatements(deps, entry, isRevoked),
    ...storeResponseStatements(deps, invites, id, isRevoked),
  ])
  if (revoked) return revoked
  const invite = await loadInvite(deps, context, id)
  throw new Failure({ kind: "invite_not_pending", status: currentStatus(invite, deps.now()) })
}

/** One invite of the list. Throws `not_found` and `forbidden`. One D1 round trip. */
export function getInvite(deps: Deps, context: InviteContext, id: string): Promise<Invite> {
  authorize(context.actor, context.read)
  return loadInvite(deps, context, id)
}

async function loadInvite({ db }: Deps, context: InviteContext, id: string): Promise<Invite> {
  const [[invite]] = await db.batch([inviteQuery(db, context, id)])
  if (!invite) throw new Failure({ kind: "not_found" })
  return invite
}

/** One invite, its timeline, newest event first, and why its address gets no mail, if so. Throws `not_found`. One D1 round trip. */
export async function getInviteWithTimeline({ db }: Deps, context: InviteContext, id: string) {
  authorize(context.actor, context.read)
  const [[invite], entries, [suppression]] = await db.batch([
    inviteQuery(db, context, id),
    timelineQuery(db, context, id),
    suppressionQuery(db, context, contactEmailSql(context, id)),
  ])
  if (!invite) throw new Failure({ kind: "not_found" })
  const timeline = entries.map((entry) => toReadable(context.actor, entry))
  return { invite, timeline, suppression }
}

/** Marks pending invites whose time is up, and tells of each; what is left at the end is for the next sweep. */
export async function expireOverdueInvites(deps: Deps): Promise<void> {
  for (let round = 0; round < EXPIRY_ROUNDS; round++) {
    if ((await expireBatch(deps)) < EXPIRY_BATCH) return
  }
}

async function expireBatch(deps: Deps): Promise<number> {
  const overdue = await deps.db
    .select({ id: invites.id, resellerId: invites.resellerId })
    .from(invites)
    .where(and(eq(invites.status, "pending"), lte(invites.expiresAt, deps.now())))
    .orderBy(invites.expiresAt)
    .limit(EXPIRY_BATCH)
  const [first, ...rest] = overdue.flatMap((invite) => expireStatements(deps, invite))
  if (first) await commit(deps, [first, ...rest])
  return overdue.length
}

/** True while the change that this audit entry records is the invite's latest: the guard of what is batched with it. */
export function isLatestChange(inviteId: string, changeId: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${invites.id} = ${inviteId} AND ${invites.lastChangeId} = ${changeId})`
}

/** The statements that expire one invite, if it is pending and its time is up. */
export function expireStatements(deps: Deps, invite: Pick<Invite, "id" | "resellerId">): Statement[] {
  const entry = newAuditEntry(deps, invite.resellerId, SYSTEM, "invite.expired", invite.id)
  return [
    deps.db
      .update(invites)
      .set({ status: "expired", lastChangeId: entry.id })
      .where(and(eq(invites.id, invite.id), eq(invites.status, "pending"), lte(invites.expiresAt, deps.now()))),
    ...recordEventStatements(deps, entry, isLatestChange(invite.id, entry.id)),
  ]
}

/** The statement that reads one invite of a list. */
export function inviteQuery(db: Deps["db"], { audienceId }: InviteAudience, id: string) {
  return db
    .select()
    .from(invites)
    .where(and(eq(invites.id, id), eq(invites.audienceId, audienceId)))
    .limit(1)
}
