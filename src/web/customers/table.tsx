import type { StaffActor } from "../../domain/access/actor.ts"
import { can } from "../../domain/access/permissions.ts"
import type { CustomerListItem } from "../../domain/customers.ts"
import { href } from "../../routes.ts"
import { formatNumber } from "../../text/numbers.ts"
import { formatPhone } from "../../text/phone.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { addressText } from "../ui/address.tsx"
import { ColumnHeader } from "../ui/table.tsx"
import { RelativeTime } from "../ui/time.tsx"

type CustomerTableProps = { customers: CustomerListItem[]; staff: StaffActor; now: Date; t: StaffMessages }

/** The list of customers. */
export function CustomerTable({ customers, staff, now, t }: CustomerTableProps) {
  const { invites, customers: words } = t.staff
  const canReadBilling = can(staff, "billing:read")
  return (
    <table class="table customers" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <ColumnHeader column="company">{invites.columns.company}</ColumnHeader>
          <ColumnHeader column="contact">{t.memberRoles.admin}</ColumnHeader>
          <ColumnHeader column="status">{t.people.members}</ColumnHeader>
          {canReadBilling && <ColumnHeader column="billing">{invites.columns.billingAccount}</ColumnHeader>}
          <ColumnHeader column="actions">{words.since}</ColumnHeader>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {customers.map((item) => (
          <tr role="row">
            <td role="cell" class="company">
              <a class="emphasis" href={href("customers.show", { id: item.id })}>
                {item.customer.name}
              </a>
            </td>
            <td role="cell" class="contact">
              <div>
                {item.admin.name}
                <span class="muted">{addressText(item.admin.email)}</span>
              </div>
            </td>
            <td role="cell" class="status number" data-column={t.people.members}>
              {formatNumber(t, item.customer.memberCount)}
            </td>
            {canReadBilling && (
              <td role="cell" class="billing">
                <div class="muted">
                  {item.billing.email ? addressText(item.billing.email) : words.deletedAccount}
                  {item.customer.billingNeedsReview ? (
                    <span class="danger">{words.reviewShort}</span>
                  ) : (
                    <span>{item.billing.phone && formatPhone(item.billing.phone)}</span>
                  )}
                </div>
              </td>
            )}
            <td role="cell" class="actions" data-column={words.since}>
              <RelativeTime at={item.customer.createdAt} now={now} t={t} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
