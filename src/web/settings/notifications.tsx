import { getDigestsEnabled, setDigestsEnabled } from "../../domain/mail/digests.ts"
import { readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { staffMessagesFor } from "../../text/staff/locales.ts"
import { Checkbox, SaveButton } from "../ui/fields.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { SettingsPage } from "./tabs.tsx"

export const notificationSettingsRoutes = new Router()

notificationSettingsRoutes.serve("settings.notifications.edit", async (c) => {
  const { staff, deps } = c.var
  const digestEnabled = await getDigestsEnabled(deps, staff)
  const t = staffMessagesFor(staff.locale)
  const { save, notifications } = t.staff.settings
  return c.html(
    <SettingsPage staff={staff} tab="notifications" flash={flashFromUrl(c, { t })}>
      <Form class="card card-body stack" action={href("settings.notifications.update")}>
        <h2>{notifications.heading}</h2>
        <Checkbox
          id="digest_enabled"
          name="digest_enabled"
          value="on"
          label={notifications.digest}
          help={notifications.digestHelp}
          isChecked={digestEnabled}
        />
        <SaveButton label={save} />
      </Form>
    </SettingsPage>,
  )
})

notificationSettingsRoutes.serve("settings.notifications.update", async (c) => {
  const { digest_enabled } = await readForm(c)
  const isEnabled = digest_enabled === "on"
  await setDigestsEnabled(c.var.deps, c.var.staff, isEnabled)
  return redirect(c, href("settings.notifications.edit", {}, flash(isEnabled ? "digests_on" : "digests_off")))
})
