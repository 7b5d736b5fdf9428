import { may } from "../domain/actor.ts"
import { listInvites } from "../domain/invite-list.ts"
import { factory } from "../http/context.ts"
import { StateBadge, StateLine } from "./invite-state.tsx"
import { InviteNewCustomer, StaffPage } from "./layout.tsx"

const NEWEST = 6

export const dashboardRoutes = factory.createApp()

dashboardRoutes.get("/", async (c) => {
  const { staff, deps } = c.var
  const { rows, counts } = await listInvites(deps, staff, {}, { size: NEWEST })
  const now = deps.now()
  const mayInvite = may(staff, "invites:write")
  const total = counts.pending + counts.accepted + counts.expired
  return c.html(
    <StaffPage
      staff={staff}
      section="Dashboard"
      title={`Hello, ${staff.name.split(" ")[0]}`}
      action={mayInvite && <InviteNewCustomer />}
    >
      <dl class="stats">
        <Figure name="Pending" n={counts.pending} status="pending" told="waiting for the contact" />
        <Figure name="Accepted" n={counts.accepted} status="accepted" told={share(counts.accepted, total)} />
        <Figure name="Expired" n={counts.expired} status="expired" told="can be sent again" />
        <Figure
          name="Needs attention"
          n={counts.attention}
          status="needs_attention"
          told={counts.attention > 0 ? "mail that did not arrive" : "every mail went out"}
          tone={counts.attention > 0 ? "danger" : undefined}
        />
      </dl>
      <section class="card" aria-labelledby="newest">
        <div class="card-header">
          <h2 id="newest">Newest invites</h2>
          {rows.length > 0 && <a href="/customers/invites">All invites</a>}
        </div>
        {rows.length === 0 ? (
          <div class="empty-state">
            <p>No invites yet. Invite your first customer, and see here how far they have come.</p>
            {mayInvite && <InviteNewCustomer />}
          </div>
        ) : (
          <ul class="list">
            {rows.map((invite) => (
              <li>
                <div>
                  <a class="emphasis" href={`/customers/invites/${invite.id}`}>
                    {invite.companyName}
                  </a>
                  <span class="muted">{invite.contactName}</span>
                </div>
                <div>
                  <StateBadge invite={invite} now={now} />
                  <StateLine invite={invite} now={now} />
                </div>
              </li>
            ))}
          </ul>
        )}
      </section>
    </StaffPage>,
  )
})

type FigureProps = { name: string; n: number; status: string; told: string; tone?: "danger" | undefined }

function Figure({ name, n, status, told, tone }: FigureProps) {
  return (
    <div class="card">
      <dt>
        <a href={`/customers/invites?status=${status}`}>{name}</a>
      </dt>
      <dd>
        <span class={`count ${tone ?? ""}`.trim()}>{n}</span>
        <span class="muted">{told}</span>
      </dd>
    </div>
  )
}

function share(accepted: number, total: number): string {
  return total === 0 ? "of those sent" : `${Math.round((100 * accepted) / total)} % of those sent`
}
