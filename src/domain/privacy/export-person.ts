import { and, desc, eq, inArray, type SQL, sql } from "drizzle-orm"
import * as z from "zod"
import type { Db } from "../../storage/db.ts"
import {
  auditLog,
  authenticators,
  customers,
  events,
  invites,
  jobRows,
  jobs,
  members,
  outbox,
  passkeys,
  sessions,
  staff,
  suppressions,
  termsAcceptances,
  users,
} from "../../storage/schema.ts"
import { addressAt } from "../../text/sandbox-address.ts"
import { staffEn } from "../../text/staff/en.ts"
import type { StaffActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import { isCustomerOfMember } from "../customer-of-member.ts"
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
 * Everything that the actor's reseller has stored about the person with this address: invites to this and their earlier addresses
 * and those by which they joined, user, sessions and factors (no secrets), memberships, accepted terms, emails, events, suppressions,
 * and the audit entries by and about them. Not here: an invite of a customer's own to somebody who hasn't joined, and what only the
 * id of somebody connects with the address who belongs neither to the reseller nor to a customer of it. How a person signs in who
 * also belongs to another reseller isn't this one's to hand out. Recorded in the audit log without the address.
 * An invalid address is returned as a field error; throws `forbidden`.
 */
export async function exportPerson(deps: Deps, actor: StaffActor, input: Record<string, unknown>) {
  authorize(actor, "settings:write")
  const { values, errors } = validateFields(exportFields, input)
  if (errors.length > 0 || !values.email) return { ok: false, errors } as const
  const email = addressAt(actor.reseller.id, values.email)
  return { ok: true, value: await loadPersonalData(deps, actor, email) } as const
}

async function loadPersonalData(deps: Deps, actor: StaffActor, email: string) {
  const { db } = deps
  const resellerId = actor.reseller.id
  const person = await findPerson(db, resellerId, email)
  const userId = person?.id ?? null
  const earlier = userId ? await findEarlierAddresses(db, userId, sql`audit_log.reseller_id = ${resellerId}`) : []
  // An earlier address that is somebody else's by now also leads to their data.
  const formerOnly = await db.all<{
    value: string
  }>(sql`SELECT value FROM json_each(${JSON.stringify(earlier)}) AS earlier
    WHERE NOT EXISTS (SELECT 1 FROM users WHERE users.email = earlier.value)`)
  const addresses = [email, ...formerOnly.map(({ value }) => value)]
  // Two searches, since SQLite would read all invites of the reseller for one.
  const inviteIds = sql`(SELECT ${invites.id} FROM ${invites} WHERE ${invites.resellerId} = ${resellerId}
      AND ${inArray(invites.contactEmail, addresses)} AND ${inArray(invites.kind, readableKinds(actor))}
    UNION SELECT joined.id FROM terms_acceptances AS terms JOIN invites AS joined ON joined.id = terms.invite_id
      WHERE terms.user_id = ${userId} AND +joined.reseller_id = ${resellerId})`
  const [
    signInRows,
    [inviteRows, staffRows, memberRows, termsRows, mailRows, eventRows, suppressionRows, entries],
    importedRows,
  ] = await Promise.all([
    loadSignInData(db, person?.isShared ? null : userId, email),
    db.batch([
      db.select().from(invites).where(inArray(invites.id, inviteIds)).limit(ROWS_MAX),
      db.select().from(staff).where(sql`${staff.userId} = ${userId} AND ${staff.resellerId} = ${resellerId}`),
      db
        .select({
          customerId: members.customerId,
          customer: customers.name,
          role: members.role,
          joinedAt: sql<number>`${members.createdAt}`.as("joined_at"),
        })
        .from(members)
        .innerJoin(customers, isCustomerOfMember(resellerId))
        .where(sql`${members.userId} = ${userId}`)
        .limit(ROWS_MAX),
      db
        .select()
        .from(termsAcceptances)
        .where(
          sql`${termsAcceptances.userId} = (SELECT id FROM users WHERE email = ${email}) AND ${termsAcceptances.inviteId} IN ${inviteIds}`,
        )
        .limit(ROWS_MAX),
      db
        .select({
          kind: outbox.kind,
          recipient: outbox.recipient,
          status: outbox.status,
          error: outbox.lastError,
          createdAt: outbox.createdAt,
        })
        .from(outbox)
        .where(
          and(
            inArray(outbox.recipient, addresses),
            eq(outbox.resellerId, resellerId),
            sql`${outbox.kind} <> 'webhook'`,
          ),
        )
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
            inArray(
              suppressions.email,
              addresses.flatMap((address) => [address, ...hashesOfAddress(deps, address)]),
            ),
          ),
        ),
      db
        .select()
        .from(auditLog)
        .where(
          sql`${auditLog.id} IN (${newestEntries(resellerId, sql`subject_id IN ${inviteIds}`)}
            UNION ${newestEntries(resellerId, sql`actor_id = ${userId}`)}
            UNION ${newestEntries(resellerId, sql`person_id = ${userId}`)})`,
        )
        .orderBy(desc(auditLog.id))
        .limit(ROWS_MAX),
      auditEntryStatement(deps, resellerId, actor, "reseller.data_exported", resellerId),
    ]),
    loadImportedRows(db, resellerId, { inviteIds, addresses }),
  ])
  return {
    email,
    exported_at: deps.now(),
    users: person ? [person.user] : [],
    earlier_addresses: earlier,
    ...signInRows,
    invites: inviteRows.map(({ seq: _, searchRuns: __, companyKey: ___, ...invite }) => invite),
    staff: staffRows,
    members: memberRows,
    accepted_terms: termsRows,
    emails: mailRows,
    events: eventRows,
    suppressions: suppressionRows,
    audit_log: entries,
    imported_rows: importedRows,
  }
}

