import type { Child } from "hono/jsx"
import type { StaffActor } from "../../domain/access/actor.ts"
import { fromText } from "../../domain/invites/field-values.ts"
import { INVITE_FIELDS, type InviteFieldName } from "../../domain/invites/fields.ts"
import { replaceMetadata } from "../../domain/metadata.ts"
import type { FormState } from "../../http/forms.ts"
import type { BillingAccount, Invite, Metadata } from "../../storage/schema.ts"
import { localeName, matchLocale } from "../../text/locales.ts"
import { staffMessagesFor } from "../../text/staff/locales.ts"
import { BillingFields } from "./billing-fields.tsx"
import { SectionFields } from "./section-fields.tsx"

type InviteFieldsProps = {
  staff: StaffActor
  accounts: BillingAccount[]
  form: FormState
  emailHelp: string
  /** Warns of similar companies. */
  similar: Child
  /** A field that stands elsewhere. */
  except?: "contact_email" | undefined
}

/** The fields of an invite, in the forms that edit one. */
export function InviteFields(props: InviteFieldsProps) {
  return (
    <>
      <CustomerFields {...props} />
      <BillingFields {...props} />
      <OptionFields {...props} />
    </>
  )
}

export function CustomerFields({ staff, form, emailHelp, similar, except }: Omit<InviteFieldsProps, "accounts">) {
  const t = staffMessagesFor(staff.locale)
  return (
    <fieldset>
      <legend>{t.staff.invites.form.customer}</legend>
      <SectionFields section="customer" {...{ form, t }} {...{ except }} help={{ contact_email: emailHelp }} />
      {similar}
    </fieldset>
  )
}

type OptionFieldsProps = Pick<InviteFieldsProps, "staff" | "form"> & {
  /** When to send the email. */
  sendTime?: Child
}

/** What most invites have as the reseller's defaults say: folded away, with a summary in words. */
export function OptionFields({ staff, form, sendTime }: OptionFieldsProps) {
  const t = staffMessagesFor(staff.locale)
  const { form: texts } = t.staff.invites
  const isOpen = hasOptionError(form) || hasOwnOptions(staff, form)
  return (
    <details class="options" open={isOpen}>
      <summary>
        <span class="emphasis">{texts.options}</span>
        <span class="muted" data-options-summary>
          {summaryText(staff, form, sendTime !== undefined)}
        </span>
      </summary>
      <div class="stack">
        <SectionFields section="options" {...{ form, t }} />
        {sendTime}
      </div>
    </details>
  )
}

const isOption = (name: string) =>
  name === "send_at" || (name in INVITE_FIELDS && INVITE_FIELDS[name as InviteFieldName].section === "options")

const hasOptionError = ({ errors }: FormState) => errors.some(({ field }) => isOption(field))

const isSentNow = ({ send }: FormState["values"]) => send === undefined || send === "now"

/** Whether an option differs from the reseller's default. */
function hasOwnOptions({ reseller }: StaffActor, { values }: FormState): boolean {
  const { locale, expires_in_days: days, note, external_id, metadata } = values
  return (
    (locale !== undefined && locale !== reseller.locale) ||
    (days !== undefined && days !== String(reseller.defaultExpiresInDays)) ||
    Boolean(note || external_id || metadata) ||
    !isSentNow(values)
  )
}

/** What is set, in words. public/app/options-summary.js follows the fields. */
function summaryText({ locale, reseller }: StaffActor, { values }: FormState, hasSendTime: boolean): string {
  const { summary } = staffMessagesFor(locale).staff.invites.form
  const days = values.expires_in_days ?? String(reseller.defaultExpiresInDays)
  const send = values.send === "working_day" || values.send === "at" ? values.send : "now"
  return [
    localeName(matchLocale(values.locale ?? "") ?? reseller.locale),
    days === "1" ? summary.expiresAfterDay : summary.expiresAfter(days),
    ...(["note", "external_id", "metadata"] as const).flatMap((name) => (values[name]?.trim() ? [summary[name]] : [])),
    ...(hasSendTime ? [summary[send]] : []),
  ].join(", ")
}

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
