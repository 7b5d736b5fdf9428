import { can } from "../../domain/access/permissions.ts"
import { billingAccountLabel } from "../../domain/billing/accounts.ts"
import { type CustomerListItem, changeCustomerBilling, getCustomer, listCustomers } from "../../domain/customers.ts"
import { readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { BillingAccount } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import { formatPhone } from "../../text/phone.ts"
import { CustomerTabs } from "../invites/list.tsx"
import { Members } from "../people/rows.tsx"
import { Select } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"
import { Flash, InviteCustomerButton, StaffPage } from "../ui/layout.tsx"
import { RelativeTime } from "../ui/time.tsx"

export const customerRoutes = new Router()

customerRoutes.serve("customers.list", async (c) => {
  const { staff, deps } = c.var
  const { rows, next, counts } = await listCustomers(deps, staff, c.req.query("before"))
  const now = deps.now()
  const canInvite = can(staff, "invites:write")
  const canReadBilling = can(staff, "billing:read")
  return c.html(
    <StaffPage staff={staff} navItem="Customers" title="Customers" action={canInvite && <InviteCustomerButton />}>
      <CustomerTabs current="Customers" counts={counts} />
      <section class="card" aria-label="Customers">
        {rows.length === 0 ? (
          <div class="empty-state">
            <p>No customers yet. A company appears here once its contact accepts your invite.</p>
            {canInvite && <InviteCustomerButton />}
          </div>
        ) : (
          <table class="table" role="table">
            <thead role="rowgroup">
              <tr role="row">
                {["Company", "Admin", ...(canReadBilling ? ["Billing account"] : []), "Customer since"].map((name) => (
                  <th scope="col" role="columnheader">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody role="rowgroup">
              {rows.map((item) => (
                <tr role="row">
                  <td role="cell" class="wrap-anywhere">
                    <a class="emphasis" href={href("customers.show", { id: item.id })}>
                      {item.customer.name}
                    </a>
                  </td>
                  <td role="cell" class="wrap-anywhere">
                    <span>{item.admin.name}</span>
                    <span class="muted">{item.admin.email}</span>
                  </td>
                  {canReadBilling && (
                    <td role="cell">
                      <BillingCell {...item} />
                    </td>
                  )}
                  <td role="cell">
                    <RelativeTime at={item.customer.createdAt} now={now} t={en} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {(next || c.req.query("before")) && (
          <div class="pager">
            <span class="muted">Newest first</span>
            {next && <a href={href("customers.list", {}, { before: next })}>Older →</a>}
          </div>
        )}
      </section>
    </StaffPage>,
  )
})

customerRoutes.serve("customers.show", async (c) => {
  const { staff, deps } = c.var
  const customer = await getCustomer(deps, staff, c.req.param("id"))
  const now = deps.now()
  const flash = c.req.query("billed") !== undefined && <Flash tone="success">Saved.</Flash>
  return c.html(
    <StaffPage staff={staff} navItem="Customers" title={customer.customer.name} flash={flash}>
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
  return redirect(c, `${href("customers.show", { id })}?billed`)
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

function BillingCell({ billing, customer }: CustomerListItem) {
  return (
    <>
      <span>{billing.email ?? "Deleted"}</span>
      <span class="muted">{billing.phone && formatPhone(billing.phone)}</span>
      {customer.billingNeedsReview && <span class="danger">Changed since the invite: needs review</span>}
    </>
  )
}
