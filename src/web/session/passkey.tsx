import { assertionOptions, usePasskey } from "../../domain/factors/passkeys.ts"
import { getSuspendedResellerName } from "../../domain/resellers/resellers.ts"
import { readForm } from "../../http/forms.ts"
import { localPath, redirect } from "../../http/htmx.ts"
import { browserMessages } from "../../http/language.ts"
import { readPrivateCookie, setPrivateCookie } from "../../http/private-cookies.ts"
import { Router } from "../../http/router.ts"
import { continueAfterAllFactors } from "../../http/start-session.ts"
import { href } from "../../routes.ts"
import { refuseSignIn, refuseSuspended } from "./sign-in.tsx"

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
    const detail = browserMessages(c).secondFactor.passkeyFailedAtSignIn
    return refuseSignIn(c, { reason: "wrong_factor", detail, next })
  }
  const name = await getSuspendedResellerName(c.var.deps, used.userId)
  c.set("securitySubject", { userId: used.userId })
  if (name) return refuseSuspended(c, { kind: "reseller_suspended", name }, { next })
  const nextPath = localPath(next) ?? href("dashboard.show")
  return redirect(c, await continueAfterAllFactors(c, { userId: used.userId, nextPath, method: "passkey" }))
})

/** The challenge is bound to the browser, so that an answer can't be used in another one. */
const challengeContext = (browserId: string) => ({ purpose: "sign_in" as const, binding: browserId })
