import type { Country } from "../../text/phone.ts"
import { staffEn } from "../../text/staff/en.ts"
import type { ResellerActor } from "../access/actor.ts"
import type { Deps } from "../deps.ts"
import { externalIdErrors } from "../external-ids.ts"
import type { FieldError } from "../failure.ts"
import { conflictErrors } from "../invites/address-conflicts.ts"
import { customerInviteContext } from "../invites/audience.ts"
import { billingErrors } from "../invites/billing.ts"
import { toCompanyKey } from "../invites/company-key.ts"
import { type InviteValues, inviteSchema } from "../invites/fields.ts"
import { type SimilarCompany, similarCompaniesOf } from "../invites/similar-companies.ts"
import { readPhone } from "../national-phone.ts"
import { validateFields } from "../validation.ts"
import { IMPORT_FIELDS, type ImportFieldName } from "./columns.ts"
import { conflictsWith, findConflicts } from "./conflicts.ts"
import { rowFields } from "./row-fields.ts"
import { findSimilarRows, type RowCompany, type SimilarRow } from "./similar-rows.ts"
import { isSendable, toVerdict, type Verdict } from "./verdicts.ts"

/** A row with the fields that it should have. */
export type ImportRow = { position: number; fields: Record<string, unknown> }

/**
 * What a dry run says about a row. `email` is the address as we would store it, if it is one, and so is `externalId`; `company` the
 * key of the company; `similar` a company to warn of, `similarRow` another row.
 */
export type CheckedRow = {
  position: number
  verdict: Verdict
  errors: FieldError[]
  email: string | undefined
  externalId?: string | undefined
  company?: string | undefined
  similar?: SimilarCompany | undefined
  similarRow?: SimilarRow | undefined
}

/**
 * Checks the rows of an import with the rules of the form and against the reseller's invites, customers, suppressions and billing
 * accounts. Of several rows with the same address or external id, only the first that could be sent isn't a duplicate, so pass all rows that
 * share one.
 * `otherRows` are those that could be sent and aren't checked again. `similarRows` has what rows of both are similar to.
 */
export async function checkRows(
  deps: Pick<Deps, "db" | "read" | "config" | "now">,
  actor: ResellerActor,
  country: Country,
  rows: ImportRow[],
  otherRows: RowCompany[] = [],
): Promise<{ checked: CheckedRow[]; similarRows: Map<number, SimilarRow> }> {
  const audience = customerInviteContext(actor)
  const validate = rowValidator(country)
  const validated = rows.map(({ position, fields }) => ({ position, ...validate(fields) }))
  const emails = unique(validated.map(({ values }) => values.contact_email))
  const billingEmails = unique(validated.map(({ values }) => values.billing_email))
  const externalIds = unique(validated.map(({ values }) => values.external_id ?? undefined))
  const conflicts = await findConflicts(deps, audience.resellerId, emails, billingEmails, externalIds)
  const now = deps.now()
  const firstPositions = new Map<string, number>()
  const firstWithExternalId = new Map<string, number>()
  const checked = validated.map(({ position, values, errors }): CheckedRow & Pick<Validated, "values"> => {
    const { contact_email: email = "", billing_email: billingEmail = "" } = values
    const externalId = values.external_id ?? ""
    const allErrors = [
      ...errors,
      ...billingErrors(actor, values, conflicts.accounts.get(billingEmail)),
      ...conflictErrors(audience, conflictsWith(conflicts, email), now),
      ...externalIdErrors(conflicts.owners.get(externalId), now),
    ]
    const first = firstPositions.get(email)
    if (email && first !== undefined) allErrors.push(duplicateError(first))
    const firstTaker = firstWithExternalId.get(externalId)
    if (externalId && firstTaker !== undefined) allErrors.push(duplicateIdError(firstTaker))
    if (allErrors.length === 0) {
      if (email) firstPositions.set(email, position)
      if (externalId) firstWithExternalId.set(externalId, position)
    }
    const [error] = allErrors
    const verdict = error ? toVerdict(error) : "ready"
    return {
      position,
      verdict,
      errors: allErrors,
      email: email || undefined,
      externalId: externalId || undefined,
      values,
    }
  })
  const warned = await warnOfSimilar(deps, audience.resellerId, checked)
  const sendable = warned.flatMap(({ position, verdict, company = "", email = "" }) =>
    isSendable(verdict) ? [{ position, company, email }] : [],
  )
  const similarRows = findSimilarRows([...sendable, ...otherRows], conflicts.ownDomains)
  return { checked: warned.map((row) => withSimilarRow(row, similarRows.get(row.position))), similarRows }
}

