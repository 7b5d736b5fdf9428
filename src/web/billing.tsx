import { may } from "../domain/actor.ts"
import { billingAccountName, listBillingAccounts, makeDefaultBillingAccount } from "../domain/billing-accounts.ts"
import { readablePhone } from "../domain/phone.ts"
import { factory } from "../http/context.ts"
import { redirect } from "../http/htmx.ts"
import type { BillingAccount } from "../storage/schema.ts"
import { Action } from "./fields.tsx"
import { StaffPage } from "./layout.tsx"

export const billingRoutes = factory.createApp()

billingRoutes.get("/billing", async (c) => {
  const { staff, deps } = c.var
  const accounts = await listBillingAccounts(deps, staff)
  const mayWrite = may(staff, "billing:write")
  const add = (
    <a class="button" href="/billing/new">
      Add billing account
    </a>
  )
  return c.html(
    <StaffPage staff={staff} section="Billing" title="Billing" action={mayWrite && add}>
      <section class="card" aria-label="Billing accounts">
        {accounts.length === 0 ? (
          <div class="empty-state">
            <p>No billing accounts yet. Every customer is billed to one of yours: add the first.</p>
            {mayWrite && add}
          </div>
        ) : (
          <ul class="list">
            {accounts.map((account) => (
              <AccountLine account={account} mayWrite={mayWrite} />
            ))}
          </ul>
        )}
      </section>
    </StaffPage>,
  )
})

billingRoutes.post("/billing/:id/default", async (c) => {
  await makeDefaultBillingAccount(c.var.deps, c.var.staff, c.req.param("id"))
  return redirect(c, "/billing")
})

function AccountLine({ account, mayWrite }: { account: BillingAccount; mayWrite: boolean }) {
  return (
    <li>
      <div>
        <span class="emphasis">
          {billingAccountName(account)} {account.isDefault && <span class="tag">Default</span>}
        </span>
        <span class="muted">
          {account.email} · {readablePhone(account.phone)}
          {account.address && ` · ${account.address.replaceAll("\n", ", ")}`}
        </span>
      </div>
      {mayWrite && (
        <div class="actions buttons">
          <a href={`/billing/${account.id}`}>
            Edit<span class="visually-hidden"> {account.email}</span>
          </a>
          {!account.isDefault && (
            <>
              <Action path={`/billing/${account.id}/default`} label="Make default" about={account.email} />
              <a href={`/billing/${account.id}/removal`}>
                Remove<span class="visually-hidden"> {account.email}</span>
              </a>
            </>
          )}
        </div>
      )}
    </li>
  )
}
