import type { Deps } from "../deps.ts"

type KeyDeps = Pick<Deps, "config">

/** The key that signs challenges, derived from the secret of the deployment (HKDF, RFC 5869). */
export const challengeKey = (deps: KeyDeps) =>
  deriveKey(deps, "vestibule passkey challenges", { name: "HMAC", hash: "SHA-256", length: 256 }, ["sign", "verify"])

/** The key that encrypts the secrets of authenticator apps. */
export const authenticatorKey = (deps: KeyDeps) =>
  deriveKey(deps, "vestibule authenticator secrets", { name: "AES-GCM", length: 256 }, ["encrypt", "decrypt"])

async function deriveKey(
  { config }: KeyDeps,
  label: string,
  algorithm: SubtleCryptoImportKeyAlgorithm,
  usages: string[],
): Promise<CryptoKey> {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const master = await crypto.subtle.importKey("raw", bytes(config.masterSecret), "HKDF", false, ["deriveKey"])
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: bytes(label) }
  return crypto.subtle.deriveKey(derivation, master, algorithm, false, usages)
}
