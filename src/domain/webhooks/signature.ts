import { createHmac, timingSafeEqual } from "node:crypto"

/** Before the base64 of a secret. */
export const SECRET_PREFIX = "whsec_"
const TOLERANCE_SECONDS = 5 * 60

type Signed = { id: string; timestamp: string; body: string | Uint8Array }

/**
 * The signature of a webhook according to Standard Webhooks 1.0. HMAC-SHA-256 by the runtime; the library of Standard Webhooks brings
 * its own SHA-256 in JavaScript.
 */
export function signatureOf(secret: string, { id, timestamp, body }: Signed): string {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), "base64")
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64")}`
}

/** True if one of the signatures, with spaces between them, is of this secret and the webhook was signed within five minutes. */
export function isSigned(secret: string, signed: Signed, signatures: string, now: Date): boolean {
  const age = now.getTime() / 1000 - Number(signed.timestamp)
  if (!/^\d+$/.test(signed.timestamp) || Math.abs(age) > TOLERANCE_SECONDS) return false
  const expected = Buffer.from(signatureOf(secret, signed))
  return signatures.split(" ").some((signature) => {
    const bytes = Buffer.from(signature)
    return bytes.length === expected.length && timingSafeEqual(bytes, expected)
  })
}
