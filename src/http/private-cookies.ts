import type { Context } from "hono"
import { deleteCookie, getCookie, setCookie } from "hono/cookie"
import type { AppEnv } from "./context.ts"
import { readSettings } from "./settings.ts"

// Cookies besides the session's. Scripts can't read them, other sites can't send them.

/** `reset_next`: the path to continue to after a reset. `accepted_terms`: those of an invite that waits for the second factor. */
type PrivateCookie =
  | "second_factor"
  | "passkey_browser"
  | "known_browser"
  | "reset_next"
  | "accepted_terms"
  | "language"
  | "bookmark"
  | "operator"

/** Browsers accept the prefix `__Host-` only over HTTPS. */
const options = (c: Context<AppEnv>) => {
  const isSecure = readSettings(c.env).BASE_URL.startsWith("https:")
  return { secure: isSecure, ...(isSecure && { prefix: "host" as const }) }
}

const cookieName = (name: PrivateCookie) => `vestibule.${name}`

/** With `Strict`, a browser doesn't send it when a link of another site leads here. */
export function setPrivateCookie(
  c: Context<AppEnv>,
  name: PrivateCookie,
  value: string,
  maxAgeSeconds: number,
  sameSite: "Lax" | "Strict" = "Lax",
): void {
  setCookie(c, cookieName(name), value, { ...options(c), httpOnly: true, sameSite, maxAge: maxAgeSeconds })
}

export function readPrivateCookie(c: Context<AppEnv>, name: PrivateCookie): string | undefined {
  return getCookie(c, cookieName(name), options(c).prefix)
}

export function deletePrivateCookie(c: Context<AppEnv>, name: PrivateCookie): void {
  deleteCookie(c, cookieName(name), options(c))
}
