import type { Context } from "hono"
import type { Vestibule } from "./context.ts"

// A person of several accounts may have forms of one open while their session is in another. So each form on a page of an account
// names it, in the address that it is posted to, and is taken in that account or in none.

const NAME = "in"

/** The account that a posted form was made in: a reseller's (`res_…`) or a customer's (`cus_…`). */
export function accountOfForm(c: Context<Vestibule>): string | undefined {
  return c.req.method === "POST" ? c.req.query(NAME) : undefined
}

/** Makes the forms of a page that is about to be sent name its account. */
export function nameAccountInForms(c: Context<Vestibule>, accountId: string): void {
  if (!c.res.headers.get("Content-Type")?.startsWith("text/html")) return
  const here = new URL(c.req.url)
  const named = (path: string) => {
    const address = new URL(path, here)
    address.searchParams.set(NAME, accountId)
    return address.pathname + address.search
  }
  const rewriter = new HTMLRewriter().on('form[method="post"]', {
    element(form) {
      form.setAttribute("action", named(form.getAttribute("action") ?? here.pathname))
      const enhanced = form.getAttribute("hx-post")
      if (enhanced) form.setAttribute("hx-post", named(enhanced))
    },
  })
  c.res = rewriter.transform(c.res)
}
