import { can } from "../../domain/access/permissions.ts"
import { listCustomers } from "../../domain/customers.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { PAGE_SIZE } from "../../storage/paging.ts"
import { en } from "../../text/en.ts"
import { CustomerTabs } from "../invites/list.tsx"
import { addressText } from "../ui/address.tsx"
import { InviteCustomerButton, StaffPage } from "../ui/layout.tsx"
import { isBeyondEnd, neighborPaths, Pager } from "../ui/pager.tsx"
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
                    <span class="muted">{addressText(item.admin.email)}</span>
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
        {(page.next || page.prev) && (
          <Pager t={en} {...neighborPaths(page, (cursor) => href("customers.list", {}, cursor))} />
        )}
      </section>
    </StaffPage>,
  )
})
