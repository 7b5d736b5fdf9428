import { createHmac } from "node:crypto"
import type { Deps } from "../deps.ts"
import { masterSecretsOf } from "../master-secrets.ts"

type KeyDeps = Pick<Deps, "config">

const KEY_ID_LENGTH = 8

/** The key that signs challenges. */
export const challengeKey = (deps: KeyDeps) =>
  derivedKey(deps, "vestibule passkey challenges", { name: "HMAC", hash: "SHA-256", length: 256 }, ["sign", "verify"])

/** A key that encrypts what is stored of one kind, and the id that the encrypted texts name it by. */
type EncryptionKey = { id: string; key: CryptoKey }

/** What has an encryption key of its own. */
export type EncryptedKind = "authenticator secrets" | "sandbox emails"

/** The key that encrypts what is new. */
export async function encryptionKey(deps: KeyDeps, kind: EncryptedKind): Promise<EncryptionKey> {
  const label = `vestibule ${kind}`
  const key = await derivedKey(deps, label, { name: "AES-GCM", length: 256 }, ["encrypt", "decrypt"])
  const hash = createHmac("sha256", deps.config.masterSecret).update(`${label}: id`).digest("hex")
  return { id: hash.slice(0, KEY_ID_LENGTH), key }
}

/** The key of the previous secret of the deployment; undefined if there is none. */
export async function previousEncryptionKey(deps: KeyDeps, kind: EncryptedKind): Promise<EncryptionKey | undefined> {
  const [, previous] = withEachSecret(deps)
  return previous && encryptionKey(previous, kind)
}

/** The key that hashes the subjects of guess counts and signs the cookies of known browsers. */
export const guessKey = (deps: KeyDeps) =>
  derivedKey(deps, "vestibule guess counts", { name: "HMAC", hash: "SHA-256", length: 256 }, ["sign", "verify"])

/** The keys by which the cookie of a known browser can be signed, the current one first. */
export const guessKeys = (deps: KeyDeps) => Promise.all(withEachSecret(deps).map(guessKey))

/** The same with each secret of the deployment that counts as the current one. */
const withEachSecret = ({ config }: KeyDeps): KeyDeps[] =>
  masterSecretsOf({ config }).map((masterSecret) => ({ config: { ...config, masterSecret } }))

const derivedKeys = new Map<string, CryptoKey>()

/** A key that is derived from the secret of the deployment (HKDF, RFC 5869), once for each isolate. */
async function derivedKey(
  { config: { masterSecret } }: KeyDeps,
  label: string,
  algorithm: SubtleCryptoImportKeyAlgorithm,
  usages: string[],
): Promise<CryptoKey> {
  const cacheKey = `${label} ${masterSecret}`
  const cached = derivedKeys.get(cacheKey)
  if (cached) return cached
  const bytes = (text: string) => new TextEncoder().encode(text)
  const master = await crypto.subtle.importKey("raw", bytes(masterSecret), "HKDF", false, ["deriveKey"])
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: bytes(label) }
  const key = await crypto.subtle.deriveKey(derivation, master, algorithm, false, usages)
  derivedKeys.set(cacheKey, key)
  return key
}
