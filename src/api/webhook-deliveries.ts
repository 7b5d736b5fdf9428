import * as z from "zod"
import { pageOfDeliveries, redeliver } from "../domain/webhook-deliveries.ts"
import { type OutboxRow, outbox, WEBHOOK_EVENTS, type WebhookAttempt } from "../storage/schema.ts"
import { ApiHono, createRoute } from "./api-hono.ts"
import { once } from "./idempotency.ts"
import { keyed } from "./key-guard.ts"
import { named } from "./named.ts"
import { problems } from "./problems.ts"
import { ANY_CALL, ANY_POST, idempotencyKey, idOf, json, listOf, listQuery, pathId, time } from "./shapes.ts"

const Delivery = z
  .object({
    id: z.string().meta({ examples: ["evt_01kc3ym7a2f8q0v5r9d4t6w1zx_01kc3ym7a2f8q0v5r9d4t6w1zx"] }),
    type: z.enum(WEBHOOK_EVENTS),
    invite_id: idOf("inv").nullable(),
    state: z.enum(["waiting", "sending", "delivered", "failed", "cancelled"]).meta({
      description: "`failed`: tried for a day. `cancelled`: the webhook was switched off.",
      examples: ["delivered"],
    }),
    attempt_count: z.int(),
    next_attempt_at: time.nullable(),
    created_at: time,
  })
  .apply(named("WebhookDelivery"))
const DeliveryWithAttempts = Delivery.extend({
  attempts: z.array(
    z.object({
      at: time,
      status: z
        .int()
        .nullable()
        .meta({ description: "Null when there was no answer.", examples: [200] }),
      answer: z.string().meta({ description: "The beginning of the answer, or what went wrong." }),
    }),
  ),
}).apply(named("WebhookDeliveryWithAttempts"))

const STATES = {
  queued: "waiting",
  sending: "sending",
  sent: "delivered",
  failed: "failed",
  cancelled: "cancelled",
} as const

function toDelivery(row: OutboxRow): z.infer<typeof Delivery> {
  return {
    id: row.id,
    type: JSON.parse(row.payload ?? "{}").type,
    invite_id: row.inviteId,
    state: STATES[row.status],
    attempt_count: row.attempts,
    next_attempt_at: row.status === "queued" ? row.nextAttemptAt.toISOString() : null,
    created_at: row.createdAt.toISOString(),
  }
}

const toAttempt = ({ attemptedAt, responseStatus, responseBody }: WebhookAttempt) => ({
  at: attemptedAt.toISOString(),
  status: responseStatus,
  answer: responseBody,
})

const tags = ["Webhooks"]
const scope = keyed("webhooks:write")

const deliveries = createRoute({
  method: "get",
  path: "/webhooks/{id}/deliveries",
  operationId: "listWebhookDeliveries",
  tags,
  summary: "List what was sent to a webhook, newest first",
  ...scope,
  request: { params: pathId("webhook"), query: listQuery("evt") },
  responses: {
    200: json(
      listOf("WebhookDeliveryList", DeliveryWithAttempts),
      "A page of deliveries, each with its newest attempts.",
    ),
    ...problems(...ANY_CALL, "invalid_fields", "not_found"),
  },
})

const again = createRoute({
  method: "post",
  path: "/webhooks/{id}/deliveries/{delivery_id}/redeliveries",
  operationId: "redeliverWebhook",
  tags,
  summary: "Send an event once more",
  ...scope,
  request: {
    params: pathId("webhook").extend({ delivery_id: z.string().meta({ description: "The id of the delivery." }) }),
    headers: idempotencyKey,
  },
  responses: {
    202: json(Delivery, "It is on its way.", "Idempotency-Replayed"),
    ...problems(...ANY_CALL, ...ANY_POST, "body_too_large", "not_found", "webhook_disabled", "delivery_in_progress"),
  },
})

export const webhookDeliveryCalls = new ApiHono()
  .openapi(deliveries, async (c) => {
    const { limit, cursor } = c.req.valid("query")
    const asked = { before: cursor, size: limit }
    const { rows, next } = await pageOfDeliveries(c.var.deps, c.var.apiKey, c.req.valid("param").id, asked)
    const data = rows.map(({ row, attempts }) => ({ ...toDelivery(row), attempts: attempts.map(toAttempt) }))
    return c.json({ data, next_cursor: next ?? null }, 200)
  })
  .openapi(again, async (c) => {
    const { id, delivery_id } = c.req.valid("param")
    const { row } = await once(c, outbox, () => redeliver(c.var.deps, c.var.apiKey, id, delivery_id))
    return c.json(toDelivery(row), 202)
  })
