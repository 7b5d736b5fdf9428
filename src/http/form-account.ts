import type { Context } from "hono"
import type { AppEnv } from "./context.ts"

// A person with several accounts can have a form of one account open while their session is in another. So each form names its
// account in its URL, and is processed in that account or rejected.

const ACCOUNT_PARAM = "in"

/** The account that a submitted form was rendered for: a reseller's (`res_…`) or a customer's (`cus_…`). */
export function formAccountId(c: Context<AppEnv>): string | undefined {
  return c.req.method === "POST" ? c.req.query(ACCOUNT_PARAM) : undefined
}

/** A path that a form of this account is posted to. */
export function withAccount(path: string, accountId: string): string {
  const url = new URL(path, "http://path")
  url.searchParams.set(ACCOUNT_PARAM, accountId)
  return url.pathname + url.search
}

/** Adds the account to all forms of a response. */
export function addAccountToForms(c: Context<AppEnv>, accountId: string): void {
  if (!c.res.headers.get("Content-Type")?.startsWith("text/html")) return
  const { pathname } = new URL(c.req.url)
  const rewriter = new HTMLRewriter().on('form[method="post"]', {
    element(form) {
      form.setAttribute("action", withAccount(form.getAttribute("action") ?? pathname, accountId))
      const htmxPath = form.getAttribute("hx-post")
      if (htmxPath) form.setAttribute("hx-post", withAccount(htmxPath, accountId))
    },
  })
  c.res = rewriter.transform(c.res)
}
