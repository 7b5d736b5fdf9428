import type { Child } from "hono/jsx"
import type { Import, ImportRowState } from "../../domain/imports/find.ts"
import { rowText } from "../../domain/imports/row-fields.ts"
import type { SimilarRow } from "../../domain/imports/similar-rows.ts"
import { VERDICTS, type Verdict } from "../../domain/imports/verdicts.ts"
import type { Page } from "../../storage/paging.ts"
import { readableAddress } from "../../text/readable-address.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import { invitePath } from "../invites/section.tsx"
import { similarPath, warningText } from "../invites/similar.tsx"
import { Chip } from "../ui/chip.tsx"
import { translateErrors } from "../ui/field-errors.ts"
import { neighborPaths, Pager } from "../ui/pager.tsx"
import { ColumnHeader } from "../ui/table.tsx"
import { CellText } from "./cell-text.tsx"
import { importPath, type ShownRows } from "./filter.ts"

/** Links to the rows with each verdict of a dry run, with their counts. */
export function VerdictChips({ job, shown, t }: { job: Import; shown: ShownRows; t: StaffMessages }) {
  const { verdicts, check } = t.staff.imports
  const counts = job.params.verdicts ?? {}
  return (
    <nav class="chips" aria-label={check.verdictColumn}>
      <Chip path={importPath(job.id)} isCurrent={!shown.code} label={check.all} count={job.rowCount} t={t} />
      {VERDICTS.filter((code) => counts[code]).map((code) => (
        <Chip
          path={importPath(job.id, { code })}
          isCurrent={shown.code === code}
          label={verdicts[code]}
          count={counts[code]}
          t={t}
        />
      ))}
    </nav>
  )
}

type RowTableProps = {
  job: Import
  page: Page<ImportRowState>
  shown: ShownRows
  order: string
  t: StaffMessages
  /** The last cell of a row. */
  actions?: (row: ImportRowState) => Child
  /** The form that replaces a row while it is edited. */
  rowForm?: (row: ImportRowState) => Child
}

/** Rows of an import, with what is wrong with each. */
export function ImportRowTable({ job, page, shown, order, t, actions, rowForm }: RowTableProps) {
  const { check } = t.staff.imports
  const { columns } = t.staff.invites
  if (page.rows.length === 0) {
    return (
      <div class="empty-state">
        <p>{check.noRows}</p>
      </div>
    )
  }
  const { before: _, after: __, ...filter } = shown
  return (
    <>
      <table class="table import-rows" role="table">
        <thead role="rowgroup">
          <tr role="row">
            <ColumnHeader>{check.rowColumn}</ColumnHeader>
            <ColumnHeader column="company">{columns.company}</ColumnHeader>
            <ColumnHeader column="contact">{columns.contact}</ColumnHeader>
            <ColumnHeader column="status">{check.verdictColumn}</ColumnHeader>
            {actions && (
              <ColumnHeader column="actions">
                <span class="visually-hidden">{columns.actions}</span>
              </ColumnHeader>
            )}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {page.rows.map((row) => rowForm?.(row) ?? <ImportRow {...{ job, row, t }} actions={actions?.(row)} />)}
        </tbody>
      </table>
      <Pager
        t={t}
        {...neighborPaths(page, (cursor) => importPath(job.id, { ...filter, ...cursor }))}
        order={order}
        label={t.staff.invites.nextPage}
        prevLabel={t.staff.invites.previousPage}
      />
    </>
  )
}

type ImportRowProps = { job: Import; row: ImportRowState; t: StaffMessages; actions: Child }

function ImportRow({ job, row, t, actions }: ImportRowProps) {
  const text = row.input ? rowText(job.params, row.input) : {}
  return (
    <tr role="row" id={rowId(row)}>
      <td role="cell" class="number" data-column={t.staff.imports.check.rowColumn}>
        {row.position}
      </td>
      <td role="cell" class="company">
        {row.inviteId ? (
          <a class="emphasis" href={invitePath({ kind: "customer", id: row.inviteId })}>
            <CellText text={text.company_name} />
          </a>
        ) : (
          <span class="emphasis">
            <CellText text={text.company_name} />
          </span>
        )}
      </td>
      <td role="cell" class="contact">
        <div>
          <CellText text={text.contact_name} />
          <span class="muted">
            <CellText text={text.contact_email} />
          </span>
        </div>
      </td>
      <td role="cell" class="status wrap-anywhere">
        <RowResult {...{ job, row, t }} />
      </td>
      {actions && (
        <td role="cell" class="actions">
          {actions}
        </td>
      )}
    </tr>
  )
}

export const rowId = ({ position }: Pick<ImportRowState, "position">) => `row-${position}`

type Tone = "success" | "pending" | "danger" | "neutral"

/** The verdict on a row or, once the import is started, its result, and the details of a problem. */
function RowResult({ job, row, t }: { job: Import; row: ImportRowState; t: StaffMessages }) {
  const { verdicts } = t.staff.imports
  const code = row.code as Verdict | "conflict" | null
  const isDraft = job.status === "draft"
  const label = code && (isDraft || row.status === "failed") ? verdicts[code] : resultLabel(t, job, row.status)
  const { similar, similarRow } = row.detail
  const messages = row.status === "done" ? [] : errorTexts(t, row)
  return (
    <>
      <span class={`badge ${toneOf(row, isDraft)}`}>{label}</span>
      {messages.map((message) => (
        <span class="muted">{message}</span>
      ))}
      {isDraft && similar && (
        <span class="muted">
          {warningText(similar, t)} <a href={similarPath(similar)}>{t.staff.invites.similar.open}</a>
        </span>
      )}
      {isDraft && similarRow && <span class="muted">{similarRowText(t, similarRow)}</span>}
    </>
  )
}

const similarRowText = ({ staff: { imports } }: StaffMessages, { row, domain }: SimilarRow) =>
  domain === undefined
    ? imports.check.similarName(row)
    : imports.check.similarDomain(row, readableAddress(`@${domain}`).slice(1))

/** The result of a row. One that waited when the import was cancelled waits no more. */
export function resultLabel({ staff }: StaffMessages, job: Import, status: ImportRowState["status"]): string {
  const isCancelled = job.status === "cancelled" && status === "waiting"
  return isCancelled ? staff.jobs.statuses.cancelled : staff.imports.job.result[status]
}

function toneOf({ status, code }: ImportRowState, isDraft: boolean): Tone {
  if (status === "done") return "success"
  if (status === "failed") return "danger"
  if (!isDraft) return "neutral"
  return code === "ready" ? "success" : "pending"
}

/** What is wrong with a row, in a sentence or, if it was found while sending, in a word; empty if nothing is. */
export function problemText(t: StaffMessages, job: Import, row: ImportRowState): string {
  const messages = errorTexts(t, row).join(" ")
  if (messages || row.status === "done") return messages
  if (row.status === "waiting") return job.status === "cancelled" ? resultLabel(t, job, row.status) : ""
  return row.code ? t.staff.imports.verdicts[row.code as Verdict | "conflict"] : ""
}

/** What is wrong with a row, in the language of the page. */
function errorTexts(t: StaffMessages, row: ImportRowState): string[] {
  return translateErrors(t, row.detail.errors ?? []).map(({ detail }) => detail)
}
