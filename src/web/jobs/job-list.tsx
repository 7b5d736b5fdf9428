import type { Page } from "../../storage/paging.ts"
import type { Job } from "../../storage/schema.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { neighborPaths, Pager } from "../ui/pager.tsx"
import { RelativeTime } from "../ui/time.tsx"
import { JobStatusBadge } from "./progress.tsx"
import { jobPath } from "./routes.ts"

type JobListProps<T> = {
  page: Page<T>
  name: (job: T) => string
  count: (job: T) => string
  listPath: (cursor: { before?: string | undefined; after?: string | undefined }) => string
  now: Date
  t: StaffMessages
}

/** Jobs with their size, their start and their status. */
export function JobList<T extends Job>({ page, name, count, listPath, now, t }: JobListProps<T>) {
  return (
    <>
      <ul class="list">
        {page.rows.map((job) => (
          <li>
            <div>
              <a class="emphasis" href={jobPath(job)}>
                {name(job)}
              </a>
              <span class="muted">
                {count(job)} · <RelativeTime at={job.createdAt} now={now} t={t} />
                {job.actorName && ` · ${job.actorName}`}
              </span>
            </div>
            <span>
              <JobStatusBadge job={job} t={t} />
            </span>
          </li>
        ))}
      </ul>
      {(page.next || page.prev) && <Pager t={t} {...neighborPaths(page, listPath)} />}
    </>
  )
}
