import { and, asc, desc, type SQL, sql } from "drizzle-orm"
import { type Cursor, PAGE_SIZE, type Page, type PageRequest, toPage } from "../storage/paging.ts"
import { type Invite, type MemberRole, members, type StaffRole, staff, users } from "../storage/schema.ts"
import type { ResellerActor } from "./access/actor.ts"
import { authorize } from "./access/permissions.ts"
import { ownCustomerQuery } from "./customers.ts"
import type { Deps } from "./deps.ts"
import { Failure } from "./failure.ts"
import { type AccountActor, inviteContextFor, type PeopleActor } from "./invites/audience.ts"
import type { AccountKind } from "./invites/fields.ts"
import { inviteQuery } from "./invites/find.ts"
import { isInviteId, openInvitesQuery } from "./invites/list.ts"

/** A person who has joined an account. `isInherited`: they are in a sandbox because they work for its live reseller. */
export type Person = {
  id: string
  name: string
  email: string
  role: StaffRole | MemberRole
  joinedAt: Date
  isInherited: boolean
}

/** An account with people: the staff of a reseller, or the members of a customer, by its id. */
type PeopleAccount = { kind: AccountKind; id: string }

/** The account whose people the actor manages. */
export const accountOf = (actor: PeopleActor): PeopleAccount =>
  actor.kind === "member" ? { kind: "member", id: actor.customer.id } : { kind: "staff", id: actor.reseller.id }

/** A page of people who have joined, a page of open invites, and the invite that was asked for besides. */
export type People = { people: Page<Person>; invites: Page<Invite>; mentioned: Invite | undefined }

/** Where the two pages begin: beyond a person (their id, and when they joined), and beyond an invite. */
type PeoplePageRequest = { people?: Cursor; invites?: Cursor; mentionedId?: string | undefined }

/** The people of the actor's account, in the order they joined, and its open invites, newest first. Throws `forbidden`. */
export async function listPeople(
  { db, read }: Deps,
  actor: AccountActor,
  { people: cursor = {}, invites: inviteCursor = {}, mentionedId = "" }: PeoplePageRequest = {},
): Promise<People> {
  const context = inviteContextFor(actor)
  authorize(actor, context.read)
  const { before, after } = validCursor(cursor, isPersonCursor)
  // Unlike invites, people are in the order of time, so that what comes next is after them.
  const peoplePage = { before: after, after: before, size: PAGE_SIZE }
  const invitesPage = { ...validCursor(inviteCursor, isInviteId), size: PAGE_SIZE }
  const [people, invites, [mentioned]] = await read([
    peoplePageQuery(db, accountOf(actor), { before, after, size: PAGE_SIZE }, before ? desc : asc),
    openInvitesQuery(db, context, invitesPage),
    inviteQuery(db, context, mentionedId),
  ])
  return { people: toPeoplePage(people, peoplePage), invites: toPage(invites, invitesPage), mentioned }
}

/** A page of the reseller's staff, the last to join first. Throws `forbidden`. */
export async function listStaffPage(
  { db, read }: Deps,
  actor: ResellerActor,
  page: PageRequest,
): Promise<Page<Person>> {
  authorize(actor, "staff:read")
  const [people] = await read([newestPeopleQuery(db, { kind: "staff", id: actor.reseller.id }, page)])
  return toPeoplePage(people, page)
}

/** One of the reseller's staff. Throws `forbidden` and `not_found`. */
export async function getStaff({ db, read }: Deps, actor: ResellerActor, id: string): Promise<Person> {
  authorize(actor, "staff:read")
  const [[person]] = await read([personQuery(db, { kind: "staff", id: actor.reseller.id }, id)])
  return person ?? notFound()
}

/** A page of the members of one of the reseller's customers, the last to join first. Throws `forbidden` and `not_found`. */
export async function listMembersPage(
  { db, read }: Deps,
  actor: ResellerActor,
  customerId: string,
  page: PageRequest,
): Promise<Page<Person>> {
  authorize(actor, "members:read")
  const [[customer], people] = await read([
    ownCustomerQuery(db, actor, customerId),
    newestPeopleQuery(db, { kind: "member", id: customerId }, page),
  ])
  return customer ? toPeoplePage(people, page) : notFound()
}

