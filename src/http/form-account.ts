import type { Context } from "hono"
import type { AppEnv } from "./context.ts"

// A person of several accounts may have forms of one open while their session is in another. So each form on a page of an account
// names it, in the address that it is posted to, and is taken in that account or in none.

const ACCOUNT_PARAM = "in"

/** The account that a posted form was made in: a reseller's (`res_…`) or a customer's (`cus_…`). */
export function formAccountId(c: Context<AppEnv>): string | undefined {
  return c.req.method === "POST" ? c.req.query(ACCOUNT_PARAM) : undefined
}

/** Makes the forms of a page that is about to be sent name its account. */
export function addAccountToForms(c: Context<AppEnv>, accountId: string): void {
  if (!c.res.headers.get("Content-Type")?.startsWith("text/html")) return
  const pageUrl = new URL(c.req.url)
  const withAccount = (path: string) => {
    const url = new URL(path, pageUrl)
    url.searchParams.set(ACCOUNT_PARAM, accountId)
    return url.pathname + url.search
  }
  const rewriter = new HTMLRewriter().on('form[method="post"]', {
    element(form) {
      form.setAttribute("action", withAccount(form.getAttribute("action") ?? pageUrl.pathname))
      const htmxPath = form.getAttribute("hx-post")
      if (htmxPath) form.setAttribute("hx-post", withAccount(htmxPath))
    },
  })
  c.res = rewriter.transform(c.res)
}
