import type { Context } from "hono"
import type { AppEnv } from "./context.ts"
import { isHtmxRequest } from "./htmx.ts"
import { shownAgain } from "./shown-again.ts"

// A person with several accounts can have a form of one account open while their session is in another. So each form names its
// account in its URL, and is processed in that account or rejected.

export const ACCOUNT_PARAM = "account"

/** The account that a form was rendered for that is submitted or shown again: a reseller's (`res_…`) or a customer's (`cus_…`). */
export function formAccountId(c: Context<AppEnv>): string | undefined {
  return c.req.method === "POST" || shownAgain(c) ? c.req.query(ACCOUNT_PARAM) : undefined
}

/** The account that a link in an email leads to. */
export function linkedAccountId(c: Context<AppEnv>): string | undefined {
  return c.req.method === "GET" && !shownAgain(c) && !isHtmxRequest(c) ? c.req.query(ACCOUNT_PARAM) : undefined
}

/** The account that a page outside of accounts, such as the profile, was opened from. */
export function requestedAccountId(c: Context<AppEnv>): string | undefined {
  return c.req.query(ACCOUNT_PARAM)
}

/** Adds the account to a path: the one that a form was rendered for, or that a page was opened from. */
export function pathInAccount(path: string, accountId: string): string {
  return `${path}${path.includes("?") ? "&" : "?"}${ACCOUNT_PARAM}=${accountId}`
}
