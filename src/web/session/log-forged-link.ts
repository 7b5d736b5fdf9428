import type { Context } from "hono"
import { type TokenPurpose, verifyToken } from "../../domain/access/signed-token.ts"
import type { AppEnv } from "../../http/context.ts"
import { logSecurityEvent } from "../../http/security-log.ts"

/** Logs a link that doesn't work, unless we signed it and it is only too late. */
export async function logForgedLink(c: Context<AppEnv>, token: string, link: TokenPurpose): Promise<void> {
  if (!(await verifyToken(c.var.deps.linkKeys, token, link))) logSecurityEvent(c, { event: "forged_link", link })
}
