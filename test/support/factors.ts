import { env } from "cloudflare:workers"
import { timeStep, totpCode } from "../../src/domain/factors/totp.ts"
import type { TotpAlgorithm } from "../../src/storage/schema.ts"
import { type Browser, hiddenField } from "./app.ts"
import { Authenticator, passkeyOptions } from "./authenticator.ts"
import { fromBase32 } from "./base32.ts"

export const codeAt = (secret: Uint8Array, steps = 0, algorithm: TotpAlgorithm = "sha256") =>
  totpCode(secret, timeStep(new Date()) + steps, algorithm)

/** Sets up an authenticator app through the profile. Returns its secret and the recovery codes. */
export async function setUpAuthenticator(browser: Browser, algorithm?: TotpAlgorithm) {
  const page = await browser.get("/profile/authenticator/new")
  const setup = await hiddenField(page.clone(), "setup")
  const secret = fromBase32(/id="manual-key"[^>]*>([A-Z2-7 ]+)</.exec(await page.text())?.[1] ?? "")
  const response = await browser.post("/profile/authenticator/new", { setup, code: codeAt(secret, 0, algorithm) })
  return { response, setup, secret, codes: recoveryCodesIn(await response.clone().text()) }
}

export function recoveryCodesIn(html: string): string[] {
  return /<textarea id="recovery-codes"[^>]*>([^<]*)</.exec(html)?.[1]?.trim().split("\n") ?? []
}

/** Adds a passkey through the profile. */
export async function addPasskey(browser: Browser, name = "Phone", authenticatorPromise = Authenticator.start()) {
  const authenticator = await authenticatorPromise
  const options = await passkeyOptions(await browser.get("/profile/passkeys/new"))
  const response = await browser.post("/profile/passkeys/new", { name, passkey: await authenticator.create(options) })
  return { authenticator, response, options }
}

/** Pretends that the person signed in, or last confirmed their identity, so many minutes ago. */
export async function ageSessions(minutes: number) {
  const at = Date.now() - minutes * 60_000
  await env.DB.prepare("UPDATE sessions SET created_at = ?1, confirmed_at = NULL").bind(at).run()
}

/** Pretends that everyone has just confirmed their identity. */
export async function confirmIdentityOfAll() {
  await env.DB.prepare("UPDATE sessions SET confirmed_at = ?1").bind(Date.now()).run()
}

/** Gives a user a passkey, without an authenticator. */
export async function insertPasskey(userId: string) {
  await env.DB.prepare(
    `INSERT INTO passkeys (id, user_id, credential_id, user_handle, public_key, sign_count, name, created_at)
     VALUES ('psk_' || ?1, ?1, ?1, 'h', '{}', 0, 'Phone', 0)`,
  )
    .bind(userId)
    .run()
}
