import { listPeople } from "../domain/people.ts"
import { factory } from "../http/context.ts"
import { NoticeCard, StaffPage } from "./layout.tsx"
import { InvitePerson, PeopleCards, peopleNotice } from "./people.tsx"
import { SettingsTabs } from "./settings.tsx"

export const staffRoutes = factory.createApp()

staffRoutes.get("/settings/staff", async (c) => {
  const { staff, deps } = c.var
  const asked = c.req.query()
  const people = await listPeople(deps, staff, asked)
  const told = peopleNotice(asked, people)
  const notice = told && <NoticeCard tone="success">{told}</NoticeCard>
  return c.html(
    <StaffPage staff={staff} section="Settings" title="Settings" action={<InvitePerson host={staff} />} notice={notice}>
      <SettingsTabs staff={staff} current="Staff" />
      <PeopleCards {...{ host: staff, people, asked, deps }} />
    </StaffPage>,
  )
})
