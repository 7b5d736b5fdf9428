import type { StaffActor } from "../../domain/access/actor.ts"
import { can } from "../../domain/access/permissions.ts"
import { billingAccountLabel } from "../../domain/billing/accounts.ts"
import { NEW_ACCOUNT_FIELDS } from "../../domain/invites/new-account.ts"
import type { FormState } from "../../http/forms.ts"
import type { BillingAccount } from "../../storage/schema.ts"
import { normalizeAddress } from "../../text/email-address.ts"
import { formatPhone } from "../../text/phone.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { Field } from "../ui/fields.tsx"
import { SectionFields } from "./section-fields.tsx"

/** What the select of billing accounts has instead of an account, if the invite is to create one. */
const NEW = "new"

/** A billing account as the form's fields have it. */
const toValues = ({ email, phone }: BillingAccount) => ({
  billing_email: readableAddress(email),
  billing_phone: formatPhone(phone),
})

/** A billing account as the value of an option: what its fields say. */
const joinFields = ({ billing_email = "", billing_phone = "" }: Record<string, string>) =>
  `${billing_email} ${billing_phone}`

/**
 * The values of a form with the account that was chosen in its select. With script, choosing fills in the fields. Without, it counts if
 * they are as the page had them; otherwise what was typed does.
 */
export function withChosenAccount(values: Record<string, string>): Record<string, string> {
  const { billing_account: chosen, billing_preset: preset } = values
  if (!chosen || chosen === NEW || joinFields(values) !== preset) return values
  const [billing_email = "", ...phone] = chosen.split(" ")
  return { ...values, billing_email, billing_phone: phone.join(" ") }
}

/** The other fields of the billing account that the invite is to create; undefined if it has an existing one. */
export const newAccountOf = (values: Record<string, string>) =>
  values.billing_account === NEW
    ? Object.fromEntries(Object.keys(NEW_ACCOUNT_FIELDS).map((name) => [name, values[name]]))
    : undefined

type BillingFieldsProps = {
  staff: StaffActor
  accounts: BillingAccount[]
  form: FormState
  /** Whether the form can create an account. */
  canAdd?: boolean
}

/** One select for the billing account. It fills in the fields that decide, which are folded away while they say the same. */
export function BillingFields({ staff, accounts, form, canAdd = false }: BillingFieldsProps) {
  const t = staffMessagesFor(staff.locale)
  const { columns, form: texts, fieldHelp } = t.staff.invites
  const isAddable = canAdd && can(staff, "billing:write")
  const isNew = isAddable && (accounts.length === 0 || form.values.billing_account === NEW)
  const chosen = isNew ? undefined : accounts.find((account) => isSameAccount(account, form.values))
  const hasError = form.errors.some(({ field }) => field.startsWith("billing_"))
  const help = can(staff, "billing:read") ? {} : { billing_email: fieldHelp.billing_email_unseen }
  const noHelp = { billing_email: "", billing_phone: "" }
  return (
    <fieldset>
      <legend>{texts.billing}</legend>
      <input type="hidden" name="billing_preset" value={joinFields(form.values)} />
      {accounts.length > 0 ? (
        <div class="field">
          <label for="billing_account">{columns.billingAccount}</label>
          <select id="billing_account" name="billing_account" data-fills-billing>
            {accounts.map((account) => {
              const values = toValues(account)
              return (
                <option
                  value={joinFields(values)}
                  data-email={values.billing_email}
                  data-phone={values.billing_phone}
                  selected={account === chosen}
                >
                  {billingAccountLabel(account, t)}
                </option>
              )
            })}
            <option value="" selected={!chosen && !isNew}>
              {texts.otherAccount}
            </option>
            {isAddable && (
              <option value={NEW} selected={isNew}>
                {texts.addAccount}
              </option>
            )}
          </select>
        </div>
      ) : (
        <p class="help">
          {isNew ? texts.firstAccount : `${texts.needsAccount(staff.reseller.name)} ${texts.enterAccount}`}
        </p>
      )}
      {accounts.length === 0 && isNew && <input type="hidden" name="billing_account" value={NEW} />}
      <details class="billing-details" open={!chosen || hasError}>
        <summary>{texts.accountDetails}</summary>
        <div class="stack">
          <SectionFields section="billing" {...{ form, t }} help={isNew ? noHelp : help} />
          {isAddable && <NewAccountFields {...{ form, t }} />}
        </div>
      </details>
    </fieldset>
  )
}

function isSameAccount(
  { email, phone }: BillingAccount,
  { billing_email = "", billing_phone = "" }: FormState["values"],
) {
  return email === normalizeAddress(billing_email) && phone.slice(1) === billing_phone.replace(/\D/g, "")
}

/** What an account needs besides its email address and phone number. forms.css shows it if an account is to be created. */
function NewAccountFields({ form, t }: { form: FormState; t: StaffMessages }) {
  const { firstName, lastName, poNumber } = t.staff.billing
  return (
    <div class="stack new-account">
      <div class="form-row">
        <Field form={form} name="billing_first_name" label={firstName} autocomplete="off" />
        <Field form={form} name="billing_last_name" label={lastName} autocomplete="off" />
      </div>
      <Field
        form={form}
        name="billing_po_number"
        label={poNumber}
        help={t.staff.invites.form.newAccountHelp}
        autocomplete="off"
      />
    </div>
  )
}
