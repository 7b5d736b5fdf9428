import { type SQL, sql } from "drizzle-orm"
import { lowestId } from "../../storage/ids.ts"
import { insertFrom } from "../../storage/insert-select.ts"
import { auditLog } from "../../storage/schema.ts"
import type { ApiKeyActor, MemberActor, StaffActor } from "../access/actor.ts"
import type { Deps } from "../deps.ts"
import { HOUR_MS } from "../time.ts"
import { newAuditEntry, SYSTEM } from "./audit-log.ts"
import { ACCOUNTS_MAX, accountsOfPeople, idPerRow } from "./person-accounts.ts"

/** What a security event is about: someone who is known here, or whom a request names without proof. */
export type SecuritySubject =
  | { actor: StaffActor | MemberActor | ApiKeyActor }
  | { userId: string }
  | { email: string }
  | { inviteId: string }
  | { secretHash: string }

export type SecurityAction =
  | "signed_in"
  | "signed_out"
  | "sign_in_failed"
  | "permission_refused"
  | "limit_reached"
  | "code_refused"
  | "refused"

/**
 * Records a security event in the log of each account of its subject. Anyone can cause these in any number, so at most one entry an
 * hour is written for each account, action and person, key or invite. `isTheirs`: the subject did it, not someone unknown.
 */
export async function recordSecurityEvent(
  { db, now }: Pick<Deps, "db" | "now">,
  subject: SecuritySubject,
  action: SecurityAction,
  isTheirs: boolean,
): Promise<void> {
  // Each row has its own reseller, action and subject.
  const entry = newAuditEntry({ now }, "", SYSTEM, "invite.limit_reached", "")
  const hourAgo = lowestId("aud", new Date(now().getTime() - HOUR_MS))
  const accountAction = sql`account.kind || ${`.${action}`}`
  const personId = sql`iif(account.kind = 'api_key', NULL, account.actor_id)`
  const isRecent = sql`EXISTS (SELECT 1 FROM audit_entries AS recent
    WHERE recent.subject_id = account.subject_id AND recent.id > ${hourAgo} AND recent.action = ${accountAction}
      AND +recent.reseller_id = account.reseller_id AND recent.person_id IS ${personId})`
  await insertFrom(
    db,
    auditLog,
    {
      ...entry,
      id: idPerRow(entry.id),
      resellerId: sql`account.reseller_id`,
      action: accountAction,
      subjectId: sql`account.subject_id`,
      personId,
      detail: sql`account.name`,
      ...(isTheirs && {
        actorKind: sql`account.kind`,
        actorId: sql`account.actor_id`,
        actorName: sql`account.name`,
      }),
    },
    sql`FROM (${accountsSql(subject)} LIMIT ${ACCOUNTS_MAX}) AS account WHERE NOT ${isRecent}`,
  )
}

/** A row for each account whose log has the event. */
function accountsSql(subject: SecuritySubject): SQL {
  if ("actor" in subject) {
    const { actor } = subject
    const subjectId = actor.kind === "member" ? actor.customer.id : actor.id
    return sql`SELECT ${actor.kind} AS kind, ${actor.reseller.id} AS reseller_id, ${subjectId} AS subject_id,
      ${actor.id} AS actor_id, ${actor.name} AS name`
  }
  if ("inviteId" in subject) {
    return sql`SELECT 'invite' AS kind, reseller_id, id AS subject_id, NULL AS actor_id, NULL AS name
      FROM invites WHERE id = ${subject.inviteId}`
  }
  if ("secretHash" in subject) {
    return sql`SELECT 'api_key' AS kind, reseller_id, id AS subject_id, id AS actor_id, name
      FROM api_keys WHERE secret_hash = ${subject.secretHash}`
  }
  const isPerson = "userId" in subject ? sql`person.id = ${subject.userId}` : sql`person.email = ${subject.email}`
  return accountsOfPeople(isPerson)
}
