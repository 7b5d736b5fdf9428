import * as z from "zod"
import { listDeliveries, redeliver } from "../domain/webhooks/deliveries.ts"
import { sendTestEvent } from "../domain/webhooks/test-event.ts"
import { EVENT_TYPES, type WebhookAttempt, type WebhookDelivery, webhookDeliveries } from "../storage/schema.ts"
import { createRoute } from "./api-route.ts"
import { problems } from "./documented-problems.ts"
import { idempotent } from "./idempotency-key.ts"
import { ApiHono } from "./router.ts"
import { withSchemaName } from "./schema-name.ts"
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  idempotencyKeyHeader,
  idParam,
  idSchema,
  jsonBody,
  jsonResponse,
  listParams,
  listResponse,
  listSchema,
  POST_ERRORS,
  timestamp,
} from "./schemas.ts"

const Delivery = z
  .object({
    id: z.string().meta({ examples: ["evt_01kc3ym7a2f8q0v5r9d4t6w1zx_01kc3ym7a2f8q0v5r9d4t6w1zx"] }),
    event_id: z.string().meta({
      description: "The id of the event, which is its `webhook-id`.",
      examples: ["evt_01kc3ym7a2f8q0v5r9d4t6w1zx"],
    }),
    type: z.enum(EVENT_TYPES),
    test: z.boolean().meta({ description: "True for a test event." }),
    invite_id: idSchema("inv").nullable(),
    state: z.enum(["pending", "sending", "delivered", "failed", "cancelled"]).meta({
      description: "`failed`: retried for 24 hours without success. `cancelled`: the webhook was disabled or deleted.",
      examples: ["delivered"],
    }),
    attempt_count: z.int(),
    next_attempt_at: timestamp.nullable(),
    created_at: timestamp,
  })
  .apply(withSchemaName("WebhookDelivery"))
const DeliveryWithAttempts = Delivery.extend({
  attempts: z.array(
    z.object({
      at: timestamp,
      status: z
        .int()
        .nullable()
        .meta({ description: "Null if there was no response.", examples: [200] }),
      duration_ms: z
        .int()
        .meta({ description: "The time until the response, or until the attempt failed.", examples: [120] }),
      answer: z
        .string()
        .meta({ description: "The start of the response body, or an error message.", examples: ["Thank you."] }),
    }),
  ),
}).apply(withSchemaName("WebhookDeliveryWithAttempts"))

const DELIVERY_STATES = {
  queued: "pending",
  sending: "sending",
  sent: "delivered",
  failed: "failed",
  cancelled: "cancelled",
} as const

function toDelivery(delivery: WebhookDelivery): z.infer<typeof Delivery> {
  return {
    id: delivery.id,
    event_id: delivery.eventId,
    type: delivery.type,
    test: delivery.isTest,
    invite_id: delivery.inviteId,
    state: DELIVERY_STATES[delivery.status],
    attempt_count: delivery.attemptCount,
    next_attempt_at: delivery.status === "queued" ? delivery.nextAttemptAt.toISOString() : null,
    created_at: delivery.createdAt.toISOString(),
  }
}

const toAttempt = ({ attemptedAt, responseStatus, durationMs, responseBody }: WebhookAttempt) => ({
  at: attemptedAt.toISOString(),
  status: responseStatus,
  duration_ms: durationMs,
  answer: responseBody,
})

function toDeliveryWithAttempts(delivery: WebhookDelivery & { attempts: WebhookAttempt[] }) {
  return { ...toDelivery(delivery), attempts: delivery.attempts.map(toAttempt) }
}

const tags = ["Webhooks"]

const list = createRoute("api.webhooks.deliveries", {
  operationId: "listWebhookDeliveries",
  tags,
  summary: "List the deliveries of a webhook, newest first",
  request: { params: idParam("webhook"), query: listParams("evt") },
  responses: {
    200: jsonResponse(
      listSchema("WebhookDeliveryList", DeliveryWithAttempts),
      "A page of deliveries, each with its latest attempts.",
    ),
    ...problems(...COMMON_ERRORS, "not_found"),
  },
})

const redelivery = createRoute("api.webhooks.redeliver", {
  operationId: "redeliverWebhook",
  tags,
  summary: "Send an event again",
  request: {
    params: idParam("webhook").extend({ delivery_id: z.string().meta({ description: "The id of the delivery." }) }),
    headers: idempotencyKeyHeader,
  },
  responses: {
    202: jsonResponse(Delivery, "The delivery, which is on its way.", "Idempotency-Replayed"),
    ...problems(
      ...COMMON_ERRORS,
      ...POST_ERRORS,
      "body_too_large",
      "not_found",
      "webhook_disabled",
      "delivery_in_progress",
    ),
  },
})

const NewTestEvent = z
  .strictObject({ type: z.enum(EVENT_TYPES, `Use one of: ${EVENT_TYPES.join(", ")}.`) })
  .apply(withSchemaName("NewTestEvent"))

const test = createRoute("api.webhooks.test", {
  operationId: "testWebhook",
  tags,
  summary: "Send a test event",
  description:
    "Sends an event of this type to this webhook alone, even if it isn't subscribed to it. The event has `test: true` and invented ids.",
  request: { params: idParam("webhook"), headers: idempotencyKeyHeader, body: jsonBody(NewTestEvent) },
  responses: {
    202: jsonResponse(Delivery, "The delivery, which is on its way.", "Idempotency-Replayed"),
    ...problems(...COMMON_ERRORS, ...BODY_ERRORS, ...POST_ERRORS, "not_found", "webhook_disabled"),
  },
})

export const webhookDeliveryRoutes = new ApiHono()
  .openapi(list, (c) => {
    const { deps, apiKey } = c.var
    const { id } = c.req.valid("param")
    return listResponse(c, (page) => listDeliveries(deps, apiKey, id, page), toDeliveryWithAttempts)
  })
  .openapi(test, async (c) => {
    const { type } = c.req.valid("json")
    const { id } = c.req.valid("param")
    const { row } = await idempotent(c, webhookDeliveries, () => sendTestEvent(c.var.deps, c.var.apiKey, id, type))
    return c.json(toDelivery(row), 202)
  })
  .openapi(redelivery, async (c) => {
    const { id, delivery_id } = c.req.valid("param")
    const { row } = await idempotent(c, webhookDeliveries, () => redeliver(c.var.deps, c.var.apiKey, id, delivery_id))
    return c.json(toDelivery(row), 202)
  })
