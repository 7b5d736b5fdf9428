import { and, asc, eq, type SQL, sql } from "drizzle-orm"
import { insertWhere } from "../storage/insert-where.ts"
import { PAGE_SIZE, type Page, toPage } from "../storage/paging.ts"
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
import { demand, ROLE_NAMES } from "./actor.ts"
import { auditRow } from "./audit.ts"
import type { AuditAction } from "./audit-actions.ts"
import type { Statement } from "./commit.ts"
import type { Deps } from "./deps.ts"
import { waitingFor } from "./digests.ts"
import { Failure, type FieldError } from "./failure.ts"
import { ROLE_RULE, roleIn } from "./person-fields.ts"
import { type Host, inviterOf, notJoined } from "./person-invites.ts"

/** Somebody who has joined an account. */
export type Person = { id: string; name: string; email: string; role: StaffRole | MemberRole; joinedAt: Date }

/** A page of those who have joined, and one of those who were invited and have not. */
export type People = { people: Page<Person>; invites: Page<Invite> }

/** Where the two pages begin: after this person, by when they joined and who they are, and before this invite. */
type PeopleAsked = { after?: string | undefined; before?: string | undefined }

/**
 * The people of the host's account, in the order that they joined, and its open invites, newest first. Throws `forbidden`.
 * One D1 round trip.
 */
export async function listPeople({ db }: Deps, host: Host, { after, before }: PeopleAsked = {}): Promise<People> {
  const inviter = inviterOf(host)
  demand(host, inviter.read)
  const [people, invites] = await db.batch([
    peopleWhere(db, host, joinedAfter(host, after)),
    notJoined(db, inviter, { before, size: PAGE_SIZE }),
  ])
  const { rows, next } = toPage<Person>(people)
  return { people: { rows, next: next && cursorOf(rows.at(-1)) }, invites: toPage(invites) }
}

/**
 * One person of the host's account, and whether they are its last Admin: for themselves, and for those who may change
 * others. Throws `forbidden`, `not_found`. One D1 round trip.
 */
export async function findPerson({ db }: Deps, host: Host, id: string): Promise<Person & { isLastAdmin: boolean }> {
  if (id !== host.id) demand(host, inviterOf(host).write)
  const { table, account, id: accountId } = tableOf(host)
  const otherAdmin = sql`SELECT user_id FROM ${table} WHERE ${account} = ${accountId} AND role = 'admin' AND user_id <> ${id} LIMIT 1`
  const [[person], others] = await db.batch([
    peopleWhere(db, host, sql`${users.id} = ${id}`),
    db.select({ id: users.id }).from(users).where(sql`${users.id} IN (${otherAdmin})`),
  ])
  if (!person) throw new Failure({ kind: "not_found" })
  return { ...person, isLastAdmin: person.role === "admin" && others.length === 0 }
}

/**
 * Gives a person of the account another role. Returns what is wrong with it, and then changes nothing; throws `forbidden`,
 * `not_found`, and `last_admin` where no other Admin would be left. One D1 round trip.
 */
export async function changeRole(deps: Deps, host: Host, id: string, role: string): Promise<FieldError[]> {
  demand(host, inviterOf(host).write)
  const checked = roleIn(host.kind).safeParse(role)
  if (!checked.success) return [{ field: "role", code: "invalid", detail: ROLE_RULE }]
  const { db } = deps
  const next = checked.data
  const person = personIs(host, id)
  const allowed = and(person, isStillAdmin(host), next === "admin" ? undefined : leavesAnAdmin(host, id))
  const changes = sql`${there(host, and(allowed, sql`role <> ${next}`))}`
  const told = sql`(SELECT name FROM users WHERE id = ${id}) || ': ' || ${roleNameOf(host, id)} || ' → ' || ${ROLE_NAMES[next]}`
  const [[found], , changed] = await db.batch([
    peopleWhere(db, host, sql`${users.id} = ${id}`),
    recorded(deps, host, "role_changed", id, { told, when: changes }),
    host.kind === "staff"
      ? db
          .update(staff)
          .set({ role: next as StaffRole })
          .where(allowed)
          .returning({ id: staff.userId })
      : db
          .update(members)
          .set({ role: next as MemberRole })
          .where(allowed)
          .returning({ id: members.userId }),
  ])
  if (changed.length === 0) throw await whyNot(deps, host, found)
  return []
}

/**
 * Takes a person out of the account, or lets them leave. They have no access from then on; invites and API keys that they made
 * stay. Throws `forbidden`, `not_found`, and `last_admin` where no other Admin would be left. One D1 round trip.
 */
