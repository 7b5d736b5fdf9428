import type { Context } from "hono"
import type { Child } from "hono/jsx"
import type { StaffActor } from "../../domain/access/actor.ts"
import { IMPORT_FIELDS } from "../../domain/imports/columns.ts"
import { fixRow, removeRow } from "../../domain/imports/drafts.ts"
import { getImport, type Import, type ImportRowState, listImportRows } from "../../domain/imports/find.ts"
import { rowText } from "../../domain/imports/row-fields.ts"
import { isSendable } from "../../domain/imports/verdicts.ts"
import { toVisibleRow } from "../../domain/imports/visible-rows.ts"
import { jobEstimate } from "../../domain/jobs/jobs.ts"
import { isVersionConflict } from "../../domain/retry-conflicts.ts"
import type { AppEnv } from "../../http/context.ts"
import { readForm } from "../../http/forms.ts"
import { isFragmentRequest, redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { type BillingAccount, JOB_ROW_STATUSES } from "../../storage/schema.ts"
import { formatNumber } from "../../text/numbers.ts"
import { formatPhone } from "../../text/phone.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { InviteFields } from "../invites/fields.tsx"
import { visibleBillingAccounts } from "../invites/new.tsx"
import { SimilarRegion } from "../invites/similar.tsx"
import { JobProgress, pollWhileRunning } from "../jobs/progress.tsx"
import { translateErrors } from "../ui/field-errors.ts"
import { PostButton } from "../ui/fields.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { Form, fragment } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { RelativeTime } from "../ui/time.tsx"
import { importPath, parseShownRows, type ShownRows } from "./filter.ts"
import { importName } from "./list.tsx"
import { Chip, ImportRowTable, resultLabel, rowId, VerdictChips } from "./rows.tsx"

export const showImportRoutes = new Router()

type ImportContext = Context<AppEnv>
type Page = Awaited<ReturnType<typeof listImportRows>>

showImportRoutes.serve("customers.imports.show", async (c) => {
  const { deps, staff } = c.var
  const id = c.req.param("id")
  const job = await getImport(deps, staff, id)
  if (job.status === "draft" && !job.params.verdicts) return redirect(c, href("customers.imports.mapping", { id }))
  return job.status === "draft" ? showDraft(c, job) : showJob(c, job)
})

showImportRoutes.serve("customers.imports.fixRow", async (c) => {
  const { id, row } = c.req.param()
  const values = await readForm(c)
  const text = Object.fromEntries(IMPORT_FIELDS.map((name) => [name, values[name] ?? ""]))
  const fixed = await fixRow(c.var.deps, c.var.staff, id, toPosition(row), text).catch(ignoreConflict)
  if (fixed === CONFLICT) return redirect(c, changedPath(id))
  const edit = fixed && !isSendable(fixed.verdict) ? { edit: fixed.position } : {}
  return redirect(c, `${importPath(id, { ...parseShownRows(c.req.query()), ...edit })}#row-${toPosition(row)}`)
})

showImportRoutes.serve("customers.imports.removeRow", async (c) => {
  const { id, row } = c.req.param()
  const removed = await removeRow(c.var.deps, c.var.staff, id, toPosition(row)).catch(ignoreConflict)
  return redirect(c, removed === CONFLICT ? changedPath(id) : importPath(id, parseShownRows(c.req.query())))
})

/** The number in a path. No row has the number 0. */
const toPosition = (text: string) => (/^\d{1,9}$/.test(text) ? Number(text) : 0)

const CONFLICT = "conflict"

/** Somebody else has changed the draft meanwhile. */
function ignoreConflict(error: unknown): typeof CONFLICT {
  if (isVersionConflict(error)) return CONFLICT
  throw error
}

const changedPath = (id: string) => href("customers.imports.show", { id }, flash("import_changed"))

async function listVisibleRows(c: ImportContext, job: Import, shown: ShownRows): Promise<Page> {
  const page = await listImportRows(c.var.deps, job, shown, shown)
  return { ...page, rows: page.rows.map((row) => toVisibleRow(c.var.staff, job, row)) }
}

async function showDraft(c: ImportContext, job: Import) {
  const { deps, staff } = c.var
  const shown = parseShownRows(c.req.query())
  const edit = Number(c.req.query("edit") ?? Number.NaN)
  const [page, accounts] = await Promise.all([
    listVisibleRows(c, job, shown),
    Number.isNaN(edit) ? [] : visibleBillingAccounts(deps, staff),
  ])
  const message = flashFromUrl(c, { t: staffMessagesFor(staff.locale) })
  return c.html(<DraftPage {...{ staff, job, page, shown, edit, accounts, message }} />)
}

type DraftPageProps = {
  staff: StaffActor
  job: Import
  page: Page
  shown: ShownRows
  edit: number
  accounts: BillingAccount[]
  message: Child
}

/** The result of the dry run, with the rows to correct. */
function DraftPage({ staff, job, page, shown, edit, accounts, message }: DraftPageProps) {
  const t = staffMessagesFor(staff.locale)
  const { check, back } = t.staff.imports
  const ready = formatNumber(t, job.waitingCount)
  const { id } = job
  return (
    <StaffPage
      staff={staff}
      navItem="Customers"
      title={check.title}
      flash={message}
      action={
        job.waitingCount > 0 && (
          <a class="button" href={href("customers.imports.confirm", { id })}>
            {check.send(ready)}
          </a>
        )
      }
    >
      <p>
        <a href={href("customers.imports.list")}>← {back}</a>
      </p>
      <p class="muted">
        {importName(t, job)} ·{" "}
        {job.waitingCount > 0 ? check.summary(ready, formatNumber(t, job.rowCount)) : check.nothing}
      </p>
      <section class="card" aria-label={check.title}>
        <div class="card-header">
          <VerdictChips {...{ job, shown, t }} />
          <span class="buttons">
            {job.failedCount > 0 && (
              <a href={href("customers.imports.export", { id }, { status: "failed" })}>{check.download}</a>
            )}
            <a href={href("customers.imports.mapping", { id })}>{check.columns}</a>
          </span>
        </div>
        <ImportRowTable
          {...{ job, page, shown, t }}
          order={check.order}
          actions={(row) => <RowActions {...{ job, row, shown, t }} />}
          instead={(row) =>
            row.position === edit ? <RowForm {...{ staff, job, row, shown, accounts, t }} /> : undefined
          }
        />
      </section>
    </StaffPage>
  )
}

type RowProps = { job: Import; row: ImportRowState; shown: ShownRows; t: StaffMessages }

function RowActions({ job: { id }, row, shown, t }: RowProps) {
  const { check } = t.staff.imports
  const name = check.rowTitle(row.position)
  return (
    <span class="buttons">
      <a href={`${importPath(id, { ...shown, edit: row.position })}#${rowId(row)}`}>
        {check.fix}
        <span class="visually-hidden"> {name}</span>
      </a>
      <PostButton
        path={href("customers.imports.removeRow", { id, row: String(row.position) }, shown)}
        label={check.remove}
        objectName={name}
      />
    </span>
  )
}

/** The fields of a row, as in the form of a single invite. */
function RowForm({
  staff,
  job,
  row,
  shown,
  accounts,
  t,
}: RowProps & { staff: StaffActor; accounts: BillingAccount[] }) {
  const { check } = t.staff.imports
  const text = row.input ? rowText(job.params, row.input) : {}
  const form = {
    values: { locale: staff.reseller.locale, ...text, billing_phone: formatE164(text.billing_phone) },
    errors: translateErrors(t, row.detail.errors ?? []),
  }
  return (
    <tr role="row" id={rowId(row)}>
      <td role="cell" colspan={5}>
        <Form
          class="stack"
          action={href("customers.imports.fixRow", { id: job.id, row: String(row.position) }, shown)}
          novalidate
          data-submit-once
        >
          <h2>{check.rowTitle(row.position)}</h2>
          <InviteFields {...{ staff, accounts, form }} emailHelp={check.emailHelp} similar={<SimilarRegion t={t} />} />
          <div class="buttons">
            <button class="button" type="submit">
              {check.save}
            </button>
            <a href={`${importPath(job.id, shown)}#${rowId(row)}`}>{t.layout.cancel}</a>
          </div>
        </Form>
      </td>
    </tr>
  )
}

/** A number that isn't one yet stays as it is in the file. */
const formatE164 = (phone = "") => (/^\+\d+$/.test(phone) ? formatPhone(phone) : phone)

async function showJob(c: ImportContext, job: Import) {
  const { deps, staff } = c.var
  const t = staffMessagesFor(staff.locale)
  const poll = Number(c.req.query("poll")) || 0
  const shown = parseShownRows(c.req.query())
  const now = deps.now()
  const [estimate, page] = await Promise.all([
    job.status === "running" ? jobEstimate(deps, job) : undefined,
    listVisibleRows(c, job, shown),
  ])
  const content = <JobContent {...{ job, estimate, page, shown, poll, now, t }} />
  if (isFragmentRequest(c)) return fragment(c, staff, content)
  return c.html(
    <StaffPage staff={staff} navItem="Customers" title={t.staff.imports.fileOf(importName(t, job))}>
      <p>
        <a href={href("customers.imports.list")}>← {t.staff.imports.back}</a>
      </p>
      {content}
    </StaffPage>,
  )
}

type JobContentProps = {
  job: Import
  estimate: Date | undefined
  page: Page
  shown: ShownRows
  poll: number
  now: Date
  t: StaffMessages
}

/** How far an import is, and the result of each row. While it runs, it replaces itself. */
function JobContent({ job, estimate, page, shown, poll, now, t }: JobContentProps) {
  const { job: words } = t.staff.imports
  return (
    <div
      id="import"
      class="stack"
      {...pollWhileRunning(job, poll, (query) => importPath(job.id, { ...shown, ...query }))}
    >
      <section class="card card-body stack" aria-label={words.results}>
        <JobProgress {...{ job, estimate, now, t }} />
        {job.startedAt && (
          <p class="muted">
            {words.startedBy(<RelativeTime at={job.startedAt} {...{ now, t }} />, job.actorName ?? "")}
            {job.status === "running" && <noscript> {words.reload}</noscript>}
          </p>
        )}
      </section>
      <section class="card" aria-label={words.results}>
        <div class="card-header">
          <StatusChips {...{ job, shown, t }} />
          <span class="buttons">
            <a href={href("customers.imports.export", { id: job.id })}>{words.download}</a>
            {job.failedCount > 0 && (
              <a href={href("customers.imports.export", { id: job.id }, { status: "failed" })}>
                {words.downloadFailed}
              </a>
            )}
          </span>
        </div>
        <ImportRowTable {...{ job, page, shown, t }} order={t.staff.imports.check.order} />
      </section>
    </div>
  )
}

function StatusChips({ job, shown, t }: { job: Import; shown: ShownRows; t: StaffMessages }) {
  const { check } = t.staff.imports
  const counts = {
    done: job.rowCount - job.waitingCount - job.failedCount,
    failed: job.failedCount,
    waiting: job.waitingCount,
  }
  return (
    <nav class="chips" aria-label={check.verdictColumn}>
      <Chip path={importPath(job.id)} isCurrent={!shown.status} label={check.all} count={job.rowCount} t={t} />
      {JOB_ROW_STATUSES.filter((status) => counts[status] > 0 || status === shown.status).map((status) => (
        <Chip
          path={importPath(job.id, { status })}
          isCurrent={shown.status === status}
          label={resultLabel(t, job, status)}
          count={counts[status]}
          t={t}
        />
      ))}
    </nav>
  )
}
