import { and, desc, eq, inArray, or, type SQL, sql } from "drizzle-orm"
import * as z from "zod"
import type { Db } from "../../storage/db.ts"
import {
  auditLog,
  authenticators,
  customers,
  events,
  invites,
  members,
  outbox,
  passkeys,
  sessions,
  staff,
  suppressions,
  termsAcceptances,
  users,
} from "../../storage/schema.ts"
import { staffEn } from "../../text/staff/en.ts"
import type { StaffActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { readableKinds } from "../events/activity.ts"
import { auditEntryStatement } from "../events/audit-log.ts"
import { emailField, validateFields } from "../validation.ts"
import { hashesOfAddress } from "./address-hash.ts"
import { findEarlierAddresses } from "./earlier-addresses.ts"

/** The most rows of each kind. A list of that length may be incomplete. */
const ROWS_MAX = 1_000

const exportFields = z.object({ email: emailField(staffEn.rules.person_email) })

/**
 * Everything that the actor's reseller has stored about the person with this address: invites, user with earlier addresses, sessions
 * and factors (no secrets), memberships, accepted terms, emails, events, suppressions, and the audit entries by and about them. How
 * a person signs in who also belongs to another reseller isn't this one's to hand out. Recorded in the audit log without the address.
 * An invalid address is returned as a field error; throws `forbidden`.
 */
export async function exportPerson(deps: Deps, actor: StaffActor, input: Record<string, unknown>) {
  authorize(actor, "settings:write")
  const { values, errors } = validateFields(exportFields, input)
  if (errors.length > 0 || !values.email) return { ok: false, errors } as const
  return { ok: true, value: await loadPersonalData(deps, actor, values.email) } as const
}

async function loadPersonalData(deps: Deps, actor: StaffActor, email: string) {
  const { db } = deps
  const resellerId = actor.reseller.id
  const isOwnInvite = and(
    eq(invites.resellerId, resellerId),
    eq(invites.contactEmail, email),
    inArray(invites.kind, readableKinds(actor)),
  )
  const inviteIds = db.select({ id: invites.id }).from(invites).where(isOwnInvite)
  const ownCustomer = and(eq(customers.id, members.customerId), eq(customers.resellerId, resellerId))
  // Only somebody who belongs to the reseller or one of its customers: other users are other tenants' people.
  const userIds = sql`(SELECT person.id FROM users AS person WHERE person.email = ${email} AND (
    EXISTS (SELECT 1 FROM staff WHERE staff.user_id = person.id AND staff.reseller_id = ${resellerId})
    OR EXISTS (SELECT 1 FROM members JOIN customers ON customers.id = members.customer_id
      WHERE members.user_id = person.id AND customers.reseller_id = ${resellerId})))`
  const ownUserIds = sql`(SELECT person.id FROM users AS person WHERE person.id IN ${userIds}
    AND NOT EXISTS (SELECT 1 FROM staff WHERE staff.user_id = person.id AND staff.reseller_id <> ${resellerId})
    AND NOT EXISTS (SELECT 1 FROM members JOIN customers ON customers.id = members.customer_id
      WHERE members.user_id = person.id AND customers.reseller_id <> ${resellerId}))`
  const [
    signInRows,
    [inviteRows, userRows, staffRows, memberRows, termsRows, mailRows, eventRows, suppressionRows, entries],
  ] = await Promise.all([
    loadSignInData(db, ownUserIds),
    db.batch([
      db.select().from(invites).where(isOwnInvite).limit(ROWS_MAX),
      db
        .select({
          id: users.id,
          name: users.name,
          email: users.email,
          locale: users.locale,
          createdAt: users.createdAt,
        })
        .from(users)
        .where(sql`${users.id} IN ${userIds}`),
      db.select().from(staff).where(sql`${staff.userId} IN ${userIds} AND ${staff.resellerId} = ${resellerId}`),
      db
        .select({
          customerId: members.customerId,
          customer: customers.name,
          role: members.role,
          joinedAt: sql<number>`${members.createdAt}`.as("joined_at"),
        })
        .from(members)
        .innerJoin(customers, ownCustomer)
        .where(sql`${members.userId} IN ${userIds}`)
        .limit(ROWS_MAX),
      db.select().from(termsAcceptances).where(inArray(termsAcceptances.inviteId, inviteIds)).limit(ROWS_MAX),
      db
        .select({
          kind: outbox.kind,
          recipient: outbox.recipient,
          status: outbox.status,
          error: outbox.lastError,
          createdAt: outbox.createdAt,
        })
        .from(outbox)
        .where(and(eq(outbox.recipient, email), eq(outbox.resellerId, resellerId), sql`${outbox.kind} <> 'webhook'`))
        .limit(ROWS_MAX),
      db
        .select({ type: events.type, detail: events.detail, occurredAt: events.occurredAt })
        .from(events)
        .where(and(inArray(events.inviteId, inviteIds), eq(events.resellerId, resellerId)))
        .limit(ROWS_MAX),
      db
        .select({ cause: suppressions.cause, reason: suppressions.reason, createdAt: suppressions.createdAt })
        .from(suppressions)
        .where(
          and(
            eq(suppressions.senderId, resellerId),
            inArray(suppressions.email, [email, ...hashesOfAddress(deps, email)]),
          ),
        ),
      db
        .select()
        .from(auditLog)
        .where(
          and(
            sql`+${auditLog.resellerId} = ${resellerId}`,
            or(
              inArray(auditLog.subjectId, inviteIds),
              sql`${auditLog.actorId} IN ${userIds}`,
              sql`${auditLog.subjectId} IN ${userIds}`,
            ),
          ),
        )
        .orderBy(desc(auditLog.id))
        .limit(ROWS_MAX),
      auditEntryStatement(deps, resellerId, actor, "reseller.data_exported", resellerId),
    ]),
  ])
  const [user] = userRows
  const earlier = user ? await findEarlierAddresses(db, user.id, sql`audit_log.reseller_id = ${resellerId}`) : []
  return {
    email,
    exported_at: deps.now(),
    users: userRows,
    earlier_addresses: earlier,
    ...signInRows,
    invites: inviteRows.map(({ seq: _, searchRuns: __, ...invite }) => invite),
    staff: staffRows,
    members: memberRows,
    accepted_terms: termsRows,
    emails: mailRows,
    events: eventRows,
    suppressions: suppressionRows,
    audit_log: entries,
  }
}

/** How the person signs in: where they are signed in, their factors without secrets, and the emails about it. */
async function loadSignInData(db: Db, userIds: SQL) {
  const [sessionRows, passkeyRows, authenticatorRows, mailRows] = await db.batch([
    db
      .select({
        device: sessions.userAgent,
        city: sessions.city,
        country: sessions.country,
        createdAt: sessions.createdAt,
        lastUsedAt: sessions.updatedAt,
        expiresAt: sessions.expiresAt,
      })
      .from(sessions)
      .where(sql`${sessions.userId} IN ${userIds}`)
      .limit(ROWS_MAX),
    db
      .select({ name: passkeys.name, createdAt: passkeys.createdAt, lastUsedAt: passkeys.lastUsedAt })
      .from(passkeys)
      .where(sql`${passkeys.userId} IN ${userIds}`)
      .limit(ROWS_MAX),
    db
      .select({ createdAt: authenticators.createdAt })
      .from(authenticators)
      .where(sql`${authenticators.userId} IN ${userIds}`),
    db
      .select({ kind: outbox.kind, status: outbox.status, createdAt: outbox.createdAt })
      .from(outbox)
      // Waiting resets don't know their user yet.
      .where(
        sql`${outbox.resellerId} IS NULL AND (json_extract(payload, '$.userId') IN (SELECT '' || id FROM users WHERE id IN ${userIds})
          OR (${outbox.kind} = 'password_reset' AND ${outbox.recipient} IN (SELECT email FROM users WHERE id IN ${userIds})))`,
      )
      .limit(ROWS_MAX),
  ])
  return { sessions: sessionRows, passkeys: passkeyRows, authenticators: authenticatorRows, security_emails: mailRows }
}
