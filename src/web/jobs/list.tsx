import { listBulkJobs } from "../../domain/jobs/jobs.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { PAGE_SIZE } from "../../storage/paging.ts"
import { formatNumber } from "../../text/numbers.ts"
import { staffMessagesFor } from "../../text/staff/locales.ts"
import { StaffPage } from "../ui/layout.tsx"
import { isBeyondEnd } from "../ui/pager.tsx"
import { JobList } from "./job-list.tsx"

export const jobListRoutes = new Router()

jobListRoutes.serve("customers.invites.jobs.list", async (c) => {
  const { staff, deps } = c.var
  const { before, after } = c.req.query()
  const page = await listBulkJobs(deps, staff, { before, after, size: PAGE_SIZE })
  if (isBeyondEnd(page, { before, after })) return redirect(c, href("customers.invites.jobs.list"))
  const now = deps.now()
  const t = staffMessagesFor(staff.locale)
  const { jobs, bulk } = t.staff
  return c.html(
    <StaffPage
      staff={staff}
      navItem="Customers"
      title={jobs.title}
      back={<a href={href("customers.invites.list")}>{bulk.back}</a>}
    >
      <section class="card" aria-label={jobs.title}>
        {page.rows.length === 0 ? (
          <div class="empty-state">
            <p>{jobs.none}</p>
          </div>
        ) : (
          <JobList
            {...{ page, now, t }}
            name={({ kind }) => jobs.kinds[kind]}
            count={({ rowCount }) => jobs.count(rowCount, formatNumber(t, rowCount))}
            listPath={(cursor) => href("customers.invites.jobs.list", {}, cursor)}
          />
        )}
      </section>
    </StaffPage>,
  )
})