/** SQL: the ids of the newest entries of a reseller that match. One search for all conditions would read all of them. */
const newestEntries = (resellerId: string, condition: SQL) => sql`SELECT id FROM (SELECT id FROM audit_entries
  WHERE ${condition} AND +reseller_id = ${resellerId} ORDER BY id DESC LIMIT ${ROWS_MAX})`

/** What imports of the last weeks say about the person: rows of their invites, and rows with their address that have none. */
async function loadImportedRows(db: Db, resellerId: string, of: { inviteIds: SQL; addresses: string[] }) {
  const hasAddress = sql`iif(json_valid(${jobRows.detail}), ${jobRows.detail} ->> 'email', NULL) IN
    (SELECT value FROM json_each(${JSON.stringify(of.addresses)}))`
  return db
    .select({ file: jobs.fileName, input: jobRows.input, result: jobRows.status, code: jobRows.code })
    .from(jobs)
    .innerJoin(jobRows, eq(jobRows.jobId, jobs.id))
    .where(
      sql`${jobs.resellerId} = ${resellerId} AND ${jobs.kind} = 'import' AND ${jobs.emptiedAt} IS NULL
        AND (${hasAddress} OR ${jobRows.inviteId} IN ${of.inviteIds})`,
    )
    .limit(ROWS_MAX)
}

/**
 * The user with this address, if they belong to the reseller or one of its customers: others are other tenants' people. `isShared`:
 * they also belong to another one, besides its sandbox.
 */
async function findPerson(db: Db, resellerId: string, email: string) {
  // Drizzle would write a column of `users` without its table among selected ones, so that it would be one of `customers`.
  const belongs = (
    isReseller: SQL,
  ) => sql`(EXISTS (SELECT 1 FROM staff WHERE staff.user_id = users.id AND staff.is_inherited = 0 AND staff.reseller_id ${isReseller})
    OR EXISTS (SELECT 1 FROM members JOIN customers ON customers.id = members.customer_id
      WHERE members.user_id = users.id AND +customers.reseller_id ${isReseller}))` // the plus: as in isCustomerOfMember
  const [row] = await db
    .select({
      user: {
        ...{ id: users.id, name: users.name, email: users.email, createdAt: users.createdAt },
        ...{ locale: users.locale, theme: users.theme, timeZone: users.timeZone },
      },
      isShared: belongs(sql`<> ${resellerId}`).mapWith(Boolean),
    })
    .from(users)
    .where(sql`${users.email} = ${email} AND ${belongs(sql`= ${resellerId}`)}`)
  return row && { ...row, id: row.user.id }
}

/** How the person signs in: where they are signed in, their factors without secrets, and the emails about it. */
async function loadSignInData(db: Db, userId: string | null, email: string) {
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
      .where(sql`${sessions.userId} = ${userId}`)
      .limit(ROWS_MAX),
    db
      .select({ name: passkeys.name, createdAt: passkeys.createdAt, lastUsedAt: passkeys.lastUsedAt })
      .from(passkeys)
      .where(sql`${passkeys.userId} = ${userId}`)
      .limit(ROWS_MAX),
    db
      .select({ createdAt: authenticators.createdAt })
      .from(authenticators)
      .where(sql`${authenticators.userId} = ${userId}`),
    db
      .select({ kind: outbox.kind, status: outbox.status, createdAt: outbox.createdAt })
      .from(outbox)
      // Waiting resets don't know their user yet. SQLite would answer one search by reading the emails of everyone's sign-in. The plus and
      // the second condition on the kind lead it to the index of addresses.
      .where(
        sql`${outbox.id} IN (SELECT id FROM outbox WHERE reseller_id IS NULL AND json_extract(payload, '$.userId') = ${userId}
          UNION SELECT id FROM outbox WHERE +reseller_id IS NULL AND kind = 'password_reset' AND kind <> 'webhook'
            AND recipient = ${email} AND ${userId} IS NOT NULL)`,
      )
      .limit(ROWS_MAX),
  ])
  return { sessions: sessionRows, passkeys: passkeyRows, authenticators: authenticatorRows, security_emails: mailRows }
}
