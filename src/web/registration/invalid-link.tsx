import type { Context } from "hono"
import { findResellerOfLink } from "../../domain/invites/link-contact.ts"
import type { AppEnv } from "../../http/context.ts"
import { browserMessages } from "../../http/language.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { InvalidLinkPage, PurgedLinkPage } from "./layout.tsx"

/** Responds to a link that leads to no invite. Only one that we signed has a reseller, whose brand its page keeps. */
export async function respondWithInvalidLink(c: Context<AppEnv>, token: string, link: "registration" | "decline") {
  const t = browserMessages(c)
  const { platformName } = c.var.deps.config
  const reseller = await findResellerOfLink(c.var.deps, token, link)
  if (reseller) return c.html(<PurgedLinkPage {...{ t, reseller, platformName }} />, 410)
  logSecurityEvent(c, { event: "forged_link", link })
  return c.html(<InvalidLinkPage t={t} brand={platformName} isInvite />, 404)
}
