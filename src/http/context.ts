import { createFactory } from "hono/factory"
import type { ApiKeyActor, MemberActor, StaffActor } from "../domain/access/actor.ts"
import type { SessionUser } from "../domain/access/session-user.ts"
import type { Deps } from "../domain/deps.ts"
import type { SecuritySubject } from "../domain/events/security-entries.ts"
import type { StoredResponse } from "../domain/idempotency.ts"
import type { NotedDatabase } from "../storage/noted-database.ts"
import type { Locale } from "../text/locales.ts"
import type { Auth } from "./better-auth.ts"

/** The context of every handler. `staff`, `member`, `sessionUser` and `apiKey` are set only after their middleware. */
export type AppEnv = {
  Bindings: Env
  Variables: {
    requestId: string
    deps: Deps
    auth: Auth
    /** The database of `deps` in a form, and in a page that a replica may serve (bookmark.ts). */
    notedDatabase: NotedDatabase | undefined
    staff: StaffActor
    member: MemberActor
    sessionUser: SessionUser
    /** Proves that the session is as the request was handled with it (session-proof.ts); undefined if there is nothing left to prove. */
    ensureProven: (() => Promise<void>) | undefined
    apiKey: ApiKeyActor
    isOperator: boolean | undefined
    /** Whom security events of this request are about, if nobody is signed in. */
    securitySubject: SecuritySubject | undefined
    /** The language of the invite that a page is about. */
    inviteLocale: Locale | undefined
    /** The stored response to an earlier request with the same idempotency key. */
    storedResponse: StoredResponse | undefined
    /** True once the response to this request is stored under its idempotency key. */
    isResponseStored: boolean | undefined
  }
}

export const factory = createFactory<AppEnv>()
