import { eq, sql } from "drizzle-orm"
import { insertSelect } from "../../storage/insert-select.ts"
import { auditLog, idempotentResponses, invites, outbox, users, verifications } from "../../storage/schema.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { isRecorded, newAuditEntry } from "../events/audit-log.ts"
import type { AccountActor } from "../invites/audience.ts"
import { keptHashSql } from "../outbox/recipient-limits.ts"
import { removePerson } from "../people.ts"
import { purgeActorsStatement, purgeDetailsStatement, purgeStatements } from "./purge-statements.ts"

/** How many invites of the person are purged with them. The retention of the reseller deletes the others. */
const INVITES_MAX = 50

/**
 * Removes a person from the account and, if they belong to no other one, deletes the user with credentials and sessions, their
 * invites and their name in the audit log, which keeps their id. Returns whether it did. Throws what `removePerson` throws.
 */
export async function deletePerson(deps: Deps, actor: AccountActor, id: string): Promise<boolean> {
  const { db } = deps
  await removePerson(deps, actor, id)
  const [user] = await db.select({ email: users.email }).from(users).where(eq(users.id, id))
  if (!user) return true
  await commit(deps, purgeUserStatements(deps, actor, id, user.email))
  const [remaining] = await db.select({ id: users.id }).from(users).where(eq(users.id, id))
  if (remaining) return false
  await purgeInvitesTo(deps, actor, user.email)
  return true
}

/** The statements that delete a user who belongs to no account. The user goes last: other statements look up their name. */
function purgeUserStatements(deps: Deps, actor: AccountActor, id: string, email: string): Statement[] {
  const { db } = deps
  const belongsNowhere = sql`EXISTS (SELECT 1 FROM users WHERE users.id = ${id})
    AND NOT EXISTS (SELECT 1 FROM staff WHERE staff.user_id = ${id})
    AND NOT EXISTS (SELECT 1 FROM members WHERE members.user_id = ${id})`
  const newEntry = (subject: string) =>
    newAuditEntry(deps, actor.reseller.id, actor, `${actor.kind}.purged` as const, subject)
  const entry = newEntry(id)
  const isPurged = isRecorded(entry)
  const name = sql`(SELECT users.name FROM users WHERE users.id = ${id})`
  return [
    insertSelect(db, auditLog, entry, belongsNowhere),
    ...(actor.kind === "member"
      ? [
          // The entries about a customer's members are about the customer, and name the member first.
          insertSelect(db, auditLog, newEntry(actor.customer.id), isPurged),
          purgeDetailsStatement(
            db,
            sql`audit_entries.subject_id = ${actor.customer.id} AND audit_entries.action GLOB 'member.*' AND ${isPurged}
              AND EXISTS (SELECT 1 FROM audit_values AS value WHERE value.entry_id = audit_entries.id
                AND substr(value.detail || ':', 1, length(${name}) + 1) = ${name} || ':')`,
          ),
        ]
      : []),
    purgeDetailsStatement(db, sql`audit_entries.subject_id = ${id} AND ${isPurged}`),
    purgeActorsStatement(db, sql`audit_entries.actor_id = ${id} AND ${isPurged}`),
    db.delete(idempotentResponses).where(sql`${idempotentResponses.actorId} = ${id} AND ${isPurged}`),
    db.delete(verifications).where(sql`${verifications.identifier} = ${email} AND ${isPurged}`),
    db
      .update(outbox)
      .set({
        recipient: "",
        recipientHash: keptHashSql(deps.now()),
        payload: null,
        lastError: null,
        status: sql`iif(${outbox.status} IN ('queued', 'sending'), 'cancelled', ${outbox.status})`,
      })
      .where(
        sql`${outbox.recipient} = ${email} AND ${outbox.kind} <> 'webhook' AND ${outbox.inviteId} IS NULL AND ${isPurged}`,
      ),
    db.delete(users).where(sql`${users.id} = ${id} AND ${isPurged}`),
  ]
}

/** Purges the ended invites of this reseller to the address. */
async function purgeInvitesTo(deps: Deps, actor: AccountActor, email: string) {
  const purged = await deps.db
    .select({
      id: invites.id,
      resellerId: invites.resellerId,
      audienceId: invites.audienceId,
      contactEmail: invites.contactEmail,
    })
    .from(invites)
    .where(sql`${invites.resellerId} = ${actor.reseller.id} AND ${invites.contactEmail} = ${email}`)
    .limit(INVITES_MAX)
  await commit(deps, purgeStatements(deps, actor, actor.reseller.id, purged))
}
