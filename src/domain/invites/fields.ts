import { and, eq, type SQL, sql } from "drizzle-orm"
import * as z from "zod"
import { type BillingAccount, billingAccounts } from "../../storage/schema.ts"
import { localeField } from "../../text/locales.ts"
import type { Actor } from "../access/actor.ts"
import { can } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import type { FieldError } from "../failure.ts"
import { emailField, multiLine, phoneField, singleLine } from "../validation.ts"

export const INVITE_LIFETIME_MAX_DAYS = 90
const EXPIRES_IN_DAYS_RULE = `Use a whole number of days from 1 to ${INVITE_LIFETIME_MAX_DAYS}.`
export const NOTE_MAX = 500

/** For how many days a registration link works. */
export const expiresInDaysField = z
  .int(EXPIRES_IN_DAYS_RULE)
  .min(1, EXPIRES_IN_DAYS_RULE)
  .max(INVITE_LIFETIME_MAX_DAYS, EXPIRES_IN_DAYS_RULE)

/** The five fields of an invite, and what may be said beside them, under the names that the form and the API use. */
export const inviteFields = z.object({
  company_name: singleLine("Enter the customer's business name.").meta({
    description: "Company Name: the business name of the customer.",
    examples: ["Northwind Logistics"],
  }),
  contact_name: singleLine("Enter the name of the person who sets up the account.").meta({
    description: "Contact Name: the person responsible for setting up the account. Becomes its default Admin.",
    examples: ["Priya Nair"],
  }),
  contact_email: emailField("Enter the address the invite goes to.").meta({
    description: "Contact Email Address: where the invite is sent. Stored in lowercase.",
    examples: ["priya@northwind.example"],
  }),
  billing_email: emailField("Enter the email address of a billing account.").meta({
    description:
      "Billing Email Address: the email address of the billing account that manages this customer. The account must already exist.",
    examples: ["billing@acme.example"],
  }),
  billing_phone: phoneField("Enter the phone number of that billing account.").meta({
    description: "Billing Phone Number: the phone number of that billing account.",
    examples: ["+1 415 555 0132"],
  }),
  expires_in_days: expiresInDaysField.optional().meta({
    description:
      "The number of days until the registration link expires, counted from the latest send. Defaults to the reseller's setting, initially 14.",
  }),
  locale: localeField.optional().meta({
    description:
      "The language of the contact's emails and pages: English or German. Defaults to the reseller's setting.",
  }),
  note: multiLine(NOTE_MAX).meta({
    description: "A note to the contact, shown in the email as plain text.",
    examples: ["Looking forward to working with you."],
  }),
})

export type InviteFields = z.infer<typeof inviteFields>

/** The statement that finds the reseller's billing account of an address. */
export function billingAccountByEmailQuery(db: Deps["db"], resellerId: string, email: string | SQL = "") {
  return db
    .select()
    .from(billingAccounts)
    .where(and(eq(billingAccounts.resellerId, resellerId), eq(billingAccounts.email, email)))
}

type BillingFields = Pick<InviteFields, "billing_email" | "billing_phone">

/**
 * What is wrong with billing an invite to the account that was found at its address. Who may not see billing is told no part
 * of it.
 */
export function billingErrors(
  actor: Actor,
  values: Partial<BillingFields>,
  account: BillingAccount | undefined,
): FieldError[] {
  if (!values.billing_email) return []
  if (!can(actor, "billing:read")) {
    if (!values.billing_phone || account?.phone === values.billing_phone) return []
    const detail = "This email address and phone number don't match any of your billing accounts."
    return [{ field: "billing_email", code: "billing_account_not_found", detail }]
  }
  if (!account) {
    const detail = `No billing account has the email address ${values.billing_email}. Add billing accounts under Billing.`
    return [{ field: "billing_email", code: "billing_account_not_found", detail }]
  }
  if (!values.billing_phone || values.billing_phone === account.phone) return []
  const detail = `This isn't the phone number of ${account.email}, which ends in ${account.phone.slice(-4)}.`
  return [{ field: "billing_phone", code: "billing_phone_mismatch", detail }]
}

/** The billing account is still there, with the address and phone that were matched: it may go at any moment. */
export function billingAccountMatches(fields: BillingFields, id: string) {
  return sql`EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${billingAccounts.id} = ${id}
    AND ${billingAccounts.email} = ${fields.billing_email} AND ${billingAccounts.phone} = ${fields.billing_phone})`
}
