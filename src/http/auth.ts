import type { Context } from "hono"
import { loadSessionUser, type SessionUser } from "../domain/access/session-user.ts"
import { type AccountRef, switchAccount } from "../domain/access/switch-account.ts"
import { Failure } from "../domain/failure.ts"
import { type AppEnv, factory } from "./context.ts"
import { addAccountToForms, formAccountId } from "./form-account.ts"
import { redirect } from "./htmx.ts"

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
 * A form is taken in the account that it was made in, and the person goes on there. Throws `wrong_account` where they are in it
 * no longer: what it asks for was meant for no other.
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
  return response ? loadSessionUser(c.var.deps, response.session.id, preferredAccountId) : undefined
}

function redirectToSignIn(c: Context<AppEnv>) {
  const { pathname, search } = new URL(c.req.url)
  const next = c.req.method === "GET" && pathname !== "/" ? `?next=${encodeURIComponent(pathname + search)}` : ""
  return redirect(c, `/sign-in${next}`)
}
