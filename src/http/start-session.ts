import type { Context } from "hono"
import { PENDING_MINUTES, startPendingSignIn } from "../domain/factors/pending-sign-in.ts"
import { href } from "../routes.ts"
import { forwardCookies } from "./better-auth.ts"
import type { AppEnv } from "./context.ts"
import { rememberBrowser } from "./known-browser.ts"
import { setPrivateCookie } from "./private-cookies.ts"
import { logSecurityEvent, type SignInMethod } from "./security-log.ts"

// The only file that starts sessions. test/entrances.test.ts walks every route that calls it.

type Continuation = { userId: string; nextPath: string; method: SignInMethod }

/**
 * Continues a sign-in after the password was right. Returns the path to continue to: if the person has a second factor, the page
 * that asks for it, and no session starts yet. That page passes `nextPath` on, which may hold the token of a link, so that it isn't
 * stored.
 */
export async function continueAfterPassword(c: Context<AppEnv>, continuation: Continuation): Promise<string> {
  const token = await startPendingSignIn(c.var.deps, continuation.userId)
  if (!token) return continueAfterAllFactors(c, continuation)
  setPrivateCookie(c, "second_factor", token, PENDING_MINUTES * 60)
  return href("session.secondFactor", {}, { next: continuation.nextPath })
}

/** Starts a session for a person who has proved all their factors, or has just registered. Returns `nextPath`. */
export async function continueAfterAllFactors(
  c: Context<AppEnv>,
  { userId, nextPath, method }: Continuation,
): Promise<string> {
  await startSession(c, userId, method)
  return nextPath
}

/** Starts a session. An earlier session of the same browser ends. */
async function startSession(c: Context<AppEnv>, userId: string, method: SignInMethod): Promise<void> {
  const { headers, response } = await c.var.auth.api.signInAccepted({
    body: { userId, ...approximatePlace(c) },
    headers: c.req.raw.headers,
    returnHeaders: true,
  })
  forwardCookies(c, headers)
  await rememberBrowser(c, response.email)
  logSecurityEvent(c, { event: "signed_in", userId, method })
}

/** Where Cloudflare located the connection. */
function approximatePlace(c: Context<AppEnv>): { city?: string; country?: string } {
  const { city, country } = c.req.raw.cf ?? {}
  return { ...(typeof city === "string" && { city }), ...(typeof country === "string" && { country }) }
}
