import { createHmac } from "node:crypto"
import type { Deps } from "../domain/deps.ts"
import type { ClaimedWebhook } from "../domain/webhooks/attempts.ts"
import { deriveSigningSecrets, SECRET_PREFIX } from "../domain/webhooks/signing-secrets.ts"

/**
 * The headers that sign a webhook's body (Standard Webhooks 1.0): event id, time of the attempt and a signature by each secret,
 * of which there are two for a day after a rotation.
 */
export async function signatureHeaders(
  deps: Deps,
  { webhook, event }: Pick<ClaimedWebhook, "webhook" | "event">,
  body: string,
): Promise<Record<string, string>> {
  const now = deps.now()
  const secrets = await deriveSigningSecrets(deps, webhook)
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const signatures = secrets.map((secret) => sign(secret, `${event.id}.${timestamp}.${body}`))
  return {
    "webhook-id": event.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
  }
}

/** HMAC-SHA-256 by the runtime; the library of Standard Webhooks brings its own SHA-256 in JavaScript. */
function sign(secret: string, content: string): string {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), "base64")
  return `v1,${createHmac("sha256", key).update(content).digest("base64")}`
}
