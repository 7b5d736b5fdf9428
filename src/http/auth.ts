import { and, desc, eq, gt, sql } from "drizzle-orm"
import type { Context } from "hono"
import type { MemberActor, Membership, StaffActor } from "../domain/access/actor.ts"
import { type AccountRef, switchAccount } from "../domain/access/switch-account.ts"
import { Failure } from "../domain/failure.ts"
import type { SignedInUser } from "../domain/invites/link-state.ts"
import { aliasedColumns } from "../storage/aliased-columns.ts"
import { customers, members, resellers, sessions, staff, users } from "../storage/schema.ts"
import { type AppEnv, factory } from "./context.ts"
import { addAccountToForms, formAccountId } from "./form-account.ts"
import { redirect } from "./htmx.ts"

/**
 * The person behind a request: staff of the reseller that they chose, member of the customer whose account they are in, both,
 * or neither any more; `suspendedBy` is then a reseller that keeps them out.
 */
type SessionUser = {
  user: SignedInUser
  sessionId: string
  staff: StaffActor | undefined
  member: MemberActor | undefined
  suspendedBy: string | undefined
  /** The accounts that they chose. */
  selectedAccounts: (string | null)[]
}

/** More than anybody is in; a bound. */
const ACCOUNTS_MAX = 50

/** Behind this guard `c.var.staff` is a signed-in staff member; anybody else is sent where they belong. */
export const requireStaff = factory.createMiddleware(async (c, next) => {
  const sessionUser = await currentUser(c, formAccountId(c))
  if (!sessionUser) return redirectToSignIn(c)
  const { staff } = sessionUser
  await switchToFormAccount(c, sessionUser, staff && { resellerId: staff.reseller.id })
  if (!staff) return redirectHome(c, sessionUser)
  c.set("staff", staff)
  await next()
  addAccountToForms(c, staff.reseller.id)
})

/** Behind this guard `c.var.member` is a signed-in member of a customer. */
export const requireMember = factory.createMiddleware(async (c, next) => {
  const sessionUser = await currentUser(c, formAccountId(c))
  if (!sessionUser) return redirectToSignIn(c)
  const { member } = sessionUser
  await switchToFormAccount(c, sessionUser, member && { customerId: member.customer.id })
  if (!member) return redirectHome(c, sessionUser)
  c.set("member", member)
  await next()
  addAccountToForms(c, member.customer.id)
})

/**
 * A form is taken in the account that it was made in, and the person goes on there. Throws `wrong_account` where they are in it no
 * longer: what it asks for was meant for no other.
 */
async function switchToFormAccount(
  c: Context<AppEnv>,
  sessionUser: SessionUser,
  account: AccountRef | undefined,
): Promise<void> {
  const requestedId = formAccountId(c)
  if (!requestedId) return
  const accountId = account && ("customerId" in account ? account.customerId : account.resellerId)
  if (!account || accountId !== requestedId) throw new Failure({ kind: "wrong_account" })
  if (!sessionUser.selectedAccounts.includes(requestedId)) {
    await switchAccount(c.var.deps, { id: sessionUser.sessionId, userId: sessionUser.user.id }, account)
  }
}

/** Behind this guard somebody is signed in, whatever account they are in: `c.var.session` says who, and which session it is. */
export const requireSession = factory.createMiddleware(async (c, next) => {
  const sessionUser = await currentUser(c)
  if (!sessionUser) return redirectToSignIn(c)
  c.set("session", { id: sessionUser.sessionId, userId: sessionUser.user.id })
  await next()
})

/** Where a person's own pages begin. */
export function homePath(sessionUser: SessionUser): string {
  return sessionUser.staff || !sessionUser.member ? "/" : "/account"
}

/** Sends a person to the pages that are theirs. Throws `reseller_suspended` and `no_active_account` where there are none. */
function redirectHome(c: Context<AppEnv>, { staff, member, suspendedBy }: SessionUser): Response {
  if (staff) return redirect(c, "/")
  if (member) return redirect(c, "/account")
  throw new Failure(suspendedBy ? { kind: "reseller_suspended", name: suspendedBy } : { kind: "no_active_account" })
}

