import { type AccountRef, switchAccount } from "../../domain/access/switch-account.ts"
import { readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"

export const switchAccountRoutes = new Router()

switchAccountRoutes.serve("account.switch", async (c) => {
  const { reseller_id: resellerId, customer_id: customerId = "" } = await readForm(c)
  const account: AccountRef = resellerId ? { resellerId } : { customerId }
  const { sessionId: id, user } = c.var.sessionUser
  await switchAccount(c.var.deps, { id, userId: user.id }, account)
  return redirect(c, href(resellerId ? "dashboard.show" : "account.show"))
})
