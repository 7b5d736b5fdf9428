import { csrf } from "hono/csrf"
import { secureHeaders } from "hono/secure-headers"
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

/** The headers of every answer; a route that needs less sharing (link pages, framed mail) sets its own over them. */
export const securityHeaders = secureHeaders({
  contentSecurityPolicy: CONTENT_SECURITY_POLICY,
  referrerPolicy: "same-origin",
  xFrameOptions: "DENY",
  strictTransportSecurity: "max-age=31536000; includeSubDomains",
  overwrite: false,
  permissionsPolicy: { camera: [], microphone: [], geolocation: [], payment: [] },
})

/** For pages whose address is a secret: no referrer leaves them and nothing keeps them. */
export const noReferrer = factory.createMiddleware(async (c, next) => {
  await next()
  c.header("Referrer-Policy", "no-referrer")
  c.header("Cache-Control", "no-store")
})

/**
 * Forms are taken from our own pages alone. Those of link pages come from nowhere, as `no-referrer` has it; browsers that do
 * not say `Sec-Fetch-Site` say nothing else of them. Whoever posts there has the link, and a session is no part of it across
 * sites.
 */
export const csrfProtection = csrf({
  origin: (origin, c) => origin === new URL(c.req.url).origin || (origin === "null" && isLinkPath(c.req.path)),
})

const isLinkPath = (path: string) => /^\/(register|decline)\//.test(path)

/** Pages are made for one person at one moment, and a fragment must not be taken for its page. */
export const privateCaching = factory.createMiddleware(async (c, next) => {
  await next()
  c.header("Vary", "HX-Request, HX-Request-Type, Cookie", { append: true })
  if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "private, no-cache")
})
