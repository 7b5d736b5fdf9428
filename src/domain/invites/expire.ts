import { and, eq, lte } from "drizzle-orm"
import { type Invite, invites } from "../../storage/schema.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { newAuditEntry, SYSTEM } from "../events/audit-log.ts"
import { recordEventStatements } from "../events/record-event.ts"
import { isLatestChange } from "./find.ts"

const EXPIRY_BATCH = 50
const EXPIRY_ROUNDS = 10

/** Marks overdue invites as expired and records each, in a limited number of batches per run. */
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
  await commit(
    deps,
    overdue.flatMap((invite) => expireStatements(deps, invite)),
  )
  return overdue.length
}

/** The statements that expire this invite if it is overdue, to free its address before the cron job does. */
export function expireOverdueStatements(deps: Deps, pendingInvite: Invite | undefined): Statement[] {
  return pendingInvite ? expireStatements(deps, pendingInvite) : []
}

/** The statements that expire one invite if it is pending and overdue. */
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
