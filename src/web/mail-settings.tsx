import { setDigests, wantsDigests } from "../domain/digests.ts"
import { factory } from "../http/context.ts"
import { readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import { Checkbox } from "./fields.tsx"
import { NoticeCard, StaffPage } from "./layout.tsx"
import { SettingsTabs } from "./settings.tsx"

export const mailSettingsRoutes = factory.createApp()

mailSettingsRoutes.get("/settings/mail", async (c) => {
  const { staff, deps } = c.var
  const digestEnabled = await wantsDigests(deps, staff)
  const isSaved = c.req.query("saved") !== undefined
  const saved = isSaved && <NoticeCard tone="success">Saved.</NoticeCard>
  return c.html(
    <StaffPage staff={staff} section="Settings" title="Settings" notice={saved}>
      <SettingsTabs staff={staff} current="E-mail" />
      <form class="card card-body stack" method="post" action="/settings/mail/digests">
        <h2>E-mail to you</h2>
        <Checkbox
          id="digest_enabled"
          name="digest_enabled"
          value="on"
          label="Tell me about the invites that I sent"
          help="When one is accepted, declined, bounced or expired: at most one e-mail an hour."
          isOn={digestEnabled}
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

mailSettingsRoutes.post("/settings/mail/digests", async (c) => {
  const { digest_enabled } = await readForm(c)
  await setDigests(c.var.deps, c.var.staff, digest_enabled === "on")
  return redirect(c, "/settings/mail?saved")
})
