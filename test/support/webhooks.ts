import { env } from "cloudflare:workers"
import { recordDeliveryEvent } from "../../src/domain/mail/delivery-events.ts"
import { claim } from "../../src/domain/outbox/claim.ts"
import { createDeps } from "../../src/http/bindings.ts"
import { EVENT_TYPES } from "../../src/storage/schema.ts"
import { sendWebhook } from "../../src/webhooks/send.ts"
import { callApi, createApiKey, signInStaff, testEnv } from "./app.ts"
import { travel } from "./time.ts"

const deps = createDeps(testEnv, () => undefined)

export type ReceivedRequest = { url: string; headers: Record<string, string>; body: string }

type Respond = (request: ReceivedRequest) => Response | Promise<Response>

/** Sends the queued webhooks to a receiver that answers with `respond`, and returns the requests that it received. */
export async function deliverWebhooks(respond: Respond = () => new Response("ok")): Promise<ReceivedRequest[]> {
  const received: ReceivedRequest[] = []
  const post = async (url: string, init: RequestInit) => {
    const request = { url, headers: Object.fromEntries(new Headers(init.headers)), body: String(init.body) }
    received.push(request)
    return respond(request)
  }
  const { results } = await env.DB.prepare(
    "SELECT id FROM outbox WHERE kind = 'webhook' AND status = 'queued' ORDER BY id",
  ).all<{ id: string }>()
  // All are claimed at once, as with a queue.
  const claims = await Promise.all(results.map(({ id }) => claim(deps, id)))
  for (const claimed of claims) if (claimed?.kind === "webhook") await sendWebhook(deps, post, claimed)
  return received
}

/** Lets deliveries fail every twelve hours, for this many days. */
export async function failWebhooks(days: number): Promise<void> {
  for (let hours = 0; hours <= days * 24; hours += 12) {
    if (hours > 0) travel({ hours: 12 })
    await deliverWebhooks(() => new Response("", { status: 503 }))
  }
}

/** The types of the events that were received. */
export const eventTypes = (received: ReceivedRequest[]): string[] => received.map(({ body }) => JSON.parse(body).type)

/** A signed-in Admin, an API key, and a webhook for these events. */
export async function createWebhookFixture(events: readonly string[] = EVENT_TYPES) {
  const reseller = await signInStaff()
  const key = await createApiKey(reseller.resellerId)
  const created = await callApi({ key, path: "/webhooks", body: { url: "https://crm.example.com/hooks", events } })
  const { id, secret } = await created.json<{ id: string; secret: string }>()
  return { ...reseller, key, id, secret }
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
