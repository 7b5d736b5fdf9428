import { can } from "../domain/access/permissions.ts"
import { listInvites } from "../domain/invites/list.ts"
import { Router } from "../http/router.ts"
import { href } from "../routes.ts"
import { staffMessagesFor } from "../text/staff/locales.ts"
import { StatusBadge, StatusLine } from "./invites/status.tsx"
import { InviteCustomerButton, StaffPage } from "./ui/layout.tsx"

const NEWEST_INVITES_SHOWN = 6

export const dashboardRoutes = new Router()

dashboardRoutes.serve("dashboard.show", async (c) => {
  const { staff, deps } = c.var
  const { rows, counts } = await listInvites(deps, staff, {}, { size: NEWEST_INVITES_SHOWN })
  const now = deps.now()
  const t = staffMessagesFor(staff.locale)
  const { dashboard, invites } = t.staff
  const { captions } = dashboard
  const canInvite = can(staff, "invites:write")
  const { pending, accepted, expired, revoked, declined } = counts
  const total = pending + accepted + expired + revoked + declined
  return c.html(
    <StaffPage
      staff={staff}
      navItem="Dashboard"
      title={dashboard.hello(staff.name.split(" ")[0] ?? "")}
      action={canInvite && <InviteCustomerButton t={t} />}
    >
      <dl class="stats">
        <Stat name={t.inviteStatuses.pending} count={pending} status="pending" caption={captions.pending} />
        <Stat
          name={t.inviteStatuses.accepted}
          count={accepted}
          status="accepted"
          caption={captions.accepted(total > 0 ? Math.round((100 * accepted) / total) : undefined)}
        />
        <Stat name={t.inviteStatuses.expired} count={expired} status="expired" caption={captions.expired} />
        <Stat
          name={invites.needsAttention}
          count={counts.attention}
          status="needs_attention"
          caption={counts.attention > 0 ? captions.undelivered : captions.delivered}
          tone={counts.attention > 0 ? "danger" : undefined}
        />
      </dl>
      <section class="card" aria-labelledby="newest">
        <div class="card-header">
          <h2 id="newest">{dashboard.newest}</h2>
          {rows.length > 0 && <a href={href("customers.invites.list")}>{dashboard.all}</a>}
        </div>
        {rows.length === 0 ? (
          <div class="empty-state">
            <p>{dashboard.none}</p>
            {canInvite && <InviteCustomerButton t={t} />}
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
                  <StatusBadge {...{ invite, now, t }} />
                  <StatusLine {...{ invite, now, t }} isInRow />
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
