import { staffEn } from "../../text/staff/en.ts"
import type { ResellerActor } from "../access/actor.ts"
import { can } from "../access/permissions.ts"
import type { FieldError } from "../failure.ts"
import type { Import, ImportRowState } from "./find.ts"
import { rowText } from "./row-fields.ts"

/** True if the actor can see the billing accounts of an import: all, or those that they entered themselves. */
export const canSeeBilling = (actor: ResellerActor, { actorId, params }: Import): boolean =>
  can(actor, "billing:read") || (params.checkedBy ?? actorId) === actor.id

/** A row without what the actor can't see of its billing account. */
export function toVisibleRow(actor: ResellerActor, job: Import, row: ImportRowState): ImportRowState {
  if (canSeeBilling(actor, job)) return row
  const fixed = row.input && { ...rowText(job.params, row.input), billing_email: "", billing_phone: "" }
  const errors = row.detail.errors?.map((error) => (error.field.startsWith("billing_") ? withoutDetails(error) : error))
  return { ...row, input: fixed && { cells: [], fixed }, detail: { ...row.detail, ...(errors && { errors }) } }
}

const withoutDetails = ({ field, code }: FieldError): FieldError => ({
  field,
  code,
  detail: staffEn.rules.no_such_account,
})
