import { and, eq } from "drizzle-orm"
import { customers, type Invite, invites, members, type Suppression, users } from "../storage/schema.ts"
import type { Deps } from "./deps.ts"
import type { FieldError } from "./failure.ts"
import { statusNow } from "./invites.ts"
import { suppressionOf, suppressionWords } from "./suppressions.ts"

/** The unique index that holds "one live invite for each reseller and address". */
export const ONE_LIVE_INVITE = ["invites.reseller_id", "invites.contact_email"]

/** The statements that find what stands against inviting an address: a live invite, a customer, a wish for no more mail. */
export function addressLookUps(db: Deps["db"], resellerId: string, email: string) {
  return [
    db
      .select()
      .from(invites)
      .where(and(eq(invites.resellerId, resellerId), eq(invites.contactEmail, email), eq(invites.status, "pending"))),
    db
      .select({ id: customers.id, name: customers.name })
      .from(users)
      .innerJoin(members, eq(members.userId, users.id))
      .innerJoin(customers, and(eq(customers.id, members.customerId), eq(customers.resellerId, resellerId)))
      .where(eq(users.email, email))
      .limit(1),
    suppressionOf(db, resellerId, email),
  ] as const
}

type Found = {
  live?: Invite | undefined
  customer?: { id: string; name: string } | undefined
  suppressed?: Suppression | undefined
}

export function addressErrors({ live, customer, suppressed }: Found, now: Date): FieldError[] {
  const field = "contact_email"
  if (live && statusNow(live, now) === "pending") {
    const detail = `${live.contactName} of ${live.companyName} already has a pending invite at this address.`
    return [{ field, code: "invite_pending", detail, link: { kind: "invite", id: live.id } }]
  }
  if (customer) {
    const detail = `This address already belongs to your customer ${customer.name}.`
    return [{ field, code: "already_customer", detail, link: { kind: "customer", id: customer.id } }]
  }
  return suppressed ? [{ field, code: "address_suppressed", detail: suppressionWords(suppressed) }] : []
}
