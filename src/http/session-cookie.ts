import type { Context } from "hono"
import { deleteCookie, getCookie, getSignedCookie, setSignedCookie } from "hono/cookie"
import type { RenewedSession } from "../domain/access/confirm-identity.ts"
import type { AppEnv } from "./context.ts"
import { readSettings, type Settings } from "./settings.ts"

// Better Auth sets the cookie: the token of the session and our signature. We verify it ourselves, in the same format, because
// its own check would read the session in a query of its own.

/** Browsers accept a cookie with this prefix only over https, from this host and for all its paths (RFC 6265bis, 4.1.3.2). */
const HOST_PREFIX = "__Host-"

const isSecure = (baseUrl: string) => baseUrl.startsWith("https:")
const cookiePrefix = (baseUrl: string) => `${isSecure(baseUrl) ? HOST_PREFIX : ""}vestibule`
const cookieName = (baseUrl: string) => `${cookiePrefix(baseUrl)}.session_token`

/** The settings of Better Auth for its cookies. */
export function sessionCookieOptions(baseUrl: string) {
  return {
    cookiePrefix: cookiePrefix(baseUrl),
    useSecureCookies: false, // it would prepend `__Secure-`
    defaultCookieAttributes: { secure: isSecure(baseUrl) },
  }
}

/** The session token of the request; undefined without one that we signed. */
export async function readSessionToken(c: Context<AppEnv>): Promise<string | undefined> {
  const settings = readSettings(c.env)
  const cookie = getCookie(c, cookieName(settings.BASE_URL))
  if (!cookie) return undefined
  const known = verifiedCookies.get(settings) ?? new Map<string, string>()
  verifiedCookies.set(settings, known)
  const token = known.get(cookie) ?? (await verifySessionToken(c))
  if (known.size >= COOKIES_KEPT) known.clear()
  if (token) known.set(cookie, token)
  return token
}

/** The tokens of cookies whose signatures were verified, with the secrets of these settings. */
const verifiedCookies = new WeakMap<Settings, Map<string, string>>()
const COOKIES_KEPT = 1_000

async function verifySessionToken(c: Context<AppEnv>): Promise<string | undefined> {
  const { BASE_URL, AUTH_SECRET, AUTH_SECRET_PREVIOUS } = readSettings(c.env)
  const token = await getSignedCookie(c, AUTH_SECRET, cookieName(BASE_URL))
  if (token || !AUTH_SECRET_PREVIOUS) return token || undefined
  return (await getSignedCookie(c, AUTH_SECRET_PREVIOUS, cookieName(BASE_URL))) || undefined
}

/** Gives the browser a new token of its session. */
export async function setSessionToken(c: Context<AppEnv>, { token, expiresAt }: RenewedSession): Promise<void> {
  const { BASE_URL, AUTH_SECRET } = readSettings(c.env)
  const maxAge = Math.floor((expiresAt.getTime() - c.var.deps.now().getTime()) / 1000)
  const options = { secure: isSecure(BASE_URL), httpOnly: true, sameSite: "Lax", maxAge } as const
  await setSignedCookie(c, cookieName(BASE_URL), token, AUTH_SECRET, options)
}

/** Makes the browser forget the session and what it cached and stored of our pages. */
export function clearSessionCookie(c: Context<AppEnv>): void {
  const { BASE_URL } = readSettings(c.env)
  deleteCookie(c, cookieName(BASE_URL), { secure: isSecure(BASE_URL), httpOnly: true, sameSite: "Lax" })
  // Not "cookies": that would end the sessions of other services on the domain too.
  c.header("Clear-Site-Data", '"cache", "storage"')
}
