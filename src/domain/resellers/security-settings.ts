import type { StaffActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { changeSettings, type SettingsChange } from "./change-settings.ts"

/** The change to whether staff must have a second factor. */
export const securityChange = (requiresSecondFactor: boolean): SettingsChange => ({
  action: "reseller.security_changed",
  changes: { requiresSecondFactor },
  detail: requiresSecondFactor ? "second factor required" : "second factor optional",
})

/** Sets whether the reseller's staff must have a second factor. Those without one are led to set it up. Throws `forbidden`. */
export async function updateSecuritySettings(
  deps: Deps,
  actor: StaffActor,
  { requiresSecondFactor }: { requiresSecondFactor: boolean },
): Promise<void> {
  authorize(actor, "settings:write")
  await changeSettings(deps, actor, [securityChange(requiresSecondFactor)])
}
