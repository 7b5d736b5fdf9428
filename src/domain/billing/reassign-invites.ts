import { and, count, eq, gt, inArray, type SQL, sql } from "drizzle-orm"
import type { SQLiteColumn } from "drizzle-orm/sqlite-core"
import { insertFrom } from "../../storage/insert-select.ts"
import { auditLog, billingAccounts, invites } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import type { Deps } from "../deps.ts"
import { newAuditEntry } from "../events/audit-log.ts"
import { RESENDABLE_STATUSES } from "../invites/status.ts"

/**
 * What becomes of the invites of a billing account whose address or phone changes: they keep what they were made with, so that
 * their customers are flagged; they follow it; or they go to another account, by its id.
 */
export type PendingInvitePolicy = "leave" | "follow" | { reassignTo: string }

/** As many invites as one statement moves; each writes its search row too. */
const REASSIGN_BATCH = 500
/** Counts stop here. */
export const PENDING_COUNT_CAP = 1_000

/** The statement that counts the pending invites of a billing account, up to `PENDING_COUNT_CAP`. */
export function pendingCountQuery(db: Deps["db"], accountId: string, now: Date) {
  const capped = db
    .select({ seq: invites.seq })
    .from(invites)
    .where(isPendingOn(accountId, now))
    .limit(PENDING_COUNT_CAP)
  return db.select({ n: count().as("n") }).from(capped.as("some"))
}

export function isPendingOn(accountId: string, now: Date) {
  return and(eq(invites.billingAccountId, accountId), eq(invites.status, "pending"), gt(invites.expiresAt, now))
}

/**
 * Bills the invites of an account that may yet be sent to the account `to`, with the address and phone that it has, some hundreds
 * at a time; each has an audit entry. What was moved stays moved when a later step fails.
 */
export async function reassignInvites(deps: Deps, actor: ResellerActor, fromId: string, toId: string): Promise<void> {
  let reassigned: unknown[]
  do [reassigned] = await deps.db.batch(reassignStatements(deps, actor, fromId, toId))
  while (reassigned.length === REASSIGN_BATCH)
}

/** The statements that move one batch of them, where `condition` holds. */
export function reassignStatements(
  { db, now }: Deps,
  actor: ResellerActor,
  fromId: string,
  toId: string,
  condition: SQL = sql`TRUE`,
) {
  const resellerId = actor.reseller.id
  const isTarget = and(eq(billingAccounts.id, toId), eq(billingAccounts.resellerId, resellerId))
  const hasOtherBilling = sql`EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${isTarget}
    AND (${invites.billingAccountId}, ${invites.billingEmail}, ${invites.billingPhone})
      <> (${billingAccounts.id}, ${billingAccounts.email}, ${billingAccounts.phone}))`
  const isAffected = and(
    eq(invites.audienceId, resellerId),
    eq(invites.billingAccountId, fromId),
    inArray(invites.status, RESENDABLE_STATUSES),
    hasOtherBilling,
    condition,
  )
  const entry = newAuditEntry({ now }, resellerId, actor, "invite.billing_changed", "")
  const entryId = sql`(${entry.id} || '_' || substr(${invites.id}, 5))`
  const targetColumnSql = (column: SQLiteColumn) => sql`(SELECT ${column} FROM ${billingAccounts} WHERE ${isTarget})`
  return [
    insertFrom(
      db,
      auditLog,
      { ...entry, id: entryId, subjectId: sql`${invites.id}` },
      sql`FROM ${invites} WHERE ${isAffected} LIMIT ${REASSIGN_BATCH}`,
    ).returning({ id: auditLog.id }),
    db
      .update(invites)
      .set({
        billingAccountId: toId,
        billingEmail: targetColumnSql(billingAccounts.email),
        billingPhone: targetColumnSql(billingAccounts.phone),
        lastChangeId: entryId,
      })
      .where(and(isAffected, sql`EXISTS (SELECT 1 FROM ${auditLog} WHERE ${auditLog.id} = ${entryId})`)),
  ] as const
}
