import * as z from "zod"
import type { Reseller } from "../../storage/schema.ts"
import { staffEn } from "../../text/staff/en.ts"
import type { StaffActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import type { FieldError, Result } from "../failure.ts"
import { readPhone } from "../national-phone.ts"
import {
  countryField,
  emailField,
  optionalPhoneField,
  optionalSingleLine,
  singleLine,
  timeZoneField,
  validateFields,
} from "../validation.ts"
import { changeSettings, type SettingsChange } from "./change-settings.ts"

const ACCENT_RULE = staffEn.rules.accent_color

export const brandingFields = z.object({
  name: singleLine(staffEn.rules.company_name),
  support_name: optionalSingleLine(),
  support_email: emailField(staffEn.rules.support_email),
  support_phone: optionalPhoneField(),
  country: countryField.optional(),
  time_zone: timeZoneField.optional(),
  accent_color: z
    .string(ACCENT_RULE)
    .nullish()
    .transform((color) => color?.trim().toLowerCase() || null)
    .refine((color) => color === null || /^#[0-9a-f]{6}$/.test(color), ACCENT_RULE),
})

/** Updates the reseller's name, support contact, country, time zone and accent color. Returns field errors; throws `forbidden`. */
export async function updateBranding(
  deps: Deps,
  actor: StaffActor,
  input: Record<string, unknown>,
): Promise<FieldError[]> {
  authorize(actor, "settings:write")
  const change = readBranding(actor.reseller, input)
  if (!change.ok) return change.errors
  await changeSettings(deps, actor, [change.value])
  return []
}

/** The change to name, support contact, country, time zone and accent color that the input describes, or its field errors. */
export function readBranding(
  reseller: Pick<Reseller, "country" | "timeZone">,
  input: Record<string, unknown>,
): Result<SettingsChange> {
  const validated = validateFields(brandingFields, input)
  const { country = reseller.country } = validated.values
  const { values, errors } = readPhone(validated, "support_phone", country)
  const { name, support_name = null, support_email, support_phone = null, accent_color = null } = values
  if (errors.length > 0 || !name || !support_email) return { ok: false, errors }
  const branding = {
    name,
    supportName: support_name,
    supportEmail: support_email,
    supportPhone: support_phone,
    country,
    timeZone: values.time_zone ?? reseller.timeZone,
    accentColor: accent_color,
  }
  return { ok: true, value: { action: "reseller.company_changed", changes: branding, detail: name } }
}
