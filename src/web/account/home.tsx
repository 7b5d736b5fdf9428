import { ROLE_NAMES } from "../../domain/access/permissions.ts"
import { type AccountRef, switchAccount } from "../../domain/access/switch-account.ts"
import { listPeople } from "../../domain/people.ts"
import { factory } from "../../http/context.ts"
import { readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
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
  const message = peopleFlash(query, people)
  return c.html(
    <MemberPage
      member={member}
      title={`Welcome, ${member.name}`}
      action={<InvitePersonButton actor={member} />}
      flash={message && <Flash tone="success">{message}</Flash>}
    >
      <section class="card card-body">
        <p>
          You are {member.role === "admin" ? "an" : "a"} {ROLE_NAMES[member.role]} of{" "}
          <span class="emphasis">{member.customer.name}</span>, set up with {member.reseller.name}.
          {member.role === "admin" && " You invite your colleagues, and say who may do the same."}
        </p>
        <p class="muted">
          Questions? <SupportContact reseller={member.reseller} />
        </p>
      </section>
      <PeopleLists {...{ actor: member, people, query, deps }} />
    </MemberPage>,
  )
})
