import type { CustomerListItem } from "../../domain/customers.ts"
import { formatPhone } from "../../text/phone.ts"
import { addressText } from "../ui/address.tsx"

/** The account that a customer is billed to, and whether it needs review. */
export function BillingCell({ billing, customer }: CustomerListItem) {
  return (
    <>
      <span>{billing.email ? addressText(billing.email) : "Deleted"}</span>
      <span class="muted">{billing.phone && formatPhone(billing.phone)}</span>
      {customer.billingNeedsReview && <span class="danger">Changed since the invite: needs review</span>}
    </>
  )
}
