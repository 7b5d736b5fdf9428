import crypto, { randomBytes, type ScryptOptions, timingSafeEqual } from "node:crypto"

// OWASP Password Storage Cheat Sheet, scrypt: N=2^14, r=8, p=5 is one of its equivalent minimum settings (16 MiB).
const SCRYPT_OPTIONS: ScryptOptions = { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 }
const KEY_BYTES = 32
const SALT_BYTES = 16

/** NIST SP 800-63B-4, 3.1.1.2: at least 15 characters where the password is the only factor. */
export const PASSWORD_MIN = 15
export const PASSWORD_MAX = 128

/** Hashes a password as `scrypt$<salt>$<key>`, both in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const key = await deriveKey(password, salt)
  return `scrypt$${salt.toString("base64url")}$${key.toString("base64url")}`
}

/** True if the password has this hash. Compares in constant time. */
export async function verifyPassword({ hash, password }: { hash: string; password: string }): Promise<boolean> {
  const [scheme, salt, key] = hash.split("$")
  if (scheme !== "scrypt" || !salt || !key) return false
  const expected = Buffer.from(key, "base64url")
  const actual = await deriveKey(password, Buffer.from(salt, "base64url"))
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

function deriveKey(password: string, salt: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    crypto.scrypt(password.normalize("NFKC"), salt, KEY_BYTES, SCRYPT_OPTIONS, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}
