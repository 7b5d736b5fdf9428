import type { Context } from "hono"

/** True when htmx asks for a part of the page; a plain request, and htmx asking for the whole, get the page. */
export function isFragmentRequest(c: Context): boolean {
  return c.req.header("HX-Request") === "true" && c.req.header("HX-Request-Type") !== "full"
}

/** Sends the browser on, to see the result of what it posted; htmx follows by itself, so that it swaps no whole page. */
export function redirect(c: Context, path: string): Response {
  if (!isFragmentRequest(c)) return c.redirect(path, 303)
  return c.body(null, 204, { "HX-Redirect": path })
}

/** Back to the page a form was on, when that is one of ours, else to `fallback`; `done` names what the page is to say was done. */
export function redirectBack(c: Context, fallback: string, flash: string): Response {
  const currentUrl = new URL(c.req.url)
  const referrer = URL.parse(c.req.header("Referer") ?? "")
  const isSameOrigin = referrer?.origin === currentUrl.origin && !referrer.pathname.startsWith("//")
  const target = isSameOrigin ? referrer : new URL(fallback, currentUrl)
  target.searchParams.set("done", flash)
  return redirect(c, target.pathname + target.search)
}
