import type { Context } from "hono"
import type { StaffActor } from "../../domain/access/actor.ts"
import { authorize } from "../../domain/access/permissions.ts"
import { billingAccountLabel, listBillingAccounts } from "../../domain/billing/accounts.ts"
import { listStaffOptions } from "../../domain/events/activity.ts"
import { Failure } from "../../domain/failure.ts"
import { idempotent } from "../../domain/idempotency.ts"
import { isInviteId } from "../../domain/invites/list.ts"
import { type BulkPreview, previewBulkAction, startBulkAction } from "../../domain/jobs/bulk.ts"
import { BULK_KINDS, type BulkKind } from "../../domain/jobs/obstacles.ts"
import { SELECTION_MAX, type Selection } from "../../domain/jobs/selection.ts"
import type { AppEnv } from "../../http/context.ts"
import { readFields, readFormRequest } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { type BillingAccount, jobs } from "../../storage/schema.ts"
import { formatNumber } from "../../text/numbers.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { SendEstimate } from "../jobs/progress.tsx"
import { codeText } from "../jobs/results.tsx"
import { jobPath } from "../jobs/routes.ts"
import { Select } from "../ui/fields.tsx"
import { flash } from "../ui/flash.tsx"
import { Form, HiddenFields } from "../ui/form.tsx"
import { Flash, StaffPage } from "../ui/layout.tsx"
import { EmptyPage, invalidFilter } from "./empty-page.tsx"
import { FILTER_NAMES, type Filter, filterQuery, parseFilter, toInviteFilter } from "./filter.ts"
import { FilterSummary } from "./filter-summary.tsx"

export const bulkRoutes = new Router()

/** A bulk action as the list's form or the confirmation says it. */
type BulkRequest = { kind: BulkKind; inviteIds: string[]; isAll: boolean; filter: Filter }

/** Undefined if the action is unknown or nothing is selected. */
function parseRequest(fields: [string, string][]): BulkRequest | undefined {
  const values = Object.fromEntries(fields)
  const kind = BULK_KINDS.find((candidate) => candidate === values.action)
  const inviteIds = fields.flatMap(([name, value]) => (name === "invite" && isInviteId(value) ? [value] : []))
  const isAll = values.all === "1"
  if (!kind || (!isAll && inviteIds.length === 0)) return undefined
  return { kind, inviteIds: isAll ? [] : inviteIds, isAll, filter: parseFilter(fields) }
}

const toSelection = ({ isAll, inviteIds, filter }: BulkRequest, { timeZone }: StaffActor): Selection =>
  isAll ? { filter: toInviteFilter(filter, timeZone) } : { inviteIds }

/** True if it would apply to invites that nobody meant, because their filter isn't understood. */
const hasInvalidFilter = ({ isAll, filter }: BulkRequest) => isAll && filter.isInvalid === true

const QUERY_NAMES: readonly string[] = [...FILTER_NAMES, "action", "all", "invite"]

bulkRoutes.serve("customers.invites.jobs.new", async (c) => {
  const fields = [...new URL(c.req.url).searchParams]
  const request = parseRequest(fields)
  if (!request) return nothingSelected(c, fields)
  const hasUnknown = request.isAll && fields.some(([name]) => !QUERY_NAMES.includes(name))
  if (hasUnknown || hasInvalidFilter(request)) return invalidFilter(c, (t) => t.staff.jobs.kinds[request.kind])
  return confirm(c, request)
})

bulkRoutes.serve("customers.invites.jobs.create", async (c) => {
  const { staff, deps } = c.var
  const fields = await readFields(c)
  const { billing_account_id: accountId = "", confirmed = "0" } = Object.fromEntries(fields)
  const request = parseRequest(fields)
  if (!request) return nothingSelected(c, fields)
  const { kind } = request
  if (hasInvalidFilter(request)) return invalidFilter(c, (t) => t.staff.jobs.kinds[kind])
  if (kind === "move_billing" && !accountId) return confirm(c, request, "accountRequired")
  const formDeps = { ...deps, request: await readFormRequest(c, staff) }
  const action = { kind, selection: toSelection(request, staff), billingAccountId: accountId || undefined }
  try {
    const started = await idempotent(formDeps, jobs, async () => {
      const job = await startBulkAction(formDeps, staff, action, Number(confirmed) || 0)
      return job ?? NUMBER_CHANGED
    })
    return started.ok
      ? redirect(c, jobPath(started.value.row, flash("job_started")))
      : await confirm(c, request, "numberChanged")
  } catch (error) {
    if (!(error instanceof Failure) || error.reason.kind !== "billing_account_not_found") throw error
    return confirm(c, request, "accountRequired")
  }
})

function nothingSelected(c: Context<AppEnv>, fields: [string, string][]) {
  const { staff } = c.var
  const t = staffMessagesFor(staff.locale)
  const back = listPath(parseFilter(fields))
  return c.html(<EmptyPage {...{ staff, back, t }} title={t.staff.bulk.region} text={t.staff.bulk.nothingSelected} />)
}

