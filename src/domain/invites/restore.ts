import { and, eq, gt, isNull, sql } from "drizzle-orm"
import { auditEntries, type Invite, invites, outbox } from "../../storage/schema.ts"
import { authorize } from "../access/permissions.ts"
import { commit, type OutboxStatement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { newAuditEntry } from "../events/audit-log.ts"
import { recordChangeStatements } from "../events/record-change.ts"
import { externalIdFailure, isExternalIdTaken } from "../external-ids.ts"
import { Failure, isUniqueViolation } from "../failure.ts"
import { DUE_COLUMNS } from "../outbox/enqueue.ts"
import { conflictConditions, newerInviteFailure, PENDING_INVITE_INDEX } from "./address-conflicts.ts"
import type { InviteContext } from "./audience.ts"
import { isLatestChange, loadInvite } from "./find.ts"
import { isBillable } from "./resend.ts"

/** Pages offer to undo a revocation for ten seconds; those without script, and slow networks, get the rest of a minute. */
const RESTORE_SECONDS = 60

/** True while a revocation can be undone. */
export const isRestorable = ({ status, updatedAt, purgedAt }: Invite, now: Date) =>
  status === "revoked" && purgedAt === null && now.getTime() - updatedAt.getTime() < RESTORE_SECONDS * 1000

/**
 * Undoes the revocation of an invite within a minute: its links work again, and an email that the revocation stopped is sent. Has no
 * effect on a pending one. Throws `not_found`, `forbidden`, `newer_invite_pending`, `external_id_taken`, and `revocation_final` if it is
 * too late, or the invite can't be pending again for another reason.
 */
export async function restoreInvite(deps: Deps, context: InviteContext, id: string): Promise<Invite> {
  authorize(context.actor, context.write)
  const { db } = deps
  const invite = await loadInvite(deps, context, id)
  const entry = newAuditEntry(deps, context.resellerId, context.actor, "invite.restored", id)
  const { resellerId, audienceId, contactEmail, kind, externalId } = invite
  const address = { audienceId: sql`${audienceId}`, resellerId: sql`${resellerId}`, email: sql`${contactEmail}` }
  const { isMember } = conflictConditions(db, address, kind, [])
  try {
    const [[restored]] = await commit(deps, [
      db
        .update(invites)
        .set({ status: "pending", lastChangeId: entry.id })
        .where(
          and(
            eq(invites.id, id),
            eq(invites.audienceId, audienceId),
            eq(invites.status, "revoked"),
            isNull(invites.purgedAt),
            wasRevokedSince(new Date(deps.now().getTime() - RESTORE_SECONDS * 1000)),
            isBillable,
            sql`NOT ${isMember}`,
            sql`NOT ${isExternalIdTaken(resellerId, externalId, id)}`,
          ),
        )
        .returning(),
      ...recordChangeStatements(deps, [entry]),
      requeueStatement(deps, invite, entry.id),
    ])
    if (restored) return restored
  } catch (error) {
    if (isUniqueViolation(error, ...PENDING_INVITE_INDEX)) throw await newerInviteFailure(deps, invite)
    throw error
  }
  const current = await loadInvite(deps, context, id)
  if (current.status === "pending") return current
  throw (
    (isRestorable(current, deps.now()) && (await externalIdFailure(deps, current))) ||
    new Failure({ kind: "revocation_final" })
  )
}

/** SQL condition: the latest change of the invite is a revocation after this time. */
const wasRevokedSince = (time: Date) =>
  sql`EXISTS (SELECT 1 FROM ${auditEntries} WHERE ${auditEntries.id} = ${invites.lastChangeId}
    AND ${auditEntries.action} = 'invite.revoked' AND ${gt(auditEntries.createdAt, time)})`

/** The statement that queues the latest email again, if a sender cancelled it because the invite was revoked. */
function requeueStatement({ db, now }: Deps, { id, latestEmailId }: Invite, changeId: string): OutboxStatement {
  return {
    outbox: db
      .update(outbox)
      .set({ status: "queued", nextAttemptAt: now(), previousAttempts: sql`${outbox.attempts}` })
      .where(and(eq(outbox.id, latestEmailId ?? ""), eq(outbox.status, "cancelled"), isLatestChange(id, changeId)))
      .returning(DUE_COLUMNS),
  }
}
