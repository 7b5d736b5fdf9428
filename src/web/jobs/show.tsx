import type { Context } from "hono"
import {
  exportJobRows,
  findJob,
  getJobPage,
  jobEstimate,
  type ListedRow,
  type RowPage,
} from "../../domain/jobs/jobs.ts"
import type { AppEnv } from "../../http/context.ts"
import { csvFormat, exportFile } from "../../http/export-file.ts"
import { isFragmentRequest, redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { JOB_ROW_STATUSES, type Job, type JobRow } from "../../storage/schema.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { fragment } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { Pager } from "../ui/pager.tsx"
import { JobProgress, JobStart, pollWhileRunning } from "./progress.tsx"
import { ResultTable, resultText } from "./results.tsx"
import { jobPath } from "./routes.ts"

export const showJobRoutes = new Router()

/** What the page shows, as its URL says. */
type View = { status: JobRow["status"] | undefined; after: number; poll: number }

showJobRoutes.serve("customers.invites.jobs.show", async (c) => {
  const { staff, deps } = c.var
  const view = parseView(c)
  const { job, page, waitingEmails } = await getJobPage(deps, staff, c.req.param("id"), view)
  if (job.kind === "import") return redirect(c, jobPath(job))
  const estimate = job.status === "running" ? await jobEstimate(deps, job, waitingEmails) : undefined
  const t = staffMessagesFor(staff.locale)
  const card = <JobCard {...{ job, page, estimate, view, t }} now={deps.now()} />
  if (isFragmentRequest(c)) return fragment(c, staff, card)
  return c.html(
    <StaffPage staff={staff} navItem="Customers" title={t.staff.jobs.kinds[job.kind]}>
      <p>
        <a href={href("customers.invites.jobs.list")}>← {t.staff.jobs.title}</a>
      </p>
      {card}
    </StaffPage>,
  )
})

function parseView(c: Context<AppEnv>): View {
  const { result, after, poll } = c.req.query()
  return {
    status: JOB_ROW_STATUSES.find((status) => status === result),
    after: toCount(after),
    poll: toCount(poll),
  }
}

const toCount = (text = "") => (/^\d{1,6}$/.test(text) ? Number(text) : 0)

type JobCardProps = {
  job: Job
  page: RowPage
  estimate: Date | undefined
  view: View
  now: Date
  t: StaffMessages
}

/** How far a bulk action is, and its results. While it runs, it replaces itself. */
function JobCard({ job, page, estimate, view, now, t }: JobCardProps) {
  const { jobs } = t.staff
  const { status, after } = view
  const viewPath = (query: { result?: string | undefined; after?: number | undefined; poll?: number }) =>
    href("customers.invites.jobs.show", { id: job.id }, query)
  const path = (query: { poll: number }) => viewPath({ result: status, after: after || undefined, ...query })
  return (
    <div id="job" {...pollWhileRunning(job, view.poll, path)}>
      <section class="card card-body stack" aria-label={jobs.kinds[job.kind]}>
        <JobProgress {...{ job, estimate, now, t }} />
        <JobStart {...{ job, now, t }} />
      </section>
      <section class="card" aria-label={jobs.results}>
        <div class="card-header">
          <nav class="chips" aria-label={jobs.filter}>
            {[undefined, ...JOB_ROW_STATUSES].map((choice) => (
              <a class="chip" href={viewPath({ result: choice })} aria-current={choice === status ? "true" : undefined}>
                {choice ? jobs.rowStatuses[choice] : jobs.all}
              </a>
            ))}
          </nav>
          <a href={href("customers.invites.jobs.export", { id: job.id })}>{jobs.export}</a>
        </div>
        {page.rows.length === 0 ? (
          <div class="empty-state">
            <p>{jobs.noRows}</p>
          </div>
        ) : (
          <ResultTable {...{ job, now, t }} rows={page.rows} />
        )}
        {(page.next !== undefined || after > 0) && (
          <Pager
            t={t}
            order=""
            next={page.next === undefined ? undefined : viewPath({ result: status, after: page.next })}
            label={`${jobs.nextRows} →`}
            prev={after > 0 ? viewPath({ result: status }) : undefined}
            prevLabel={`← ${jobs.firstRows}`}
          />
        )}
      </section>
    </div>
  )
}

showJobRoutes.serve("customers.invites.jobs.export", async (c) => {
  const { staff, deps } = c.var
  const job = await findJob(deps, staff, c.req.param("id"))
  const t = staffMessagesFor(staff.locale)
  const format = csvFormat<ListedRow>([
    { name: "row", value: ({ position }) => position },
    { name: "company_name", value: ({ companyName }) => companyName },
    { name: "contact_name", value: ({ contactName }) => contactName },
    { name: "contact_email", value: ({ contactEmail }) => contactEmail },
    { name: "result", value: ({ status }) => status },
    { name: "code", value: ({ code }) => code },
    { name: "message", value: (row) => resultText(t, job, row) },
    { name: "possible_at", value: ({ detail }) => detail },
    { name: "invite_id", value: ({ inviteId }) => inviteId },
  ])
  return exportFile(c, exportJobRows(deps, job), format, [job.kind, "csv"])
})
