import { updateSecuritySettings } from "../../domain/resellers/security-settings.ts"
import { readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { Checkbox, SaveButton } from "../ui/fields.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { SettingsTabs } from "./tabs.tsx"

export const securityRoutes = new Router()

securityRoutes.serve("settings.security.edit", (c) => {
  const { staff } = c.var
  return c.html(
    <StaffPage staff={staff} navItem="Settings" title="Settings" flash={flashFromUrl(c)}>
      <SettingsTabs staff={staff} current="Security" />
      <Form class="card card-body stack" action={href("settings.security.update")}>
        <fieldset>
          <legend>Sign-in of staff</legend>
          <Checkbox
            id="requires_second_factor"
            name="requires_second_factor"
            value="on"
            label="Require a second factor"
            help="Staff need a passkey or an authenticator app. Those who have none, you included, set one up before they can continue."
            isChecked={staff.reseller.requiresSecondFactor}
          />
        </fieldset>
        <SaveButton />
      </Form>
    </StaffPage>,
  )
})

securityRoutes.serve("settings.security.update", async (c) => {
  const { requires_second_factor } = await readForm(c)
  await updateSecuritySettings(c.var.deps, c.var.staff, { requiresSecondFactor: requires_second_factor === "on" })
  return redirect(c, href("settings.security.edit", {}, flash("saved")))
})
