import { createFactory } from "hono/factory"
import type { ApiKeyActor, MemberActor, StaffActor } from "../domain/access/actor.ts"
import type { Deps } from "../domain/deps.ts"
import type { StoredResponse } from "../domain/idempotency.ts"
import type { Auth } from "./better-auth.ts"

/** What every handler finds in its context. `staff`, `member`, `session` and `apiKey` are there behind their guards only. */
export type AppEnv = {
  Bindings: Env
  Variables: {
    requestId: string
    deps: Deps
    auth: Auth
    staff: StaffActor
    member: MemberActor
    /** Of whoever is signed in: which accounts they chose is kept there. */
    session: { id: string; userId: string }
    apiKey: ApiKeyActor
    /** What this request did when it was sent before. */
    storedResponse: StoredResponse | undefined
  }
}

export const factory = createFactory<AppEnv>()
