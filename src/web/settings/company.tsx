import type { Context } from "hono"
import type { Child } from "hono/jsx"
import type { StaffActor } from "../../domain/access/actor.ts"
import type { FieldError } from "../../domain/failure.ts"
import { updateBranding } from "../../domain/resellers/branding.ts"
import { deleteLogo, LOGO_MAX_BYTES, LOGO_TOO_LARGE, uploadLogo } from "../../domain/resellers/logo.ts"
import type { AppEnv } from "../../http/context.ts"
import { emptyForm, type FormState, fieldError, readForm, readUpload } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { limitUpload } from "../../http/limits.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { Reseller } from "../../storage/schema.ts"
import { DEFAULT_ACCENT } from "../../text/accent-color.ts"
import { formatPhone, listCountries } from "../../text/phone.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { listTimeZones } from "../../text/time-zones.ts"
import { SupportContact } from "../registration/layout.tsx"
import { accentCss, BrandName } from "../ui/brand.tsx"
import { translateErrors } from "../ui/field-errors.ts"
import { Field, SaveButton, Select } from "../ui/fields.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { Form, SubmitTo } from "../ui/form.tsx"
import { SettingsPage } from "./tabs.tsx"

export const companyRoutes = new Router()

/** The largest logo, and room for the rest of the form. */
const UPLOAD_MAX_BYTES = LOGO_MAX_BYTES + 4_096

companyRoutes.serve("settings.company.edit", (c) => {
  const { staff } = c.var
  return c.html(<CompanyPage staff={staff} flash={flashFromUrl(c, { t: staffMessagesFor(staff.locale) })} />)
})

companyRoutes.serve("settings.company.update", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  const errors = await updateBranding(deps, staff, values)
  if (errors.length === 0) return redirect(c, href("settings.company.edit", {}, flash("company_saved")))
  const form = { values, errors: translateErrors(staffMessagesFor(staff.locale), errors) }
  return c.html(<CompanyPage {...{ staff, form }} />, 422)
})

const limitLogo = limitUpload(UPLOAD_MAX_BYTES, (c) => respondWithLogoErrors(c, [LOGO_TOO_LARGE], 413))

companyRoutes.serve("settings.logo.upload", limitLogo, async (c) => {
  const errors = await uploadLogo(c.var.deps, c.var.staff, await readUpload(c, "logo"))
  return errors.length === 0
    ? redirect(c, href("settings.company.edit", {}, flash("logo_saved")))
    : respondWithLogoErrors(c, errors, 422)
})

companyRoutes.serve("settings.logo.delete", async (c) => {
  await deleteLogo(c.var.deps, c.var.staff)
  return redirect(c, href("settings.company.edit", {}, flash("logo_removed")))
})

function respondWithLogoErrors(c: Context<AppEnv>, errors: FieldError[], status: 413 | 422) {
  const { staff } = c.var
  const logoForm = { values: {}, errors: translateErrors(staffMessagesFor(staff.locale), errors) }
  return c.html(<CompanyPage {...{ staff, logoForm }} />, status)
}

type CompanyPageProps = { staff: StaffActor; form?: FormState; logoForm?: FormState; flash?: Child }

