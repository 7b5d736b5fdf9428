import { may } from "../domain/actor.ts"
import { mailSettings, setDigests, setReminders } from "../domain/digests.ts"
import { factory } from "../http/context.ts"
import { readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import { Checkbox } from "./fields.tsx"
import { NoticeCard, StaffPage } from "./layout.tsx"
import { SettingsTabs } from "./settings.tsx"

export const mailSettingsRoutes = factory.createApp()

mailSettingsRoutes.get("/settings/mail", async (c) => {
  const { staff, deps } = c.var
  const { digests, reminders } = await mailSettings(deps, staff)
  const isSaved = c.req.query("saved") !== undefined
  const saved = isSaved && <NoticeCard tone="good">Saved.</NoticeCard>
  return c.html(
    <StaffPage staff={staff} section="Settings" title="Settings" notice={saved}>
      <SettingsTabs staff={staff} current="E-mail" />
      <form class="card pad stack" method="post" action="/settings/mail/digests">
        <h2>E-mail to you</h2>
        <Checkbox
          id="digests"
          name="digests"
          value="on"
          label="Tell me about the invites that I sent"
          help="When one is accepted, declined, bounced or expired: at most one e-mail an hour."
          isOn={digests}
        />
        <div class="buttons">
          <button class="button" type="submit">
            Save
          </button>
        </div>
      </form>
      {may(staff, "settings:write") && (
        <form class="card pad stack" method="post" action="/settings/mail/reminders">
          <h2>E-mail to contacts</h2>
          <Checkbox
            id="reminders"
            name="reminders"
            value="on"
            label="Remind contacts once, two days before their invite expires"
            help="Not those who opened the invite of late, were sent another, or whose mail did not arrive."
            isOn={reminders}
          />
          <div class="buttons">
            <button class="button" type="submit">
              Save<span class="hidden"> reminders</span>
            </button>
          </div>
        </form>
      )}
    </StaffPage>,
  )
})

mailSettingsRoutes.post("/settings/mail/digests", async (c) => {
  const { digests } = await readForm(c)
  await setDigests(c.var.deps, c.var.staff, digests === "on")
  return redirect(c, "/settings/mail?saved")
})

mailSettingsRoutes.post("/settings/mail/reminders", async (c) => {
  const { reminders } = await readForm(c)
  await setReminders(c.var.deps, c.var.staff, reminders === "on")
  return redirect(c, "/settings/mail?saved")
})
