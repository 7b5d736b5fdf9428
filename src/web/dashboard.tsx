import { can } from "../domain/access/permissions.ts"
import { listInvites } from "../domain/invites/list.ts"
import { Router } from "../http/router.ts"
import { href } from "../routes.ts"
import { isolate } from "../text/direction.ts"
import { en } from "../text/en.ts"
import { StatusBadge, StatusLine } from "./invites/status.tsx"
import { InviteCustomerButton, StaffPage } from "./ui/layout.tsx"

const NEWEST_INVITES_SHOWN = 6

export const dashboardRoutes = new Router()

dashboardRoutes.serve("dashboard.show", async (c) => {
  const { staff, deps } = c.var
  const { rows, counts } = await listInvites(deps, staff, {}, { size: NEWEST_INVITES_SHOWN })
  const now = deps.now()
  const canInvite = can(staff, "invites:write")
  const { pending, accepted, expired, revoked, declined } = counts
  const total = pending + accepted + expired + revoked + declined
  return c.html(
    <StaffPage
      staff={staff}
      navItem="Dashboard"
      title={`Hello, ${isolate(staff.name.split(" ")[0] ?? "")}`}
      action={canInvite && <InviteCustomerButton />}
    >
      <dl class="stats">
        <Stat name="Pending" count={counts.pending} status="pending" caption="waiting for the contact" />
        <Stat name="Accepted" count={counts.accepted} status="accepted" caption={percentOf(counts.accepted, total)} />
        <Stat name="Expired" count={counts.expired} status="expired" caption="can be sent again" />
        <Stat
          name="Needs attention"
          count={counts.attention}
          status="needs_attention"
          caption={counts.attention > 0 ? "emails not delivered" : "no delivery problems"}
          tone={counts.attention > 0 ? "danger" : undefined}
        />
      </dl>
      <section class="card" aria-labelledby="newest">
        <div class="card-header">
          <h2 id="newest">Newest invites</h2>
          {rows.length > 0 && <a href={href("customers.invites.list")}>All invites</a>}
        </div>
        {rows.length === 0 ? (
          <div class="empty-state">
            <p>No invites yet. Invite your first customer and follow their progress here.</p>
            {canInvite && <InviteCustomerButton />}
          </div>
        ) : (
          <ul class="list">
            {rows.map((invite) => (
              <li>
                <div>
                  <a class="emphasis" href={href("customers.invites.show", { id: invite.id })}>
                    {invite.companyName}
                  </a>
                  <span class="muted">{invite.contactName}</span>
                </div>
                <div>
                  <StatusBadge {...{ invite, now }} t={en} />
                  <StatusLine {...{ invite, now }} t={en} />
                </div>
              </li>
            ))}
          </ul>
        )}
      </section>
    </StaffPage>,
  )
})

type StatProps = { name: string; count: number; status: string; caption: string; tone?: "danger" | undefined }

function Stat({ name, count, status, caption, tone }: StatProps) {
  return (
    <div class="card">
      <dt>
        <a href={href("customers.invites.list", {}, { status })}>{name}</a>
      </dt>
      <dd>
        <span class={`count ${tone ?? ""}`.trim()}>{count}</span>
        <span class="muted">{caption}</span>
      </dd>
    </div>
  )
}

function percentOf(accepted: number, total: number): string {
  return total === 0 ? "no invites yet" : `${Math.round((100 * accepted) / total)}% of all invites`
}
