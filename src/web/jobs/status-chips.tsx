import { JOB_ROW_STATUSES, type Job, type JobRow } from "../../storage/schema.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { Chip } from "../ui/chip.tsx"

type Status = JobRow["status"]

type StatusChipsProps = {
  job: Job
  current: Status | undefined
  label: (status: Status) => string
  path: (status?: Status) => string
  t: StaffMessages
}

/** Links to the rows of a job in each status, with their counts. */
export function StatusChips({ job, current, label, path, t }: StatusChipsProps) {
  const { jobs } = t.staff
  const { rowCount, waitingCount: waiting, failedCount: failed } = job
  const counts = { waiting, failed, done: rowCount - waiting - failed }
  return (
    <nav class="chips" aria-label={jobs.filter}>
      <Chip path={path()} isCurrent={!current} label={jobs.all} count={rowCount} t={t} />
      {JOB_ROW_STATUSES.filter((status) => counts[status] > 0 || status === current).map((status) => (
        <Chip path={path(status)} isCurrent={status === current} label={label(status)} count={counts[status]} t={t} />
      ))}
    </nav>
  )
}
