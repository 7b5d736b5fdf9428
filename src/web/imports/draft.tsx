import type { Child } from "hono/jsx"
import type { StaffActor } from "../../domain/access/actor.ts"
import type { Import, ImportRowState } from "../../domain/imports/find.ts"
import { rowText } from "../../domain/imports/row-fields.ts"
import { href } from "../../routes.ts"
import type { Page } from "../../storage/paging.ts"
import type { BillingAccount } from "../../storage/schema.ts"
import { formatNumber } from "../../text/numbers.ts"
import { formatPhone } from "../../text/phone.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { InviteFields } from "../invites/fields.tsx"
import { SimilarRegion } from "../invites/similar.tsx"
import { translateErrors } from "../ui/field-errors.ts"
import { PostButton } from "../ui/fields.tsx"
import { Form } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { importPath, type ShownRows } from "./filter.ts"
import { importName } from "./list.tsx"
import { ImportRowTable, rowId, VerdictChips } from "./rows.tsx"

type DraftPageProps = {
  staff: StaffActor
  job: Import
  page: Page<ImportRowState>
  shown: ShownRows
  edit: number
  accounts: BillingAccount[]
  message: Child
}

/** The result of the dry run, with the rows to correct. */
export function DraftPage({ staff, job, page, shown, edit, accounts, message }: DraftPageProps) {
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
            {check.send(job.waitingCount, ready)}
          </a>
        )
      }
      back={<a href={href("customers.imports.list")}>← {back}</a>}
    >
      <p class="muted">
        {importName(t, job)} · {summaryText(t, job)}
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
          rowForm={(row) =>
            row.position === edit ? <RowForm {...{ staff, job, row, shown, accounts, t }} /> : undefined
          }
        />
      </section>
    </StaffPage>
  )
}

/** How many rows can be sent. */
function summaryText(t: StaffMessages, { rowCount, waitingCount }: Import): string {
  const { check } = t.staff.imports
  const ready = formatNumber(t, waitingCount)
  if (waitingCount === 0) return check.nothing
  return waitingCount === rowCount
    ? check.allReady(waitingCount, ready)
    : check.someReady(waitingCount, ready, formatNumber(t, rowCount))
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
      <td role="cell" class="row-form" colspan={5}>
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
