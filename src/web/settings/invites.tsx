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
import { Checkbox, Field, LanguageSelect, SaveButton } from "../ui/fields.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { SettingsTabs } from "./tabs.tsx"

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
      {...{ staff, flash: flashFromUrl(c) }}
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
  if (errors.length === 0) return redirect(c, href("settings.invites.edit", {}, flash("saved")))
  return c.html(<InviteSettingsPage staff={staff} form={{ values, errors }} terms={deps.config.terms} />, 422)
})

type InviteSettingsPageProps = { staff: StaffActor; form: FormState; terms: Terms; flash?: Child }

function InviteSettingsPage({ staff, form, terms, flash: message }: InviteSettingsPageProps) {
  return (
    <StaffPage staff={staff} navItem="Settings" title="Settings" flash={message}>
      <SettingsTabs staff={staff} current="Invites" />
      <Form class="card card-body stack" action={href("settings.invites.update")} novalidate>
        <fieldset>
          <legend>New invites</legend>
          <Field
            form={form}
            name="default_expires_in_days"
            label="Expires after (days)"
            type="number"
            min={1}
            max={INVITE_LIFETIME_MAX_DAYS}
            help={`From 1 to ${INVITE_LIFETIME_MAX_DAYS}. You can change it for each invite. Existing invites don't change.`}
            required
          />
          <LanguageSelect
            form={form}
            label="Language"
            help="For invites to customers and staff. You can change it for each invite."
          />
          <Checkbox
            id="reminders_enabled"
            name="reminders_enabled"
            value="on"
            label="Remind contacts once, two days before their link expires"
            help="Skips contacts who opened the invite recently, who got a new one, or whose email bounced."
            isChecked={form.values.reminders_enabled === "on"}
          />
        </fieldset>
        <fieldset>
          <legend>Terms of service</legend>
          <p class="help">
            Customers accept these terms when they register. If you don't set your own, we use ours,{" "}
            <a href={terms.url} rel="noreferrer noopener" target="_blank">
              version {terms.version}
            </a>
            .
          </p>
          <Field
            form={form}
            name="terms_url"
            label="Terms URL"
            type="url"
            help="For example, https://example.com/terms."
            autocomplete="off"
          />
          <Field
            form={form}
            name="terms_version"
            label="Version label"
            help="Stored with each acceptance, for example 2026-11. If you change it, contacts who have the page open must accept again."
            autocomplete="off"
          />
        </fieldset>
        <SaveButton />
      </Form>
    </StaffPage>
  )
}
