import { exportJobRows, getJob, getJobPage, jobEstimate, type ListedRow } from "../../domain/jobs/jobs.ts"
import type { RowFilter } from "../../domain/jobs/row-pages.ts"
import { csvFormat, exportFile } from "../../http/export-file.ts"
import { isFragmentRequest, redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { Cursor, Page } from "../../storage/paging.ts"
import { JOB_ROW_STATUSES, type Job } from "../../storage/schema.ts"
import { plainAddress } from "../../text/sandbox-address.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { flashFromUrl } from "../ui/flash.tsx"
import { fragment } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { isBeyondEnd, neighborPaths, Pager } from "../ui/pager.tsx"
import { JobProgress, JobStart, pollWhileRunning } from "./progress.tsx"
import { ResultTable, resultText, statusText } from "./results.tsx"
import { jobPath } from "./routes.ts"
import { StatusChips } from "./status-chips.tsx"

export const showJobRoutes = new Router()

/** Which rows the page shows, as its URL says. */
type ShownRows = Pick<RowFilter, "status"> & Cursor

showJobRoutes.serve("customers.invites.jobs.show", async (c) => {
  const { staff, deps } = c.var
  const shown = parseShownRows(c.req.query())
  const { job, page, waitingEmails } = await getJobPage(deps, staff, c.req.param("id"), shown)
  if (job.kind === "import") return redirect(c, jobPath(job))
  if (isBeyondEnd(page, shown)) return redirect(c, rowsPath(job, { status: shown.status }))
  const estimate = job.status === "running" ? await jobEstimate(deps, job, waitingEmails) : undefined
  const poll = Number(c.req.query("poll")) || 0
  const t = staffMessagesFor(staff.locale)
  const card = <JobCard {...{ job, page, estimate, shown, poll, t }} now={deps.now()} />
  if (isFragmentRequest(c)) return fragment(c, staff, card)
  return c.html(
    <StaffPage
      staff={staff}
      navItem="Customers"
      title={t.staff.jobs.kinds[job.kind]}
      flash={flashFromUrl(c, { t })}
      back={<a href={href("customers.invites.jobs.list")}>← {t.staff.jobs.title}</a>}
    >
      {card}
    </StaffPage>,
  )
})

function parseShownRows({ status, before, after }: Record<string, string>): ShownRows {
  return { status: JOB_ROW_STATUSES.find((candidate) => candidate === status), before, after }
}

const rowsPath = ({ id }: Job, query: ShownRows & { poll?: number }) =>
  href("customers.invites.jobs.show", { id }, query)

type JobCardProps = {
  job: Job
  page: Page<ListedRow>
  estimate: Date | undefined
  shown: ShownRows
  poll: number
  now: Date
  t: StaffMessages
}

/** How far a bulk action is, and its results. While it runs, it replaces itself. */
function JobCard({ job, page, estimate, shown, poll, now, t }: JobCardProps) {
  const { jobs } = t.staff
  const { status } = shown
  return (
    <div id="job" {...pollWhileRunning(job, poll, (query) => rowsPath(job, { ...shown, ...query }))}>
      <section class="card card-body stack" aria-label={jobs.kinds[job.kind]}>
        <JobProgress {...{ job, estimate, now, t }} />
        <JobStart {...{ job, now, t }} />
      </section>
      <section class="card" aria-label={jobs.results}>
        <div class="card-header">
          <StatusChips
            {...{ job, t }}
            current={status}
            label={(choice) => statusText(t, job, choice)}
            path={(choice) => rowsPath(job, { status: choice })}
          />
          <a href={href("customers.invites.jobs.export", { id: job.id })}>{jobs.export}</a>
        </div>
        {page.rows.length === 0 ? (
          <div class="empty-state">
            <p>{jobs.noRows}</p>
          </div>
        ) : (
          <ResultTable {...{ job, now, t }} rows={page.rows} />
        )}
        <Pager
          t={t}
          {...neighborPaths(page, (cursor) => rowsPath(job, { status, ...cursor }))}
          order=""
          label={t.staff.invites.nextPage}
          prevLabel={t.staff.invites.previousPage}
        />
      </section>
    </div>
  )
}

showJobRoutes.serve("customers.invites.jobs.export", async (c) => {
  const { staff, deps } = c.var
  const job = await getJob(deps, staff, c.req.param("id"))
  const t = staffMessagesFor(staff.locale)
  const format = csvFormat<ListedRow>([
    { name: "row", value: ({ position }) => position },
    { name: "company_name", value: ({ companyName }) => companyName },
    { name: "contact_name", value: ({ contactName }) => contactName },
    { name: "contact_email", value: ({ contactEmail }) => contactEmail && plainAddress(contactEmail) },
    { name: "result", value: ({ status }) => status },
    { name: "code", value: ({ code }) => code },
    { name: "message", value: (row) => resultText(t, job, row) },
    { name: "possible_at", value: ({ detail }) => detail },
    { name: "invite_id", value: ({ inviteId }) => inviteId },
  ])
  return exportFile(c, exportJobRows(deps, job), format, [job.kind, "csv"])
})
