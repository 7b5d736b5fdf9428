import { and, desc, eq, inArray, or, sql } from "drizzle-orm"
import * as z from "zod"
import {
  auditLog,
  customers,
  events,
  invites,
  members,
  outbox,
  staff,
  suppressions,
  termsAcceptances,
  users,
} from "../../storage/schema.ts"
import type { StaffActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { readableKinds } from "../events/activity.ts"
import { auditEntryStatement } from "../events/audit-log.ts"
import { emailField, validateFields } from "../validation.ts"
import { hashAddress } from "./address-hash.ts"

/** The most rows of each kind. A list of that length may be incomplete. */
const ROWS_MAX = 1_000

const exportFields = z.object({ email: emailField("Enter the person's email address.") })

/**
 * Everything that the actor's reseller has stored about the person with this address: invites, user, memberships, accepted terms,
 * emails, events, suppressions, and the audit entries by and about them. Recorded in the audit log without the address. An
 * invalid address is returned as a field error; throws `forbidden`.
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
  const [inviteRows, userRows, staffRows, memberRows, termsRows, mailRows, eventRows, suppressionRows, entries] =
    await db.batch([
      db.select().from(invites).where(isOwnInvite).limit(ROWS_MAX),
      db
        .select({ id: users.id, name: users.name, email: users.email, createdAt: users.createdAt })
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
          and(eq(suppressions.senderId, resellerId), inArray(suppressions.email, [email, hashAddress(deps, email)])),
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
    ])
  return {
    email,
    exported_at: deps.now(),
    users: userRows,
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
