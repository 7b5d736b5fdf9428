import { getDigestsEnabled, setDigestsEnabled } from "../../domain/mail/digests.ts"
import { readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { Checkbox, SaveButton } from "../ui/fields.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { SettingsTabs } from "./tabs.tsx"

export const notificationSettingsRoutes = new Router()

notificationSettingsRoutes.serve("settings.notifications.edit", async (c) => {
  const { staff, deps } = c.var
  const digestEnabled = await getDigestsEnabled(deps, staff)
  return c.html(
    <StaffPage staff={staff} navItem="Settings" title="Settings" flash={flashFromUrl(c)}>
      <SettingsTabs staff={staff} current="Notifications" />
      <Form class="card card-body stack" action={href("settings.notifications.update")}>
        <h2>Email notifications</h2>
        <Checkbox
          id="digest_enabled"
          name="digest_enabled"
          value="on"
          label="Notify me about invites I sent"
          help="When an invite is accepted, is declined, expires, or its email bounces. At most one email an hour."
          isChecked={digestEnabled}
        />
        <SaveButton />
      </Form>
    </StaffPage>,
  )
})

notificationSettingsRoutes.serve("settings.notifications.update", async (c) => {
  const { digest_enabled } = await readForm(c)
  await setDigestsEnabled(c.var.deps, c.var.staff, digest_enabled === "on")
  return redirect(c, href("settings.notifications.edit", {}, flash("saved")))
})
