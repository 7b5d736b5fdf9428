import { and, eq, gt, lte, type SQL, sql } from "drizzle-orm"
import { type Invite, invites } from "../storage/schema.ts"
import { demand } from "./actor.ts"
import { auditRow, SYSTEM, timelineOf, toReadable } from "./audit.ts"
import { commit, type Statement } from "./commit.ts"
import type { Deps } from "./deps.ts"
import { Failure } from "./failure.ts"
import type { InviteList, Inviter } from "./inviters.ts"
import { keepAnswer } from "./kept-answers.ts"
import { contactEmailOf, suppressionOf } from "./suppressions.ts"
import { tell } from "./telling.ts"

export const DAY_MS = 86_400_000
const EXPIRY_BATCH = 50
const EXPIRY_ROUNDS = 10

/** What an invite is now: a pending one is expired from the instant its time is up, whatever is stored. */
export function statusNow(invite: Pick<Invite, "status" | "expiresAt">, now: Date): Invite["status"] {
  return invite.status === "pending" && invite.expiresAt <= now ? "expired" : invite.status
}

/** Ends a pending invite; its links stop registering. Throws `not_found`, `forbidden`, `invite_not_pending`. */
export async function revokeInvite(deps: Deps, inviter: Inviter, id: string): Promise<Invite> {
  demand(inviter.actor, inviter.write)
  const entry = auditRow(deps, inviter.resellerId, inviter.actor, "invite.revoked", id)
  const revoked = changedBy(id, entry.id)
  const [[changed]] = await commit(deps, [
    deps.db
      .update(invites)
      .set({ status: "revoked", lastChangeId: entry.id })
      .where(
        and(
          eq(invites.id, id),
          eq(invites.audienceId, inviter.audienceId),
          eq(invites.status, "pending"),
          gt(invites.expiresAt, deps.now()),
        ),
      )
      .returning(),
    ...tell(deps, entry, revoked),
    ...keepAnswer(deps, invites, id, revoked),
  ])
  if (changed) return changed
  const invite = await loadInvite(deps, inviter, id)
  throw new Failure({ kind: "invite_not_pending", status: statusNow(invite, deps.now()) })
}

/** One invite of the list. Throws `not_found` and `forbidden`. One D1 round trip. */
export function findInvite(deps: Deps, inviter: Inviter, id: string): Promise<Invite> {
  demand(inviter.actor, inviter.read)
  return loadInvite(deps, inviter, id)
}

async function loadInvite({ db }: Deps, inviter: Inviter, id: string): Promise<Invite> {
  const [[invite]] = await db.batch([oneInvite(db, inviter, id)])
  if (!invite) throw new Failure({ kind: "not_found" })
  return invite
}

/** One invite, its timeline, newest event first, and why its address gets no mail, if so. Throws `not_found`. One D1 round trip. */
export async function inviteWithTimeline({ db }: Deps, inviter: Inviter, id: string) {
  demand(inviter.actor, inviter.read)
  const [[invite], entries, [suppressed]] = await db.batch([
    oneInvite(db, inviter, id),
    timelineOf(db, inviter, id),
    suppressionOf(db, inviter, contactEmailOf(inviter, id)),
  ])
  if (!invite) throw new Failure({ kind: "not_found" })
  const timeline = entries.map((entry) => toReadable(inviter.actor, entry))
  return { invite, timeline, suppressed }
}

/** Marks pending invites whose time is up, and tells of each; what is left at the end is for the next sweep. */
export async function expireOverdueInvites(deps: Deps): Promise<void> {
  for (let round = 0; round < EXPIRY_ROUNDS; round++) {
    if ((await expireSome(deps)) < EXPIRY_BATCH) return
  }
}

async function expireSome(deps: Deps): Promise<number> {
  const overdue = await deps.db
    .select({ id: invites.id, resellerId: invites.resellerId })
    .from(invites)
    .where(and(eq(invites.status, "pending"), lte(invites.expiresAt, deps.now())))
    .orderBy(invites.expiresAt)
    .limit(EXPIRY_BATCH)
  const [first, ...rest] = overdue.flatMap((invite) => expiryOf(deps, invite))
  if (first) await commit(deps, [first, ...rest])
  return overdue.length
}

/** True while the change that this audit entry records is the invite's latest: the guard of what is batched with it. */
export function changedBy(inviteId: string, changeId: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${invites} WHERE ${invites.id} = ${inviteId} AND ${invites.lastChangeId} = ${changeId})`
}

/** The statements that expire one invite, if it is pending and its time is up. */
export function expiryOf(deps: Deps, invite: Pick<Invite, "id" | "resellerId">): Statement[] {
  const entry = auditRow(deps, invite.resellerId, SYSTEM, "invite.expired", invite.id)
  return [
    deps.db
      .update(invites)
      .set({ status: "expired", lastChangeId: entry.id })
      .where(and(eq(invites.id, invite.id), eq(invites.status, "pending"), lte(invites.expiresAt, deps.now()))),
    ...tell(deps, entry, changedBy(invite.id, entry.id)),
  ]
}

/** The statement that reads one invite of a list. */
export function oneInvite(db: Deps["db"], { audienceId }: InviteList, id: string) {
  return db
    .select()
    .from(invites)
    .where(and(eq(invites.id, id), eq(invites.audienceId, audienceId)))
    .limit(1)
}
