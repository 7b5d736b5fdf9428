import { env } from "cloudflare:workers"
import { recordDeliveryEvent } from "../../src/domain/mail/delivery-events.ts"
import { claim } from "../../src/domain/outbox/claim.ts"
import { createDeps } from "../../src/http/bindings.ts"
import { sendWebhook } from "../../src/webhooks/send.ts"
import { testEnv } from "./app.ts"

const deps = createDeps(testEnv, () => undefined)

export type ReceivedRequest = { headers: Record<string, string>; body: string }

/** Sends each due delivery to a receiver that answers with `respond`. */
export async function deliverDueWebhooks(respond: (request: ReceivedRequest) => Response): Promise<void> {
  const { results } = await env.DB.prepare(
    "SELECT id FROM outbox WHERE kind = 'webhook' AND status = 'queued' ORDER BY id",
  ).all<{ id: string }>()
  for (const { id } of results) {
    const claimed = await claim(deps, id)
    if (claimed?.kind !== "webhook") continue
    const post = async (_url: string, init: RequestInit) =>
      respond({ headers: Object.fromEntries(new Headers(init.headers)), body: String(init.body) })
    await sendWebhook(deps, post, claimed)
  }
}

/** Reports what happened to the email that was sent last, as the provider does. */
export async function reportLatestEmail(kind: string, payload: object = {}): Promise<void> {
  const messageId = await env.DB.prepare(
    "SELECT message_id FROM outbox WHERE message_id IS NOT NULL ORDER BY id DESC LIMIT 1",
  ).first<string>("message_id")
  const type = `cf.email.sending.message.${kind}`
  await recordDeliveryEvent(
    deps,
    { type, payload: { eventId: crypto.randomUUID(), messageId, ...payload } },
    "fallback",
  )
}
