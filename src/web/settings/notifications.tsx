import { getDigestsEnabled, setDigestsEnabled } from "../../domain/mail/digests.ts"
import { factory } from "../../http/context.ts"
import { readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { Checkbox } from "../ui/fields.tsx"
import { Flash, StaffPage } from "../ui/layout.tsx"
import { SettingsTabs } from "./tabs.tsx"

export const notificationSettingsRoutes = factory.createApp()

notificationSettingsRoutes.get("/settings/mail", async (c) => {
  const { staff, deps } = c.var
  const digestEnabled = await getDigestsEnabled(deps, staff)
  const isSaved = c.req.query("saved") !== undefined
  const flash = isSaved && <Flash tone="success">Saved.</Flash>
  return c.html(
    <StaffPage staff={staff} navItem="Settings" title="Settings" flash={flash}>
      <SettingsTabs staff={staff} current="Notifications" />
      <form class="card card-body stack" method="post" action="/settings/mail/digests">
        <h2>Email notifications</h2>
        <Checkbox
          id="digest_enabled"
          name="digest_enabled"
          value="on"
          label="Notify me about invites I sent"
          help="When an invite is accepted, is declined, expires, or its email bounces. At most one email an hour."
          isChecked={digestEnabled}
        />
        <div class="buttons">
          <button class="button" type="submit">
            Save
          </button>
        </div>
      </form>
    </StaffPage>,
  )
})

notificationSettingsRoutes.post("/settings/mail/digests", async (c) => {
  const { digest_enabled } = await readForm(c)
  await setDigestsEnabled(c.var.deps, c.var.staff, digest_enabled === "on")
  return redirect(c, "/settings/mail?saved")
})
