import type { Deps } from "../domain/deps.ts"
import type { ClaimedWebhook } from "../domain/webhooks/attempts.ts"
import { signatureOf } from "../domain/webhooks/signature.ts"
import { deriveSigningSecrets } from "../domain/webhooks/signing-secrets.ts"

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
  const signatures = secrets.map((secret) => signatureOf(secret, { id: event.id, timestamp, body }))
  return {
    "webhook-id": event.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
  }
}
