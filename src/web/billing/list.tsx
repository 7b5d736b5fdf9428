import { can } from "../../domain/access/permissions.ts"
import { billingAccountName, listBillingAccounts, setDefaultBillingAccount } from "../../domain/billing/accounts.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { BillingAccount } from "../../storage/schema.ts"
import { formatPhone } from "../../text/phone.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { addressText } from "../ui/address.tsx"
import { PostButton } from "../ui/fields.tsx"
import { StaffPage } from "../ui/layout.tsx"

export const billingRoutes = new Router()

billingRoutes.serve("billing.list", async (c) => {
  const { staff, deps } = c.var
  const accounts = await listBillingAccounts(deps, staff)
  const canWrite = can(staff, "billing:write")
  const addButton = (
    <a class="button" href={href("billing.new")}>
      Add billing account
    </a>
  )
  return c.html(
    <StaffPage staff={staff} navItem="Billing" title="Billing" action={canWrite && addButton}>
      <section class="card" aria-label="Billing accounts">
        {accounts.length === 0 ? (
          <div class="empty-state">
            <p>No billing accounts yet. Every customer is billed to one of your accounts, so add the first one.</p>
            {canWrite && addButton}
          </div>
        ) : (
          <ul class="list">
            {accounts.map((account) => (
              <BillingAccountRow account={account} canWrite={canWrite} />
            ))}
          </ul>
        )}
      </section>
    </StaffPage>,
  )
})

billingRoutes.serve("billing.makeDefault", async (c) => {
  await setDefaultBillingAccount(c.var.deps, c.var.staff, c.req.param("id"))
  return redirect(c, href("billing.list"))
})

function BillingAccountRow({ account, canWrite }: { account: BillingAccount; canWrite: boolean }) {
  return (
    <li>
      <div>
        <span class="emphasis">
          {billingAccountName(account)} {account.isDefault && <span class="tag">Default</span>}
        </span>
        <span class="muted">
          {addressText(account.email)} · {formatPhone(account.phone)}
          {account.address && " · "}
          {account.address?.split(/\s*\n\s*/).join(", ")}
        </span>
      </div>
      {canWrite && (
        <div class="actions buttons">
          <a href={href("billing.edit", { id: account.id })}>
            Edit<span class="visually-hidden"> {readableAddress(account.email)}</span>
          </a>
          {!account.isDefault && (
            <>
              <PostButton
                path={href("billing.makeDefault", { id: account.id })}
                label="Make default"
                objectName={readableAddress(account.email)}
              />
              <a href={href("billing.confirmDelete", { id: account.id })}>
                Delete<span class="visually-hidden"> {readableAddress(account.email)}</span>
              </a>
            </>
          )}
        </div>
      )}
    </li>
  )
}
