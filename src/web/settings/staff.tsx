import { listPeople } from "../../domain/people.ts"
import { Router } from "../../http/router.ts"
import { InvitePersonButton, PeopleLists } from "../people/list.tsx"
import { flashFromUrl } from "../ui/flash.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { SettingsTabs } from "./tabs.tsx"

export const staffRoutes = new Router()

staffRoutes.serve("staff.list", async (c) => {
  const { staff, deps } = c.var
  const query = c.req.query()
  const people = await listPeople(deps, staff, query)
  return c.html(
    <StaffPage
      staff={staff}
      navItem="Settings"
      title="Settings"
      action={<InvitePersonButton actor={staff} />}
      flash={flashFromUrl(c, { invites: people.invites.rows })}
    >
      <SettingsTabs staff={staff} current="Staff" />
      <PeopleLists {...{ actor: staff, people, query, deps }} />
    </StaffPage>,
  )
})
