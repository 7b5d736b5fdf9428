import { and, count, eq, gt, inArray, type SQL, sql } from "drizzle-orm"
import type { SQLiteColumn } from "drizzle-orm/sqlite-core"
import { auditLog, billingAccounts, invites } from "../storage/schema.ts"
import type { ResellerActor } from "./actor.ts"
import { auditRow } from "./audit.ts"
import type { Deps } from "./deps.ts"
import { SENDABLE } from "./invite-sending.ts"

/**
 * What becomes of the invites of a billing account whose address or phone changes: they keep what they were made with, so that
 * their customers are flagged; they follow it; or they go to another account, by its id.
 */
export type InvitesOfAccount = "leave" | "follow" | { moveTo: string }

/** As many invites as one statement moves; each writes its search row too. */
const MOVE_BATCH = 500
/** Counts stop here. */
export const USE_COUNTED = 1_000

/** The statement that counts the pending invites of a billing account, up to `USE_COUNTED`. */
export function pendingUseOf(db: Deps["db"], accountId: string, now: Date) {
  const some = db.select({ seq: invites.seq }).from(invites).where(usesAccount(accountId, now)).limit(USE_COUNTED)
  return db.select({ n: count().as("n") }).from(some.as("some"))
}

export function usesAccount(accountId: string, now: Date) {
  return and(eq(invites.billingAccountId, accountId), eq(invites.status, "pending"), gt(invites.expiresAt, now))
}

/**
 * Bills the invites of an account that may yet be sent to the account `to`, with the address and phone that it has, some hundreds
 * at a time; each has an audit entry. What was moved stays moved when a later step fails.
 */
export async function moveInvites(deps: Deps, actor: ResellerActor, from: string, to: string): Promise<void> {
  let told: unknown[]
  do [told] = await deps.db.batch(movedInvites(deps, actor, from, to))
  while (told.length === MOVE_BATCH)
}

/** The statements that move one batch of them, where `condition` holds. */
export function movedInvites(
  { db, now }: Deps,
  actor: ResellerActor,
  from: string,
  to: string,
  condition: SQL = sql`TRUE`,
) {
  const resellerId = actor.reseller.id
  const isTarget = and(eq(billingAccounts.id, to), eq(billingAccounts.resellerId, resellerId))
  const isBilledOtherwise = sql`EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${isTarget}
    AND (${invites.billingAccountId}, ${invites.billingEmail}, ${invites.billingPhone})
      <> (${billingAccounts.id}, ${billingAccounts.email}, ${billingAccounts.phone}))`
  const those = and(
    eq(invites.audienceId, resellerId),
    eq(invites.billingAccountId, from),
    inArray(invites.status, SENDABLE),
    isBilledOtherwise,
    condition,
  )
  const entry = auditRow({ now }, resellerId, actor, "invite.billing_changed", "")
  const entryId = sql`(${entry.id} || '_' || substr(${invites.id}, 5))`
  const ofTarget = (column: SQLiteColumn) => sql`(SELECT ${column} FROM ${billingAccounts} WHERE ${isTarget})`
  return [
    db
      .insert(auditLog)
      .select(
        sql`SELECT ${entryId}, ${entry.resellerId}, ${entry.action}, ${invites.id}, ${entry.actorKind}, ${entry.actorId},
          ${entry.actorName}, ${entry.detail}, ${entry.createdAt.getTime()} FROM ${invites} WHERE ${those} LIMIT ${MOVE_BATCH}`,
      )
      .returning({ id: auditLog.id }),
    db
      .update(invites)
      .set({
        billingAccountId: to,
        billingEmail: ofTarget(billingAccounts.email),
        billingPhone: ofTarget(billingAccounts.phone),
        lastChangeId: entryId,
      })
      .where(and(those, sql`EXISTS (SELECT 1 FROM ${auditLog} WHERE ${auditLog.id} = ${entryId})`)),
  ] as const
}
