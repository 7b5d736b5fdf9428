import type { StaffActor } from "../../domain/access/actor.ts"
import { can } from "../../domain/access/permissions.ts"
import { billingAccountLabel } from "../../domain/billing/accounts.ts"
import { INVITE_LIFETIME_MAX_DAYS, NOTE_MAX } from "../../domain/invites/fields.ts"
import type { FormState } from "../../http/forms.ts"
import { href } from "../../routes.ts"
import type { BillingAccount } from "../../storage/schema.ts"
import { en, type Messages } from "../../text/en.ts"
import { formatPhone } from "../../text/phone.ts"
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
      <Field
        form={form}
        name="company_name"
        label="Company Name"
        help="The business name of the customer."
        autocomplete="off"
        required
      />
      <div class="form-row">
        <Field
          form={form}
          name="contact_name"
          label="Contact Name"
          help="The person responsible for setting up the account. They become the default Admin of the new account and invite other users from their company."
          autocomplete="off"
          required
        />
        <Field
          form={form}
          name="contact_email"
          label="Contact Email Address"
          type="email"
          help={emailHelp}
          autocomplete="off"
          required
        />
      </div>
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
                data-email={account.email}
                data-phone={formatPhone(account.phone)}
                selected={account.email === form.values.billing_email}
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
            "Enter its address and phone number."
          )}
        </p>
      )}
      <div class="form-row">
        <Field
          form={form}
          name="billing_email"
          label="Billing Email Address"
          type="email"
          help={`The address of the billing account that manages this customer, already set up${can(staff, "billing:read") ? " under the Billing tab" : ""}.`}
          autocomplete="off"
          required
        />
        <Field
          form={form}
          name="billing_phone"
          label="Billing Phone Number"
          type="tel"
          help="The phone number of the billing account with that address."
          autocomplete="off"
          required
        />
      </div>
    </fieldset>
  )
}

export function EmailFields({ form }: Pick<InviteFieldsProps, "form">) {
  return (
    <fieldset>
      <legend>Email and link</legend>
      <NoteField form={form} t={en} />
      <div class="form-row">
        <LanguageSelect form={form} label={en.inviteForm.language} help={en.inviteForm.languageHelp} />
        <Field
          form={form}
          name="expires_in_days"
          label="Expires after (days)"
          type="number"
          min={1}
          max={INVITE_LIFETIME_MAX_DAYS}
          help={`From 1 to ${INVITE_LIFETIME_MAX_DAYS}. Resending restarts the countdown.`}
          autocomplete="off"
        />
      </div>
    </fieldset>
  )
}

/** A note to the contact, shown in the email. */
export function NoteField({ form, t }: { form: FormState; t: Messages }) {
  return (
    <Field
      form={form}
      name="note"
      label={t.inviteForm.note}
      help={t.inviteForm.noteHelp(NOTE_MAX)}
      rows={3}
      autocomplete="off"
    />
  )
}

/** Accepts digits only, not `1e1`. Anything else becomes NaN, which validation rejects. */
export const parseDays = (text: string) => (/^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN)

/** Converts form values to the types that the domain expects, and leaves out an empty number of days. */
export function parseInviteForm({
  expires_in_days,
  send_email,
  ...fields
}: Record<string, string>): Record<string, unknown> {
  return {
    ...fields,
    ...(expires_in_days?.trim() && { expires_in_days: parseDays(expires_in_days) }),
    ...(send_email !== undefined && { send_email: send_email !== "false" }),
  }
}
