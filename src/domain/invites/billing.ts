import { and, eq, type Placeholder, type SQL, sql } from "drizzle-orm"
import { compiled, type Places } from "../../storage/compiled.ts"
import { type BillingAccount, billingAccounts } from "../../storage/schema.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { staffEn } from "../../text/staff/en.ts"
import type { Actor } from "../access/actor.ts"
import { can } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import type { FieldError } from "../failure.ts"
import type { InviteValues } from "./fields.ts"

type BillingFields = Pick<InviteValues<"customer">, "billing_email" | "billing_phone">

/** The statement that finds a reseller's billing account by email address. */
export function billingAccountByEmailQuery(db: Deps["db"], resellerId: string, email: string | SQL = "") {
  return typeof email === "string"
    ? accountByEmailStatement(db, { resellerId, email })
    : accountByEmailSelect(db, resellerId, email)
}

const accountByEmailStatement = compiled((db, at: Places<{ resellerId: string; email: string }>) =>
  accountByEmailSelect(db, at.resellerId, at.email),
)

function accountByEmailSelect(db: Deps["db"], resellerId: string | Placeholder, email: SQL | Placeholder) {
  return db
    .select()
    .from(billingAccounts)
    .where(and(eq(billingAccounts.resellerId, resellerId), eq(billingAccounts.email, email)))
}

/** The errors of an invite's billing fields, given the account with its email address. Without `billing:read`, they give no details. */
export function billingErrors(
  actor: Actor,
  values: Partial<BillingFields>,
  account: BillingAccount | undefined,
): FieldError[] {
  if (!values.billing_email) return []
  if (!can(actor, "billing:read")) return unseenAccountErrors(values, account)
  if (!account) {
    const name = readableAddress(values.billing_email)
    const detail = staffEn.fieldErrors.billing_account_not_found(name)
    return [{ field: "billing_email", code: "billing_account_not_found", detail, name }]
  }
  if (!values.billing_phone || values.billing_phone === account.phone) return []
  const [name, lastDigits] = [readableAddress(account.email), account.phone.slice(-4)]
  const detail = staffEn.fieldErrors.billing_phone_mismatch(name, lastDigits)
  return [{ field: "billing_phone", code: "billing_phone_mismatch", detail, name, lastDigits }]
}

/** The same without details: whether the account is the reseller's. */
export function unseenAccountErrors(
  { billing_phone: phone }: Partial<BillingFields>,
  account: BillingAccount | undefined,
): FieldError[] {
  if (!phone || account?.phone === phone) return []
  return [{ field: "billing_email", code: "billing_account_not_found", detail: staffEn.rules.no_such_account }]
}

/** SQL condition: the billing account still exists with the matched email address and phone number. */
export function billingAccountMatches(
  fields: { [Name in keyof BillingFields]: string | Placeholder },
  id: string | Placeholder,
) {
  return sql`EXISTS (SELECT 1 FROM ${billingAccounts} WHERE ${billingAccounts.id} = ${id}
    AND ${billingAccounts.email} = ${fields.billing_email} AND ${billingAccounts.phone} = ${fields.billing_phone})`
}
