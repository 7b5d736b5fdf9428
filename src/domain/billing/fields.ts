import * as z from "zod"
import type { BillingAccount } from "../../storage/schema.ts"
import { formatPhone } from "../../text/phone.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { staffEn } from "../../text/staff/en.ts"
import type { ResellerActor } from "../access/actor.ts"
import type { Deps } from "../deps.ts"
import type { FieldError, Result } from "../failure.ts"
import { readResellerPhone } from "../national-phone.ts"
import { emailField, multiLine, optionalSingleLine, phoneField, validateFields } from "../validation.ts"

const ADDRESS_MAX = 400

/** The fields of a billing account, under the names that forms and the API use. */
export const billingAccountFields = z.object({
  first_name: optionalSingleLine().meta({
    description: "Required together with `last_name`, unless there is a PO number.",
    examples: ["Ana"],
  }),
  last_name: optionalSingleLine().meta({ examples: ["Costa"] }),
  po_number: optionalSingleLine().meta({
    description: "Instead of a name, or in addition to it.",
    examples: ["ACME-2026"],
  }),
  email: emailField(staffEn.rules.account_email).meta({
    description: "Where invoices are sent. Each billing account needs its own email address.",
    examples: ["billing@acme.example"],
  }),
  phone: phoneField(staffEn.rules.account_phone).meta({
    description: "Stored in E.164 format. Without country code, it is read as a number of the reseller's country.",
    examples: ["+1 415 555 0132"],
  }),
  address: multiLine(ADDRESS_MAX).meta({ examples: ["1 Main St\nBoston"] }),
})

/** The column of each field. */
const COLUMNS = {
  first_name: "firstName",
  last_name: "lastName",
  po_number: "poNumber",
  email: "email",
  phone: "phone",
  address: "address",
} as const satisfies Record<FieldName, keyof BillingAccount>

type FieldName = keyof typeof billingAccountFields.shape
type Columns = typeof COLUMNS

export type BillingAccountValues = Pick<BillingAccount, Columns[FieldName]>

const COLUMN_LIST = Object.entries(COLUMNS) as [FieldName, Columns[FieldName]][]

/** Validates the fields and maps them to columns. Invalid fields are returned. */
export async function validateBillingAccount(
  deps: Deps,
  { reseller }: ResellerActor,
  input: Record<string, unknown>,
): Promise<Result<BillingAccountValues>> {
  const validated = validateFields(billingAccountFields, input)
  const { values, errors } = await readResellerPhone(deps, reseller, validated, "phone")
  errors.push(...nameErrors(values))
  if (errors.length > 0) return { ok: false, errors }
  const columns = COLUMN_LIST.map(([name, column]) => [column, values[name] ?? null])
  return { ok: true, value: Object.fromEntries(columns) as BillingAccountValues } // complete: a missing field is an error
}

function nameErrors(values: Partial<z.infer<typeof billingAccountFields>>): FieldError[] {
  if (values.po_number || (values.first_name && values.last_name)) return []
  const field = values.first_name ? "last_name" : "first_name"
  return [{ field, code: "required", detail: staffEn.rules.account_name }]
}

/** The fields of an account, under the names that the API uses. */
export function toFields(account: BillingAccountValues) {
  const fields = COLUMN_LIST.map(([name, column]) => [name, account[column]])
  return Object.fromEntries(fields) as { [Name in FieldName]: BillingAccount[Columns[Name]] }
}

/** The fields of an account as text, for a form. */
export function toText(account: BillingAccount): Record<FieldName, string> {
  const text = COLUMN_LIST.map(([name, column]) => [name, account[column] ?? ""])
  return { ...Object.fromEntries(text), email: readableAddress(account.email), phone: formatPhone(account.phone) }
}

/** True if the account already has these values. */
export const isUnchanged = (current: BillingAccount, values: BillingAccountValues) =>
  COLUMN_LIST.every(([, column]) => current[column] === values[column])
