import type { StaffActor } from "../../domain/access/actor.ts"
import { isSandboxId } from "../../text/sandbox-address.ts"

/** What people of a role have in common, in all live accounts or in all sandboxes. */
export type RoleInAccount = Pick<StaffActor, "kind" | "role"> & { isSandbox: boolean }

/** Builds a part of the pages once for each role, as all its people see it. */
export function oncePerRole<T>(build: (role: RoleInAccount) => T): (staff: StaffActor) => T {
  const live = new Map<StaffActor["role"], T>()
  const sandbox = new Map<StaffActor["role"], T>()
  return ({ kind, role, reseller }) => {
    const isSandbox = isSandboxId(reseller.id)
    const builtByRole = isSandbox ? sandbox : live
    const built = builtByRole.get(role) ?? build({ kind, role, isSandbox })
    builtByRole.set(role, built)
    return built
  }
}
