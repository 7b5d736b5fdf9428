const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz" // Crockford's base 32, in lowercase

const PREFIXES = [
  "att",
  "aud",
  "bil",
  "crd",
  "cus",
  "eml",
  "evt",
  "inv",
  "job",
  "key",
  "lgo",
  "psk",
  "res",
  "sbx",
  "trm",
  "usr",
  "whk",
] as const
type Prefix = (typeof PREFIXES)[number]

/** A new id such as `inv_01kc…`: prefix, 10 characters of time (ms), 16 random characters. Sorts by time. */
export function newId(prefix: Prefix, now: Date): string {
  const random = crypto.getRandomValues(new Uint8Array(16))
  return lowestId(prefix, now) + Array.from(random, (byte) => ALPHABET[byte % 32]).join("")
}

/** A new reference of a row in signed tokens: 8 random bytes in base64url. */
export function newReference(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("base64url")
}

/** Sorts before every id of this time, and after all earlier ids. */
export function lowestId(prefix: Prefix, at: Date): string {
  let time = at.getTime()
  let stamp = ""
  for (let i = 0; i < 10; i++) {
    stamp = ALPHABET[time % 32] + stamp
    time = Math.floor(time / 32)
  }
  return `${prefix}_${stamp}`
}
