import { and, desc, eq, gt, sql } from "drizzle-orm"
import type { Context } from "hono"
import type { MemberActor, PersonAccount, StaffActor } from "../domain/actor.ts"
import type { Visitor } from "../domain/registration.ts"
import { columnsOf } from "../storage/columns-of.ts"
import { customers, members, resellers, sessions, staff, users } from "../storage/schema.ts"
import { factory, type Vestibule } from "./context.ts"
import { redirect } from "./htmx.ts"

/** The person behind a request: staff, member of the customer whose account they are in, both, or neither any more. */
type Person = { user: Visitor; sessionId: string; staff: StaffActor | undefined; member: MemberActor | undefined }

/** More than anybody is in; a bound. */
const ACCOUNTS_MAX = 50

/** Behind this guard `c.var.staff` is a signed-in staff member; anybody else is sent where they belong. */
export const staffOnly = factory.createMiddleware(async (c, next) => {
  const person = await signedIn(c)
  if (!person) return toSignIn(c)
  if (!person.staff) return redirect(c, "/account")
  c.set("staff", person.staff)
  await next()
})

/** Behind this guard `c.var.member` is a signed-in member of a customer. */
export const memberOnly = factory.createMiddleware(async (c, next) => {
  const person = await signedIn(c)
  if (!person) return toSignIn(c)
  if (!person.member) return redirect(c, "/")
  c.set("member", person.member)
  c.set("sessionId", person.sessionId)
  await next()
})

/** Where a person's own pages begin. */
export function homeOf(person: Person): string {
  return person.staff ? "/" : "/account"
}

/** Who is signed in, or undefined. The cookie is checked first; then one query asks whether the session still stands. */
export async function signedIn(c: Context<Vestibule>): Promise<Person | undefined> {
  const { headers, response } = await c.var.identity.api.getSession({
    headers: c.req.raw.headers,
    returnHeaders: true,
  })
  for (const cookie of headers.getSetCookie()) c.header("Set-Cookie", cookie, { append: true })
  return response ? personOf(c, response.session.id) : undefined
}

/** Every part a person plays, by session id; undefined when the session has ended. One D1 round trip. */
async function personOf(c: Context<Vestibule>, sessionId: string): Promise<Person | undefined> {
  const { db, now } = c.var.deps
  const [[found], memberships] = await db.batch([
    db
      .select({ user: columnsOf(users, "user"), role: staff.role, reseller: columnsOf(resellers, "reseller") })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .leftJoin(staff, eq(staff.userId, users.id))
      .leftJoin(resellers, eq(resellers.id, staff.resellerId))
      .where(and(eq(sessions.id, sessionId), gt(sessions.expiresAt, now()))),
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
      .orderBy(desc(sql`${members.customerId} = ${sessions.customerId}`), desc(members.createdAt))
      .limit(ACCOUNTS_MAX),
  ])
  if (!found) return undefined
  const { id, name, email } = found.user
  const { role, reseller } = found
  const accounts: PersonAccount[] = [
    ...(role ? [{ kind: "staff" as const, id: reseller.id, name: reseller.name, reseller: reseller.name }] : []),
    ...memberships.map(({ customer: { id, name }, reseller: house }) => ({
      kind: "customer" as const,
      id,
      name,
      reseller: house.name,
    })),
  ]
  const [membership] = memberships // the one they chose, else the newest
  return {
    user: { id, name, email },
    sessionId,
    staff: role ? { kind: "staff", id, name, email, role, reseller, accounts } : undefined,
    member: membership && { kind: "member", id, name, email, accounts, ...membership },
  }
}

function toSignIn(c: Context<Vestibule>) {
  const { pathname, search } = new URL(c.req.url)
  const next = c.req.method === "GET" && pathname !== "/" ? `?next=${encodeURIComponent(pathname + search)}` : ""
  return redirect(c, `/sign-in${next}`)
}
