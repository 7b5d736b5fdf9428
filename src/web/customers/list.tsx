import { can } from "../../domain/access/permissions.ts"
import { listCustomers } from "../../domain/customers.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { PAGE_SIZE } from "../../storage/paging.ts"
import { staffMessagesFor } from "../../text/staff/locales.ts"
import { CustomerTabs } from "../invites/list.tsx"
import { addressText } from "../ui/address.tsx"
import { InviteCustomerButton, StaffPage } from "../ui/layout.tsx"
import { isBeyondEnd, neighborPaths, Pager } from "../ui/pager.tsx"
import { ColumnHeader } from "../ui/table.tsx"
import { RelativeTime } from "../ui/time.tsx"
import { BillingCell } from "./billing-cell.tsx"

export const customerListRoutes = new Router()

customerListRoutes.serve("customers.list", async (c) => {
  const { staff, deps } = c.var
  const { before, after } = c.req.query()
  const page = await listCustomers(deps, staff, { before, after, size: PAGE_SIZE })
  if (isBeyondEnd(page, { before, after })) return redirect(c, href("customers.list"))
  const { rows, counts } = page
  const now = deps.now()
  const canInvite = can(staff, "invites:write")
  const canReadBilling = can(staff, "billing:read")
  const t = staffMessagesFor(staff.locale)
  const { layout, invites, customers } = t.staff
  const columns = [
    invites.columns.company,
    t.memberRoles.admin,
    ...(canReadBilling ? [invites.columns.billingAccount] : []),
    customers.since,
  ]
  return c.html(
    <StaffPage
      staff={staff}
      navItem="Customers"
      title={layout.nav.Customers}
      action={canInvite && <InviteCustomerButton t={t} />}
    >
      <CustomerTabs current="Customers" {...{ counts, t }} />
      <section class="card" aria-label={layout.nav.Customers}>
        {rows.length === 0 ? (
          <div class="empty-state">
            <p>{customers.none}</p>
            {canInvite && <InviteCustomerButton t={t} />}
          </div>
        ) : (
          <table class="table" role="table">
            <thead role="rowgroup">
              <tr role="row">
                {columns.map((name) => (
                  <ColumnHeader>{name}</ColumnHeader>
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
                    <span class="muted">{addressText(item.admin.email)}</span>
                  </td>
                  {canReadBilling && (
                    <td role="cell">
                      <BillingCell {...{ item, t }} />
                    </td>
                  )}
                  <td role="cell">
                    <RelativeTime at={item.customer.createdAt} now={now} t={t} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {(page.next || page.prev) && (
          <Pager t={t} {...neighborPaths(page, (cursor) => href("customers.list", {}, cursor))} />
        )}
      </section>
    </StaffPage>,
  )
})
