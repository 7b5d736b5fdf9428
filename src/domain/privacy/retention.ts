import * as z from "zod"
import { staffEn } from "../../text/staff/en.ts"
import type { StaffActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import type { FieldError } from "../failure.ts"
import { changeSettings } from "../resellers/change-settings.ts"
import { validateFields } from "../validation.ts"
import { RETENTION_MONTHS } from "./purge-invites.ts"

const retentionFields = z.object({
  retention_months: z.literal(RETENTION_MONTHS, staffEn.rules.retention),
})

/** Sets how long the reseller keeps the personal data of ended invites. Returns field errors; throws `forbidden`. */
export async function updateRetention(
  deps: Deps,
  actor: StaffActor,
  input: Record<string, unknown>,
): Promise<FieldError[]> {
  authorize(actor, "settings:write")
  const { values, errors } = validateFields(retentionFields, input)
  const { retention_months: retentionMonths } = values
  if (errors.length > 0 || !retentionMonths) return errors
  const detail = retentionMonths === 1 ? "1 month" : `${retentionMonths} months`
  await changeSettings(deps, actor, [{ action: "reseller.retention_changed", changes: { retentionMonths }, detail }])
  return []
}
