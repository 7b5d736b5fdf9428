import { listPeople } from "../../domain/people-lists.ts"
import { Router } from "../../http/router.ts"
import { staffMessagesFor } from "../../text/staff/locales.ts"
import { InvitePersonButton, PeopleLists, peopleCursors } from "../people/list.tsx"
import { flashFromUrl, flashInviteId } from "../ui/flash.tsx"
import { SettingsPage } from "./tabs.tsx"

export const staffRoutes = new Router()

staffRoutes.serve("staff.list", async (c) => {
  const { staff, deps } = c.var
  const query = c.req.query()
  const people = await listPeople(deps, staff, { ...peopleCursors(query), mentionedId: flashInviteId(c) })
  return c.html(
    <SettingsPage
      staff={staff}
      tab="staff"
      action={<InvitePersonButton actor={staff} />}
      flash={flashFromUrl(c, { t: staffMessagesFor(staff.locale), invite: people.mentioned })}
    >
      <PeopleLists {...{ actor: staff, people, query, deps }} />
    </SettingsPage>,
  )
})
