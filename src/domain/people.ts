import { and, asc, desc, type SQL, sql } from "drizzle-orm"
import { insertSelect } from "../storage/insert-select.ts"
import { type Cursor, PAGE_SIZE, type Page, toPage } from "../storage/paging.ts"
import {
  auditLog,
  type Invite,
  type MemberRole,
  members,
  notifications,
  type StaffRole,
  staff,
  users,
} from "../storage/schema.ts"
import { authorize, ROLE_NAMES, rolesWith } from "./access/permissions.ts"
import type { Deps } from "./deps.ts"
import { newPersonEntry } from "./events/person-accounts.ts"
import { endPendingSignInsStatement } from "./factors/changes.ts"
import { hasFactor } from "./factors/has-factor.ts"
import { Failure, type FieldError } from "./failure.ts"
import { endSessionsStatement, hasOneAccount } from "./identity/sessions.ts"
import { type AccountActor, inviteContextFor } from "./invites/audience.ts"
import { ROLE_RULE, roleField } from "./invites/fields.ts"
import { isInviteId, openInvitesQuery } from "./invites/list.ts"
import { unsentNotifications } from "./mail/digests.ts"

/** A person who has joined an account. */
export type Person = { id: string; name: string; email: string; role: StaffRole | MemberRole; joinedAt: Date }

/** A page of people who have joined, and a page of open invites. */
export type People = { people: Page<Person>; invites: Page<Invite> }

/** Where the two pages begin: beyond a person (when they joined, and their id), and beyond an invite. */
type PeoplePageRequest = { people?: Cursor; invites?: Cursor }

/** The people of the actor's account, in the order they joined, and its open invites, newest first. Throws `forbidden`. */
export async function listPeople(
  { db, read }: Deps,
  actor: AccountActor,
  { people: cursor = {}, invites: inviteCursor = {} }: PeoplePageRequest = {},
): Promise<People> {
  const context = inviteContextFor(actor)
  authorize(actor, context.read)
  const peoplePage = validCursor(cursor, isPersonCursor)
  const invitesPage = { ...validCursor(inviteCursor, isInviteId), size: PAGE_SIZE }
  const [people, invites] = await read([
    peopleQuery(db, actor, isJoinedBeyond(actor, peoplePage), peoplePage),
    openInvitesQuery(db, context, invitesPage),
  ])
  // Unlike invites, people are in the order of time, so that what comes next is after them.
  const { rows, next, prev } = toPage<Person>(people, {
    before: peoplePage.after,
    after: peoplePage.before,
    size: PAGE_SIZE,
  })
  const cursors = { next: next && toCursor(rows.at(-1)), prev: prev && toCursor(rows[0]) }
  return { people: { rows, ...cursors }, invites: toPage(invites, invitesPage) }
}

/** A person of the actor's account, and whether they are its last Admin. Throws `forbidden` and `not_found`. */
export async function getPerson(
  { db, read }: Deps,
  actor: AccountActor,
  id: string,
): Promise<Person & { isLastAdmin: boolean; hasSecondFactor: boolean }> {
  if (id !== actor.id) authorize(actor, inviteContextFor(actor).write)
  const { table, account, id: accountId } = accountTable(actor)
  const otherAdmin = sql`SELECT user_id FROM ${table} WHERE ${account} = ${accountId} AND role = 'admin' AND user_id <> ${id} LIMIT 1`
  const [[person], otherAdmins, withFactor] = await read([
    peopleQuery(db, actor, sql`${users.id} = ${id}`),
    db.select({ id: users.id }).from(users).where(sql`${users.id} IN (${otherAdmin})`),
    db
      .select({ id: users.id })
      .from(users)
      .where(sql`${users.id} = ${id} AND ${hasFactor(id)}`),
  ])
  if (!person) throw new Failure({ kind: "not_found" })
  const isLastAdmin = person.role === "admin" && otherAdmins.length === 0
  return { ...person, isLastAdmin, hasSecondFactor: withFactor.length > 0 }
}

/**
 * Changes a person's role. Returns field errors if the role isn't valid. Throws `forbidden`, `not_found`, and `last_admin` if no
 * other Admin would be left.
 */
