import type { CustomerListItem } from "../../domain/customers.ts"
import { formatPhone } from "../../text/phone.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { addressText } from "../ui/address.tsx"

/** The account that a customer is billed to, and whether it needs review. */
export function BillingCell({ item: { billing, customer }, t }: { item: CustomerListItem; t: StaffMessages }) {
  const { customers } = t.staff
  return (
    <>
      <span>{billing.email ? addressText(billing.email) : customers.deletedAccount}</span>
      <span class="muted">{billing.phone && formatPhone(billing.phone)}</span>
      {customer.billingNeedsReview && <span class="danger">{customers.needsReview}</span>}
    </>
  )
}
