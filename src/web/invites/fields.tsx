import type { Child } from "hono/jsx"
import type { StaffActor } from "../../domain/access/actor.ts"
import { can } from "../../domain/access/permissions.ts"
import { billingAccountLabel } from "../../domain/billing/accounts.ts"
import { fromText } from "../../domain/invites/field-values.ts"
import {
  INVITE_FIELDS,
  INVITE_LIFETIME_MAX_DAYS,
  type InputField,
  type InviteFieldName,
  type InviteFields as InviteFieldTable,
  type InviteSection,
  inviteSchema,
  NOTE_MAX,
} from "../../domain/invites/fields.ts"
import { replaceMetadata } from "../../domain/metadata.ts"
import type { FormState } from "../../http/forms.ts"
import { href } from "../../routes.ts"
import type { BillingAccount, Invite, Metadata } from "../../storage/schema.ts"
import { normalizeAddress } from "../../text/email-address.ts"
import { formatPhone } from "../../text/phone.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { Field, LanguageSelect } from "../ui/fields.tsx"

type InviteFieldsProps = {
  staff: StaffActor
  accounts: BillingAccount[]
  form: FormState
  emailHelp: string
  /** Warns of similar companies. */
  similar: Child
}

/** The fields of an invite, in the forms that create and edit one. */
export function InviteFields(props: InviteFieldsProps) {
  return (
    <>
      <CustomerFields {...props} />
      <BillingFields {...props} />
      <EmailFields {...props} />
      <OptionFields {...props} />
    </>
  )
}

export function CustomerFields({ staff, form, emailHelp, similar }: Omit<InviteFieldsProps, "accounts">) {
  const t = staffMessagesFor(staff.locale)
  return (
    <fieldset>
      <legend>{t.staff.invites.form.customer}</legend>
      <SectionFields section="customer" {...{ form, t }} help={{ contact_email: emailHelp }} />
      {similar}
    </fieldset>
  )
}

function BillingFields({ staff, accounts, form }: Omit<InviteFieldsProps, "emailHelp" | "similar">) {
  const t = staffMessagesFor(staff.locale)
  const { columns, form: texts, fieldHelp } = t.staff.invites
  const canReadBilling = can(staff, "billing:read")
  const billingPage = <a href={href("billing.list")}>{t.staff.layout.nav.Billing}</a>
  return (
    <fieldset>
      <legend>{texts.billing}</legend>
      {accounts.length > 0 ? (
        <div class="field">
          <label for="billing_account">{columns.billingAccount}</label>
          <select id="billing_account" data-fills-billing aria-describedby="billing_account-hint">
            <option value="">{texts.enterBelow}</option>
            {accounts.map((account) => (
              <option
                value={account.id}
                data-email={readableAddress(account.email)}
                data-phone={formatPhone(account.phone)}
                selected={account.email === normalizeAddress(form.values.billing_email ?? "")}
              >
                {billingAccountLabel(account, t)}
              </option>
            ))}
          </select>
          <p class="help" id="billing_account-hint">
            {texts.fillsIn<Child>(billingPage)}
          </p>
        </div>
      ) : (
        <p class="help">
          {texts.needsAccount(staff.reseller.name)}{" "}
          {canReadBilling ? texts.setUp<Child>(billingPage) : texts.enterAccount}
        </p>
      )}
      <SectionFields
        section="billing"
        {...{ form, t }}
        help={canReadBilling ? {} : { billing_email: fieldHelp.billing_email_unseen }}
      />
    </fieldset>
  )
}

export function EmailFields({ staff, form }: Pick<InviteFieldsProps, "staff" | "form">) {
  const t = staffMessagesFor(staff.locale)
  return (
    <fieldset>
      <legend>{t.staff.invites.form.email}</legend>
      <SectionFields section="email" {...{ form, t }} />
    </fieldset>
  )
}

/** What only the reseller needs. */
export function OptionFields({ staff, form }: Pick<InviteFieldsProps, "staff" | "form">) {
  const t = staffMessagesFor(staff.locale)
  return (
    <fieldset>
      <legend>{t.staff.invites.form.options}</legend>
      <SectionFields section="options" {...{ form, t }} />
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
  t: StaffMessages
  help?: Partial<Record<SectionFieldName, string>>
}

/** The fields of one section, in the order of `INVITE_FIELDS`. */
function SectionFields({ section, form, t, help = {} }: SectionFieldsProps) {
  const { fieldLabels, form: texts } = t.staff.invites
  const helps = { ...helpTexts(t), ...help }
  const labelOf = (name: SectionFieldName) => (isNullable(name) ? texts.optional(fieldLabels[name]) : fieldLabels[name])
  return (
    <>
      {SECTION_ROWS[section].map((names) => {
        const inputs = names.map((name) => (
          <InviteFieldInput {...{ name, form }} label={labelOf(name)} help={helps[name]} />
        ))
        return inputs.length > 1 ? <div class="form-row">{inputs}</div> : inputs
      })}
    </>
  )
}

function helpTexts({ staff, inviteForm }: StaffMessages): Partial<Record<SectionFieldName, string>> {
  return {
    ...staff.invites.fieldHelp,
    note: inviteForm.noteHelp(NOTE_MAX),
    locale: inviteForm.languageHelp,
    expires_in_days: staff.invites.fieldHelp.expires_in_days(INVITE_LIFETIME_MAX_DAYS),
  }
}

const SECTION_ROWS = {
  customer: sectionRows("customer"),
  billing: sectionRows("billing"),
  email: sectionRows("email"),
  options: sectionRows("options"),
}

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
  label: string
  help?: string | undefined
}

/** The input of one field. */
export function InviteFieldInput({ name, form, label, help }: InviteFieldInputProps) {
  const { input, range }: InputField = INVITE_FIELDS[name]
  if (input === "language") return <LanguageSelect {...{ form, label, help }} />
  return (
    <Field
      {...{ form, name, help, ...range }}
      label={label}
      {...(input === "textarea" || input === "metadata" ? { rows: 3 } : { type: input })}
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

/** The same for a form that edits. Metadata that is no longer in it is deleted. */
export function parseEditForm(values: Record<string, string>, { metadata }: Pick<Invite, "metadata">) {
  const fields = parseInviteForm(values)
  return fields.metadata ? { ...fields, metadata: replaceMetadata(metadata, fields.metadata as Metadata) } : fields
}
