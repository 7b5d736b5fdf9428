import { Webhook as Signer } from "standardwebhooks"
import type { Deps } from "../domain/deps.ts"
import type { ClaimedMessage } from "../domain/outbox/claim.ts"
import { deriveSigningSecrets } from "../domain/webhooks/signing-secrets.ts"

type ClaimedWebhook = Extract<ClaimedMessage, { kind: "webhook" }>

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
  const signatures = secrets.map((secret) => new Signer(secret).sign(event.id, now, body))
  return {
    "webhook-id": event.id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
    "webhook-signature": signatures.join(" "),
  }
}
