import { href, type RouteName } from "../../routes.ts"
import type { Invite } from "../../storage/schema.ts"
import { type LinkKeys, signToken, type TokenClaims, type TokenPurpose } from "../access/signed-token.ts"
import { DAY_MS } from "../time.ts"
import { INVITE_LIFETIME_MAX_DAYS } from "./fields.ts"
import { sendingTime } from "./schedule.ts"

/** What the links in an invite's email are for. */
export type LinkUse = Extract<TokenPurpose, "registration" | "decline" | "unsubscribe">

type LinkedInvite = Pick<Invite, "reference" | "linkVersion" | "createdAt" | "sendAt" | "resentAt">

/** Signs the token of a link to an invite. One with `via: "copy"` asks for an email code. */
export function signLink(
  keys: LinkKeys,
  { invite, use, via }: { invite: LinkedInvite; use: LinkUse; via: TokenClaims["via"] },
): Promise<string> {
  const { reference, linkVersion: version } = invite
  return signToken(keys, { purpose: use, via, reference, version, expiresAt: linkExpiry(invite) })
}

/**
 * When the token of a link expires: after the longest lifetime that an invite can have. Until then the invite decides, so that
 * its expiry can be edited without a new link, and that an invite can be declined after it has expired.
 */
function linkExpiry(invite: LinkedInvite): Date {
  return new Date(sendingTime(invite).getTime() + INVITE_LIFETIME_MAX_DAYS * DAY_MS)
}

const LINK_ROUTES = {
  registration: "registration.show",
  decline: "decline.show",
  unsubscribe: "unsubscribe.show",
} as const satisfies Record<LinkUse, RouteName>

/** The URL of a link, on the configured host regardless of the request. */
export function linkUrl(baseUrl: string, use: LinkUse, token: string): string {
  return new URL(href(LINK_ROUTES[use], { token }), baseUrl).href
}
