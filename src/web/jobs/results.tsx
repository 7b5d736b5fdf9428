import type { ListedRow } from "../../domain/jobs/jobs.ts"
import type { Job } from "../../storage/schema.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { invitePath } from "../invites/section.tsx"
import { addressText } from "../ui/address.tsx"
import { ColumnHeader } from "../ui/table.tsx"
import { ExpiryTime } from "../ui/time.tsx"

type Codes = Partial<Record<string, string>>

/** Why a row was left out, in words. */
export function codeText(t: StaffMessages, code: string): string {
  const codes: Codes = t.staff.jobs.codes
  return codes[code] ?? code
}

/** The status of rows. Those that waited when the action was cancelled wait no more. */
export function statusText({ staff: { jobs } }: StaffMessages, job: Job, status: ListedRow["status"]): string {
  return job.status === "cancelled" && status === "waiting" ? jobs.statuses.cancelled : jobs.rowStatuses[status]
}

/** The result of a row, in words. */
export function resultText(t: StaffMessages, job: Job, { status, code }: ListedRow): string {
  const { jobs } = t.staff
  if (status === "waiting") return statusText(t, job, status)
  if (code === "revoked" && job.kind === "revoke") return jobs.revokedBefore
  if (code) return codeText(t, code)
  return status === "done" ? jobs.done[job.kind] : jobs.rowStatuses.failed
}

const TONES = { waiting: "pending", done: "success", failed: "danger" } as const

type ResultTableProps = { job: Job; rows: ListedRow[]; now: Date; t: StaffMessages }

/** What became of each invite of a bulk action. */
export function ResultTable({ job, rows, now, t }: ResultTableProps) {
  const { columns } = t.staff.jobs
  return (
    <table class="table outcomes" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <ColumnHeader column="company">{columns.invite}</ColumnHeader>
          <ColumnHeader column="status">{columns.result}</ColumnHeader>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr role="row">
            <td role="cell" class="company">
              <InviteName row={row} t={t} />
            </td>
            <td role="cell" class="status">
              <Result {...{ job, row, now, t }} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function InviteName({ row: { inviteId, companyName, contactEmail }, t }: { row: ListedRow; t: StaffMessages }) {
  if (companyName === null || inviteId === null) return <span>{t.staff.jobs.codes.not_found}</span>
  return (
    <div>
      <a class="emphasis" href={invitePath({ kind: "customer", id: inviteId })}>
        {companyName || t.privacy.purgedInvite}
      </a>
      {contactEmail && <span class="muted">{addressText(contactEmail)}</span>}
    </div>
  )
}

function Result({ job, row, now, t }: Omit<ResultTableProps, "rows"> & { row: ListedRow }) {
  const isNotReached = row.status === "waiting" && job.status === "cancelled"
  const possibleAt = Date.parse(row.detail ?? "")
  return (
    <>
      <span class={`badge ${isNotReached ? "neutral" : TONES[row.status]}`}>{resultText(t, job, row)}</span>
      {possibleAt > 0 && (
        <span class="muted">{t.staff.jobs.again(<ExpiryTime at={new Date(possibleAt)} now={now} t={t} />)}</span>
      )}
    </>
  )
}
