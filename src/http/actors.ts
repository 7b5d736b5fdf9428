import { and, desc, eq, gt } from "drizzle-orm"
import type { Context } from "hono"
import type { MemberActor, StaffActor } from "../domain/actor.ts"
import { columnsOf } from "../storage/columns-of.ts"
import { customers, members, resellers, sessions, staff, users } from "../storage/schema.ts"
import { factory, type Vestibule } from "./context.ts"
import { redirect } from "./htmx.ts"

/** The staff member or member behind a request, as both when a person is both. */
type Person = { staff: StaffActor | undefined; member: MemberActor | undefined }

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
  const [[found], [membership]] = await db.batch([
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
      .orderBy(desc(members.createdAt))
      .limit(1),
  ])
  if (!found) return undefined
  const { id, name, email } = found.user
  const { role, reseller } = found
  return {
    staff: role ? { kind: "staff", id, name, email, role, reseller } : undefined,
    member: membership && { kind: "member", id, name, email, ...membership },
  }
}

function toSignIn(c: Context<Vestibule>) {
  const { pathname, search } = new URL(c.req.url)
  const next = c.req.method === "GET" && pathname !== "/" ? `?next=${encodeURIComponent(pathname + search)}` : ""
  return redirect(c, `/sign-in${next}`)
}
