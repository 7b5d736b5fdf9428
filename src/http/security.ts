import type { Context } from "hono"
import { csrf } from "hono/csrf"
import { secureHeaders } from "hono/secure-headers"
import { isLinkPath } from "../routes.ts"
import { factory } from "./context.ts"

const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  fontSrc: ["'self'"],
  connectSrc: ["'self'"],
  frameSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
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
 * Accepts forms only from our own pages. Link pages send `Origin: null` because of `no-referrer`. We accept that there: the token
 * in the URL is the proof, and cookies aren't sent across sites.
 */
export const csrfProtection = csrf({
  origin: (origin, c) => origin === new URL(c.req.url).origin || (origin === "null" && isLinkPath(c.req.path)),
})

/** Keeps pages out of shared caches, and fragments apart from full pages. */
export const privateCaching = factory.createMiddleware(async (c, next) => {
  await next()
  c.header("Vary", "HX-Request, HX-Request-Type, Cookie", { append: true })
  if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "private, no-cache")
})
