import type { Context } from "hono"
import { csrf } from "hono/csrf"
import { isLinkPath, isUnsubscribePath } from "../routes.ts"
import { type AppEnv, factory } from "./context.ts"
import { logSecurityEvent } from "./security-log.ts"

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  // Scripts can't turn text into HTML or code, except through the policy of public/trusted-types.js, which htmx uses for our fragments.
  "require-trusted-types-for 'script'",
  "trusted-types vestibule",
].join("; ")

const SECURITY_HEADERS = Object.entries({
  "Cross-Origin-Opener-Policy": "same-origin",
  "Origin-Agent-Cluster": "?1",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
  "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
  "X-Content-Type-Options": "nosniff",
  "X-DNS-Prefetch-Control": "off",
  "X-Download-Options": "noopen",
  "X-Permitted-Cross-Domain-Policies": "none",
  "X-XSS-Protection": "0",
})

/** Unless the response has its own: link pages, logos and emails in frames do. */
const DEFAULT_SECURITY_HEADERS = Object.entries({
  "Content-Security-Policy": CONTENT_SECURITY_POLICY,
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "same-origin",
  "X-Frame-Options": "DENY",
})

/**
 * Sets the headers of every response: those that Hono's `secureHeaders` sets. That one looks up the response and each header again before
 * it sets one, which is 5 % of the CPU of a small response of the API.
 */
export const securityHeaders = factory.createMiddleware(async (c, next) => {
  await next()
  const { headers } = c.res
  for (const [name, value] of SECURITY_HEADERS) headers.set(name, value)
  for (const [name, value] of DEFAULT_SECURITY_HEADERS) if (!headers.has(name)) headers.set(name, value)
})

const OUTDATED_TLS = ["TLSv1", "TLSv1.1"]

/** True for a request to a deployment without https, or with a version of TLS that RFC 8996 retired. */
export function isInsecure(c: Context<AppEnv>): boolean {
  if (!c.var.deps.config.baseUrl.startsWith("https:")) return false
  return c.req.url.startsWith("http:") || OUTDATED_TLS.includes(String(c.req.raw.cf?.tlsVersion))
}

/** For pages whose URL is a secret: browsers send no referrer and store nothing. */
export const noReferrer = factory.createMiddleware(async (c, next) => {
  await next()
  setNoReferrer(c)
})

export function setNoReferrer(c: Context): void {
  c.header("Referrer-Policy", "no-referrer")
  c.header("Cache-Control", "no-store")
}

/**
 * Accepts forms only from our own pages. Link pages send `Origin: null` because of `no-referrer`, but so can every page of another
 * site, which could register or sign in the visitor as someone else. So `null` counts only in old browsers, which don't say with
 * `Sec-Fetch-Site` where a form comes from.
 */
const refuseForeignForms = csrf({
  origin: (origin, c) => origin === ownOrigin(c) || (origin === "null" && isFormOfLinkPage(c)),
})

/** Of a deployment, only the host of `BASE_URL` counts, whatever host a request names. */
function ownOrigin(c: Context): string {
  const { baseUrl } = c.var.deps.config
  return baseUrl.startsWith("https:") ? baseUrl : new URL(c.req.url).origin
}

const isFormOfLinkPage = (c: Context) => isLinkPath(c.req.path) && c.req.header("Sec-Fetch-Site") === undefined

/**
 * Email programs unsubscribe by a post without an origin or a cookie. Its token is the only proof, which no other site has. A query
 * asks for something else, such as another language.
 */
export const csrfProtection = factory.createMiddleware(async (c, next) => {
  if (isUnsubscribePath(c.req.path) && !new URL(c.req.url).search) return next()
  try {
    return await refuseForeignForms(c, next)
  } catch (error) {
    logSecurityEvent(c, { event: "forged_form" })
    throw error
  }
})

/** Pages aren't stored, since they hold personal data and the back button would show them after a sign-out. */
export const noStore = factory.createMiddleware(async (c, next) => {
  await next()
  const { headers } = c.res // `c.header` would copy the response
  headers.append("Vary", "HX-Request, HX-Request-Type, Cookie")
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "private, no-store")
})
