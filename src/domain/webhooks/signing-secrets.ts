import type { Webhook } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import { masterSecretsOf } from "../master-secrets.ts"
import { SECRET_PREFIX } from "./signature.ts"

const SECRET_BITS = 256

/**
 * The signing secrets of a webhook, the current one first, in the format of Standard Webhooks: `whsec_` and base64. They are derived
 * from the secret of the deployment (HKDF, RFC 5869) and stored nowhere. While that is replaced, those of the previous one follow.
 */
export async function deriveSigningSecrets(
  { config, now }: Pick<Deps, "config" | "now">,
  webhook: Webhook,
): Promise<string[]> {
  const { id, secretVersion, previousSecretExpiresAt } = webhook
  const hasPrevious = previousSecretExpiresAt !== null && previousSecretExpiresAt > now()
  const versions = hasPrevious ? [secretVersion, secretVersion - 1] : [secretVersion]
  return Promise.all(
    masterSecretsOf({ config }).flatMap((master) => versions.map((version) => deriveSecret(master, id, version))),
  )
}

async function deriveSecret(masterSecret: string, id: string, version: number): Promise<string> {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const master = await crypto.subtle.importKey("raw", bytes(masterSecret), "HKDF", false, ["deriveBits"])
  const info = bytes(`vestibule webhook ${id} ${version}`)
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info }
  const secret = Buffer.from(await crypto.subtle.deriveBits(algorithm, master, SECRET_BITS))
  return SECRET_PREFIX + secret.toString("base64")
}
