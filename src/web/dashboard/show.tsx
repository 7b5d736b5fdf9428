import { can } from "../../domain/access/permissions.ts"
import { loadDashboard } from "../../domain/dashboard/dashboard.ts"
import { DEFAULT_PERIOD, PERIODS } from "../../domain/dashboard/funnel.ts"
import { dismissSetup } from "../../domain/dashboard/setup.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { staffMessagesFor } from "../../text/staff/locales.ts"
import { flashFromUrl, flashInviteId } from "../ui/flash.tsx"
import { InviteCustomerButton, StaffPage } from "../ui/layout.tsx"
import { LatestActivity } from "./activity.tsx"
import { AttentionCard } from "./attention.tsx"
import { WeeksChart } from "./chart.tsx"
import { FunnelCard } from "./funnel.tsx"
import { SetupCard } from "./setup.tsx"
import { Stats } from "./stats.tsx"

export const dashboardRoutes = new Router()

dashboardRoutes.serve("dashboard.show", async (c) => {
  const { staff, deps } = c.var
  const period = PERIODS.find((days) => String(days) === c.req.query("days")) ?? DEFAULT_PERIOD
  const dashboard = await loadDashboard(deps, staff, period, flashInviteId(c))
  const now = deps.now()
  const canInvite = can(staff, "invites:write")
  const t = staffMessagesFor(staff.locale)
  return c.html(
    <StaffPage
      staff={staff}
      navItem="Dashboard"
      title={t.staff.dashboard.hello(staff.name.split(" ")[0] ?? "")}
      action={canInvite && dashboard.hasInvites && <InviteCustomerButton t={t} />}
      flash={flashFromUrl(c, { t, invite: dashboard.mentioned, now })}
    >
      {dashboard.setup && <SetupCard setup={dashboard.setup} t={t} />}
      {dashboard.hasInvites ? (
        <>
          <Stats {...{ dashboard, period, t }} />
          <AttentionCard {...{ staff, now, t }} {...dashboard.attention} />
          <div class="dashboard">
            <div>
              <FunnelCard funnel={dashboard.funnel} {...{ period, t }} />
              <WeeksChart weeks={dashboard.chart} {...{ now, t }} />
            </div>
            <LatestActivity activity={dashboard.activity} {...{ now, t }} />
          </div>
        </>
      ) : (
        <section class="card empty-state" aria-label={t.staff.invites.title}>
          <p>{t.staff.dashboard.none}</p>
          {canInvite && <InviteCustomerButton t={t} />}
        </section>
      )}
    </StaffPage>,
  )
})

dashboardRoutes.serve("dashboard.dismissSetup", async (c) => {
  await dismissSetup(c.var.deps, c.var.staff)
  return redirect(c, href("dashboard.show"))
})
