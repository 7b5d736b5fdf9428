import { factory } from "../http/context.ts"
import { redirect } from "../http/htmx.ts"

/**
 * Sends a link on whose path was bent on its way, by capitals, doubled or encoded slashes, to the page that mends or explains it.
 * Else it would be taken for a page behind sign-in.
 */
export const straightenLinks = factory.createMiddleware(async (c, next) => {
  const { path, method } = c.req
  if ((method !== "GET" && method !== "HEAD") || /^\/(register|decline)(\/|$)/.test(path)) return next()
  const [, page, rest = ""] = /^\/+(register|decline)(?:\/+(.*))?$/is.exec(decoded(path)) ?? []
  if (!page) return next()
  c.header("Referrer-Policy", "no-referrer")
  c.header("Cache-Control", "no-store")
  return redirect(c, `/${page.toLowerCase()}/${encodeURI(rest)}`)
})

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path // no escapes after all
  }
}
