import { and, eq, gt, type SQL, sql } from "drizzle-orm"
import { audit, billingAccounts, invites } from "../storage/schema.ts"
import type { ResellerActor } from "./actor.ts"
import { auditRow } from "./audit.ts"
import type { Statement } from "./commit.ts"
import type { Deps } from "./deps.ts"
import { Failure } from "./failure.ts"

/**
 * What becomes of the pending invites of a billing account that changes: they keep what they were made with, so that their
 * customers are flagged; they follow it; or they go to another account, by its id.
 */
export type PendingInvites = "leave" | "follow" | { moveTo: string }

/** The statement that counts the pending invites of a billing account. */
export function pendingUseOf(db: Deps["db"], accountId: string, now: Date) {
  return db
    .select({ n: sql<number>`count(*)`.as("n") })
    .from(invites)
    .where(usesAccount(accountId, now))
}

export function usesAccount(accountId: string, now: Date) {
  return and(eq(invites.billingAccountId, accountId), eq(invites.status, "pending"), gt(invites.expiresAt, now))
}

/** The reseller's account to move invites to. Throws `billing_account_unknown`. */
export async function moveTarget({ db }: Pick<Deps, "db">, actor: ResellerActor, from: string, to: string) {
  const [target] = await db
    .select({ id: billingAccounts.id, email: billingAccounts.email, phone: billingAccounts.phone })
    .from(billingAccounts)
    .where(and(eq(billingAccounts.id, to), eq(billingAccounts.resellerId, actor.reseller.id)))
  if (!target || to === from) throw new Failure({ kind: "billing_account_unknown" })
  return target
}

/** The statements that bill the pending invites of an account to `target`, where `condition` holds; each is told of. */
export function movedInvites(
  { db, now }: Deps,
  actor: ResellerActor,
  from: string,
  target: { id: string; email: string; phone: string },
  condition: SQL,
): Statement[] {
  // Overdue ones too, that the sweep has yet to mark: they may be sent again.
  const those = and(eq(invites.billingAccountId, from), eq(invites.status, "pending"), condition)
  const entry = auditRow({ now }, actor.reseller.id, actor, "invite.corrected", "", "billing account")
  const entryId = sql`(${entry.id} || '_' || ${invites.seq})`
  return [
    db.insert(audit).select(
      sql`SELECT ${entryId}, ${entry.resellerId}, ${entry.action}, ${invites.id}, ${entry.actorKind}, ${entry.actorId},
        ${entry.actorName}, ${entry.detail}, ${entry.at.getTime()} FROM ${invites} WHERE ${those}`,
    ),
    db
      .update(invites)
      .set({ billingAccountId: target.id, billingEmail: target.email, billingPhone: target.phone, changeId: entryId })
      .where(those),
  ]
}
