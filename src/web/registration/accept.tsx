import type { Context } from "hono"
import { repairToken } from "../../domain/access/repair-token.ts"
import { switchAccount } from "../../domain/access/switch-account.ts"
import { PENDING_MINUTES } from "../../domain/factors/pending-sign-in.ts"
import type { FieldError } from "../../domain/failure.ts"
import { type AcceptedInvite, acceptInvite } from "../../domain/invites/accept.ts"
import { checkNewPassword, termsKey, type ValidLinkState } from "../../domain/invites/identify.ts"
import { openLink, recordProgress } from "../../domain/invites/link-state.ts"
import { currentUser } from "../../http/auth.ts"
import type { AppEnv } from "../../http/context.ts"
import { readForm } from "../../http/forms.ts"
import { redirect } from "../../http/htmx.ts"
import { chosenLocale, inviteMessages } from "../../http/language.ts"
import { deletePrivateCookie, readPrivateCookie, setPrivateCookie } from "../../http/private-cookies.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { keptFields } from "../../http/shown-again.ts"
import { continueAfterAllFactors, continueAfterPassword } from "../../http/start-session.ts"
import { href } from "../../routes.ts"
import { messagesFor } from "../../text/locales.ts"
import { respondToPasswordCheck } from "../ui/password-field.tsx"
import { NewRecoveryCodes } from "../ui/recovery-codes.tsx"
import { respondWithGuessLimit } from "./guess-limit.tsx"
import { LinkLayout } from "./layout.tsx"
import { respondWithLinkState } from "./states.tsx"

export const registerRoutes = new Router()

// The token matches the whole rest of the path, so that damaged links are repaired or explained.
registerRoutes.serve("registration.show", async (c) => {
  const { deps } = c.var
  const token = c.req.param("token")
  const repairedToken = await repairToken(deps.linkKeys, token, "registration")
  if (repairedToken) return redirect(c, href("registration.show", { token: repairedToken }))
  const sessionUser = await currentUser(c)
  const linkState = await openLink(deps, token, sessionUser?.user)
  const hasAccepted = linkState.state === "valid" && readPrivateCookie(c, "accepted_terms") === acceptedTerms(linkState)
  const values = { ...(hasAccepted && { accept_terms: "on" }), ...keptFields(c) }
  return respondWithLinkState(c, token, linkState, { values })
})

/** What this browser remembers between the two factors, so that nobody has to accept the same terms twice. */
const acceptedTerms = ({ invite, terms }: ValidLinkState) => `${invite.id} ${termsKey(terms)}`

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
    setPrivateCookie(c, "accepted_terms", acceptedTerms(result.linkState), PENDING_MINUTES * 60)
    return redirect(c, await continueAfterPassword(c, { user: result.user, nextPath, method: "invite" }))
  }
  if (!result.isAccepted) {
    const { linkState, errors } = result
    if (linkState.state !== "invalid") c.set("securitySubject", { inviteId: linkState.invite.id })
    logRefusedProof(c, errors)
    if (errors.length > 0) await recordProgress(deps, token, "started", sessionUser?.user)
    if (linkState.state === "needs_code") return respondWithLinkState(c, token, linkState, { status: 403 })
    return respondWithLinkState(c, token, linkState, { values, errors })
  }
  const { userId, customerId, linkState, recoveryCodes } = result
  const account = customerId ? { customerId } : { resellerId: linkState.reseller.id }
  if (readPrivateCookie(c, "accepted_terms")) deletePrivateCookie(c, "accepted_terms")
  const nextPath = href(customerId ? "account.show" : "dashboard.show")
  if (sessionUser) {
    await switchAccount(deps, { id: sessionUser.sessionId, userId }, account)
    return redirect(c, nextPath)
  }
  // A new session starts in the account that was joined last.
  await continueAfterAllFactors(c, { userId, nextPath, method: "invite" })
  return recoveryCodes.length > 0 ? showRecoveryCodes(c, { linkState, recoveryCodes, nextPath }) : redirect(c, nextPath)
})

type NewCodes = Pick<AcceptedInvite, "linkState" | "recoveryCodes"> & { nextPath: string }

/** Shows the codes once: the same form posted again leads to the page of an accepted invite. */
function showRecoveryCodes(c: Context<AppEnv>, { linkState, recoveryCodes, nextPath }: NewCodes) {
  const { invite, reseller } = linkState
  const t = messagesFor(invite.locale)
  const { platformName } = c.var.deps.config
  c.header("Cache-Control", "no-store")
  return c.html(
    <LinkLayout title={t.factors.recoveryCodes.title} {...{ t, reseller, platformName }}>
      <section class="stack" aria-label={t.factors.recoveryCodes.title}>
        <NewRecoveryCodes {...{ t, nextPath }} codes={recoveryCodes} isFirst />
      </section>
    </LinkLayout>,
  )
}

function logRefusedProof(c: Context<AppEnv>, errors: FieldError[]): void {
  const refused = errors.find(({ code }) => code === "wrong_password" || code === "passkey_refused")
  if (!refused) return
  const reason = refused.code === "wrong_password" ? "wrong_password" : "wrong_factor"
  logSecurityEvent(c, { event: "sign_in_failed", entrance: "invite", reason })
}

// Public/password-check.js asks this while a new password is typed.
registerRoutes.serve("registration.checkPassword", async (c) => {
  const { linkState, errors } = await checkNewPassword(c.var.deps, c.req.param("token"), await readForm(c))
  if (linkState.state === "invalid") return respondWithLinkState(c, c.req.param("token"), linkState)
  return respondToPasswordCheck(c, inviteMessages(c, linkState.invite), errors)
})

// Public/guest/progress.js posts these when a person does something on the page, and when they start filling in the form.
registerRoutes.serve("registration.opening", (c) => handleProgress(c, c.req.param("token"), "opened"))
registerRoutes.serve("registration.start", (c) => handleProgress(c, c.req.param("token"), "started"))

async function handleProgress(c: Context<AppEnv>, token: string, step: "opened" | "started") {
  const sessionUser = await currentUser(c)
  await recordProgress(c.var.deps, token, step, sessionUser?.user)
  return c.body(null, 204)
}