const NUMBER_CHANGED = { ok: false as const, errors: [] }

type Problem = "accountRequired" | "numberChanged"

/** The confirmation: how many invites, what happens to them, and by when. */
async function confirm(c: Context<AppEnv>, request: BulkRequest, problem?: Problem) {
  const { staff, deps } = c.var
  if (request.kind === "move_billing") authorize(staff, "billing:write")
  const [preview, accounts, staffOptions] = await Promise.all([
    previewBulkAction(deps, staff, { kind: request.kind, selection: toSelection(request, staff) }),
    request.kind === "move_billing" ? listBillingAccounts(deps, staff) : [],
    request.filter.invitedBy ? listStaffOptions(deps, staff) : [],
  ])
  const status = problem === "numberChanged" ? 409 : problem ? 422 : 200
  return c.html(
    <ConfirmPage {...{ staff, request, preview, accounts, staffOptions, problem }} now={deps.now()} />,
    status,
  )
}

type ConfirmPageProps = {
  staff: StaffActor
  request: BulkRequest
  preview: BulkPreview
  accounts: BillingAccount[]
  staffOptions: { id: string; name: string }[]
  problem: Problem | undefined
  now: Date
}

function ConfirmPage({ staff, request, preview, accounts, staffOptions, problem, now }: ConfirmPageProps) {
  const t = staffMessagesFor(staff.locale)
  const { bulk, jobs: words } = t.staff
  const { kind } = request
  const back = listPath(request.filter)
  const format = (count: number) => formatNumber(t, count)
  if (preview.total === 0) return <EmptyPage {...{ staff, back, t }} title={words.kinds[kind]} text={bulk.noMatch} />
  const { applicable } = preview
  const flashText = problem === "numberChanged" && bulk.numberChanged
  return (
    <StaffPage
      staff={staff}
      navItem="Customers"
      title={words.kinds[kind]}
      back={<a href={back}>{bulk.back}</a>}
      flash={flashText && <Flash tone="danger">{flashText}</Flash>}
    >
      <Form class="card card-body stack" action={href("customers.invites.jobs.create")} data-submit-once>
        <HiddenFields fields={hiddenFields(request, preview.total)} />
        <p class="emphasis">{bulk.takes(preview.total, format(preview.total))}</p>
        {request.isAll && <FilterSummary filter={request.filter} {...{ staffOptions, t }} />}
        {preview.hasMore && <p>{bulk.more(format(SELECTION_MAX))}</p>}
        <p>{bulk.meaning[kind]}</p>
        {kind === "move_billing" && <AccountSelect {...{ accounts, t }} hasError={problem === "accountRequired"} />}
        <Obstacles {...{ preview, t }} />
        {applicable === 0 && <p>{bulk.noneLeft}</p>}
        {applicable > 0 && kind === "resend" && <SendEstimate estimate={preview.estimate} now={now} t={t} />}
        {applicable > 0 && <p class="muted">{kind === "resend" ? bulk.limits : bulk.results}</p>}
        <div class="buttons">
          {applicable > 0 && (
            <button class={kind === "revoke" ? "button danger" : "button"} type="submit">
              {bulk.submit[kind](applicable, format(applicable))}
            </button>
          )}
          <a href={back}>{t.layout.cancel}</a>
        </div>
      </Form>
    </StaffPage>
  )
}

function hiddenFields({ kind, inviteIds, isAll, filter }: BulkRequest, total: number): [string, string][] {
  const filterFields = Object.entries(filterQuery(filter)).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  )
  return [
    ["form_token", crypto.randomUUID()],
    ["action", kind],
    ["confirmed", String(total)],
    ...(isAll ? [["all", "1"] satisfies [string, string]] : inviteIds.map((id): [string, string] => ["invite", id])),
    ...filterFields,
  ]
}

type AccountSelectProps = { accounts: BillingAccount[]; hasError: boolean; t: StaffMessages }

function AccountSelect({ accounts, hasError, t }: AccountSelectProps) {
  const { bulk } = t.staff
  const error = { field: "billing_account_id", code: "required", detail: bulk.accountRequired } as const
  return (
    <Select name="billing_account_id" label={bulk.moveTo} error={hasError ? error : undefined}>
      <option value="">{bulk.chooseAccount}</option>
      {accounts.map((account) => (
        <option value={account.id}>{billingAccountLabel(account, t)}</option>
      ))}
    </Select>
  )
}

/** How many invites will be left out, and why. */
function Obstacles({ preview, t }: { preview: BulkPreview; t: StaffMessages }) {
  const { bulk } = t.staff
  const count = preview.total - preview.applicable
  if (count === 0) return null
  return (
    <div>
      <p>{bulk.obstacles(count, formatNumber(t, count))}</p>
      <ul class="bullets">
        {[...preview.obstacles].map(([code, n]) => (
          <li>{bulk.obstacle(formatNumber(t, n), codeText(t, code))}</li>
        ))}
      </ul>
    </div>
  )
}

const listPath = (filter: Filter) => href("customers.invites.list", {}, filterQuery(filter))
