import type { Context } from "hono"
import { forwardCookies } from "./better-auth.ts"
import type { AppEnv } from "./context.ts"
import { logSecurityEvent, type SignInMethod } from "./security-log.ts"

/** Starts a session for a user who has proved who they are. An earlier session of the same browser ends. */
export async function startSession(c: Context<AppEnv>, userId: string, method: SignInMethod): Promise<void> {
  const { headers } = await c.var.auth.api.signInAccepted({
    body: { userId, ...approximatePlace(c) },
    headers: c.req.raw.headers,
    returnHeaders: true,
  })
  forwardCookies(c, headers)
  logSecurityEvent(c, { event: "signed_in", userId, method })
}

/** Where Cloudflare located the connection. */
function approximatePlace(c: Context<AppEnv>): { city?: string; country?: string } {
  const { city, country } = c.req.raw.cf ?? {}
  return { ...(typeof city === "string" && { city }), ...(typeof country === "string" && { country }) }
}
