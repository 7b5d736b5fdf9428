import type { Child } from "hono/jsx"
import { roleName } from "../../domain/access/permissions.ts"
import { listPeople } from "../../domain/people-lists.ts"
import { Router } from "../../http/router.ts"
import { messagesFor } from "../../text/locales.ts"
import { InvitePersonButton, PeopleLists, peopleCursors } from "../people/list.tsx"
import { SupportContact } from "../registration/layout.tsx"
import { flashFromUrl, flashInviteId } from "../ui/flash.tsx"
import { MemberPage } from "../ui/layout.tsx"

export const accountRoutes = new Router()

accountRoutes.serve("account.show", async (c) => {
  const { member, deps } = c.var
  const query = c.req.query()
  const people = await listPeople(deps, member, { ...peopleCursors(query), mentionedId: flashInviteId(c) })
  const t = messagesFor(member.locale)
  const account = <span class="emphasis">{member.customer.name}</span>
  return c.html(
    <MemberPage
      member={member}
      title={t.account.welcome(member.name)}
      action={<InvitePersonButton actor={member} />}
      flash={flashFromUrl(c, { t, invite: people.mentioned })}
    >
      <section class="card card-body">
        <p>
          {t.account.intro<Child>(account, member.reseller.name, roleName(t, member.role))}
          {member.role === "admin" && t.language.space + t.account.adminIntro}
        </p>
        <p class="muted">
          {t.layout.questions}
          {t.language.space}
          <SupportContact reseller={member.reseller} t={t} />
        </p>
      </section>
      <PeopleLists {...{ actor: member, people, query, deps }} />
    </MemberPage>,
  )
})
