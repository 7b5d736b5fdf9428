import type { StaffActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { changeSettings } from "./change-settings.ts"

/** Sets whether the reseller's staff must have a second factor. Those without one are led to set it up. Throws `forbidden`. */
export async function updateSecuritySettings(
  deps: Deps,
  actor: StaffActor,
  { requiresSecondFactor }: { requiresSecondFactor: boolean },
): Promise<void> {
  authorize(actor, "settings:write")
  const detail = requiresSecondFactor ? "second factor required" : "second factor optional"
  await changeSettings(deps, actor, "reseller.security_changed", { requiresSecondFactor }, detail)
}
