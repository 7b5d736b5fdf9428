import type { Context } from "hono"
import { bodyLimit } from "hono/body-limit"
import type { Child } from "hono/jsx"
import type { StaffActor } from "../../domain/access/actor.ts"
import type { FieldError } from "../../domain/failure.ts"
import { updateBranding } from "../../domain/resellers/branding.ts"
import { deleteLogo, LOGO_MAX_BYTES, LOGO_TOO_LARGE, uploadLogo } from "../../domain/resellers/logo.ts"
import type { AppEnv } from "../../http/context.ts"
import { emptyForm, type FormState, fieldError, readForm, readUpload } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { limitFields } from "../../http/limits.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { Reseller } from "../../storage/schema.ts"
import { DEFAULT_ACCENT } from "../../text/accent-color.ts"
import { en } from "../../text/en.ts"
import { formatPhone, listCountries } from "../../text/phone.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { listTimeZones } from "../../text/time-zones.ts"
import { SupportContact } from "../registration/layout.tsx"
import { accentCss, BrandName } from "../ui/brand.tsx"
import { Field, SaveButton, Select } from "../ui/fields.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { Form, SubmitTo } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { SettingsTabs } from "./tabs.tsx"

export const companyRoutes = new Router()

/** The largest logo, and room for the rest of the form. */
const UPLOAD_MAX_BYTES = LOGO_MAX_BYTES + 4_096

companyRoutes.serve("settings.company.edit", (c) => {
  return c.html(<CompanyPage staff={c.var.staff} flash={flashFromUrl(c)} />)
})

companyRoutes.serve("settings.company.update", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  const errors = await updateBranding(deps, staff, values)
  if (errors.length === 0) return redirect(c, href("settings.company.edit", {}, flash("saved")))
  return c.html(<CompanyPage staff={staff} form={{ values, errors }} />, 422)
})

const limitUploadSize = bodyLimit({
  maxSize: UPLOAD_MAX_BYTES,
  onError: (c) => respondWithLogoErrors(c, [LOGO_TOO_LARGE], 413),
})

companyRoutes.serve("settings.logo.upload", limitUploadSize, limitFields, async (c) => {
  const errors = await uploadLogo(c.var.deps, c.var.staff, await readUpload(c, "logo"))
  return errors.length === 0
    ? redirect(c, href("settings.company.edit", {}, flash("saved")))
    : respondWithLogoErrors(c, errors, 422)
})

companyRoutes.serve("settings.logo.delete", async (c) => {
  await deleteLogo(c.var.deps, c.var.staff)
  return redirect(c, href("settings.company.edit", {}, flash("saved")))
})

function respondWithLogoErrors(c: Context<AppEnv>, errors: FieldError[], status: 413 | 422) {
  return c.html(<CompanyPage staff={c.var.staff} logoForm={{ values: {}, errors }} />, status)
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
  return (
    <StaffPage staff={staff} navItem="Settings" title="Settings" flash={message}>
      <SettingsTabs staff={staff} current="Company" />
      <div class="split">
        <div class="stack">
          <Form class="card card-body stack" action={href("settings.company.update")} novalidate data-submit-once>
            <fieldset>
              <legend>Company</legend>
              <Field form={form} name="name" label="Name" help="Shown at the top of every invite." required />
            </fieldset>
            <fieldset>
              <legend>Support contact</legend>
              <Field
                form={form}
                name="support_name"
                label="Contact name"
                help="A person or a team."
                autocomplete="off"
              />
              <div class="form-row">
                <Field
                  form={form}
                  name="support_email"
                  label="Email"
                  type="email"
                  help="Replies to your emails go here."
                  required
                />
                <Field
                  form={form}
                  name="support_phone"
                  label="Phone"
                  type="tel"
                  help="Optional. Without a country code, it's a number of the country below."
                />
              </div>
              <Select
                name="country"
                label="Country"
                help="Where phone numbers without a country code are dialed, here and in billing accounts."
                error={fieldError(form, "country")}
              >
                {listCountries("en").map(({ code, name }) => (
                  <option value={code} selected={form.values.country === code}>
                    {name}
                  </option>
                ))}
              </Select>
              <Select
                name="time_zone"
                label="Time zone"
                help="Emails give times in it, and pages whose browser doesn't say where it is."
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
              <legend>Accent</legend>
              <Field
                form={form}
                name="accent_color"
                label="Color"
                type="color"
                help="For buttons and links. We darken or lighten it where it would be hard to read."
                data={{ "data-accent-preview": "preview-accent" }}
              />
            </fieldset>
            <SaveButton />
          </Form>
          <Form class="card card-body stack" action={href("settings.logo.upload")} enctype="multipart/form-data">
            <h2>Logo</h2>
            <div class="field">
              <label for="logo">Image</label>
              <input
                type="file"
                id="logo"
                name="logo"
                accept="image/png,image/jpeg,image/webp"
                aria-describedby="logo-hint"
                aria-invalid={logoError && "true"}
              />
              <p class={logoError ? "error" : "help"} id="logo-hint">
                {logoError?.detail ??
                  `PNG, JPEG or WebP, up to ${LOGO_MAX_BYTES / 1000} kB. Shown in emails, and instead of your name on pages.`}
              </p>
            </div>
            <div class="buttons">
              <button class="button secondary" type="submit">
                Upload
              </button>
              {reseller.logoId && (
                <SubmitTo class="link" action={href("settings.logo.delete")}>
                  Remove logo
                </SubmitTo>
              )}
            </div>
          </Form>
        </div>
        <BrandPreview reseller={reseller} />
      </div>
    </StaffPage>
  )
}

/** How contacts see the registration page. public/app.js applies the color that is chosen in the form. */
function BrandPreview({ reseller }: { reseller: Reseller }) {
  return (
    <aside class="card preview branded" aria-label="Preview">
      <link
        rel="stylesheet"
        id="preview-accent"
        href={accentCss(reseller) ?? accentCss({ accentColor: DEFAULT_ACCENT })}
      />
      <div class="card-header">
        <h2>What contacts see</h2>
      </div>
      <div class="preview-body">
        <p class="brand">
          <BrandName reseller={reseller} />
        </p>
        <p class="subject">Set up Northwind Logistics</p>
        <p>{reseller.name} invited you. You will be the Admin of the new account.</p>
        <p>
          <span class="button full-width">Create account</span>
        </p>
        <p class="muted">
          Questions? <SupportContact reseller={reseller} t={en} />
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
