import type { StaffActor } from "../../domain/access/actor.ts"
import { can } from "../../domain/access/permissions.ts"
import { billingAccountLabel } from "../../domain/billing/accounts.ts"
import { fromText } from "../../domain/invites/field-values.ts"
import {
  INVITE_FIELDS,
  type InputField,
  type InviteFieldName,
  type InviteFields as InviteFieldTable,
  type InviteSection,
  inviteSchema,
} from "../../domain/invites/fields.ts"
import type { FormState } from "../../http/forms.ts"
import { href } from "../../routes.ts"
import type { BillingAccount } from "../../storage/schema.ts"
import { normalizeAddress } from "../../text/email-address.ts"
import { formatPhone } from "../../text/phone.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { Field, LanguageSelect } from "../ui/fields.tsx"

type InviteFieldsProps = { staff: StaffActor; accounts: BillingAccount[]; form: FormState; emailHelp: string }

/** The fields of an invite, in the forms that create and edit one. */
export function InviteFields(props: InviteFieldsProps) {
  return (
    <>
      <CustomerFields {...props} />
      <BillingFields {...props} />
      <EmailFields form={props.form} />
    </>
  )
}

export function CustomerFields({ form, emailHelp }: Pick<InviteFieldsProps, "form" | "emailHelp">) {
  return (
    <fieldset>
      <legend>Customer</legend>
      <SectionFields section="customer" form={form} help={{ contact_email: emailHelp }} />
    </fieldset>
  )
}

function BillingFields({ staff, accounts, form }: Omit<InviteFieldsProps, "emailHelp">) {
  return (
    <fieldset>
      <legend>Billing</legend>
      {accounts.length > 0 ? (
        <div class="field">
          <label for="billing_account">Billing account</label>
          <select id="billing_account" data-fills-billing aria-describedby="billing_account-hint">
            <option value="">Enter below</option>
            {accounts.map((account) => (
              <option
                value={account.id}
                data-email={readableAddress(account.email)}
                data-phone={formatPhone(account.phone)}
                selected={account.email === normalizeAddress(form.values.billing_email ?? "")}
              >
                {billingAccountLabel(account)}
              </option>
            ))}
          </select>
          <p class="help" id="billing_account-hint">
            Fills in both fields below. Manage billing accounts under <a href={href("billing.list")}>Billing</a>.
          </p>
        </div>
      ) : (
        <p class="help">
          An invite needs one of {staff.reseller.name}'s billing accounts.{" "}
          {can(staff, "billing:read") ? (
            <>
              Set them up under <a href={href("billing.list")}>Billing</a>.
            </>
          ) : (
            "Enter the account's email address and phone number."
          )}
        </p>
      )}
      <SectionFields
        section="billing"
        form={form}
        help={{
          billing_email: `The email address of the billing account that manages this customer. It must already be set up${can(staff, "billing:read") ? " under the Billing tab" : ""}.`,
        }}
      />
    </fieldset>
  )
}

export function EmailFields({ form }: Pick<InviteFieldsProps, "form">) {
  return (
    <fieldset>
      <legend>Email and link</legend>
      <SectionFields section="email" form={form} />
    </fieldset>
  )
}

/** A field that is in the form for customer invites. */
type SectionFieldName = {
  [Name in InviteFieldName]: InviteFieldTable[Name] extends { section: InviteSection } ? Name : never
}[InviteFieldName]

type SectionFieldsProps = {
  section: InviteSection
  form: FormState
  help?: Partial<Record<SectionFieldName, string>>
}

/** The fields of one section, in the order of `INVITE_FIELDS`. */
function SectionFields({ section, form, help = {} }: SectionFieldsProps) {
  return (
    <>
      {SECTION_ROWS[section].map((names) => {
        const inputs = names.map((name) => <InviteFieldInput {...{ name, form }} help={help[name]} />)
        return inputs.length > 1 ? <div class="form-row">{inputs}</div> : inputs
      })}
    </>
  )
}

const SECTION_ROWS = { customer: sectionRows("customer"), billing: sectionRows("billing"), email: sectionRows("email") }

/** Two adjacent half-width fields share a row. */
function sectionRows(section: InviteSection): SectionFieldName[][] {
  const rows: SectionFieldName[][] = []
  for (const name of Object.keys(INVITE_FIELDS) as SectionFieldName[]) {
    if (INVITE_FIELDS[name].section !== section) continue
    const row = rows.at(-1)
    if (row?.length === 1 && row.every(isHalfWidth) && isHalfWidth(name)) row.push(name)
    else rows.push([name])
  }
  return rows
}

function isHalfWidth(name: SectionFieldName): boolean {
  return "isHalfWidth" in INVITE_FIELDS[name]
}

type InviteFieldInputProps = {
  name: SectionFieldName
  form: FormState
  label?: string | undefined
  help?: string | undefined
}

/** The input of one field. `label` and `help` override those of `INVITE_FIELDS`. */
export function InviteFieldInput({ name, form, ...overrides }: InviteFieldInputProps) {
  const { input, range, ...field }: InputField = INVITE_FIELDS[name]
  const help = overrides.help ?? field.help
  const label = overrides.label ?? (isNullable(name) ? `${field.label} (optional)` : field.label)
  if (input === "language") return <LanguageSelect {...{ form, label, help }} />
  return (
    <Field
      {...{ form, name, help, ...range }}
      label={label}
      {...(input === "textarea" ? { rows: 3 } : { type: input })}
      autocomplete="off"
      required={isRequired(name)}
    />
  )
}

const { shape } = inviteSchema("customer")

const isRequired = (name: SectionFieldName) => !shape[name].safeParse(undefined).success
const isNullable = (name: SectionFieldName) => shape[name].safeParse(null).success

/** Converts form values to the types that the domain expects. `send_email` is the value of the button that was pressed. */
export function parseInviteForm(values: Record<string, string>): Record<string, unknown> {
  const { send_email } = values
  return { ...fromText(values), ...(send_email !== undefined && { send_email: send_email !== "false" }) }
}
