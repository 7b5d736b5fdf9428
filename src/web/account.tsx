import { chooseAccount, listMembers } from "../domain/customers.ts"
import { factory } from "../http/context.ts"
import { readForm } from "../http/forms.ts"
import { redirect } from "../http/htmx.ts"
import { MemberPage } from "./layout.tsx"
import { Members } from "./members.tsx"

export const accountRoutes = factory.createApp()

accountRoutes.post("/account/choice", async (c) => {
  const { deps, member, sessionId } = c.var
  const { customer_id: customerId = "" } = await readForm(c)
  await chooseAccount(deps, { userId: member.id, sessionId, customerId })
  return redirect(c, "/account")
})

accountRoutes.get("/account", async (c) => {
  const { member, deps } = c.var
  const members = await listMembers(deps, member)
  const now = deps.now()
  return c.html(
    <MemberPage member={member} title={`Welcome, ${member.name}`}>
      <section class="card pad">
        {member.role === "admin" ? (
          <p>
            You are the Admin of <span class="strong">{member.customer.name}</span>, set up with {member.reseller.name}.
          </p>
        ) : (
          <p>
            You are a member of <span class="strong">{member.customer.name}</span>.
          </p>
        )}
        <p class="soft">
          Questions? {member.reseller.name}:{" "}
          <a href={`mailto:${member.reseller.supportEmail}`}>{member.reseller.supportEmail}</a>
        </p>
      </section>
      <Members members={members} now={now} />
    </MemberPage>,
  )
})
