import type { Child } from "hono/jsx"
import type { StaffActor } from "../../domain/access/actor.ts"
import type { AccountActor } from "../../domain/invites/audience.ts"
import { exportPerson } from "../../domain/privacy/export-person.ts"
import { RETENTION_MONTHS } from "../../domain/privacy/purge-invites.ts"
import { updateRetention } from "../../domain/privacy/retention.ts"
import { parseWholeNumber } from "../../domain/validation.ts"
import { emptyForm, type FormState, fieldError, readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { canOpen, Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { plainAddress, withPlainAddresses } from "../../text/sandbox-address.ts"
import { staffMessagesFor } from "../../text/staff/locales.ts"
import { translateErrors } from "../ui/field-errors.ts"
import { Field, SaveButton, Select } from "../ui/fields.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { SettingsPage } from "./tabs.tsx"

export const privacyRoutes = new Router()

privacyRoutes.serve("settings.privacy.edit", (c) => {
  const { staff } = c.var
  const t = staffMessagesFor(staff.locale)
  return c.html(<PrivacyPage {...{ staff, form: retentionForm(staff), flash: flashFromUrl(c, { t }) }} />)
})

privacyRoutes.serve("settings.privacy.update", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  const retention_months = parseWholeNumber(values.retention_months ?? "")
  const errors = await updateRetention(deps, staff, { retention_months })
  if (errors.length === 0) return redirect(c, href("settings.privacy.edit", {}, flash("retention_saved")))
  const form = { values, errors: translateErrors(staffMessagesFor(staff.locale), errors) }
  return c.html(<PrivacyPage {...{ staff, form }} />, 422)
})

privacyRoutes.serve("settings.privacy.export", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  const exported = await exportPerson(deps, staff, values)
  if (!exported.ok) {
    const exportForm = { values, errors: translateErrors(staffMessagesFor(staff.locale), exported.errors) }
    return c.html(<PrivacyPage {...{ staff, form: retentionForm(staff), exportForm }} />, 422)
  }
  c.header("Content-Disposition", 'attachment; filename="personal-data.json"')
  return c.body(withPlainAddresses(JSON.stringify(exported.value)), 200, { "Content-Type": "application/json" })
})

const retentionForm = ({ reseller }: StaffActor) => emptyForm({ retention_months: String(reseller.retentionMonths) })

type PrivacyPageProps = { staff: StaffActor; form: FormState; exportForm?: FormState; flash?: Child }

function PrivacyPage({ staff, form, exportForm = emptyForm(), flash: message }: PrivacyPageProps) {
  const { save, privacy } = staffMessagesFor(staff.locale).staff.settings
  return (
    <SettingsPage staff={staff} tab="privacy" flash={message}>
      <Form class="card card-body stack" action={href("settings.privacy.update")}>
        <h2>{privacy.retention}</h2>
        <Select
          name="retention_months"
          label={privacy.keepFor}
          help={privacy.keepForHelp}
          error={fieldError(form, "retention_months")}
        >
          {RETENTION_MONTHS.map((months) => (
            <option value={months} selected={form.values.retention_months === String(months)}>
              {privacy.months(months)}
            </option>
          ))}
        </Select>
        <SaveButton label={save} />
      </Form>
      <Form class="card card-body stack" action={href("settings.privacy.export")} novalidate>
        <h2>{privacy.exportTitle}</h2>
        <Field
          form={exportForm}
          name="email"
          label={privacy.email}
          type="email"
          help={privacy.emailHelp}
          autocomplete="off"
          required
        />
        <div class="buttons">
          <button class="button secondary" type="submit">
            {privacy.export}
          </button>
        </div>
      </Form>
    </SettingsPage>
  )
}

/** A form that exports the data about the person with this address, for staff who can. */
export function ExportForm({ actor, email }: { actor: AccountActor; email: string }) {
  if (actor.kind !== "staff" || !canOpen(actor, "settings.privacy.export")) return null
  return (
    <Form action={href("settings.privacy.export")}>
      <input type="hidden" name="email" value={plainAddress(email)} />
      <button class="link" type="submit">
        {staffMessagesFor(actor.locale).staff.settings.privacy.exportPerson}
      </button>
    </Form>
  )
}
