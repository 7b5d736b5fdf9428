import { eq, sql } from "drizzle-orm"
import type { SQLiteColumn } from "drizzle-orm/sqlite-core"
import { insertSelect } from "../../storage/insert-select.ts"
import {
  auditLog,
  idempotentResponses,
  invites,
  jobs,
  outbox,
  termsAcceptances,
  users,
  verifications,
} from "../../storage/schema.ts"
import { provePurge } from "../audit/purge-proof.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { type AuditActor, isRecorded, newAuditEntry, SYSTEM } from "../events/audit-log.ts"
import type { AccountActor } from "../invites/audience.ts"
import { keptHashSql } from "../outbox/recipient-limits.ts"
import { removePerson } from "../people.ts"
import { findEarlierAddresses } from "./earlier-addresses.ts"
import {
  purgeActorsStatement,
  purgeDetailsStatement,
  purgedInviteColumns,
  purgeStatements,
} from "./purge-statements.ts"

/** How many invites of the person are purged with them. The retention of the reseller deletes the others. */
const INVITES_MAX = 50

/**
 * Removes a person from the account and, if they belong to no other one, deletes the user with credentials and sessions, their
 * invites and their name in the audit log, which keeps their id. Returns whether it did. Throws what `removePerson` throws.
 */
export async function deletePerson(deps: Deps, actor: AccountActor, id: string): Promise<boolean> {
  const { db } = deps
  await removePerson(deps, actor, id)
  // Nothing names those who delete themselves any more.
  const by: AuditActor = id === actor.id ? { kind: actor.kind, id } : actor
  const addresses = await findAddresses(deps, id)
  const entries = await newPurgeEntries(deps, actor, by, id)
  await commit(deps, purgeUserStatements(deps, id, addresses, entries))
  const [remaining] = await db.select({ id: users.id }).from(users).where(eq(users.id, id))
  if (remaining) return false
  await purgeInvitesTo(deps, actor.reseller.id, by, addresses)
  return true
}

/** The address of a user and the earlier ones that we know they had, unless someone else has them by now; as a JSON list. */
async function findAddresses({ db }: Deps, id: string): Promise<string> {
  const earlier = await findEarlierAddresses(db, id)
  const rows = await db.all<{ address: string }>(sql`SELECT address FROM (
      SELECT value AS address FROM json_each(${JSON.stringify(earlier)}) UNION
      SELECT ${users.email} AS address FROM ${users} WHERE ${users.id} = ${id}
      UNION SELECT ${invites.contactEmail} FROM ${invites}
        JOIN ${termsAcceptances} ON ${termsAcceptances.inviteId} = ${invites.id} WHERE ${termsAcceptances.userId} = ${id})
    WHERE address <> '' AND NOT EXISTS (SELECT 1 FROM users AS other WHERE other.email = address AND other.id <> ${id})`)
  return JSON.stringify(rows.map(({ address }) => address))
}

/** The entries that record the purge: of the actor, then for each other reseller whose log knows the person, without naming them. */
async function newPurgeEntries(deps: Deps, actor: AccountActor, by: AuditActor, id: string) {
  const newEntry = (resellerId: string, recordedBy: AuditActor, kind: AccountActor["kind"]) => {
    const entry = newAuditEntry(deps, resellerId, recordedBy, `${kind}.purged`, id)
    return { ...entry, personId: id, detail: provePurge(deps.config.masterSecret, entry) }
  }
  const others = await deps.db.all<{ resellerId: string; isStaff: number }>(sql`SELECT reseller_id AS resellerId,
      max(action GLOB 'staff.*') AS isStaff FROM (
        SELECT reseller_id, action FROM audit_entries WHERE person_id = ${id}
        UNION SELECT reseller_id, action FROM audit_entries WHERE actor_id = ${id})
    WHERE reseller_id <> ${actor.reseller.id} GROUP BY reseller_id`)
  return [
    newEntry(actor.reseller.id, by, actor.kind),
    ...others.map(({ resellerId, isStaff }) => newEntry(resellerId, SYSTEM, isStaff ? "staff" : "member")),
  ] as const
}

/** The statements that delete a user who belongs to no account. */
function purgeUserStatements(
  deps: Deps,
  id: string,
  addresses: string,
  [own, ...others]: Awaited<ReturnType<typeof newPurgeEntries>>,
): Statement[] {
  const { db } = deps
  const belongsNowhere = sql`EXISTS (SELECT 1 FROM users WHERE users.id = ${id})
    AND NOT EXISTS (SELECT 1 FROM staff WHERE staff.user_id = ${id})
    AND NOT EXISTS (SELECT 1 FROM members WHERE members.user_id = ${id})`
  const isPurged = isRecorded(own)
  const hasAddress = (column: SQLiteColumn) => sql`${column} IN (SELECT value FROM json_each(${addresses}))`
  return [
    insertSelect(db, auditLog, own, belongsNowhere),
    ...others.map((entry) => insertSelect(db, auditLog, entry, isPurged)),
    purgeDetailsStatement(db, sql`audit_entries.person_id = ${id} AND ${isPurged}`),
    purgeActorsStatement(db, sql`audit_entries.actor_id = ${id} AND ${isPurged}`),
    db.update(jobs).set({ actorName: null }).where(sql`${jobs.actorId} = ${id} AND ${isPurged}`),
    db.delete(idempotentResponses).where(sql`${idempotentResponses.actorId} = ${id} AND ${isPurged}`),
    db.delete(verifications).where(sql`${hasAddress(verifications.identifier)} AND ${isPurged}`),
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
        sql`((${hasAddress(outbox.recipient)} AND ${outbox.kind} <> 'webhook' AND ${outbox.inviteId} IS NULL)
          OR (${outbox.resellerId} IS NULL AND json_extract(payload, '$.userId') = ${id})) AND ${isPurged}`,
      ),
    db.delete(users).where(sql`${users.id} = ${id} AND ${isPurged}`),
  ]
}

/** Purges the ended invites of this reseller to the addresses. */
async function purgeInvitesTo(deps: Deps, resellerId: string, actor: AuditActor, addresses: string) {
  const isTheirs = sql`${invites.resellerId} = ${resellerId}
    AND ${invites.contactEmail} IN (SELECT value FROM json_each(${addresses}))`
  const purged = await deps.db.select(purgedInviteColumns).from(invites).where(isTheirs).limit(INVITES_MAX)
  await commit(deps, purgeStatements(deps, actor, purged))
}
