import { createHmac, timingSafeEqual } from "node:crypto"
import type { TotpAlgorithm } from "../../storage/schema.ts"

// Time-based one-time passwords (RFC 6238). We ask for HMAC-SHA-256. Apps that know only HMAC-SHA-1, the default of the RFC, ignore
// that; the code that a person enters during the setup shows which one their app uses.

const STEP_SECONDS = 30
const DIGITS = 6
/** Codes of the neighboring steps count too, because clocks drift. */
const DRIFT_STEPS = 1
const SECRET_BYTES = 20 // RFC 4226, 4: 160 bits. A longer secret would be harder to type
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

export const TOTP_PATTERN = new RegExp(`^\\d{${DIGITS}}$`)

export const newTotpSecret = (): Uint8Array => crypto.getRandomValues(new Uint8Array(SECRET_BYTES))

/** The code of a time step. */
export function totpCode(secret: Uint8Array, step: number, algorithm: TotpAlgorithm): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const hmac = createHmac(algorithm, secret).update(counter).digest()
  const offset = (hmac.at(-1) ?? 0) & 15
  return String((hmac.readUInt32BE(offset) & 0x7fffffff) % 10 ** DIGITS).padStart(DIGITS, "0")
}

export const timeStep = (now: Date) => Math.floor(now.getTime() / 1000 / STEP_SECONDS)

type Totp = { secret: Uint8Array; algorithm: TotpAlgorithm }

/** The step whose code this is, if that step is near and later than `lastStep`. */
export function matchingStep(
  { secret, algorithm }: Totp,
  code: string,
  now: Date,
  lastStep: number,
): number | undefined {
  if (!TOTP_PATTERN.test(code)) return undefined
  const current = timeStep(now)
  const steps = Array.from({ length: 2 * DRIFT_STEPS + 1 }, (_, i) => current - DRIFT_STEPS + i)
  return steps.find(
    (step) => timingSafeEqual(Buffer.from(totpCode(secret, step, algorithm)), Buffer.from(code)) && step > lastStep,
  )
}

/** A secret as people type it into an app (RFC 4648, 6). */
export function toBase32(bytes: Uint8Array): string {
  let text = ""
  let buffered = 0
  let bits = 0
  for (const byte of bytes) {
    buffered = (buffered << 8) | byte
    bits += 8
    for (; bits >= 5; bits -= 5) text += BASE32[(buffered >>> (bits - 5)) & 31]
    buffered &= (1 << bits) - 1
  }
  return bits > 0 ? text + BASE32[(buffered << (5 - bits)) & 31] : text
}

/** The URI that authenticator apps read from a QR code. */
export function totpUri(secret: Uint8Array, issuer: string, account: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`
  const query = new URLSearchParams({ secret: toBase32(secret), issuer, algorithm: "SHA256" })
  return `otpauth://totp/${label}?${query.toString().replaceAll("+", "%20")}`
}
