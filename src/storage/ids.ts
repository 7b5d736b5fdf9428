const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz" // Crockford's base 32, in lower case

const PREFIXES = [
  "att",
  "aud",
  "bil",
  "crd",
  "cus",
  "eml",
  "evt",
  "inv",
  "key",
  "lgo",
  "not",
  "res",
  "sub",
  "trm",
  "usr",
  "whk",
] as const
type Prefix = (typeof PREFIXES)[number]

/** A new id such as `inv_01kc…`: prefix, 10 characters of time (ms), 16 of randomness. Sorts by time. */
export function newId(prefix: Prefix, now: Date): string {
  let time = now.getTime()
  let stamp = ""
  for (let i = 0; i < 10; i++) {
    stamp = ALPHABET[time % 32] + stamp
    time = Math.floor(time / 32)
  }
  const random = crypto.getRandomValues(new Uint8Array(16))
  return `${prefix}_${stamp}${Array.from(random, (byte) => ALPHABET[byte % 32]).join("")}`
}
