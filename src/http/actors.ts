import { and, desc, eq, gt, sql } from "drizzle-orm"
import type { Context } from "hono"
import { type AccountChoice, chooseAccount } from "../domain/account-choice.ts"
import type { MemberActor, PersonAccount, StaffActor } from "../domain/actor.ts"
import { Failure } from "../domain/failure.ts"
import type { Visitor } from "../domain/registration.ts"
import { columnsOf } from "../storage/columns-of.ts"
import { customers, members, resellers, sessions, staff, users } from "../storage/schema.ts"
import { factory, type Vestibule } from "./context.ts"
import { accountOfForm, nameAccountInForms } from "./form-account.ts"
import { redirect } from "./htmx.ts"

/**
 * The person behind a request: staff of the reseller that they chose, member of the customer whose account they are in, both,
 * or neither any more; `suspendedBy` is then a reseller that keeps them out.
 */
type Person = {
  user: Visitor
  sessionId: string
  staff: StaffActor | undefined
  member: MemberActor | undefined
  suspendedBy: string | undefined
  /** The accounts that they chose. */
  chosen: (string | null)[]
}

/** More than anybody is in; a bound. */
const ACCOUNTS_MAX = 50

/** Behind this guard `c.var.staff` is a signed-in staff member; anybody else is sent where they belong. */
export const staffOnly = factory.createMiddleware(async (c, next) => {
  const person = await signedIn(c, accountOfForm(c))
  if (!person) return toSignIn(c)
  const { staff } = person
  await goOnIn(c, person, staff && { resellerId: staff.reseller.id })
  if (!staff) return redirectHome(c, person)
  c.set("staff", staff)
  await next()
  nameAccountInForms(c, staff.reseller.id)
})

/** Behind this guard `c.var.member` is a signed-in member of a customer. */
export const memberOnly = factory.createMiddleware(async (c, next) => {
  const person = await signedIn(c, accountOfForm(c))
  if (!person) return toSignIn(c)
  const { member } = person
  await goOnIn(c, person, member && { customerId: member.customer.id })
  if (!member) return redirectHome(c, person)
  c.set("member", member)
  await next()
  nameAccountInForms(c, member.customer.id)
})

/**
 * A form is taken in the account that it was made in, and the person goes on there. Throws `wrong_account` where they are in it no
 * longer: what it asks for was meant for no other.
 */
async function goOnIn(c: Context<Vestibule>, person: Person, choice: AccountChoice | undefined): Promise<void> {
  const asked = accountOfForm(c)
  if (!asked) return
  const id = choice && ("customerId" in choice ? choice.customerId : choice.resellerId)
  if (!choice || id !== asked) throw new Failure({ kind: "wrong_account" })
  if (!person.chosen.includes(asked)) {
    await chooseAccount(c.var.deps, { id: person.sessionId, userId: person.user.id }, choice)
  }
}

/** Behind this guard somebody is signed in, whatever account they are in: `c.var.session` says who, and which session it is. */
export const anybodySignedIn = factory.createMiddleware(async (c, next) => {
  const person = await signedIn(c)
  if (!person) return toSignIn(c)
  c.set("session", { id: person.sessionId, userId: person.user.id })
  await next()
})

/** Where a person's own pages begin. */
export function homeOf(person: Person): string {
  return person.staff || !person.member ? "/" : "/account"
}

/** Sends a person to the pages that are theirs. Throws `reseller_suspended` and `no_active_account` where there are none. */
function redirectHome(c: Context<Vestibule>, { staff, member, suspendedBy }: Person): Response {
  if (staff) return redirect(c, "/")
  if (member) return redirect(c, "/account")
  throw new Failure(suspendedBy ? { kind: "reseller_suspended", name: suspendedBy } : { kind: "no_active_account" })
}

/**
 * Who is signed in, or undefined. The cookie is checked first; then one query asks whether the session still stands. `inAccount`
 * goes before the accounts that they chose.
 */
export async function signedIn(c: Context<Vestibule>, inAccount = ""): Promise<Person | undefined> {
  const { headers, response } = await c.var.identity.api.getSession({
    headers: c.req.raw.headers,
    returnHeaders: true,
  })
  for (const cookie of headers.getSetCookie()) c.header("Set-Cookie", cookie, { append: true })
  return response ? personOf(c, response.session.id, inAccount) : undefined
}

/** Every part a person plays, by session id; undefined when the session has ended. One D1 round trip. */
async function personOf(c: Context<Vestibule>, sessionId: string, inAccount: string): Promise<Person | undefined> {
  const { db, now } = c.var.deps
  const [[found], jobs, memberships] = await db.batch([
    db
      .select({
        id: users.id,
        name: users.name,
        email: users.email,
        resellerId: sessions.resellerId,
        customerId: sessions.customerId,
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(eq(sessions.id, sessionId), gt(sessions.expiresAt, now()))),
    db
      .select({ role: staff.role, reseller: columnsOf(resellers, "reseller") })
      .from(sessions)
      .innerJoin(staff, eq(staff.userId, sessions.userId))
      .innerJoin(resellers, eq(resellers.id, staff.resellerId))
      .where(eq(sessions.id, sessionId))
      .orderBy(
        desc(sql`${staff.resellerId} = ${inAccount}`),
        desc(sql`${staff.resellerId} = ${sessions.resellerId}`),
        desc(staff.createdAt),
      )
      .limit(ACCOUNTS_MAX),
    db
      .select({
        role: members.role,
        customer: columnsOf(customers, "customer"),
        reseller: columnsOf(resellers, "reseller"),
      })
      .from(sessions)
      .innerJoin(members, eq(members.userId, sessions.userId))
      .innerJoin(customers, eq(customers.id, members.customerId))
      .innerJoin(resellers, eq(resellers.id, customers.resellerId))
      .where(eq(sessions.id, sessionId))
      .orderBy(
        desc(sql`${members.customerId} = ${inAccount}`),
        desc(sql`${members.customerId} = ${sessions.customerId}`),
        desc(members.createdAt),
      )
      .limit(ACCOUNTS_MAX),
  ])
  if (!found) return undefined
  const { resellerId, customerId, ...user } = found
  const openJobs = jobs.filter(isOpen)
  const openMemberships = memberships.filter(isOpen)
  const accounts: PersonAccount[] = [
    ...openJobs.map(({ reseller: { id, name } }) => ({ kind: "staff" as const, id, name, reseller: name })),
    ...openMemberships.map(({ customer: { id, name }, reseller: house }) => ({
      kind: "customer" as const,
      id,
      name,
      reseller: house.name,
    })),
  ]
  // Of each the one they chose, else the newest.
  const [job] = openJobs
  const [membership] = openMemberships
  return {
    user,
    sessionId,
    staff: job && { kind: "staff", ...user, accounts, ...job },
    member: membership && { kind: "member", ...user, accounts, ...membership },
    chosen: [resellerId, customerId],
    suspendedBy: [...jobs, ...memberships].find((place) => !isOpen(place))?.reseller.name,
  }
}

const isOpen = ({ reseller }: { reseller: { suspendedAt: Date | null } }) => reseller.suspendedAt === null

function toSignIn(c: Context<Vestibule>) {
  const { pathname, search } = new URL(c.req.url)
  const next = c.req.method === "GET" && pathname !== "/" ? `?next=${encodeURIComponent(pathname + search)}` : ""
  return redirect(c, `/sign-in${next}`)
}
