import { can } from "../../domain/access/permissions.ts"
import { billingAccountLabel } from "../../domain/billing/accounts.ts"
import { type CustomerListItem, changeCustomerBilling, getCustomer } from "../../domain/customers.ts"
import { readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { BillingAccount } from "../../storage/schema.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { IdDetail, MetadataDetail } from "../invites/show.tsx"
import { Members } from "../people/rows.tsx"
import { Copyable } from "../ui/copy-button.tsx"
import { Select } from "../ui/fields.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { RelativeTime } from "../ui/time.tsx"
import { TimelineEntry } from "../ui/timeline.tsx"
import { BillingCell } from "./billing-cell.tsx"

export const customerRoutes = new Router()

const LATEST_ENTRIES = 10

customerRoutes.serve("customers.show", async (c) => {
  const { staff, deps } = c.var
  const customer = await getCustomer(deps, staff, c.req.param("id"), { latestEntries: LATEST_ENTRIES })
  const now = deps.now()
  const t = staffMessagesFor(staff.locale)
  const { layout, invites, customers } = t.staff
  return c.html(
    <StaffPage
      staff={staff}
      navItem="Customers"
      title={customer.customer.name}
      documentTitle={[customer.customer.name, layout.nav.Customers]}
      flash={flashFromUrl(c, { t })}
      back={<a href={href("customers.list")}>← {layout.nav.Customers}</a>}
    >
      <section class="card" aria-labelledby="customer">
        <div class="card-header">
          <h2 id="customer">{customers.region}</h2>
          {can(staff, "customers:write") && <a href={href("customers.edit", { id: customer.id })}>{t.invite.edit}</a>}
        </div>
        <dl class="description-list">
          <dt>{customers.since}</dt>
          <dd>
            <RelativeTime at={customer.customer.createdAt} now={now} t={t} />
          </dd>
          {can(staff, "billing:read") && (
            <>
              <dt>{invites.columns.billingAccount}</dt>
              <dd>
                <BillingCell item={customer} t={t} />
              </dd>
            </>
          )}
          {customer.terms && (
            <>
              <dt>{customers.terms}</dt>
              <dd>
                <a href={customer.terms.url} rel="noreferrer noopener">
                  {customers.version(customer.terms.version)}
                </a>
                {", "}
                <RelativeTime at={customer.terms.acceptedAt} now={now} t={t} />
              </dd>
            </>
          )}
          {customer.customer.externalId && (
            <>
              <dt>{invites.fieldLabels.external_id}</dt>
              <dd>
                <Copyable id="external-id" name={invites.fieldLabels.external_id} t={t}>
                  {customer.customer.externalId}
                </Copyable>
              </dd>
            </>
          )}
          {customer.customer.metadata && <MetadataDetail metadata={customer.customer.metadata} t={t} />}
          <IdDetail id={customer.id} t={t} />
          {customer.invite && (
            <>
              <dt>{t.invite.region}</dt>
              <dd>
                <a href={href("customers.invites.show", { id: customer.invite.id })}>{customers.openInvite}</a>
              </dd>
            </>
          )}
        </dl>
      </section>
      {can(staff, "billing:write") && <BillingAccountForm customer={customer} accounts={customer.accounts} t={t} />}
      <Members members={customer.members} {...{ now, t }} />
      <section class="card" aria-labelledby="activity">
        <div class="card-header">
          <h2 id="activity">{layout.nav.Activity}</h2>
          <a href={href("activity.list", {}, { customer: customer.id })}>{invites.allActivity}</a>
        </div>
        <ul class="timeline">
          {customer.latest.map((entry) => (
            <TimelineEntry {...{ entry, now, t }} />
          ))}
        </ul>
      </section>
    </StaffPage>,
  )
})

customerRoutes.serve("customers.changeBilling", async (c) => {
  const { billing_account_id = "" } = await readForm(c)
  const id = c.req.param("id")
  await changeCustomerBilling(c.var.deps, c.var.staff, id, billing_account_id)
  return redirect(c, href("customers.show", { id }, flash("customer_billing_changed")))
})

/** Chooses the account that the customer is billed to, or confirms the current one. */
function BillingAccountForm({
  customer: { id, customer },
  accounts,
  t,
}: {
  customer: CustomerListItem
  accounts: BillingAccount[]
  t: StaffMessages
}) {
  const { invites, customers } = t.staff
  return (
    <Form class="card card-body stack" action={href("customers.changeBilling", { id })} data-submit-once>
      <h2>{customer.billingNeedsReview ? customers.reviewTitle : invites.columns.billingAccount}</h2>
      {customer.billingNeedsReview && <p class="notice danger">{customers.reviewText(customer.name)}</p>}
      <Select name="billing_account_id" label={customers.billTo}>
        {accounts.map((account) => (
          <option value={account.id} selected={account.id === customer.billingAccountId}>
            {billingAccountLabel(account, t)}
          </option>
        ))}
      </Select>
      <div class="buttons">
        <button class="button secondary" type="submit">
          {t.editInvite.save}
        </button>
      </div>
    </Form>
  )
}
