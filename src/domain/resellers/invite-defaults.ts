import * as z from "zod"
import type { Reseller } from "../../storage/schema.ts"
import { localeField, localeName } from "../../text/locales.ts"
import { staffEn } from "../../text/staff/en.ts"
import type { StaffActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import type { FieldError, Result } from "../failure.ts"
import { expiresInDaysField } from "../invites/fields.ts"
import { optionalSingleLine, validateFields } from "../validation.ts"
import { changeSettings, type SettingsChange } from "./change-settings.ts"

export const inviteDefaultsFields = z.object({
  default_expires_in_days: expiresInDaysField,
  locale: localeField.optional(),
  reminders_enabled: z.boolean("Use true or false."),
  terms_url: optionalSingleLine(500).refine((url) => url === null || isHttps(url), staffEn.rules.https_url),
  terms_version: optionalSingleLine(40),
})

/** An address that people open, without a name or password in it. */
function isHttps(text: string): boolean {
  const url = URL.parse(text)
  return url?.protocol === "https:" && url.username === "" && url.password === ""
}

/**
 * Updates the defaults of new invites: expiry, language, reminders and terms. Without URL and version, the terms are those of the
 * deployment. Returns field errors; throws `forbidden`.
 */
export async function updateInviteDefaults(
  deps: Deps,
  actor: StaffActor,
  input: Record<string, unknown>,
): Promise<FieldError[]> {
  authorize(actor, "settings:write")
  const change = readInviteDefaults(actor.reseller, input)
  if (!change.ok) return change.errors
  await changeSettings(deps, actor, [change.value])
  return []
}

/** The change to the defaults that the input describes, or its field errors. */
export function readInviteDefaults(
  reseller: Pick<Reseller, "locale">,
  input: Record<string, unknown>,
): Result<SettingsChange> {
  const { values, errors } = validateFields(inviteDefaultsFields, input)
  const {
    default_expires_in_days: defaultExpiresInDays,
    locale = reseller.locale,
    reminders_enabled: remindersEnabled = false,
  } = values
  const { terms_url: termsUrl = null, terms_version: termsVersion = null } = values
  errors.push(...incompleteTermsErrors(termsUrl, termsVersion, errors))
  if (errors.length > 0 || !defaultExpiresInDays) return { ok: false, errors }
  const defaults = { defaultExpiresInDays, locale, remindersEnabled, termsUrl, termsVersion }
  const detail = [
    `${defaultExpiresInDays} days`,
    localeName(locale),
    remindersEnabled ? "reminders" : "no reminders",
    ...(termsVersion ? [`terms ${termsVersion}`] : []),
  ].join(", ")
  return { ok: true, value: { action: "reseller.invite_settings_changed", changes: defaults, detail } }
}

/** Terms need both a URL and a version. */
function incompleteTermsErrors(url: string | null, version: string | null, errors: FieldError[]): FieldError[] {
  if (Boolean(url) === Boolean(version) || errors.some(({ field }) => field.startsWith("terms_"))) return []
  if (url) return [{ field: "terms_version", code: "required", detail: staffEn.rules.terms_version }]
  return [{ field: "terms_url", code: "required", detail: staffEn.rules.terms_url }]
}