export async function removePerson(deps: Deps, host: Host, id: string): Promise<void> {
  const isLeaving = id === host.id
  if (!isLeaving) demand(host, inviterOf(host).write)
  const { db } = deps
  const allowed = and(personIs(host, id), isLeaving ? undefined : isStillAdmin(host), leavesAnAdmin(host, id))
  const told = sql`(SELECT name FROM users WHERE id = ${id})`
  const untold: Statement[] =
    host.kind === "staff"
      ? [
          db
            .delete(notifications)
            .where(and(waitingFor(id, host.reseller.id), sql`NOT ${there(host, personIs(host, id))}`)),
        ]
      : []
  const [[found], , removed] = await db.batch([
    peopleWhere(db, host, sql`${users.id} = ${id}`),
    recorded(deps, host, isLeaving ? "left" : "removed", id, { told, when: there(host, allowed) }),
    host.kind === "staff"
      ? db.delete(staff).where(allowed).returning({ id: staff.userId })
      : db.delete(members).where(allowed).returning({ id: members.userId }),
    ...untold,
  ])
  if (removed.length === 0) throw await whyNot(deps, host, found)
}

/** Why nothing was changed about a person that was found, or was not. */
async function whyNot({ db }: Deps, host: Host, found: Person | undefined): Promise<Failure> {
  if (!found) return new Failure({ kind: "not_found" })
  const [acting] = await peopleWhere(db, host, sql`${users.id} = ${host.id}`)
  if (acting?.role !== "admin") {
    return new Failure({ kind: "forbidden", permission: inviterOf(host).write })
  }
  return new Failure({ kind: "last_admin" })
}

// The two tables of people differ in nothing but the column that names the account. Conditions are made of raw names, since they
// stand in statements of several kinds.

const tableOf = (host: Host) =>
  host.kind === "staff"
    ? { table: sql.raw("staff"), account: sql.raw("reseller_id"), id: host.reseller.id }
    : { table: sql.raw("members"), account: sql.raw("customer_id"), id: host.customer.id }

function personIs(host: Host, id: string): SQL {
  const { account, id: accountId } = tableOf(host)
  return sql`user_id = ${id} AND ${account} = ${accountId}`
}

/** True while the host is an Admin: somebody may have changed that since they asked. */
function isStillAdmin(host: Host): SQL {
  const { table, account, id } = tableOf(host)
  return sql`EXISTS (SELECT 1 FROM ${table} AS acting
    WHERE acting.user_id = ${host.id} AND acting.${account} = ${id} AND acting.role = 'admin')`
}

/** True when the account has an Admin besides this person, or this is none. */
function leavesAnAdmin(host: Host, id: string): SQL {
  const { table, account, id: accountId } = tableOf(host)
  return sql`(role <> 'admin' OR EXISTS (SELECT 1 FROM ${table} AS other
    WHERE other.${account} = ${accountId} AND other.role = 'admin' AND other.user_id <> ${id}))`
}

function there(host: Host, condition: SQL | undefined): SQL {
  return sql`EXISTS (SELECT 1 FROM ${tableOf(host).table} WHERE ${condition})`
}

/** Both values, since the person may be gone when the next page is asked for. */
const cursorOf = (person: Person | undefined) => person && `${person.joinedAt.getTime()}.${person.id}`

function joinedAfter(host: Host, cursor = ""): SQL {
  const { table } = tableOf(host)
  const [, joinedAt, id] = /^(\d{1,15})\.(\w{1,40})$/.exec(cursor) ?? []
  return id ? sql`(${table}.created_at, ${table}.user_id) > (${Number(joinedAt)}, ${id})` : sql`TRUE`
}

function roleNameOf(host: Host, id: string): SQL {
  const names = sql.join(
    Object.entries(ROLE_NAMES).map(([role, name]) => sql.raw(`WHEN '${role}' THEN '${name}'`)),
    sql` `,
  )
  return sql`(SELECT CASE role ${names} END FROM ${tableOf(host).table} WHERE ${personIs(host, id)})`
}

/** The statement that records what is done about a person, at the customer or, of staff, at the person. */
function recorded(
  deps: Deps,
  host: Host,
  deed: "role_changed" | "removed" | "left",
  id: string,
  { told, when }: { told: SQL; when: SQL },
) {
  const action: AuditAction = `${host.kind}.${deed}`
  const subject = host.kind === "staff" ? id : host.customer.id
  const entry = auditRow(deps, host.reseller.id, host, action, subject)
  return insertWhere(deps.db, auditLog, { ...entry, detail: told }, when)
}

/** The statement that reads people of the host's account, in the order that they joined, a page at most. */
function peopleWhere(db: Deps["db"], host: Host, condition: SQL) {
  const { table, account, id } = tableOf(host)
  const columns = { id: users.id, name: users.name, email: users.email }
  const wanted = and(sql`${table}.${account} = ${id}`, condition)
  return host.kind === "staff"
    ? db
        .select({ ...columns, role: staff.role, joinedAt: staff.createdAt })
        .from(staff)
        .innerJoin(users, eq(users.id, staff.userId))
        .where(wanted)
        .orderBy(asc(staff.createdAt), asc(staff.userId))
        .limit(PAGE_SIZE + 1)
    : db
        .select({ ...columns, role: members.role, joinedAt: members.createdAt })
        .from(members)
        .innerJoin(users, eq(users.id, members.userId))
        .where(wanted)
        .orderBy(asc(members.createdAt), asc(members.userId))
        .limit(PAGE_SIZE + 1)
}
