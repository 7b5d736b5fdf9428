import type { Context } from "hono"

/** Passes the cookies that Better Auth sets on to the browser. */
export function forwardCookies(c: Context, headers: Headers): void {
  for (const cookie of headers.getSetCookie()) c.header("Set-Cookie", cookie, { append: true })
}
