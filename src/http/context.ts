import { createFactory } from "hono/factory"
import type { ApiKeyActor, MemberActor, StaffActor } from "../domain/actor.ts"
import type { Deps } from "../domain/deps.ts"
import type { KeptAnswer } from "../domain/kept-answers.ts"
import type { Identity } from "./identity.ts"

/** What every handler finds in its context. `staff`, `member`, `session` and `apiKey` are there behind their guards only. */
export type Vestibule = {
  Bindings: Env
  Variables: {
    requestId: string
    deps: Deps
    identity: Identity
    staff: StaffActor
    member: MemberActor
    /** Of whoever is signed in: which accounts they chose is kept there. */
    session: { id: string; userId: string }
    apiKey: ApiKeyActor
    /** What this request did when it was sent before. */
    kept: KeptAnswer | undefined
  }
}

export const factory = createFactory<Vestibule>()
