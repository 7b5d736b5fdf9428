import type { Context } from "hono"
import type { CheckedUser } from "../domain/access/credentials.ts"
import { PENDING_MINUTES, startPendingSignIn } from "../domain/factors/pending-sign-in.ts"
import { changeLocale } from "../domain/identity/change-profile.ts"
import { endOutdatedSession } from "../domain/identity/sessions.ts"
import { href } from "../routes.ts"
import { authBookmark, forwardCookies } from "./better-auth.ts"
import type { AppEnv } from "./context.ts"
import { rememberBrowser } from "./known-browser.ts"
import { chosenLocale } from "./language.ts"
import { setPrivateCookie } from "./private-cookies.ts"
import { logSecurityEvent, type SignInMethod } from "./security-log.ts"
import { readSessionToken } from "./session-cookie.ts"

// The only file that starts sessions. test/entrances.test.ts walks every route that calls it.

type Continuation = { nextPath: string; method: SignInMethod }

/**
 * Continues a sign-in after the password was right. Returns the path to continue to: if the person has a second factor, the page
 * that asks for it, and no session starts yet. That page passes `nextPath` on, which may hold the token of a link, so that it isn't
 * stored. If the password was changed meanwhile, it has to be entered again.
 */
export async function continueAfterPassword(
  c: Context<AppEnv>,
  { user, nextPath, method }: Continuation & { user: CheckedUser },
): Promise<string> {
  const token = await startPendingSignIn(c.var.deps, user)
  if (token) {
    setPrivateCookie(c, "second_factor", token, PENDING_MINUTES * 60)
    return href("session.secondFactor", {}, { next: nextPath })
  }
  const isStarted = await startSession(c, user.id, { method, checkedUser: user })
  return isStarted ? nextPath : href("session.new", {}, { next: nextPath })
}

/** Starts a session for a person who has proved all their factors, or has just registered. Returns `nextPath`. */
export async function continueAfterAllFactors(
  c: Context<AppEnv>,
  { userId, nextPath, method }: Continuation & { userId: string },
): Promise<string> {
  await startSession(c, userId, { method })
  return nextPath
}

/**
 * Starts a session, in the language that was chosen in this browser, if one was. An earlier session of the same browser ends. Returns
 * false if `checkedUser` has changed: a change of password ends the sessions that it finds, but can't find one that starts later.
 */
async function startSession(
  c: Context<AppEnv>,
  userId: string,
  { method, checkedUser }: { method: SignInMethod; checkedUser?: CheckedUser },
): Promise<boolean> {
  const { headers, response } = await c.var.auth.api.signInAccepted({
    body: { userId, earlierToken: await readSessionToken(c), ...approximatePlace(c) },
    headers: c.req.raw.headers,
    returnHeaders: true,
  })
  c.var.notedDatabase?.noteWrite(authBookmark(c.env))
  if (checkedUser && (await endOutdatedSession(c.var.deps, response.sessionId, checkedUser))) return false
  const locale = chosenLocale(c)
  if (locale) await changeLocale(c.var.deps, userId, locale)
  forwardCookies(c, headers)
  await rememberBrowser(c, response.email)
  logSecurityEvent(c, { event: "signed_in", userId, method })
  return true
}

/** Where Cloudflare located the connection. */
function approximatePlace(c: Context<AppEnv>): { city?: string; country?: string } {
  const { city, country } = c.req.raw.cf ?? {}
  return { ...(typeof city === "string" && { city }), ...(typeof country === "string" && { country }) }
}
