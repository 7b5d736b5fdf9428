import type { Context } from "hono"

/** True if htmx requests a fragment. Plain requests, and htmx requests for a full page, get the page. */
export function isFragmentRequest(c: Context): boolean {
  return c.req.header("HX-Request") === "true" && c.req.header("HX-Request-Type") !== "full"
}

/** Redirects after a POST. htmx gets a header instead, so that it doesn't swap in a whole page. */
export function redirect(c: Context, path: string): Response {
  if (!isFragmentRequest(c)) return c.redirect(path, 303)
  return c.body(null, 204, { "HX-Redirect": path })
}

/** Redirects to the page of the form if it is ours, else to `fallback`, with `query` added to its URL. */
export function redirectBack(c: Context, fallback: string, query: Record<string, string | undefined>): Response {
  const currentUrl = new URL(c.req.url)
  const referrer = URL.parse(c.req.header("Referer") ?? "")
  const isSameOrigin = referrer?.origin === currentUrl.origin && !referrer.pathname.startsWith("//")
  const target = isSameOrigin ? referrer : new URL(fallback, currentUrl)
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) target.searchParams.delete(key)
    else target.searchParams.set(key, value)
  }
  return redirect(c, target.pathname + target.search)
}
