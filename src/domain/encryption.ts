import type { Deps } from "./deps.ts"
import { type EncryptedKind, encryptionKey, previousEncryptionKey } from "./factors/keys.ts"

const IV_BYTES = 12

type Encrypted = {
  kind: EncryptedKind
  /** The id that the text belongs to: with another, it can't be decrypted. */
  ownerId: string
}

/** Encrypts bytes (AES-GCM) for one owner. The text begins with the id of the key. */
export async function encrypt(
  deps: Pick<Deps, "config">,
  { kind, ownerId }: Encrypted,
  bytes: Uint8Array,
): Promise<string> {
  const { id, key } = await encryptionKey(deps, kind)
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const encrypted = await crypto.subtle.encrypt(algorithm(iv, ownerId), key, bytes)
  return `${id}.${Buffer.concat([iv, Buffer.from(encrypted)]).toString("base64url")}`
}

/** What was encrypted; undefined if its key is gone or it isn't the owner's. */
export async function decrypt(
  deps: Pick<Deps, "config">,
  { kind, ownerId }: Encrypted,
  text: string,
): Promise<Uint8Array | undefined> {
  const [id, encoded = ""] = text.split(".")
  const keys = [await encryptionKey(deps, kind), await previousEncryptionKey(deps, kind)]
  const key = keys.find((candidate) => candidate?.id === id)?.key
  if (!key) return undefined
  const bytes = Buffer.from(encoded, "base64url")
  const [iv, content] = [bytes.subarray(0, IV_BYTES), bytes.subarray(IV_BYTES)]
  const decrypted = await crypto.subtle.decrypt(algorithm(iv, ownerId), key, content).catch(() => undefined)
  return decrypted && new Uint8Array(decrypted)
}

const algorithm = (iv: Uint8Array, ownerId: string) => ({
  name: "AES-GCM",
  iv,
  additionalData: new TextEncoder().encode(ownerId),
})
