import type { Context } from "hono"
import { assertionOptions, usePasskey } from "../../domain/factors/passkeys.ts"
import { Failure } from "../../domain/failure.ts"
import { getSuspendedResellerName } from "../../domain/resellers/resellers.ts"
import type { AppEnv } from "../../http/context.ts"
import { readForm } from "../../http/forms.ts"
import { localPath, redirect } from "../../http/htmx.ts"
import { browserMessages } from "../../http/language.ts"
import { readPrivateCookie, setPrivateCookie } from "../../http/private-cookies.ts"
import { Router } from "../../http/router.ts"
import { logSecurityEvent } from "../../http/security-log.ts"
import { continueAfterAllFactors } from "../../http/start-session.ts"
import { href } from "../../routes.ts"
import { renderSignIn } from "./sign-in.tsx"

const COOKIE_SECONDS = 3600
const BROWSER_ID_BYTES = 16

export const passkeySignInRoutes = new Router()

// public/passkeys.js requests this when the sign-in page is shown, and again before the challenge expires.
passkeySignInRoutes.serve("session.passkeyOptions", async (c) => {
  const browserId =
    readPrivateCookie(c, "passkey_browser") ??
    Buffer.from(crypto.getRandomValues(new Uint8Array(BROWSER_ID_BYTES))).toString("base64url")
  setPrivateCookie(c, "passkey_browser", browserId, COOKIE_SECONDS)
  c.header("Cache-Control", "no-store")
  return c.json(await assertionOptions(c.var.deps, challengeContext(browserId)))
})

// A passkey proves both factors: the device, and its PIN or the person's biometrics.
passkeySignInRoutes.serve("session.createWithPasskey", async (c) => {
  const { passkey = "", next } = await readForm(c)
  const browserId = readPrivateCookie(c, "passkey_browser")
  const used = browserId ? await usePasskey(c.var.deps, passkey, challengeContext(browserId)) : undefined
  if (!used?.ok) {
    logSecurityEvent(c, { event: "sign_in_failed", entrance: "sign_in", reason: "wrong_factor" })
    return refuse(c, next)
  }
  const name = await getSuspendedResellerName(c.var.deps, used.userId)
  if (name) throw new Failure({ kind: "reseller_suspended", name })
  const nextPath = localPath(next) ?? href("dashboard.show")
  return redirect(c, await continueAfterAllFactors(c, { userId: used.userId, nextPath, method: "passkey" }))
})

/** The challenge is bound to the browser, so that an answer can't be used in another one. */
const challengeContext = (browserId: string) => ({ purpose: "sign_in" as const, binding: browserId })

function refuse(c: Context<AppEnv>, next: string | undefined) {
  const detail = browserMessages(c).secondFactor.passkeyFailedAtSignIn
  const errors = [{ field: "password", code: "passkey_refused" as const, detail }]
  return renderSignIn(c, { form: { values: {}, errors }, next, status: 422 })
}
