import type { Context } from "hono"

/** True when htmx asks for a part of the page; a plain request, and htmx asking for the whole, get the page. */
export function wantsFragment(c: Context): boolean {
  return c.req.header("HX-Request") === "true" && c.req.header("HX-Request-Type") !== "full"
}

/** Sends the browser on, to see the result of what it posted; htmx follows by itself, so that it swaps no whole page. */
export function redirect(c: Context, path: string): Response {
  if (!wantsFragment(c)) return c.redirect(path, 303)
  return c.body(null, 204, { "HX-Redirect": path })
}

/** Back to the page a form was on, when that is one of ours; else to `fallback`. */
export function redirectBack(c: Context, fallback: string): Response {
  const referrer = URL.parse(c.req.header("Referer") ?? "")
  const isOurs = referrer?.origin === new URL(c.req.url).origin && !referrer.pathname.startsWith("//")
  return redirect(c, isOurs ? referrer.pathname + referrer.search : fallback)
}
