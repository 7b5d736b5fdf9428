import { and, count, eq, gt, inArray, type SQL, sql } from "drizzle-orm"
import type { SQLiteColumn } from "drizzle-orm/sqlite-core"
import { insertFrom } from "../../storage/insert-select.ts"
import { auditLog, billingAccounts, invites } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { entryIdOf, isRecorded, newAuditEntry } from "../events/audit-log.ts"
import { eventStatements } from "../events/record-event.ts"
import { billingExpression } from "../invites/search-index.ts"
import { RESENDABLE_STATUSES } from "../invites/status.ts"

/**
 * What happens to invites when the email address or phone number of their billing account changes. `leave`: they keep the old ones,
 * and their customers are marked for review. `follow`: they get the new ones. `reassignTo`: they move to this account.
 */
export type PendingInvitePolicy = "leave" | "follow" | { reassignTo: string }

/** How many invites one statement moves. Each move also writes a search row. */
const REASSIGN_BATCH = 500
/** Counting stops at this number. */
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

/** SQL condition: a pending invite that is billed to the account. */
export function isPendingOn(accountId: string, now: Date) {
  return and(eq(invites.billingAccountId, accountId), eq(invites.status, "pending"), gt(invites.expiresAt, now))
}

/**
 * Moves the open invites of one account to another in batches while `condition` holds, with an audit entry for each invite. If a
 * batch fails, the invites of earlier batches stay moved. Invites that follow a changed account stay on it, so that a batch begins
 * after the one before.
 */
export async function reassignInvites(
  deps: Deps,
  actor: ResellerActor,
  fromId: string,
  toId: string,
  condition?: SQL,
): Promise<void> {
  let after = 0
  for (;;) {
    const [, moved] = await commit(deps, reassignStatements(deps, actor, fromId, toId, condition, after))
    if (moved.length < REASSIGN_BATCH) return
    if (fromId === toId) after = Math.max(...moved.map(({ seq }) => seq))
  }
}

/**
 * The statements that move one batch of invites if `condition` holds: the oldest after number `after`. The second returns their numbers.
 */
export function reassignStatements(
  deps: Deps,
  actor: ResellerActor,
  fromId: string,
  toId: string,
  condition: SQL = sql`TRUE`,
  after = 0,
) {
  const { db, now } = deps
  const resellerId = actor.reseller.id
  const isTarget = and(eq(billingAccounts.id, toId), eq(billingAccounts.resellerId, resellerId))
  const hasOtherBilling = sql`EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${isTarget}
    AND (${invites.billingAccountId}, ${invites.billingEmail}, ${invites.billingPhone})
      <> (${billingAccounts.id}, ${billingAccounts.email}, ${billingAccounts.phone}))`
  // The plus keeps SQLite from reading all invites of the reseller.
  const isAffected = and(
    sql`+${invites.audienceId} = ${resellerId}`,
    eq(invites.billingAccountId, fromId),
    inArray(invites.status, RESENDABLE_STATUSES),
    hasOtherBilling,
    condition,
  )
  const entry = newAuditEntry({ now }, resellerId, actor, "invite.billing_changed", "")
  const entryId = entryIdOf(entry, sql`${invites.id}`)
  const isOfBatch = sql`change.id BETWEEN ${entry.id} AND ${`${entry.id}~`}`
  const targetColumnSql = (column: SQLiteColumn) => sql`(SELECT ${column} FROM ${billingAccounts} WHERE ${isTarget})`
  return [
    insertFrom(
      db,
      auditLog,
      { ...entry, id: entryId, subjectId: sql`${invites.id}` },
      sql`FROM invite_search CROSS JOIN ${invites} ON ${invites.seq} = invite_search.rowid
        WHERE invite_search MATCH ${billingExpression(resellerId, fromId, RESENDABLE_STATUSES)} AND invite_search.rowid > ${after}
          AND ${isAffected} ORDER BY invite_search.rowid LIMIT ${REASSIGN_BATCH}`,
    ),
    db
      .update(invites)
      .set({
        billingAccountId: toId,
        billingEmail: targetColumnSql(billingAccounts.email),
        billingPhone: targetColumnSql(billingAccounts.phone),
        lastChangeId: entryId,
      })
      .where(
        and(
          sql`${invites.id} IN (SELECT change.subject_id FROM audit_entries AS change WHERE ${isOfBatch})`,
          isAffected,
          isRecorded({ id: entryId }),
        ),
      )
      .returning({ seq: invites.seq }),
    ...eventStatements(deps, {
      types: ["invite.updated"],
      type: sql`'invite.updated'`,
      detail: sql`NULL`,
      from: sql`audit_entries AS change CROSS JOIN invites AS invite ON invite.id = change.subject_id AND invite.last_change_id = change.id`,
      where: isOfBatch,
      sequence: sql`printf('%03d', row_number() OVER ())`,
    }),
  ] as const
}
