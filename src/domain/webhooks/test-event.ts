import { eq, sql } from "drizzle-orm"
import { insertSelect } from "../../storage/insert-select.ts"
import { type EventType, events, type WebhookDelivery, webhookDeliveries, webhooks } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { exampleData } from "../events/example-data.ts"
import { newEventIds } from "../events/record-event.ts"
import { Failure } from "../failure.ts"
import { storeResponseStatements } from "../idempotency.ts"
import { enqueueStatement } from "../outbox/enqueue.ts"
import { isOwnWebhook } from "./webhooks.ts"

/**
 * Sends an event with invented ids, marked as a test, to one webhook, whatever it is subscribed to. Throws `forbidden`, `not_found` and
 * `webhook_disabled`.
 */
export async function sendTestEvent(
  deps: Deps,
  actor: ResellerActor,
  webhookId: string,
  type: EventType,
): Promise<WebhookDelivery> {
  authorize(actor, "webhooks:write")
  const { db, now } = deps
  const resellerId = actor.reseller.id
  const { id: eventId } = newEventIds(deps)
  const id = `${eventId}_${webhookId.slice(4)}`
  const isOwn = isOwnWebhook(actor, webhookId)
  const isEnabled = sql`EXISTS (SELECT 1 FROM ${webhooks} WHERE ${isOwn} AND ${webhooks.disabledAt} IS NULL)`
  const event = {
    id: eventId,
    resellerId,
    type,
    isPublic: false,
    isTest: true,
    data: exampleData(type),
    occurredAt: now(),
  }
  const delivery = { id, resellerId, kind: "webhook" as const, recipient: webhookId, eventId }
  const [, , [sent], [webhook]] = await commit(deps, [
    insertSelect(db, events, event, isEnabled),
    enqueueStatement(deps, { message: delivery, source: sql`WHERE ${isEnabled}` }),
    db.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id)),
    db.select({ id: webhooks.id }).from(webhooks).where(isOwn),
    ...storeResponseStatements(deps, webhookDeliveries, id, isEnabled),
  ])
  if (sent) return sent
  throw new Failure({ kind: webhook ? "webhook_disabled" : "not_found" })
}
