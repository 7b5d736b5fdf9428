import type { Context } from "hono"
import { repairToken } from "../../domain/access/repair-token.ts"
import { switchAccount } from "../../domain/access/switch-account.ts"
import type { FieldError } from "../../domain/failure.ts"
import { acceptInvite } from "../../domain/invites/accept.ts"
import { openLink, recordProgress } from "../../domain/invites/link-state.ts"
import { currentUser } from "../../http/auth.ts"
import type { AppEnv } from "../../http/context.ts"
import { readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { chosenLocale } from "../../http/language.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { continueAfterAllFactors, continueAfterPassword } from "../../http/start-session.ts"
import { keptFields } from "../../http/switch-language.ts"
import { href } from "../../routes.ts"
import { respondWithGuessLimit } from "./guess-limit.tsx"
import { respondWithLinkState } from "./states.tsx"

export const registerRoutes = new Router()

// The token matches the whole rest of the path, so that damaged links are repaired or explained.
registerRoutes.serve("registration.show", async (c) => {
  const { deps } = c.var
  const token = c.req.param("token")
  const repairedToken = await repairToken(deps.linkKeys, token, "registration")
  if (repairedToken) return redirect(c, href("registration.show", { token: repairedToken }))
  const sessionUser = await currentUser(c)
  return respondWithLinkState(c, token, await openLink(deps, token, sessionUser?.user), { values: keptFields(c) })
})

registerRoutes.serve("registration.accept", async (c) => {
  const { deps } = c.var
  const token = c.req.param("token")
  const values = await readForm(c)
  const sessionUser = await currentUser(c)
  const result = await acceptInvite(deps, token, values, {
    signedInUser: sessionUser?.user,
    locale: chosenLocale(c),
  }).catch((error) => respondWithGuessLimit(c, error, { token, values }))
  if (result instanceof Response) return result
  if (!result.isAccepted && result.needsSecondFactor) {
    const nextPath = href("registration.show", { token })
    return redirect(c, await continueAfterPassword(c, { user: result.user, nextPath, method: "invite" }))
  }
  if (!result.isAccepted) {
    const { linkState, errors } = result
    logRefusedProof(c, errors)
    if (errors.length > 0) await recordProgress(deps, token, "started", sessionUser?.user)
    if (linkState.state === "needs_code") return respondWithLinkState(c, token, linkState, { status: 403 })
    return respondWithLinkState(c, token, linkState, { values, errors })
  }
  const { userId, resellerId, customerId } = result
  const account = customerId ? { customerId } : { resellerId }
  const nextPath = href(customerId ? "account.show" : "dashboard.show")
  if (sessionUser) {
    await switchAccount(deps, { id: sessionUser.sessionId, userId }, account)
    return redirect(c, nextPath)
  }
  // A new session starts in the account that was joined last.
  return redirect(c, await continueAfterAllFactors(c, { userId, nextPath, method: "invite" }))
})

function logRefusedProof(c: Context<AppEnv>, errors: FieldError[]): void {
  const refused = errors.find(({ code }) => code === "wrong_password" || code === "passkey_refused")
  if (!refused) return
  const reason = refused.code === "wrong_password" ? "wrong_password" : "wrong_factor"
  logSecurityEvent(c, { event: "sign_in_failed", entrance: "invite", reason })
}

// The form posts these through htmx when it is shown, and when someone starts filling it in.
registerRoutes.serve("registration.opening", (c) => handleProgress(c, c.req.param("token"), "opened"))
registerRoutes.serve("registration.start", (c) => handleProgress(c, c.req.param("token"), "started"))

async function handleProgress(c: Context<AppEnv>, token: string, step: "opened" | "started") {
  const sessionUser = await currentUser(c)
  await recordProgress(c.var.deps, token, step, sessionUser?.user)
  return c.body(null, 204)
}
