import { href } from "../../routes.ts"
import type { Job } from "../../storage/schema.ts"
import { formatNumber } from "../../text/numbers.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { Form, SubmitTo } from "../ui/form.tsx"
import { ExpiryTime, RelativeTime } from "../ui/time.tsx"

type Tone = "success" | "pending" | "neutral"

const TONES: Record<Job["status"], Tone> = {
  draft: "neutral",
  running: "pending",
  paused: "neutral",
  cancelled: "neutral",
  done: "success",
}

export function JobStatusBadge({ job, t }: { job: Job; t: StaffMessages }) {
  return <span class={`badge ${TONES[job.status]}`}>{t.staff.jobs.statuses[job.status]}</span>
}

type JobProgressProps = {
  job: Job
  /** When it will be done; undefined if it isn't running or nobody knows. */
  estimate: Date | undefined
  now: Date
  t: StaffMessages
}

/** How far a job is, and the buttons to pause, resume or cancel it. */
export function JobProgress({ job, estimate, now, t }: JobProgressProps) {
  const { jobs, imports } = t.staff
  const format = (count: number) => formatNumber(t, count)
  const handled = job.rowCount - job.waitingCount
  const label = jobs.progress(format(handled), format(job.rowCount))
  return (
    <div class="stack">
      <p>
        <JobStatusBadge job={job} t={t} /> {label}
        {job.failedCount > 0 && (
          <span class="danger">
            {" "}
            · {(job.kind === "import" ? imports.job.failed : jobs.failed)(format(job.failedCount))}
          </span>
        )}
      </p>
      <progress max={Math.max(1, job.rowCount)} value={handled} aria-label={label} />
      {job.status === "running" && estimate && (
        <p class="muted">
          {jobs.doneAt} <ExpiryTime at={estimate} now={now} t={t} />. {jobs.canLeave}
        </p>
      )}
      {job.finishedAt && (
        <p class="muted">
          {jobs.statuses[job.status]} <RelativeTime at={job.finishedAt} now={now} t={t} />
        </p>
      )}
      {job.status === "running" && (
        <noscript>
          <p class="muted">{jobs.reload}</p>
        </noscript>
      )}
      <JobControls job={job} t={t} />
    </div>
  )
}

type JobStartProps = { job: Job; now: Date; t: StaffMessages }

/** When a job was started, and by whom. */
export function JobStart({ job, now, t }: JobStartProps) {
  const { jobs } = t.staff
  const time = <RelativeTime at={job.startedAt ?? job.createdAt} now={now} t={t} />
  return <p class="muted">{job.actorName ? jobs.startedBy(time, job.actorName) : [jobs.started, " ", time]}</p>
}

/** An estimate this near isn't worth a time. */
const SOON_MS = 5 * 60_000

/** When the last email of a job that is to be started will be sent. */
export function SendEstimate({ estimate, now, t }: { estimate: Date | undefined; now: Date; t: StaffMessages }) {
  const { jobs } = t.staff
  if (!estimate) return <p>{jobs.never}</p>
  if (estimate.getTime() - now.getTime() < SOON_MS) return <p>{jobs.soon}</p>
  return <p>{jobs.estimate(<ExpiryTime at={estimate} now={now} t={t} />)}</p>
}

function JobControls({ job: { id, status }, t }: { job: Job; t: StaffMessages }) {
  const { jobs } = t.staff
  if (status !== "running" && status !== "paused") return null
  const isRunning = status === "running"
  return (
    <Form
      class="buttons"
      action={href(isRunning ? "customers.invites.jobs.pause" : "customers.invites.jobs.resume", { id })}
    >
      <button class="button secondary" type="submit">
        {isRunning ? jobs.pause : jobs.resume}
      </button>
      <SubmitTo class="button secondary" action={href("customers.invites.jobs.cancel", { id })}>
        {jobs.cancel}
      </SubmitTo>
    </Form>
  )
}

const POLL_SECONDS = [2, 3, 5, 10, 20, 30, 60]

/** The attributes of an element that shows a running job: it replaces itself from `path` at growing intervals. */
export function pollWhileRunning({ status }: Job, poll: number, path: (query: { poll: number }) => string) {
  if (status !== "running") return {}
  return {
    "hx-get": path({ poll: poll + 1 }),
    "hx-trigger": `load delay:${POLL_SECONDS[Math.min(poll, POLL_SECONDS.length - 1)]}s, send`,
    "hx-swap": "outerMorph",
  }
}
