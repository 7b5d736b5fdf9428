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
import { Field, SaveButton, Select } from "../ui/fields.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { SettingsTabs } from "./tabs.tsx"

export const privacyRoutes = new Router()

privacyRoutes.serve("settings.privacy.edit", (c) => {
  const { staff } = c.var
  return c.html(<PrivacyPage {...{ staff, form: retentionForm(staff), flash: flashFromUrl(c) }} />)
})

privacyRoutes.serve("settings.privacy.update", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  const retention_months = parseWholeNumber(values.retention_months ?? "")
  const errors = await updateRetention(deps, staff, { retention_months })
  if (errors.length === 0) return redirect(c, href("settings.privacy.edit", {}, flash("saved")))
  return c.html(<PrivacyPage {...{ staff, form: { values, errors } }} />, 422)
})

privacyRoutes.serve("settings.privacy.export", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  const exported = await exportPerson(deps, staff, values)
  if (!exported.ok) {
    const exportForm = { values, errors: exported.errors }
    return c.html(<PrivacyPage {...{ staff, form: retentionForm(staff), exportForm }} />, 422)
  }
  c.header("Content-Disposition", 'attachment; filename="personal-data.json"')
  return c.json(exported.value)
})

const retentionForm = ({ reseller }: StaffActor) => emptyForm({ retention_months: String(reseller.retentionMonths) })

type PrivacyPageProps = { staff: StaffActor; form: FormState; exportForm?: FormState; flash?: Child }

function PrivacyPage({ staff, form, exportForm = emptyForm(), flash: message }: PrivacyPageProps) {
  return (
    <StaffPage staff={staff} navItem="Settings" title="Settings" flash={message}>
      <SettingsTabs staff={staff} current="Privacy" />
      <Form class="card card-body stack" action={href("settings.privacy.update")}>
        <h2>Retention</h2>
        <Select
          name="retention_months"
          label="Keep personal data of ended invites for"
          help="After that, we permanently delete the names, addresses, notes and emails of accepted, declined, revoked and expired invites. Accounts, counts and activity stay."
          error={fieldError(form, "retention_months")}
        >
          {RETENTION_MONTHS.map((months) => (
            <option value={months} selected={form.values.retention_months === String(months)}>
              {months === 1 ? "1 month" : `${months} months`}
            </option>
          ))}
        </Select>
        <SaveButton />
      </Form>
      <Form class="card card-body stack" action={href("settings.privacy.export")} novalidate>
        <h2>Export data about a person</h2>
        <Field
          form={exportForm}
          name="email"
          label="Email address"
          type="email"
          help="A JSON file with everything that we store about this person for your company."
          autocomplete="off"
          required
        />
        <div class="buttons">
          <button class="button secondary" type="submit">
            Export
          </button>
        </div>
      </Form>
    </StaffPage>
  )
}

/** A form that exports the data about the person with this address, for staff who can. */
export function ExportForm({ actor, email }: { actor: AccountActor; email: string }) {
  if (actor.kind !== "staff" || !canOpen(actor, "settings.privacy.export")) return null
  return (
    <Form action={href("settings.privacy.export")}>
      <input type="hidden" name="email" value={email} />
      <button class="link" type="submit">
        Export the data about this person
      </button>
    </Form>
  )
}
