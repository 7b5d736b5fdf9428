import type { Context, MiddlewareHandler, Next } from "hono"
import { isRecentlyConfirmed } from "../domain/access/confirm-identity.ts"
import { loadSession, type SessionUser } from "../domain/access/session-user.ts"
import { type AccountRef, switchAccount } from "../domain/access/switch-account.ts"
import { Failure } from "../domain/failure.ts"
import { href } from "../routes.ts"
import { type AppEnv, factory } from "./context.ts"
import { ACCOUNT_PARAM, formAccountId, linkedAccountId, requestedAccountId } from "./form-account.ts"
import { isFragmentRequest, isHtmxRequest, localPath, redirect, refererPath } from "./htmx.ts"
import { keepFormOfSignedOut } from "./kept-form.ts"
import { isReadRequest } from "./read-request.ts"
import { readSessionToken } from "./session-cookie.ts"
import { openSession, proveSession } from "./session-proof.ts"
import { shownAgain } from "./shown-again.ts"

type Guard = (c: Context<AppEnv>, sessionUser: SessionUser, next: Next) => ReturnType<MiddlewareHandler>

/** A middleware that needs a session. Its response, or that of the handlers after it, is sent only if the session is proven. */
function requireSessionFor(accountId: (c: Context<AppEnv>) => string | undefined, guard: Guard) {
  return factory.createMiddleware(async (c, next) => {
    const token = await readSessionToken(c)
    const session = token && (await openSession(c, token, accountId(c) ?? ""))
    if (!session) return askToSignIn(c)
    if (isForeignForm(c, session.sessionUser, accountId(c))) return redirectHome(c, session.sessionUser)
    c.set("ensureProven", session.ensureProven)
    try {
      return await guard(c, session.sessionUser, next)
    } finally {
      await proveSession(c)
    }
  })
}

/** Whether the page is shown again with what was entered in an account that isn't this person's: somebody else has signed in. */
function isForeignForm(c: Context<AppEnv>, { staff, member }: SessionUser, accountId: string | undefined): boolean {
  return shownAgain(c) && accountId ? ![staff?.reseller.id, member?.customer.id].includes(accountId) : false
}

/** After this middleware, `c.var.staff` is the signed-in staff user. Anyone else is redirected. */
export const requireStaff = requireSessionFor(namedAccountId, async (c, sessionUser, next) => {
  const { staff } = sessionUser
  if (linkedAccountId(c)) return openInLinkedAccount(c, sessionUser)
  await switchToFormAccount(c, sessionUser, staff && { resellerId: staff.reseller.id })
  if (!staff) return redirectHome(c, sessionUser)
  if (staff.reseller.requiresSecondFactor && !sessionUser.hasSecondFactor) {
    return redirect(c, href("profile.secondFactor.new"))
  }
  c.set("staff", staff)
  c.set("sessionUser", sessionUser)
  await next()
})

/** After this middleware, `c.var.member` is the signed-in member of a customer. Anyone else is redirected. */
export const requireMember = requireSessionFor(formAccountId, async (c, sessionUser, next) => {
  const { member } = sessionUser
  await switchToFormAccount(c, sessionUser, member && { customerId: member.customer.id })
  if (!member) return redirectHome(c, sessionUser)
  c.set("member", member)
  c.set("sessionUser", sessionUser)
  await next()
})

/**
 * Switches the session to the account that the form was rendered for. Throws `wrong_account` if the person no longer belongs to
 * it: the form must not be applied to another account.
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

function namedAccountId(c: Context<AppEnv>): string | undefined {
  return formAccountId(c) ?? linkedAccountId(c)
}

/**
 * Redirects a link from an email to its page, in the account that it names if the person works there. It changes only what they see:
 * forms name their account themselves.
 */
async function openInLinkedAccount(c: Context<AppEnv>, sessionUser: SessionUser): Promise<Response> {
  const { staff, sessionId: id, user } = sessionUser
  if (staff && staff.reseller.id === linkedAccountId(c) && !sessionUser.selectedAccounts.includes(staff.reseller.id)) {
    await switchAccount(c.var.deps, { id, userId: user.id }, { resellerId: staff.reseller.id })
  }
  const { pathname, searchParams } = new URL(c.req.url)
  searchParams.delete(ACCOUNT_PARAM)
  return redirect(c, searchParams.size > 0 ? `${pathname}?${searchParams}` : pathname)
}

/**
 * After this middleware, `c.var.sessionUser` is a signed-in person, in any account or none. `c.var.staff` or `c.var.member` is set to
 * the account that the page was opened from.
 */
export const requireSession = requireSessionFor(requestedAccountId, async (c, sessionUser, next) => {
  const { staff, member } = sessionUser
  c.set("sessionUser", sessionUser)
  if (member && (!staff || member.customer.id === requestedAccountId(c))) c.set("member", member)
  else if (staff) c.set("staff", staff)
  await next()
})

/**
 * Lets people through who proved who they are in the last ten minutes. Others confirm it before the page, or, so that a form that
 * was open for long isn't lost, on the page that answers `confirmation_required`.
 */
export const requireRecentConfirmation = factory.createMiddleware(async (c, next) => {
  if (isConfirmed(c)) return next()
  const { pathname, search } = new URL(c.req.url)
  if (isReadRequest(c)) return redirect(c, href("identity.show", {}, { next: localPath(pathname + search) }))
  if (isFragmentRequest(c)) return redirect(c, href("identity.show", {}, { next: localPath(refererPath(c)) }))
  throw new Failure({ kind: "confirmation_required" })
})

const isConfirmed = (c: Context<AppEnv>) => isRecentlyConfirmed(c.var.sessionUser, c.var.deps.now())

/** The same for a form that needs it for some values only. */
export function requireConfirmation(c: Context<AppEnv>): void {
  if (!isConfirmed(c)) throw new Failure({ kind: "confirmation_required" })
}

/** The home page of a person. */
export function homePath(sessionUser: SessionUser): string {
  return href(sessionUser.staff || !sessionUser.member ? "dashboard.show" : "account.show")
}

/** Redirects a person to their home page. Throws `reseller_suspended` or `no_active_account` if they have none. */
function redirectHome(c: Context<AppEnv>, { staff, member, suspendedBy }: SessionUser): Response {
  if (staff) return redirect(c, href("dashboard.show"))
  if (member) return redirect(c, href("account.show"))
  throw new Failure(suspendedBy ? { kind: "reseller_suspended", name: suspendedBy } : { kind: "no_active_account" })
}

/** The signed-in person, or undefined. One batch reads the session, the person and their accounts. */
export async function currentUser(c: Context<AppEnv>): Promise<SessionUser | undefined> {
  const token = await readSessionToken(c)
  const session = token && (await loadSession(c.var.deps, token, ""))
  return session ? session.sessionUser : undefined
}

/**
 * Redirects to the sign-in page, which continues to the page that was asked for, or on which the person was. Throws `signed_out` for a
 * form, so that what was entered isn't lost.
 */
async function askToSignIn(c: Context<AppEnv>): Promise<Response> {
  const { pathname, search } = new URL(c.req.url)
  if (!isReadRequest(c) && (await keepFormOfSignedOut(c))) throw new Failure({ kind: "signed_out" })
  const path = isReadRequest(c) && !isHtmxRequest(c) ? pathname + search : refererPath(c)
  return redirect(c, href("session.new", {}, { next: path === href("dashboard.show") ? undefined : localPath(path) }))
}