/** A member of one of the reseller's customers. Throws `forbidden` and `not_found`. */
export async function getMember(
  { db, read }: Deps,
  actor: ResellerActor,
  customerId: string,
  id: string,
): Promise<Person> {
  authorize(actor, "members:read")
  const [[customer], [person]] = await read([
    ownCustomerQuery(db, actor, customerId),
    personQuery(db, { kind: "member", id: customerId }, id),
  ])
  return (customer && person) ?? notFound()
}

function notFound(): never {
  throw new Failure({ kind: "not_found" })
}

// The two tables of people differ only in the column of the account and the digests of staff. They stay separate so that each has a
// foreign key to its accounts. Conditions use raw names, since several kinds of statement share them.

export const accountTable = ({ kind, id }: PeopleAccount) =>
  kind === "staff"
    ? { table: sql`${staff}`, account: sql.identifier(staff.resellerId.name), id, isInherited: sql`is_inherited` }
    : { table: sql`${members}`, account: sql.identifier(members.customerId.name), id, isInherited: sql`FALSE` }

/** The statement that reads one person of an account. */
export const personQuery = (db: Deps["db"], account: PeopleAccount, id: string) =>
  peopleQuery(db, account, sql`${users.id} = ${id}`).limit(1)

const newestPeopleQuery = (db: Deps["db"], account: PeopleAccount, page: PageRequest) =>
  peoplePageQuery(db, account, page, page.after ? asc : desc)

function peoplePageQuery(db: Deps["db"], account: PeopleAccount, page: PageRequest, order: typeof asc) {
  const { table } = accountTable(account)
  return peopleQuery(db, account, isJoinedBeyond(account, page))
    .orderBy(...[sql`${table}.created_at`, sql`${table}.user_id`].map(order))
    .limit(page.size + 1)
}

function peopleQuery(db: Deps["db"], peopleAccount: PeopleAccount, condition: SQL) {
  const { table, account, id, isInherited } = accountTable(peopleAccount)
  return db
    .select({
      id: users.id,
      name: users.name,
      email: users.email,
      role: sql<Person["role"]>`${table}.role`.as("role"),
      joinedAt: sql`${table}.created_at`.mapWith(staff.createdAt).as("joined_at"),
      isInherited: isInherited.mapWith(Boolean).as("is_inherited_person"),
    })
    .from(users)
    .innerJoin(table, sql`${table}.user_id = ${users.id}`)
    .where(and(sql`${table}.${account} = ${id}`, condition))
    .$dynamic()
}

function toPeoplePage(people: Person[], page: PageRequest): Page<Person> {
  const { rows, next, prev } = toPage(people, page)
  return { rows, next: next && toCursor(rows.at(-1)), prev: prev && toCursor(rows[0]) }
}

/** Contains both values, since the person may have left when the next page is requested. */
const toCursor = (person: Person | undefined) => person && `${person.id}.${person.joinedAt.getTime()}`

const PERSON_CURSOR = /^(\w{1,40})\.(\d{1,15})$/
const isPersonCursor = (cursor: string) => PERSON_CURSOR.test(cursor)

/** A cursor that isn't valid is ignored: the list begins at its start. */
function validCursor({ before = "", after = "" }: Cursor, isValid: (cursor: string) => boolean): Cursor {
  return { before: isValid(before) ? before : undefined, after: isValid(after) ? after : undefined }
}

function isJoinedBeyond(account: PeopleAccount, { before, after }: Cursor): SQL {
  const { table } = accountTable(account)
  const [, id, joinedAt] = PERSON_CURSOR.exec(after ?? before ?? "") ?? []
  const operator = sql.raw(after ? ">" : "<")
  return id ? sql`(${table}.created_at, ${table}.user_id) ${operator} (${Number(joinedAt)}, ${id})` : sql`TRUE`
}
