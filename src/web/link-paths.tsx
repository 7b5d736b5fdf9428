import type { Context } from "hono"
import { factory, type Vestibule } from "../http/context.ts"
import { redirect } from "../http/htmx.ts"
import { MangledLink } from "./link-pages.tsx"

/**
 * Sends a link on whose path was bent on its way, by capitals, doubled or encoded slashes, to the page that mends or explains it.
 * Else it would be taken for a page behind sign-in.
 */
export const straightenLinks = factory.createMiddleware(async (c, next) => {
  const { path, method } = c.req
  if (/^\/(register|decline)(\/|$)/.test(path)) return next()
  const [, page, rest = ""] = /^\/+(register|decline)(?:\/+(.*))?$/is.exec(decoded(path)) ?? []
  if (!page) return next()
  c.header("Referrer-Policy", "no-referrer")
  c.header("Cache-Control", "no-store")
  if (method !== "GET" && method !== "HEAD") return lost(c)
  return redirect(c, `/${page.toLowerCase()}/${encodeURI(rest)}`)
})

export const lostLinkRoutes = factory.createApp()

// Forms that no page of ours has: none of these addresses asks anybody to sign in.
lostLinkRoutes.on("POST", ["/register", "/register/*", "/decline", "/decline/*"], lost)

function lost(c: Context<Vestibule>) {
  return c.html(<MangledLink brand={c.var.deps.config.platformName} />, 404)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path // no escapes after all
  }
}