export async function changeRole(deps: Deps, actor: AccountActor, id: string, role: string): Promise<FieldError[]> {
  authorize(actor, inviteContextFor(actor).write)
  const result = roleField(actor.kind).safeParse(role)
  if (!result.success) return [{ field: "role", code: "invalid", detail: ROLE_RULE }]
  const { db } = deps
  const newRole = result.data
  const isPerson = matchesPerson(actor, id)
  const isAllowed = and(isPerson, canStillWrite(actor), newRole === "admin" ? undefined : keepsAnAdmin(actor, id))
  const isChange = sql`${exists(actor, and(isAllowed, sql`role <> ${newRole}`))}`
  const detail = sql`(SELECT name FROM users WHERE id = ${id}) || ': ' || ${roleNameSql(actor, id)} || ' → ' || ${ROLE_NAMES[newRole]}`
  const [[person], , updated] = await db.batch([
    peopleQuery(db, actor, sql`${users.id} = ${id}`),
    personAuditStatement(deps, actor, "role_changed", id, { detail, condition: isChange }),
    actor.kind === "staff"
      ? db
          .update(staff)
          .set({ role: newRole as StaffRole })
          .where(isAllowed)
          .returning({ id: staff.userId })
      : db
          .update(members)
          .set({ role: newRole as MemberRole })
          .where(isAllowed)
          .returning({ id: members.userId }),
  ])
  if (updated.length === 0) throw await explainFailure(deps, actor, person)
  return []
}

/**
 * Removes a person from the account, or lets them leave. They lose access immediately, and a person who is removed from their only
 * account is signed out; invites and API keys they created stay.
 * Throws `forbidden`, `not_found`, and `last_admin` if no other Admin would be left.
 */
export async function removePerson(deps: Deps, actor: AccountActor, id: string): Promise<void> {
  const isLeaving = id === actor.id
  if (!isLeaving) authorize(actor, inviteContextFor(actor).write)
  const { db } = deps
  const isAllowed = and(matchesPerson(actor, id), isLeaving ? undefined : canStillWrite(actor), keepsAnAdmin(actor, id))
  const detail = sql`(SELECT name FROM users WHERE id = ${id})`
  const notificationStatements =
    actor.kind === "staff"
      ? [
          db
            .delete(notifications)
            .where(
              and(unsentNotifications(id, actor.reseller.id), sql`NOT ${exists(actor, matchesPerson(actor, id))}`),
            ),
        ]
      : []
  const isSignedOut = sql`${!isLeaving} AND ${exists(actor, isAllowed)} AND ${hasOneAccount(id)}`
  const [[person], , , deleted] = await db.batch([
    peopleQuery(db, actor, sql`${users.id} = ${id}`),
    personAuditStatement(deps, actor, isLeaving ? "left" : "removed", id, {
      detail,
      condition: exists(actor, isAllowed),
    }),
    endSessionsStatement(deps, id, isSignedOut), // before the membership, which its condition needs
    actor.kind === "staff"
      ? db.delete(staff).where(isAllowed).returning({ id: staff.userId })
      : db.delete(members).where(isAllowed).returning({ id: members.userId }),
    ...notificationStatements,
  ])
  if (deleted.length === 0) throw await explainFailure(deps, actor, person)
}

/**
 * Signs a person of the account out on all devices. Throws `forbidden`, `not_found`, and `sessions_shared` if the person also
 * belongs to other accounts, whose Admins weren't asked.
 */
export async function endPersonSessions(deps: Deps, actor: AccountActor, id: string): Promise<void> {
  authorize(actor, inviteContextFor(actor).write)
  const { db } = deps
  const isAllowed = sql`${canChangePerson(actor, id)} AND ${hasOneAccount(id)}`
  const hasSession = sql`EXISTS (SELECT 1 FROM sessions WHERE sessions.user_id = ${id})`
  const [[person], [shared]] = await db.batch([
    peopleQuery(db, actor, sql`${users.id} = ${id}`),
    db
      .select({ id: users.id })
      .from(users)
      .where(sql`${users.id} = ${id} AND NOT ${hasOneAccount(id)}`),
    personAuditStatement(deps, actor, "sessions_ended", id, {
      detail: sql`(SELECT name FROM users WHERE id = ${id})`,
      condition: sql`${isAllowed} AND ${hasSession}`,
    }),
    endSessionsStatement(deps, id, isAllowed),
    endPendingSignInsStatement(deps, id, isAllowed),
  ])
  if (!person) throw new Failure({ kind: "not_found" })
  if (shared) throw new Failure({ kind: "sessions_shared" })
}

/** The reason why nothing was changed about a person. */
async function explainFailure({ db }: Deps, actor: AccountActor, person: Person | undefined): Promise<Failure> {
  if (!person) return new Failure({ kind: "not_found" })
  const [actingPerson] = await peopleQuery(db, actor, sql`${users.id} = ${actor.id}`)
  if (!actingPerson || !writingRoles(actor).includes(actingPerson.role)) {
    return new Failure({ kind: "forbidden", permission: inviteContextFor(actor).write })
  }
  return new Failure({ kind: "last_admin" })
}

