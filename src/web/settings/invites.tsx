import type { Child } from "hono/jsx"
import type { StaffActor } from "../../domain/access/actor.ts"
import type { Terms } from "../../domain/deps.ts"
import { INVITE_LIFETIME_MAX_DAYS } from "../../domain/invites/fields.ts"
import { updateInviteDefaults } from "../../domain/resellers/invite-defaults.ts"
import { parseWholeNumber } from "../../domain/validation.ts"
import { type FormState, readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { staffMessagesFor } from "../../text/staff/locales.ts"
import { translateErrors } from "../ui/field-errors.ts"
import { Checkbox, Field, LanguageSelect, SaveButton } from "../ui/fields.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { SettingsPage } from "./tabs.tsx"

export const inviteSettingsRoutes = new Router()

inviteSettingsRoutes.serve("settings.invites.edit", (c) => {
  const { staff, deps } = c.var
  const { defaultExpiresInDays, locale, remindersEnabled, termsUrl, termsVersion } = staff.reseller
  const values = {
    default_expires_in_days: String(defaultExpiresInDays),
    locale,
    ...(remindersEnabled && { reminders_enabled: "on" }),
    terms_url: termsUrl ?? "",
    terms_version: termsVersion ?? "",
  }
  return c.html(
    <InviteSettingsPage
      {...{ staff, flash: flashFromUrl(c, { t: staffMessagesFor(staff.locale) }) }}
      form={{ values, errors: [] }}
      terms={deps.config.terms}
    />,
  )
})

inviteSettingsRoutes.serve("settings.invites.update", async (c) => {
  const { staff, deps } = c.var
  const values = await readForm(c)
  const errors = await updateInviteDefaults(deps, staff, {
    ...values,
    default_expires_in_days: parseWholeNumber(values.default_expires_in_days ?? ""),
    reminders_enabled: values.reminders_enabled === "on",
  })
  if (errors.length === 0) return redirect(c, href("settings.invites.edit", {}, flash("invite_settings_saved")))
  const form = { values, errors: translateErrors(staffMessagesFor(staff.locale), errors) }
  return c.html(<InviteSettingsPage {...{ staff, form }} terms={deps.config.terms} />, 422)
})

type InviteSettingsPageProps = { staff: StaffActor; form: FormState; terms: Terms; flash?: Child }

function InviteSettingsPage({ staff, form, terms, flash: message }: InviteSettingsPageProps) {
  const { save, invites: texts } = staffMessagesFor(staff.locale).staff.settings
  return (
    <SettingsPage staff={staff} tab="invites" flash={message}>
      <Form class="card card-body stack" action={href("settings.invites.update")} novalidate>
        <fieldset>
          <legend>{texts.heading}</legend>
          <Field
            form={form}
            name="default_expires_in_days"
            label={texts.expiry}
            type="number"
            min={1}
            max={INVITE_LIFETIME_MAX_DAYS}
            help={texts.expiryHelp(INVITE_LIFETIME_MAX_DAYS)}
            required
          />
          <LanguageSelect form={form} label={texts.language} help={texts.languageHelp} />
          <Checkbox
            id="reminders_enabled"
            name="reminders_enabled"
            value="on"
            label={texts.remind}
            help={texts.remindHelp}
            isChecked={form.values.reminders_enabled === "on"}
          />
        </fieldset>
        <fieldset>
          <legend>{texts.terms}</legend>
          <p class="help">
            {texts.termsHelp}{" "}
            <a href={terms.url} rel="noreferrer noopener" target="_blank">
              {texts.ourTerms(terms.version)}
            </a>
            .
          </p>
          <Field
            form={form}
            name="terms_url"
            label={texts.termsUrl}
            type="url"
            help={texts.termsUrlHelp}
            autocomplete="off"
          />
          <Field
            form={form}
            name="terms_version"
            label={texts.termsVersion}
            help={texts.termsVersionHelp}
            autocomplete="off"
          />
        </fieldset>
        <SaveButton label={save} />
      </Form>
    </SettingsPage>
  )
}
