import crypto, { randomBytes, type ScryptOptions, timingSafeEqual } from "node:crypto"

/** The cost of scrypt: `N` steps in memory (a power of two), blocks of `r` · 128 bytes, `p` times. */
type Cost = { N: number; r: number; p: number }

// OWASP ASVS 5.0, appendix C: N=2^15, r=8, p=3 is one of its approved settings (32 MiB).
const COST: Cost = { N: 2 ** 15, r: 8, p: 3 }
/** No stored hash needs more memory: two hashes at once must fit beside the rest in the 128 MB of a Worker. */
const MEMORY_MAX = 48 * 1024 * 1024
/** Nor more work: someone who can write to the database must not be able to stop the Worker with one sign-in. */
const WORK_MAX = 4 * COST.N * COST.r * COST.p
const KEY_BYTES = 32
const SALT_BYTES = 16

/** NIST SP 800-63B-4, 3.1.1.2: at least 15 characters where the password is the only factor. Counted in code points of NFC. */
export const PASSWORD_MIN = 15
export const PASSWORD_MAX = 128
/** UTF-16 units of a password as it is sent. In NFC, a character of up to four units can become one code point. */
const RAW_MAX = PASSWORD_MAX * 4

/**
 * A password in the form that is measured and hashed: Unicode NFC, in which keyboards that write the same text differently agree
 * (NIST SP 800-63B-4, 3.1.1.2). Undefined if it is longer than any password; its length is checked before it is normalized.
 */
export function normalizePassword(password: string): string | undefined {
  if (password.length > RAW_MAX) return undefined
  const normalized = password.normalize("NFC")
  return passwordLength(normalized) > PASSWORD_MAX ? undefined : normalized
}

/** The length of a normalized password, in code points. */
export const passwordLength = (normalized: string): number => [...normalized].length

/** Hashes a password as `scrypt$<N>$<r>$<p>$<salt>$<key>`, the last two in base64url. Throws `RangeError` if it is too long. */
export async function hashPassword(password: string): Promise<string> {
  const normalized = normalizePassword(password)
  if (normalized === undefined) throw new RangeError("the password is too long")
  const salt = randomBytes(SALT_BYTES)
  const key = await deriveKey(normalized, salt, COST)
  return `scrypt$${COST.N}$${COST.r}$${COST.p}$${salt.toString("base64url")}$${key.toString("base64url")}`
}

/** True if the password has this hash. Compares in constant time. A password that is too long has none. */
export async function verifyPassword({ hash, password }: { hash: string; password: string }): Promise<boolean> {
  const stored = parseHash(hash)
  const normalized = normalizePassword(password)
  if (!stored || normalized === undefined) return false
  const actual = await deriveKey(normalized, stored.salt, stored.cost)
  return stored.key.length === actual.length && timingSafeEqual(stored.key, actual)
}

/** True if a hash was made at another cost than today's. */
export function isOutdatedHash(hash: string): boolean {
  const cost = parseHash(hash)?.cost
  return cost?.N !== COST.N || cost.r !== COST.r || cost.p !== COST.p
}

const HASH = /^scrypt\$(\d{1,7})\$([1-9]\d{0,2})\$([1-9]\d{0,2})\$([\w-]+)\$([\w-]+)$/

function parseHash(hash: string): { cost: Cost; salt: Buffer; key: Buffer } | undefined {
  const [, n, r, p, salt, key] = HASH.exec(hash) ?? []
  const cost = { N: Number(n), r: Number(r), p: Number(p) }
  if (!salt || !key || !isPlausible(cost)) return undefined
  return { cost, salt: Buffer.from(salt, "base64url"), key: Buffer.from(key, "base64url") }
}

const isPlausible = ({ N, r, p }: Cost): boolean =>
  N > 1 && Number.isInteger(Math.log2(N)) && memoryOf({ N, r, p }) <= MEMORY_MAX && N * r * p <= WORK_MAX

/** RFC 7914, 2: scrypt needs 128 · r bytes for each of its N steps and p blocks. */
const memoryOf = ({ N, r, p }: Cost) => 128 * r * (N + p)

function deriveKey(normalized: string, salt: Uint8Array, cost: Cost): Promise<Buffer> {
  const options: ScryptOptions = { ...cost, maxmem: MEMORY_MAX }
  return new Promise((resolve, reject) => {
    crypto.scrypt(normalized, salt, KEY_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
