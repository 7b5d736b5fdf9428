import type { StaffActor } from "../../domain/access/actor.ts"
import { can } from "../../domain/access/permissions.ts"
import { billingAccountLabel } from "../../domain/billing/accounts.ts"
import { defaultErrors } from "../../domain/imports/check-rows.ts"
import {
  COLUMN_TARGETS,
  type Columns,
  type ColumnTarget,
  type ImportFieldName,
  isMetadataTarget,
  metadataKey,
  metadataTargets,
} from "../../domain/imports/columns.ts"
import { checkImport, discardImport, type Mapping } from "../../domain/imports/drafts.ts"
import { getDraftSample, type Import } from "../../domain/imports/find.ts"
import type { TableRow } from "../../domain/imports/read-table.ts"
import { canSeeBilling } from "../../domain/imports/visible-rows.ts"
import { INVITE_LIFETIME_MAX_DAYS, inviteSchema } from "../../domain/invites/fields.ts"
import { METADATA_KEYS_MAX } from "../../domain/metadata.ts"
import { type FormError, type FormState, fieldError, readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import type { BillingAccount } from "../../storage/schema.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { visibleBillingAccounts } from "../invites/new.tsx"
import { translateErrors } from "../ui/field-errors.ts"
import { Checkbox, Field, LanguageSelect, PostButton, Select } from "../ui/fields.tsx"
import { flash } from "../ui/flash.tsx"
import { Form } from "../ui/form.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { cellText } from "./cell-text.tsx"
import { importName } from "./list.tsx"
import { onDraft } from "./on-draft.ts"
import { Sample } from "./sample.tsx"

export const importMappingRoutes = new Router()

const SAMPLE_ROWS = 5
const COLUMN_NAME_MAX = 60
const NO_COLUMN = ""
/** The targets in pairs, each of which shares a row of the form. */
const toPairs = (targets: readonly ColumnTarget[]) =>
  targets.flatMap((target, n) => (n % 2 === 0 ? [[target, ...targets.slice(n + 1, n + 2)]] : []))

importMappingRoutes.serve("customers.imports.mapping", (c) => {
  const { deps, staff } = c.var
  const id = c.req.param("id")
  return onDraft(c, id, async () => {
    const { draft, rows, accounts } = await getDraftSample(deps, staff, id, SAMPLE_ROWS)
    const form = { values: toValues(staff, draft, accounts), errors: [] }
    return c.html(<MappingPage {...{ staff, draft, accounts, rows, form }} />)
  })
})

importMappingRoutes.serve("customers.imports.check", async (c) => {
  const { deps, staff } = c.var
  const id = c.req.param("id")
  const values = await readForm(c)
  const accounts = await visibleBillingAccounts(deps, staff)
  const mapping = toMapping(staff, accounts, values)
  const t = staffMessagesFor(staff.locale)
  const errors = [...missingColumns(mapping, t), ...translateErrors(t, defaultErrors(staff.reseller, mapping.defaults))]
  return onDraft(c, id, async () => {
    if (errors.length === 0) {
      await checkImport(deps, staff, id, mapping)
      return redirect(c, href("customers.imports.show", { id }))
    }
    const { draft, rows } = await getDraftSample(deps, staff, id, SAMPLE_ROWS)
    return c.html(<MappingPage {...{ staff, draft, accounts, rows }} form={{ values, errors }} />, 422)
  })
})

importMappingRoutes.serve("customers.imports.discard", (c) => {
  const id = c.req.param("id")
  return onDraft(c, id, async () => {
    await discardImport(c.var.deps, c.var.staff, id)
    return redirect(c, href("customers.imports.list", {}, flash("import_discarded")))
  })
})

const columnField = (target: ColumnTarget) => `column_${target}`

/** The values of the form: the columns of the draft as they were guessed or chosen, and the defaults. */
function toValues(staff: StaffActor, draft: Import, accounts: BillingAccount[]): Record<string, string> {
  const { columns = {}, header, defaults, verdicts } = draft.params
  const account = accounts.find(({ isDefault }) => isDefault) ?? (accounts.length === 1 ? accounts[0] : undefined)
  const initial = verdicts
    ? { billing_email: "", billing_phone: "" }
    : { billing_email: account?.email ?? "", billing_phone: account?.phone ?? "" }
  return {
    ...Object.fromEntries(
      targetsOf(draft).map((target) => [columnField(target), String(columns[target] ?? NO_COLUMN)]),
    ),
    has_header: header ? "on" : "",
    locale: staff.reseller.locale,
    expires_in_days: String(staff.reseller.defaultExpiresInDays),
    ...initial,
    ...defaults,
    ...(!canSeeBilling(staff, draft) && { billing_email: "", billing_phone: "" }),
  }
}

const targetsOf = ({ params: { header, columns = {} } }: Import): ColumnTarget[] => [
  ...COLUMN_TARGETS,
  ...metadataTargets(header?.cells ?? [], columns),
]

/** The keys of metadata that a form has columns for. */
const postedTargets = (values: Record<string, string>) =>
  Object.keys(values)
    .map((name) => name.replace(/^column_/, ""))
    .filter(isMetadataTarget)
    .slice(0, METADATA_KEYS_MAX)

function toMapping(staff: StaffActor, accounts: BillingAccount[], values: Record<string, string>): Mapping {
  const columns: Columns = {}
  for (const target of [...COLUMN_TARGETS, ...postedTargets(values)]) {
    const text = values[columnField(target)] ?? ""
    if (/^\d{1,3}$/.test(text)) columns[target] = Number(text)
  }
  const { billing_email = "", locale = "", expires_in_days = "" } = values
  const account = accounts.find(({ email }) => email === billing_email)
  const phone = can(staff, "billing:read") ? (account?.phone ?? "") : (values.billing_phone ?? "")
  const entries: [ImportFieldName, string][] = [
    ["billing_email", can(staff, "billing:read") ? (account?.email ?? "") : billing_email],
    ["billing_phone", phone],
    ["locale", locale],
    ["expires_in_days", expires_in_days],
  ]
  const defaults = Object.fromEntries(entries.filter(([, value]) => value.trim() !== ""))
  return { hasHeader: values.has_header !== undefined && values.has_header !== "", columns, defaults }
}

const { shape } = inviteSchema("customer")

/** The errors of the columns without which no row would have a value that it needs. */
function missingColumns({ columns, defaults }: Mapping, t: StaffMessages): FormError[] {
  const isMissing = (name: (typeof COLUMN_TARGETS)[number]) =>
    name !== "last_name" &&
    columns[name] === undefined &&
    defaults[name] === undefined &&
    !shape[name].safeParse(undefined).success
  const detail = t.staff.imports.mapping.needed
  return COLUMN_TARGETS.filter(isMissing).map((name) => ({ field: columnField(name), code: "required", detail }))
}

type MappingPageProps = {
  staff: StaffActor
  draft: Import
  accounts: BillingAccount[]
  rows: TableRow[]
  form: FormState
}

function MappingPage({ staff, draft, accounts, rows, form }: MappingPageProps) {
  const t = staffMessagesFor(staff.locale)
  const { imports } = t.staff
  const words = imports.mapping
  const header = draft.params.header?.cells ?? []
  const width = Math.max(header.length, ...rows.map(({ cells }) => cells.length))
  const { columns = {} } = draft.params
  const hidden = canSeeBilling(staff, draft) ? [] : [columns.billing_email, columns.billing_phone]
  const names = Array.from({ length: width }, (_, index) => columnName(t, draft, index))
  return (
    <StaffPage
      staff={staff}
      navItem="Customers"
      title={words.title}
      back={<a href={href("customers.imports.list")}>← {imports.back}</a>}
    >
      <p class="muted">
        {importName(t, draft)} · {words.intro}
      </p>
      <Sample {...{ rows, names, hidden, t }} />
      <Form
        class="card card-body stack"
        action={href("customers.imports.check", { id: draft.id })}
        novalidate
        data-submit-once
      >
        <Checkbox
          id="has_header"
          name="has_header"
          value="on"
          isChecked={Boolean(form.values.has_header)}
          label={words.hasHeader}
        />
        <fieldset>
          <legend>{words.columns}</legend>
          {toPairs(targetsOf(draft)).map((pair) => (
            <div class="form-row">
              {pair.map((target) => (
                <ColumnSelect {...{ target, names, form, t }} />
              ))}
            </div>
          ))}
        </fieldset>
        <fieldset>
          <legend>{words.defaults}</legend>
          <BillingDefault {...{ staff, accounts, form, t }} />
          <div class="form-row">
            <LanguageSelect form={form} label={t.staff.invites.fieldLabels.locale} help={t.inviteForm.languageHelp} />
            <Field
              form={form}
              name="expires_in_days"
              type="number"
              min={1}
              max={INVITE_LIFETIME_MAX_DAYS}
              label={t.staff.invites.fieldLabels.expires_in_days}
              help={t.staff.invites.fieldHelp.expires_in_days(INVITE_LIFETIME_MAX_DAYS)}
            />
          </div>
        </fieldset>
        <div class="buttons">
          <button class="button" type="submit">
            {words.check}
          </button>
        </div>
      </Form>
      <PostButton path={href("customers.imports.discard", { id: draft.id })} label={words.discard} />
    </StaffPage>
  )
}

function columnName({ staff: { imports } }: StaffMessages, { params }: Import, index: number): string {
  const name = cellText(params.header?.cells[index]?.trim() ?? "", COLUMN_NAME_MAX)
  return name ? imports.mapping.columnOf(index + 1, name) : imports.mapping.column(index + 1)
}

type ColumnSelectProps = { target: ColumnTarget; names: string[]; form: FormState; t: StaffMessages }

function ColumnSelect({ target, names, form, t }: ColumnSelectProps) {
  const { mapping } = t.staff.imports
  const name = columnField(target)
  const isLastName = target === "last_name"
  const { fieldLabels } = t.staff.invites
  const label = isMetadataTarget(target) ? mapping.metadata(metadataKey(target)) : !isLastName && fieldLabels[target]
  return (
    <Select
      name={name}
      label={label || mapping.lastName}
      help={isLastName ? mapping.lastNameHelp : undefined}
      error={fieldError(form, name)}
    >
      <option value={NO_COLUMN}>{mapping.notInFile}</option>
      {names.map((label, index) => (
        <option value={String(index)} selected={form.values[name] === String(index)}>
          {label}
        </option>
      ))}
    </Select>
  )
}

type BillingDefaultProps = { staff: StaffActor; accounts: BillingAccount[]; form: FormState; t: StaffMessages }

/** Those who can't see the billing accounts enter one. */
function BillingDefault({ staff, accounts, form, t }: BillingDefaultProps) {
  const { columns, fieldLabels, fieldHelp } = t.staff.invites
  if (can(staff, "billing:read")) {
    return (
      <Select name="billing_email" label={columns.billingAccount}>
        <option value="">{t.staff.imports.mapping.noDefault}</option>
        {accounts.map((account) => (
          <option value={account.email} selected={account.email === form.values.billing_email}>
            {billingAccountLabel(account, t)}
          </option>
        ))}
      </Select>
    )
  }
  return (
    <div class="form-row">
      <Field
        form={form}
        name="billing_email"
        type="email"
        label={fieldLabels.billing_email}
        help={fieldHelp.billing_email_unseen}
      />
      <Field form={form} name="billing_phone" type="tel" label={fieldLabels.billing_phone} />
    </div>
  )
}
