import { can } from "../../domain/access/permissions.ts"
import { billingAccountName, listBillingAccounts, setDefaultBillingAccount } from "../../domain/billing/accounts.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { BillingAccount } from "../../storage/schema.ts"
import { formatPhone } from "../../text/phone.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { addressText } from "../ui/address.tsx"
import { PostButton } from "../ui/fields.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { StaffPage } from "../ui/layout.tsx"

export const billingRoutes = new Router()

billingRoutes.serve("billing.list", async (c) => {
  const { staff, deps } = c.var
  const accounts = await listBillingAccounts(deps, staff)
  const canWrite = can(staff, "billing:write")
  const t = staffMessagesFor(staff.locale)
  const { title, accounts: region, add, none } = t.staff.billing
  const addButton = (
    <a class="button" href={href("billing.new")}>
      {add}
    </a>
  )
  return c.html(
    <StaffPage
      staff={staff}
      navItem="Billing"
      title={title}
      action={canWrite && addButton}
      flash={flashFromUrl(c, { t })}
    >
      <section class="card" aria-label={region}>
        {accounts.length === 0 ? (
          <div class="empty-state">
            <p>{none}</p>
            {canWrite && addButton}
          </div>
        ) : (
          <ul class="list">
            {accounts.map((account) => (
              <BillingAccountRow {...{ account, canWrite, t }} />
            ))}
          </ul>
        )}
      </section>
    </StaffPage>,
  )
})

billingRoutes.serve("billing.makeDefault", async (c) => {
  await setDefaultBillingAccount(c.var.deps, c.var.staff, c.req.param("id"))
  return redirect(c, href("billing.list", {}, flash("billing_account_default")))
})

type BillingAccountRowProps = { account: BillingAccount; canWrite: boolean; t: StaffMessages }

function BillingAccountRow({ account, canWrite, t }: BillingAccountRowProps) {
  const texts = t.staff.billing
  const address = <span class="visually-hidden"> {readableAddress(account.email)}</span>
  return (
    <li>
      <div>
        <span class="emphasis">
          {billingAccountName(account, t)} {account.isDefault && <span class="tag">{texts.isDefault}</span>}
        </span>
        <span class="muted">
          <span class="address">{addressText(account.email)}</span> ·{" "}
          <span class="phone">{formatPhone(account.phone)}</span>
          {account.address && " · "}
          {account.address?.split(/\s*\n\s*/).join(", ")}
        </span>
      </div>
      {canWrite && (
        <div class="actions buttons">
          <a href={href("billing.edit", { id: account.id })}>
            {texts.edit}
            {address}
          </a>
          {!account.isDefault && (
            <>
              <PostButton
                path={href("billing.makeDefault", { id: account.id })}
                label={texts.makeDefault}
                objectName={readableAddress(account.email)}
              />
              <a href={href("billing.confirmDelete", { id: account.id })}>
                {texts.delete}
                {address}
              </a>
            </>
          )}
        </div>
      )}
    </li>
  )
}