function CompanyPage({
  staff,
  form = emptyForm(toFormValues(staff.reseller)),
  logoForm = emptyForm(),
  flash: message,
}: CompanyPageProps) {
  const { reseller } = staff
  const logoError = fieldError(logoForm, "logo")
  const t = staffMessagesFor(staff.locale)
  const { save, company } = t.staff.settings
  return (
    <SettingsPage staff={staff} tab="company" flash={message}>
      <div class="split">
        <div class="stack">
          <Form class="card card-body stack" action={href("settings.company.update")} novalidate data-submit-once>
            <fieldset>
              <legend>{company.region}</legend>
              <Field form={form} name="name" label={company.name} help={company.nameHelp} required />
            </fieldset>
            <fieldset>
              <legend>{company.supportContact}</legend>
              <Field
                form={form}
                name="support_name"
                label={company.supportName}
                help={company.supportNameHelp}
                autocomplete="off"
              />
              <div class="form-row">
                <Field
                  form={form}
                  name="support_email"
                  label={company.email}
                  type="email"
                  help={company.emailHelp}
                  required
                />
                <Field form={form} name="support_phone" label={company.phone} type="tel" help={company.phoneHelp} />
              </div>
              <Select
                name="country"
                label={company.country}
                help={company.countryHelp}
                error={fieldError(form, "country")}
              >
                {listCountries(t.language.code).map(({ code, name }) => (
                  <option value={code} selected={form.values.country === code}>
                    {name}
                  </option>
                ))}
              </Select>
              <Select
                name="time_zone"
                label={company.timeZone}
                help={company.timeZoneHelp}
                error={fieldError(form, "time_zone")}
              >
                {listTimeZones(reseller.timeZone).map((name) => (
                  <option value={name} selected={form.values.time_zone === name}>
                    {name}
                  </option>
                ))}
              </Select>
            </fieldset>
            <fieldset>
              <legend>{company.accent}</legend>
              <Field
                form={form}
                name="accent_color"
                label={company.color}
                type="color"
                help={company.colorHelp}
                data={{ "data-accent-preview": "preview-accent" }}
              />
            </fieldset>
            <SaveButton label={save} />
          </Form>
          <Form class="card card-body stack" action={href("settings.logo.upload")} enctype="multipart/form-data">
            <h2>{company.logo}</h2>
            <div class="field">
              <label for="logo">{company.image}</label>
              <input
                type="file"
                id="logo"
                name="logo"
                accept="image/png,image/jpeg,image/webp"
                aria-describedby="logo-hint"
                aria-invalid={logoError && "true"}
              />
              <p class={logoError ? "error" : "help"} id="logo-hint">
                {logoError?.detail ?? company.imageHelp(LOGO_MAX_BYTES / 1000)}
              </p>
            </div>
            <div class="buttons">
              <button class="button secondary" type="submit">
                {company.upload}
              </button>
              {reseller.logoId && (
                <SubmitTo class="link" action={href("settings.logo.delete")}>
                  {company.removeLogo}
                </SubmitTo>
              )}
            </div>
          </Form>
        </div>
        <BrandPreview {...{ reseller, t }} />
      </div>
    </SettingsPage>
  )
}

/** How contacts see the registration page. public/app/previews.js applies the color that is chosen in the form. */
function BrandPreview({ reseller, t }: { reseller: Reseller; t: StaffMessages }) {
  const { preview, previewTitle, previewText } = t.staff.settings.company
  return (
    <aside class="card preview branded" aria-label={preview}>
      <link
        rel="stylesheet"
        id="preview-accent"
        href={accentCss(reseller) ?? accentCss({ accentColor: DEFAULT_ACCENT })}
      />
      <div class="card-header">
        <h2>{previewTitle}</h2>
      </div>
      <div class="preview-body">
        <p class="brand">
          <BrandName reseller={reseller} />
        </p>
        <p class="subject">{t.registration.setUp("Northwind Logistics")}</p>
        <p>{previewText(reseller.name)}</p>
        <p>
          <span class="button full-width">{t.registration.create}</span>
        </p>
        <p class="muted">
          {t.layout.questions} <SupportContact {...{ reseller, t }} />
        </p>
      </div>
    </aside>
  )
}

function toFormValues({
  name,
  supportName,
  supportEmail,
  supportPhone,
  country,
  timeZone,
  accentColor,
}: Reseller): Record<string, string> {
  return {
    name,
    support_name: supportName ?? "",
    support_email: readableAddress(supportEmail),
    support_phone: supportPhone ? formatPhone(supportPhone) : "",
    country,
    time_zone: timeZone,
    accent_color: accentColor ?? DEFAULT_ACCENT,
  }
}
