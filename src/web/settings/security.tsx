import { updateSecuritySettings } from "../../domain/resellers/security-settings.ts"
import { readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { staffMessagesFor } from "../../text/staff/locales.ts"
import { Checkbox, SaveButton } from "../ui/fields.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { SettingsPage } from "./tabs.tsx"

export const securityRoutes = new Router()

securityRoutes.serve("settings.security.edit", (c) => {
  const { staff } = c.var
  const t = staffMessagesFor(staff.locale)
  const { save, security } = t.staff.settings
  return c.html(
    <SettingsPage staff={staff} tab="security" flash={flashFromUrl(c, { t })}>
      <Form class="card card-body stack" action={href("settings.security.update")}>
        <fieldset>
          <legend>{security.signIn}</legend>
          <Checkbox
            id="requires_second_factor"
            name="requires_second_factor"
            value="on"
            label={security.requireFactor}
            help={security.requireFactorHelp}
            isChecked={staff.reseller.requiresSecondFactor}
          />
        </fieldset>
        <SaveButton label={save} />
      </Form>
    </SettingsPage>,
  )
})

securityRoutes.serve("settings.security.update", async (c) => {
  const { requires_second_factor } = await readForm(c)
  await updateSecuritySettings(c.var.deps, c.var.staff, { requiresSecondFactor: requires_second_factor === "on" })
  return redirect(c, href("settings.security.edit", {}, flash("security_saved")))
})