/**
 * Who is signed in, or undefined. The cookie is checked first; then one query asks whether the session still stands. `inAccount`
 * goes before the accounts that they chose.
 */
export async function currentUser(c: Context<AppEnv>, preferredAccountId = ""): Promise<SessionUser | undefined> {
  const { headers, response } = await c.var.auth.api.getSession({
    headers: c.req.raw.headers,
    returnHeaders: true,
  })
  for (const cookie of headers.getSetCookie()) c.header("Set-Cookie", cookie, { append: true })
  return response ? loadSessionUser(c, response.session.id, preferredAccountId) : undefined
}

/** Every part a person plays, by session id; undefined when the session has ended. One D1 round trip. */
async function loadSessionUser(
  c: Context<AppEnv>,
  sessionId: string,
  preferredAccountId: string,
): Promise<SessionUser | undefined> {
  const { db, now } = c.var.deps
  const [[sessionRow], staffMemberships, customerMemberships] = await db.batch([
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
      .select({ role: staff.role, reseller: aliasedColumns(resellers, "reseller") })
      .from(sessions)
      .innerJoin(staff, eq(staff.userId, sessions.userId))
      .innerJoin(resellers, eq(resellers.id, staff.resellerId))
      .where(eq(sessions.id, sessionId))
      .orderBy(
        desc(sql`${staff.resellerId} = ${preferredAccountId}`),
        desc(sql`${staff.resellerId} = ${sessions.resellerId}`),
        desc(staff.createdAt),
      )
      .limit(ACCOUNTS_MAX),
    db
      .select({
        role: members.role,
        customer: aliasedColumns(customers, "customer"),
        reseller: aliasedColumns(resellers, "reseller"),
      })
      .from(sessions)
      .innerJoin(members, eq(members.userId, sessions.userId))
      .innerJoin(customers, eq(customers.id, members.customerId))
      .innerJoin(resellers, eq(resellers.id, customers.resellerId))
      .where(eq(sessions.id, sessionId))
      .orderBy(
        desc(sql`${members.customerId} = ${preferredAccountId}`),
        desc(sql`${members.customerId} = ${sessions.customerId}`),
        desc(members.createdAt),
      )
      .limit(ACCOUNTS_MAX),
  ])
  if (!sessionRow) return undefined
  const { resellerId, customerId, ...user } = sessionRow
  const activeStaffMemberships = staffMemberships.filter(isActive)
  const activeCustomerMemberships = customerMemberships.filter(isActive)
  const memberships: Membership[] = [
    ...activeStaffMemberships.map(({ reseller: { id, name } }) => ({
      kind: "staff" as const,
      id,
      name,
      resellerName: name,
    })),
    ...activeCustomerMemberships.map(({ customer: { id, name }, reseller }) => ({
      kind: "customer" as const,
      id,
      name,
      resellerName: reseller.name,
    })),
  ]
  // Of each the one they chose, else the newest.
  const [staffMembership] = activeStaffMemberships
  const [customerMembership] = activeCustomerMemberships
  return {
    user,
    sessionId,
    staff: staffMembership && { kind: "staff", ...user, memberships, ...staffMembership },
    member: customerMembership && { kind: "member", ...user, memberships, ...customerMembership },
    selectedAccounts: [resellerId, customerId],
    suspendedBy: [...staffMemberships, ...customerMemberships].find((membership) => !isActive(membership))?.reseller
      .name,
  }
}

const isActive = ({ reseller }: { reseller: { suspendedAt: Date | null } }) => reseller.suspendedAt === null

function redirectToSignIn(c: Context<AppEnv>) {
  const { pathname, search } = new URL(c.req.url)
  const next = c.req.method === "GET" && pathname !== "/" ? `?next=${encodeURIComponent(pathname + search)}` : ""
  return redirect(c, `/sign-in${next}`)
}
