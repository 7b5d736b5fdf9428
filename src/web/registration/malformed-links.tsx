import type { Context } from "hono"
import { type AppEnv, factory } from "../../http/context.ts"
import { redirect } from "../../http/htmx.ts"
import { browserMessages } from "../../http/language.ts"
import { Router } from "../../http/router.ts"
import { setNoReferrer } from "../../http/security.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { isLinkPath, isUnsubscribePath, REGISTRATION_ROOT } from "../../routes.ts"
import { InvalidLinkPage } from "./layout.tsx"

/**
 * Redirects links with a damaged path (capitals, doubled or encoded slashes) to the page that repairs or explains them.
 * Otherwise they would lead to the sign-in page.
 */
export const normalizeLinkPaths = factory.createMiddleware(async (c, next) => {
  const { path, method } = c.req
  if (isLinkPath(path)) return next()
  const [, root = "", rest = ""] = /^\/*(\/[^/]+)(?:\/+(.*))?$/s.exec(safeDecode(path)) ?? []
  if (!isLinkPath(root.toLowerCase())) return next()
  setNoReferrer(c)
  if (method !== "GET" && method !== "HEAD") return invalidLink(c)
  return redirect(c, `${root.toLowerCase()}/${encodeURI(rest)}`)
})

// Links without a token, and posts that none of our forms send. Without these routes, they would lead to the sign-in page.
export const invalidLinkRoutes = new Router()
  .serve("registration.malformed", invalidLink)
  .serve("registration.malformedPost", invalidLink)
  .serve("decline.malformed", invalidLink)
  .serve("decline.malformedPost", invalidLink)
  .serve("unsubscribe.malformed", invalidLink)
  .serve("unsubscribe.malformedPost", invalidLink)

// The path is redirected as it is, so that damaged links are repaired where they lead.
export const movedLinkRoutes = new Router()
  .serve("registration.moved", movedLink)
  .serve("registration.movedPost", movedLink)

function movedLink(c: Context<AppEnv>) {
  return c.redirect(new URL(c.req.url).pathname.replace(/^\/[^/]+/, REGISTRATION_ROOT), 308)
}

function invalidLink(c: Context<AppEnv>) {
  logSecurityEvent(c, { event: "forged_link", link: "malformed" })
  const page = { t: browserMessages(c), brand: c.var.deps.config.platformName }
  return c.html(<InvalidLinkPage {...page} isInvite={!isUnsubscribePath(c.req.path)} />, 404)
}

function safeDecode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path // not valid percent-encoding
  }
}
