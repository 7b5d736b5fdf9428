import { can } from "../../domain/access/permissions.ts"
import { billingAccountLabel } from "../../domain/billing/accounts.ts"
import { type CustomerListItem, changeCustomerBilling, getCustomer } from "../../domain/customers.ts"
import { readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { BillingAccount } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import { Members } from "../people/rows.tsx"
import { Select } from "../ui/fields.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { RelativeTime } from "../ui/time.tsx"
import { BillingCell } from "./billing-cell.tsx"

export const customerRoutes = new Router()

customerRoutes.serve("customers.show", async (c) => {
  const { staff, deps } = c.var
  const customer = await getCustomer(deps, staff, c.req.param("id"))
  const now = deps.now()
  return c.html(
    <StaffPage staff={staff} navItem="Customers" title={customer.customer.name} flash={flashFromUrl(c)}>
      <p>
        <a href={href("customers.list")}>← Customers</a>
      </p>
      <section class="card" aria-label="Customer">
        <dl class="description-list">
          <dt>Customer since</dt>
          <dd>
            <RelativeTime at={customer.customer.createdAt} now={now} t={en} />
          </dd>
          {can(staff, "billing:read") && (
            <>
              <dt>Billing account</dt>
              <dd>
                <BillingCell {...customer} />
              </dd>
            </>
          )}
          {customer.terms && (
            <>
              <dt>Terms accepted</dt>
              <dd>
                <a href={customer.terms.url} rel="noreferrer noopener">
                  Version {customer.terms.version}
                </a>
                , <RelativeTime at={customer.terms.acceptedAt} now={now} t={en} />
              </dd>
            </>
          )}
          {customer.invite && (
            <>
              <dt>Invite</dt>
              <dd>
                <a href={href("customers.invites.show", { id: customer.invite.id })}>Open the invite</a>
              </dd>
            </>
          )}
        </dl>
      </section>
      {can(staff, "billing:write") && <BillingAccountForm customer={customer} accounts={customer.accounts} />}
      <Members members={customer.members} now={now} />
    </StaffPage>,
  )
})

customerRoutes.serve("customers.changeBilling", async (c) => {
  const { billing_account_id = "" } = await readForm(c)
  const id = c.req.param("id")
  await changeCustomerBilling(c.var.deps, c.var.staff, id, billing_account_id)
  return redirect(c, href("customers.show", { id }, flash("saved")))
})

/** Chooses the account that the customer is billed to, or confirms the current one. */
function BillingAccountForm({
  customer: { id, customer },
  accounts,
}: {
  customer: CustomerListItem
  accounts: BillingAccount[]
}) {
  return (
    <Form class="card card-body stack" action={href("customers.changeBilling", { id })} data-submit-once>
      <h2>{customer.billingNeedsReview ? "Review the billing account" : "Billing account"}</h2>
      {customer.billingNeedsReview && (
        <p class="notice danger">
          The billing account was changed or deleted after {customer.name} was invited. Choose the one to bill.
        </p>
      )}
      <Select name="billing_account_id" label="Bill to">
        {accounts.map((account) => (
          <option value={account.id} selected={account.id === customer.billingAccountId}>
            {billingAccountLabel(account)}
          </option>
        ))}
      </Select>
      <div class="buttons">
        <button class="button secondary" type="submit">
          Save
        </button>
      </div>
    </Form>
  )
}
