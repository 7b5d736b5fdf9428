import type { Context } from "hono"
import { KNOWN_BROWSER_DAYS, newKnownBrowser } from "../domain/access/known-browser.ts"
import type { AppEnv } from "./context.ts"
import { setPrivateCookie } from "./private-cookies.ts"

/** Makes the browser known, after its user has proved that this address is theirs. */
export async function rememberBrowser(c: Context<AppEnv>, email: string): Promise<void> {
  const value = await newKnownBrowser(c.var.deps, email)
  setPrivateCookie(c, "known_browser", value, KNOWN_BROWSER_DAYS * 86_400)
}
