import { listPeople } from "../../domain/people.ts"
import { Router } from "../../http/router.ts"
import { en } from "../../text/en.ts"
import { InvitePersonButton, PeopleLists, peopleFlash } from "../people/list.tsx"
import { Flash, StaffPage } from "../ui/layout.tsx"
import { SettingsTabs } from "./tabs.tsx"

export const staffRoutes = new Router()

staffRoutes.serve("staff.list", async (c) => {
  const { staff, deps } = c.var
  const query = c.req.query()
  const people = await listPeople(deps, staff, query)
  const message = peopleFlash(en, query, people)
  const flash = message && <Flash tone="success">{message}</Flash>
  return c.html(
    <StaffPage
      staff={staff}
      navItem="Settings"
      title="Settings"
      action={<InvitePersonButton actor={staff} />}
      flash={flash}
    >
      <SettingsTabs staff={staff} current="Staff" />
      <PeopleLists {...{ actor: staff, people, query, deps }} />
    </StaffPage>,
  )
})
