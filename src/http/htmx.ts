import type { Context } from "hono"

/** True if htmx requests a fragment. Plain requests, and htmx requests for a full page, get the page. */
export function isFragmentRequest(c: Context): boolean {
  return isHtmxRequest(c) && c.req.header("HX-Request-Type") !== "full"
}

/** True for every request of htmx, also for one that selects a part of a full page. */
export const isHtmxRequest = (c: Context): boolean => c.req.header("HX-Request") === "true"

/** True for a form that public/guest/checked-form.js sends in the background. It gets JSON. */
export const isBackgroundForm = (c: Context): boolean => c.req.header("Accept") === "application/json"

/**
 * Redirects to a page of ours, whatever path a request had: `//evil.example` would be another site. Scripts get the path instead: they
 * couldn't tell the page behind a redirect from an answer for them.
 */
export function redirect(c: Context, to: string): Response {
  const path = to.replace(/^[/\\]{2,}/, "/")
  if (isBackgroundForm(c)) return c.json({ location: path })
  if (!isHtmxRequest(c)) return c.redirect(path, 303)
  return c.body(null, 204, { "HX-Redirect": path })
}

/** Redirects to the page of the form if it is ours, else to `fallback`, with `query` added to its URL. */
export function redirectBack(c: Context, fallback: string, query: Record<string, string | undefined>): Response {
  const target = new URL(refererPath(c) ?? fallback, c.req.url)
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) target.searchParams.delete(key)
    else target.searchParams.set(key, value)
  }
  return redirect(c, target.pathname + target.search)
}

/** The path and query of the page that the request comes from, if it is ours. */
export function refererPath(c: Context): string | undefined {
  const referrer = URL.parse(c.req.header("Referer") ?? "")
  const isOurs = referrer?.origin === new URL(c.req.url).origin && !referrer.pathname.startsWith("//")
  return isOurs ? referrer.pathname + referrer.search : undefined
}

/** Longer than any page of ours with its filters. */
const NEXT_MAX = 2_000

/** The path to continue to, or undefined if it is too long or could lead to another site. */
export function localPath(next: string | undefined): string | undefined {
  return next && next.length <= NEXT_MAX && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(next) ? next : undefined
}
