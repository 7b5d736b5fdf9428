import type { Child } from "hono/jsx"
import { roleName } from "../../domain/access/permissions.ts"
import { type AccountRef, switchAccount } from "../../domain/access/switch-account.ts"
import { listPeople } from "../../domain/people.ts"
import { factory } from "../../http/context.ts"
import { readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { messagesFor } from "../../text/locales.ts"
import { InvitePersonButton, PeopleLists, peopleFlash } from "../people/list.tsx"
import { SupportContact } from "../registration/layout.tsx"
import { switchAccountRoutes } from "../session/switch-account.tsx"
import { Flash, MemberPage } from "../ui/layout.tsx"

switchAccountRoutes.post("/account/choice", async (c) => {
  const { reseller_id: resellerId, customer_id: customerId = "" } = await readForm(c)
  const account: AccountRef = resellerId ? { resellerId } : { customerId }
  await switchAccount(c.var.deps, c.var.session, account)
  return redirect(c, resellerId ? "/" : "/account")
})

export const accountRoutes = factory.createApp()

accountRoutes.get("/account", async (c) => {
  const { member, deps } = c.var
  const query = c.req.query()
  const people = await listPeople(deps, member, query)
  const t = messagesFor(member.locale)
  const message = peopleFlash(t, query, people)
  const account = <span class="emphasis">{member.customer.name}</span>
  return c.html(
    <MemberPage
      member={member}
      title={t.account.welcome(member.name)}
      action={<InvitePersonButton actor={member} />}
      flash={message && <Flash tone="success">{message}</Flash>}
    >
      <section class="card card-body">
        <p>
          {t.account.intro<Child>(account, member.reseller.name, roleName(t, member.role))}
          {member.role === "admin" && ` ${t.account.adminIntro}`}
        </p>
        <p class="muted">
          {t.layout.questions} <SupportContact reseller={member.reseller} />
        </p>
      </section>
      <PeopleLists {...{ actor: member, people, query, deps }} />
    </MemberPage>,
  )
})
