import { createFactory } from "hono/factory"
import type { MemberActor, StaffActor } from "../domain/actor.ts"
import type { Deps } from "../domain/deps.ts"
import type { Identity } from "./identity.ts"

/** What every handler finds in its context. `staff` and `member` are there behind their guards only. */
export type Vestibule = {
  Bindings: Env
  Variables: {
    requestId: string
    deps: Deps
    identity: Identity
    staff: StaffActor
    member: MemberActor
  }
}

export const factory = createFactory<Vestibule>()
