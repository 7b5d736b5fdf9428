import type { Deps } from "../deps.ts"

type KeyDeps = Pick<Deps, "config">

/** The key that signs challenges. */
export const challengeKey = (deps: KeyDeps) =>
  derivedKey(deps, "vestibule passkey challenges", { name: "HMAC", hash: "SHA-256", length: 256 }, ["sign", "verify"])

/** The key that encrypts the secrets of authenticator apps. */
export const authenticatorKey = (deps: KeyDeps) =>
  derivedKey(deps, "vestibule authenticator secrets", { name: "AES-GCM", length: 256 }, ["encrypt", "decrypt"])

/** The key that hashes the subjects of guess counts and signs the cookies of known browsers. */
export const guessKey = (deps: KeyDeps) =>
  derivedKey(deps, "vestibule guess counts", { name: "HMAC", hash: "SHA-256", length: 256 }, ["sign", "verify"])

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
