import { type AccountChoice, chooseAccount } from "../domain/account-choice.ts"
import { ROLE_NAMES } from "../domain/actor.ts"
import { listPeople } from "../domain/people.ts"
import { factory } from "../http/context.ts"
import { readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import { MemberPage, NoticeCard } from "./layout.tsx"
import { Support } from "./link-pages.tsx"
import { InvitePerson, PeopleCards, peopleNotice } from "./people.tsx"

export const accountChoiceRoutes = factory.createApp()

accountChoiceRoutes.post("/account/choice", async (c) => {
  const { reseller_id: resellerId, customer_id: customerId = "" } = await readForm(c)
  const choice: AccountChoice = resellerId ? { resellerId } : { customerId }
  await chooseAccount(c.var.deps, c.var.session, choice)
  return redirect(c, resellerId ? "/" : "/account")
})

export const accountRoutes = factory.createApp()

accountRoutes.get("/account", async (c) => {
  const { member, deps } = c.var
  const asked = c.req.query()
  const people = await listPeople(deps, member, asked)
  const told = peopleNotice(asked, people)
  return c.html(
    <MemberPage
      member={member}
      title={`Welcome, ${member.name}`}
      action={<InvitePerson host={member} />}
      notice={told && <NoticeCard tone="success">{told}</NoticeCard>}
    >
      <section class="card card-body">
        <p>
          You are {member.role === "admin" ? "an" : "a"} {ROLE_NAMES[member.role]} of{" "}
          <span class="emphasis">{member.customer.name}</span>, set up with {member.reseller.name}.
          {member.role === "admin" && " You invite your colleagues, and say who may do the same."}
        </p>
        <p class="muted">
          Questions? <Support reseller={member.reseller} />
        </p>
      </section>
      <PeopleCards {...{ host: member, people, asked, deps }} />
    </MemberPage>,
  )
})
