import { eq } from "drizzle-orm"
import * as z from "zod"
import { type Reseller, resellers } from "../../storage/schema.ts"
import type { ApiKeyActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { Failure, type Result } from "../failure.ts"
import { isVersionConflict, retryConflicts } from "../retry-conflicts.ts"
import { requireVersion, type Versions } from "../versions.ts"
import { brandingFields, readBranding } from "./branding.ts"
import { changeSettings, type SettingsChange } from "./change-settings.ts"
import { inviteDefaultsFields, readInviteDefaults } from "./invite-defaults.ts"
import { securityChange } from "./security-settings.ts"

const securityFields = z.object({ requires_second_factor: z.boolean("Use true or false.") })

/** The settings that a program can change. */
export const settingsFields = z.object({
  ...brandingFields.shape,
  ...inviteDefaultsFields.shape,
  ...securityFields.shape,
})

/** The reseller of the key. Throws `forbidden`. */
export async function getSettings(deps: Deps, actor: ApiKeyActor): Promise<Reseller> {
  authorize(actor, "settings:read")
  return loadReseller(deps, actor)
}

/**
 * Updates only the given settings; with `versions`, only if they are at one of them. Invalid fields are returned; throws `forbidden`,
 * `version_conflict`, and `person_required` for no longer requiring a second factor: somebody with a stolen key must not do that.
 */
export function updateSettings(
  deps: Deps,
  actor: ApiKeyActor,
  patch: Record<string, unknown>,
  versions?: Versions,
): Promise<Result<Reseller>> {
  const attempt = () => attemptUpdate(deps, actor, patch, versions)
  return versions ? attempt() : retryConflicts(attempt, isVersionConflict)
}

async function attemptUpdate(
  deps: Deps,
  actor: ApiKeyActor,
  patch: Record<string, unknown>,
  versions: Versions,
): Promise<Result<Reseller>> {
  authorize(actor, "settings:write")
  const reseller = await loadReseller(deps, actor)
  const { settingsVersion } = reseller
  requireVersion(versions, settingsVersion)
  const changes = readChanges(reseller, patch)
  if (!changes.ok) return changes
  const isDifferent = changes.value.some((change) => isChange(reseller, change))
  if (!isDifferent) return { ok: true, value: reseller }
  const changed = await changeSettings(deps, actor, changes.value, settingsVersion)
  if (!changed) throw new Failure({ kind: "version_conflict" })
  return { ok: true, value: changed }
}

/** The changes that a patch describes, one for each page that it touches. */
function readChanges(reseller: Reseller, patch: Record<string, unknown>): Result<SettingsChange[]> {
  const input = { ...toSettings(reseller), ...patch }
  const touches = ({ shape }: z.ZodObject) => Object.keys(shape).some((field) => patch[field] !== undefined)
  const results = [
    ...(touches(brandingFields) ? [readBranding(reseller, input)] : []),
    ...(touches(inviteDefaultsFields) ? [readInviteDefaults(reseller, input)] : []),
  ]
  const errors = results.flatMap((result) => (result.ok ? [] : result.errors))
  if (errors.length > 0) return { ok: false, errors }
  const changes = results.flatMap((result) => (result.ok ? [result.value] : []))
  const { requires_second_factor: isRequired } = patch
  if (isRequired === false && reseller.requiresSecondFactor) throw new Failure({ kind: "person_required" })
  return { ok: true, value: [...changes, ...(isRequired === true ? [securityChange(true)] : [])] }
}

function isChange(reseller: Reseller, { changes }: SettingsChange): boolean {
  const columns: Record<string, unknown> = reseller
  return Object.entries(changes).some(([column, value]) => columns[column] !== value)
}

async function loadReseller({ db, read }: Deps, { reseller: { id } }: ApiKeyActor): Promise<Reseller> {
  const [[reseller]] = await read([db.select().from(resellers).where(eq(resellers.id, id))])
  if (!reseller) throw new Failure({ kind: "not_found" })
  return reseller
}

/** Settings under the names that forms and the API use. */
export const toSettings = (reseller: Reseller) => ({
  name: reseller.name,
  support_name: reseller.supportName,
  support_email: reseller.supportEmail,
  support_phone: reseller.supportPhone,
  country: reseller.country,
  time_zone: reseller.timeZone,
  accent_color: reseller.accentColor,
  default_expires_in_days: reseller.defaultExpiresInDays,
  locale: reseller.locale,
  reminders_enabled: reseller.remindersEnabled,
  terms_url: reseller.termsUrl,
  terms_version: reseller.termsVersion,
  requires_second_factor: reseller.requiresSecondFactor,
})
