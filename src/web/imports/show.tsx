import type { Context } from "hono"
import { Failure } from "../../domain/failure.ts"
import { IMPORT_FIELDS } from "../../domain/imports/columns.ts"
import { fixRow, removeRow } from "../../domain/imports/drafts.ts"
import { getImportPage, type Import, type ImportRowState } from "../../domain/imports/find.ts"
import { isSendable } from "../../domain/imports/verdicts.ts"
import { toVisibleRow } from "../../domain/imports/visible-rows.ts"
import { jobEstimate } from "../../domain/jobs/jobs.ts"
import type { AppEnv } from "../../http/context.ts"
import { readForm } from "../../http/forms.ts"
import { isFragmentRequest, redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { Page } from "../../storage/paging.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { withChosenAccount } from "../invites/billing-fields.tsx"
import { visibleBillingAccounts } from "../invites/new.tsx"
import { JobProgress, JobStart, pollWhileRunning } from "../jobs/progress.tsx"
import { StatusChips } from "../jobs/status-chips.tsx"
import { flash, flashFromUrl } from "../ui/flash.tsx"
import { fragment } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { isBeyondEnd } from "../ui/pager.tsx"
import { DraftPage } from "./draft.tsx"
import { importPath, parseShownRows, type ShownRows } from "./filter.ts"
import { importName } from "./list.tsx"
import { onDraft } from "./on-draft.ts"
import { ImportRowTable, resultLabel } from "./rows.tsx"

export const showImportRoutes = new Router()

type ImportContext = Context<AppEnv>

showImportRoutes.serve("customers.imports.show", async (c) => {
  const { deps, staff } = c.var
  const id = c.req.param("id")
  const { before, after, ...filter } = parseShownRows(c.req.query())
  const found = await getImportPage(deps, staff, id, { before, after, ...filter })
  const { job, page } = found
  if (job.status === "draft" && !job.params.verdicts) return redirect(c, href("customers.imports.mapping", { id }))
  if (isBeyondEnd(page, { before, after })) return redirect(c, importPath(id, filter))
  const visible = { ...found, page: { ...page, rows: page.rows.map((row) => toVisibleRow(staff, job, row)) } }
  return job.status === "draft" ? showDraft(c, visible) : showJob(c, visible)
})

showImportRoutes.serve("customers.imports.fixRow", async (c) => {
  const { id, row } = c.req.param()
  const position = toPosition(row)
  const values = withChosenAccount(await readForm(c))
  const text = Object.fromEntries(IMPORT_FIELDS.map((name) => [name, values[name] ?? ""]))
  return onDraft(c, id, async () => {
    const fixed = await fixRow(c.var.deps, c.var.staff, id, position, text)
    const result = fixed && !isSendable(fixed.verdict) ? { edit: fixed.position } : flash("row_saved")
    return redirect(c, `${importPath(id, { ...parseShownRows(c.req.query()), ...result })}#row-${position}`)
  })
})

showImportRoutes.serve("customers.imports.removeRow", async (c) => {
  const { id, row } = c.req.param()
  const position = toPosition(row)
  return onDraft(c, id, async () => {
    await removeRow(c.var.deps, c.var.staff, id, position)
    return redirect(c, importPath(id, { ...parseShownRows(c.req.query()), ...flash("row_removed") }))
  })
})

/** The number of a row in a path. Throws `not_found`. */
function toPosition(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Failure({ kind: "not_found" })
  return Number(text)
}

type FoundPage = Awaited<ReturnType<typeof getImportPage>>

async function showDraft(c: ImportContext, { job, page }: FoundPage) {
  const { deps, staff } = c.var
  const shown = parseShownRows(c.req.query())
  const edit = Number(c.req.query("edit") ?? Number.NaN)
  const accounts = Number.isNaN(edit) ? [] : await visibleBillingAccounts(deps, staff)
  const message = flashFromUrl(c, { t: staffMessagesFor(staff.locale) })
  return c.html(<DraftPage {...{ staff, job, page, shown, edit, accounts, message }} />)
}

async function showJob(c: ImportContext, { job, page, waitingEmails }: FoundPage) {
  const { deps, staff } = c.var
  const t = staffMessagesFor(staff.locale)
  const poll = Number(c.req.query("poll")) || 0
  const shown = parseShownRows(c.req.query())
  const now = deps.now()
  const estimate = job.status === "running" ? await jobEstimate(deps, job, waitingEmails) : undefined
  const content = <JobContent {...{ job, estimate, page, shown, poll, now, t }} />
  if (isFragmentRequest(c)) return fragment(c, staff, content)
  return c.html(
    <StaffPage
      staff={staff}
      navItem="Customers"
      title={t.staff.imports.fileOf(importName(t, job))}
      flash={flashFromUrl(c, { t })}
      back={<a href={href("customers.imports.list")}>← {t.staff.imports.back}</a>}
    >
      {content}
    </StaffPage>,
  )
}

type JobContentProps = {
  job: Import
  estimate: Date | undefined
  page: Page<ImportRowState>
  shown: ShownRows
  poll: number
  now: Date
  t: StaffMessages
}

/** How far an import is, and the result of each row. While it runs, it replaces itself. */
function JobContent({ job, estimate, page, shown, poll, now, t }: JobContentProps) {
  const { job: words } = t.staff.imports
  return (
    <div id="import" {...pollWhileRunning(job, poll, (query) => importPath(job.id, { ...shown, ...query }))}>
      <section class="card card-body stack" aria-label={t.staff.jobs.kinds.import}>
        <JobProgress {...{ job, estimate, now, t }} />
        <JobStart {...{ job, now, t }} />
      </section>
      <section class="card" aria-label={words.results}>
        <div class="card-header">
          <StatusChips
            {...{ job, t }}
            current={shown.status}
            label={(status) => resultLabel(t, job, status)}
            path={(status) => importPath(job.id, { status })}
          />
          <span class="buttons">
            <a href={href("customers.imports.export", { id: job.id })}>{words.download}</a>
            {job.failedCount > 0 && (
              <a href={href("customers.imports.export", { id: job.id }, { status: "failed" })}>
                {words.downloadFailed}
              </a>
            )}
          </span>
        </div>
        <ImportRowTable {...{ job, page, shown, t }} order="" />
      </section>
    </div>
  )
}