// The two tables of people differ only in the column of the account and the digests of staff. They stay separate so that each has a
// foreign key to its accounts. Conditions use raw names, since several kinds of statement share them.

const accountTable = (actor: AccountActor) =>
  actor.kind === "staff"
    ? { table: sql`${staff}`, account: sql.identifier(staff.resellerId.name), id: actor.reseller.id }
    : { table: sql`${members}`, account: sql.identifier(members.customerId.name), id: actor.customer.id }

function matchesPerson(actor: AccountActor, id: string): SQL {
  const { account, id: accountId } = accountTable(actor)
  return sql`user_id = ${id} AND ${account} = ${accountId}`
}

/** True while the actor's role includes changing people: it may have changed since the request began. */
function canStillWrite(actor: AccountActor): SQL {
  const { table, account, id } = accountTable(actor)
  return sql`EXISTS (SELECT 1 FROM ${table} AS acting
    WHERE acting.user_id = ${actor.id} AND acting.${account} = ${id} AND acting.role IN ${writingRoles(actor)})`
}

const writingRoles = (actor: AccountActor) => rolesWith(actor.kind, inviteContextFor(actor).write)

/** SQL condition: the person belongs to the actor's account, and the actor's role still includes changing people. */
export function canChangePerson(actor: AccountActor, id: string): SQL {
  return sql`${exists(actor, matchesPerson(actor, id))} AND ${canStillWrite(actor)}`
}

/** True if the account has another Admin, or this person isn't one. */
function keepsAnAdmin(actor: AccountActor, id: string): SQL {
  const { table, account, id: accountId } = accountTable(actor)
  return sql`(role <> 'admin' OR EXISTS (SELECT 1 FROM ${table} AS other
    WHERE other.${account} = ${accountId} AND other.role = 'admin' AND other.user_id <> ${id}))`
}

function exists(actor: AccountActor, condition: SQL | undefined): SQL {
  return sql`EXISTS (SELECT 1 FROM ${accountTable(actor).table} WHERE ${condition})`
}

/** Contains both values, since the person may have left when the next page is requested. */
const toCursor = (person: Person | undefined) => person && `${person.joinedAt.getTime()}.${person.id}`

const PERSON_CURSOR = /^(\d{1,15})\.(\w{1,40})$/
const isPersonCursor = (cursor: string) => PERSON_CURSOR.test(cursor)

/** A cursor that isn't valid is ignored: the list begins at its start. */
function validCursor({ before = "", after = "" }: Cursor, isValid: (cursor: string) => boolean): Cursor {
  return { before: isValid(before) ? before : undefined, after: isValid(after) ? after : undefined }
}

function isJoinedBeyond(actor: AccountActor, { before, after }: Cursor): SQL {
  const { table } = accountTable(actor)
  const [, joinedAt, id] = PERSON_CURSOR.exec(before ?? after ?? "") ?? []
  const operator = sql.raw(before ? "<" : ">")
  return id ? sql`(${table}.created_at, ${table}.user_id) ${operator} (${Number(joinedAt)}, ${id})` : sql`TRUE`
}

function roleNameSql(actor: AccountActor, id: string): SQL {
  const names = sql.join(
    Object.entries(ROLE_NAMES).map(([role, name]) => sql.raw(`WHEN '${role}' THEN '${name}'`)),
    sql` `,
  )
  return sql`(SELECT CASE role ${names} END FROM ${accountTable(actor).table} WHERE ${matchesPerson(actor, id)})`
}

/** The statement that records a change to a person. */
function personAuditStatement(
  deps: Deps,
  actor: AccountActor,
  change: Parameters<typeof newPersonEntry>[2],
  id: string,
  { detail, condition }: { detail: SQL; condition: SQL },
) {
  return insertSelect(deps.db, auditLog, { ...newPersonEntry(deps, actor, change, id), detail }, condition)
}

/** The statement that reads a page of the people of the actor's account, in the order they joined, or from `before` on back. */
function peopleQuery(db: Deps["db"], actor: AccountActor, condition: SQL, { before }: Cursor = {}) {
  const { table, account, id } = accountTable(actor)
  const joinedAt = sql`${table}.created_at`
  return db
    .select({
      id: users.id,
      name: users.name,
      email: users.email,
      role: sql<Person["role"]>`${table}.role`.as("role"),
      joinedAt: joinedAt.mapWith(staff.createdAt).as("joined_at"),
    })
    .from(users)
    .innerJoin(table, sql`${table}.user_id = ${users.id}`)
    .where(and(sql`${table}.${account} = ${id}`, condition))
    .orderBy(...[joinedAt, sql`${table}.user_id`].map(before ? desc : asc))
    .limit(PAGE_SIZE + 1)
}