const withSimilarRow = (row: CheckedRow, similarRow: SimilarRow | undefined): CheckedRow =>
  similarRow ? { ...row, verdict: "similar_company", similarRow } : row

/** Adds the companies like those of the rows that could be sent. */
async function warnOfSimilar(
  deps: Pick<Deps, "db" | "read" | "now">,
  resellerId: string,
  rows: (CheckedRow & Pick<Validated, "values">)[],
): Promise<CheckedRow[]> {
  const ready = rows.filter(({ verdict }) => verdict === "ready")
  const drafts = ready.map(({ values }) => ({ companyName: values.company_name, contactEmail: values.contact_email }))
  const companies = await similarCompaniesOf(deps, resellerId, drafts)
  const similar = new Map(ready.map(({ position }, n) => [position, companies[n]]))
  return rows.map(({ values: { company_name: companyName = "" }, ...row }) => {
    const found = similar.get(row.position)
    const company = toCompanyKey({ kind: "customer", companyName }) || undefined
    return found ? { ...row, company, verdict: "similar_company", similar: found } : { ...row, company }
  })
}

const unique = (values: (string | undefined)[]) => [...new Set(values.filter((value) => value !== undefined))]

const duplicateError = (row: number): FieldError => ({
  field: "contact_email",
  code: "duplicate_row",
  detail: staffEn.fieldErrors.duplicate_row(row),
  row,
})

const duplicateIdError = (row: number): FieldError => ({
  field: "external_id",
  code: "external_id_taken",
  detail: staffEn.fieldErrors.duplicate_external_id(row),
  row,
})

type Validated = { values: Partial<InviteValues<"customer">>; errors: FieldError[] }

/** Fields whose values many rows share. */
const SHARED = { billing_email: true, billing_phone: true, locale: true, expires_in_days: true } as const
const schema = inviteSchema("customer")
const sharedSchema = schema.pick(SHARED)
const ownSchema = schema.omit(SHARED)

/** Validates the fields of rows. What many rows have in common is validated once. */
export function rowValidator(country: Country): (fields: Record<string, unknown>) => Validated {
  const sharedResults = new Map<string, Validated>()
  return (fields) => {
    const key = JSON.stringify(Object.keys(SHARED).map((name) => [typeof fields[name], String(fields[name])]))
    const shared = sharedResults.get(key) ?? readPhone(validateFields(sharedSchema, fields), "billing_phone", country)
    sharedResults.set(key, shared)
    const { values, errors } = validateFields(ownSchema, fields)
    const allErrors = [...errors, ...shared.errors, ...unknownFields(fields)]
    return {
      values: { ...values, ...shared.values },
      errors: allErrors.toSorted((one, other) => placeOf(one) - placeOf(other)),
    }
  }
}

/** What is wrong with the values for rows that have none, whichever the rows are. */
export function defaultErrors(country: Country, defaults: Partial<Record<ImportFieldName, string>>): FieldError[] {
  const { errors } = rowValidator(country)(rowFields({ revision: 0, defaults }, { cells: [] }))
  return errors.filter(({ field }) => field in defaults)
}

const PLACES = new Map<string, number>(IMPORT_FIELDS.map((name, index) => [name, index]))
const placeOf = ({ field }: FieldError) => PLACES.get(field) ?? PLACES.size

const unknownFields = (fields: Record<string, unknown>): FieldError[] =>
  Object.keys(fields)
    .filter((field) => !PLACES.has(field))
    .map((field) => ({ field, code: "unknown_field", detail: "This field doesn't exist." }))
