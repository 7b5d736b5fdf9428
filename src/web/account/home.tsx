import { ROLE_NAMES } from "../../domain/access/permissions.ts"
import { listPeople } from "../../domain/people.ts"
import { Router } from "../../http/router.ts"
import { InvitePersonButton, PeopleLists, peopleFlash } from "../people/list.tsx"
import { SupportContact } from "../registration/layout.tsx"
import { Flash, MemberPage } from "../ui/layout.tsx"

export const accountRoutes = new Router()

accountRoutes.serve("account.show", async (c) => {
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
