import { timingSafeEqual } from "node:crypto"
import * as z from "zod"

// A token is 31 bytes, written as 42 characters of base64url:
//
//   1  header: format (2 bits), key id (3 bits), purpose (2 bits), way (1 bit); the format also tells the first four purposes from the others
//   8  reference: random, in a unique column of the row that the token is for
//   2  version
//   4  expiry in seconds since 1970
//  16  HMAC-SHA-256 of the bytes above, truncated (RFC 2104, 5)

const FORMAT = 1
const PURPOSES = ["registration", "decline", "password_reset", "email_change", "unsubscribe", "digest_off"] as const
const PURPOSES_PER_FORMAT = 4
const REFERENCE_BYTES = 8
const BODY_BYTES = 15
const MAC_BYTES = 16
const MIN_SECRET_BYTES = 32 // RFC 2104, 3: not shorter than the hash

export const MAX_KEY_ID = 7
export const TOKEN_LENGTH = Math.ceil(((BODY_BYTES + MAC_BYTES) * 8) / 6)

/** What a token may be used for. One for another purpose doesn't verify. */
export type TokenPurpose = (typeof PURPOSES)[number]

/** `reference`: 8 bytes in base64url. `via`: `email` proves access to a mailbox; `copy` may be in anyone's hands. */
export type TokenClaims = {
  purpose: TokenPurpose
  via: "email" | "copy"
  reference: string
  version: number
  expiresAt: Date
}

type LinkKey = { kid: number; secret: Uint8Array }

/** Signing keys, newest first: the first signs, all verify. */
export type LinkKeys = readonly LinkKey[]

const linkKeysSchema = z
  .array(z.object({ kid: z.int().min(0).max(MAX_KEY_ID), secret: z.string().min(1) }))
  .min(1)
  .refine((keys) => new Set(keys.map(({ kid }) => kid)).size === keys.length, "two keys have the same kid")

const parsedKeys = new Map<string, LinkKeys>()

/**
 * Parses the LINK_KEYS secret, once for each isolate: a JSON list of `{kid, secret}`, with a kid from 0 to 7 and the secret in
 * base64url. Throws if it isn't valid.
 */
export function parseLinkKeys(json: string): LinkKeys {
  const parsed = parsedKeys.get(json)
  if (parsed) return parsed
  const keys = linkKeysSchema.parse(JSON.parse(json)).map(({ kid, secret }) => {
    const bytes = new Uint8Array(Buffer.from(secret, "base64url"))
    if (bytes.length < MIN_SECRET_BYTES) throw new Error(`LINK_KEYS: the secret of key ${kid} is under 32 bytes`)
    return { kid, secret: bytes }
  })
  parsedKeys.set(json, keys)
  return keys
}

/** Signs a token, which is stored nowhere. Throws if the version or the expiry doesn't fit. */
export async function signToken(
  [key]: LinkKeys,
  { purpose, via, reference, version, expiresAt }: TokenClaims,
): Promise<string> {
  if (!key) throw new Error("there is no link key")
  const referenceBytes = Buffer.from(reference, "base64url")
  if (referenceBytes.length !== REFERENCE_BYTES) throw new Error("a reference has 8 bytes")
  const body = Buffer.alloc(BODY_BYTES)
  const index = PURPOSES.indexOf(purpose)
  const format = FORMAT + Math.floor(index / PURPOSES_PER_FORMAT)
  body.writeUInt8((format << 6) | (key.kid << 3) | ((index % PURPOSES_PER_FORMAT) << 1) | (via === "copy" ? 1 : 0), 0)
  body.set(referenceBytes, 1)
  body.writeUInt16BE(version, 9)
  body.writeUInt32BE(Math.floor(expiresAt.getTime() / 1000), 11)
  return Buffer.concat([body, await authenticationCode(key, body)]).toString("base64url")
}

/**
 * The claims of a token that we signed for this purpose, or undefined. With `now`, an expired token is refused too; without it,
 * the caller has to check `expiresAt`. Reads no storage.
 */
export async function verifyToken(
  keys: LinkKeys,
  token: string,
  purpose: TokenPurpose,
  now?: Date,
): Promise<TokenClaims | undefined> {
  const bytes = decodeToken(token)
  if (!bytes) return undefined
  const header = bytes.readUInt8(0)
  const key = keys.find(({ kid }) => kid === ((header >> 3) & MAX_KEY_ID))
  const index = ((header >> 6) - FORMAT) * PURPOSES_PER_FORMAT + ((header >> 1) & 3)
  if (PURPOSES[index] !== purpose || !key) return undefined
  const body = bytes.subarray(0, BODY_BYTES)
  if (!timingSafeEqual(await authenticationCode(key, body), bytes.subarray(BODY_BYTES))) return undefined
  const expiresAt = new Date(body.readUInt32BE(11) * 1000)
  if (now && expiresAt <= now) return undefined
  const reference = body.subarray(1, 1 + REFERENCE_BYTES).toString("base64url")
  return { purpose, via: header & 1 ? "copy" : "email", reference, version: body.readUInt16BE(9), expiresAt }
}

/** The bytes of a token. The last character has unused bits: of its equivalent spellings, only ours is accepted. */
function decodeToken(token: string): Buffer | undefined {
  if (token.length !== TOKEN_LENGTH) return undefined
  const bytes = Buffer.from(token, "base64url")
  return bytes.toString("base64url") === token ? bytes : undefined
}

/**
 * WebCrypto's `verify` takes no truncated code, so we compute it and compare with node:crypto's `timingSafeEqual`. That one of
 * `crypto.subtle` exists in workerd only, but the demo data is signed and verified in Node.
 */
async function authenticationCode(key: LinkKey, body: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", await importKey(key), body)).subarray(0, MAC_BYTES)
}

const importedKeys = new WeakMap<LinkKey, CryptoKey>()

/** Derives the key for this use (HKDF), once for each isolate, so that the secret can't sign in another context. */
async function importKey(key: LinkKey): Promise<CryptoKey> {
  const imported = importedKeys.get(key)
  if (imported) return imported
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: Buffer.from("vestibule token") }
  const secret = await crypto.subtle.importKey("raw", key.secret, "HKDF", false, ["deriveKey"])
  const hmac = { name: "HMAC", hash: "SHA-256", length: 256 }
  const derived = await crypto.subtle.deriveKey(derivation, secret, hmac, false, ["sign"])
  importedKeys.set(key, derived)
  return derived
}
