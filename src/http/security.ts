import type { Context } from "hono"
import { csrf } from "hono/csrf"
import { secureHeaders } from "hono/secure-headers"
import { isLinkPath, isUnsubscribePath } from "../routes.ts"
import { type AppEnv, factory } from "./context.ts"
import { logSecurityEvent } from "./security-log.ts"

const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  fontSrc: ["'self'"],
  connectSrc: ["'self'"],
  frameSrc: ["'self'"],
  formAction: ["'self'"],
  objectSrc: ["'none'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
  // Scripts can't turn text into HTML or code, except through the policy of public/trusted-types.js, which htmx uses for our fragments.
  requireTrustedTypesFor: ["'script'"],
  trustedTypes: ["vestibule"],
}

/** The headers of every response. Link pages and emails in frames override some of them. */
export const securityHeaders = secureHeaders({
  contentSecurityPolicy: CONTENT_SECURITY_POLICY,
  referrerPolicy: "same-origin",
  xFrameOptions: "DENY",
  strictTransportSecurity: "max-age=31536000; includeSubDomains",
  overwrite: false,
  permissionsPolicy: { camera: [], microphone: [], geolocation: [], payment: [] },
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
