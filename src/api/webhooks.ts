import type { Context } from "hono"
import * as z from "zod"
import { deriveSigningSecrets } from "../domain/webhooks/signing-secrets.ts"
import { getWebhookWithStats, type WebhookStats } from "../domain/webhooks/stats.ts"
import {
  createWebhook,
  deleteWebhook,
  listWebhooks,
  rotateSecret,
  updateWebhook,
  webhookFields,
  webhookPatchFields,
} from "../domain/webhooks/webhooks.ts"
import type { AppEnv } from "../http/context.ts"
import { href } from "../routes.ts"
import { EVENT_TYPES, WEBHOOK_DISABLED_REASONS, type Webhook as WebhookRow, webhooks } from "../storage/schema.ts"
import { createRoute } from "./api-route.ts"
import { problems } from "./documented-problems.ts"
import { jsonWithEtag } from "./etag.ts"
import { idempotent, unwrap } from "./idempotency-key.ts"
import { ApiHono } from "./router.ts"
import { withSchemaName } from "./schema-name.ts"
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  conditionalPostHeaders,
  idempotencyKeyHeader,
  idParam,
  idSchema,
  ifMatchHeader,
  ifMatchVersions,
  jsonBody,
  jsonResponse,
  listParams,
  listResponse,
  listSchema,
  mergePatchBody,
  POST_ERRORS,
  readRawJson,
  timestamp,
} from "./schemas.ts"

const Webhook = z
  .object({
    id: idSchema("whk"),
    url: z.string().meta({ examples: ["https://crm.example.com/hooks/vestibule"] }),
    events: z.array(z.enum(EVENT_TYPES)).meta({ examples: [["invite.accepted", "customer.created"]] }),
    enabled: z.boolean().meta({ examples: [true] }),
    failing_since: timestamp
      .nullable()
      .meta({ description: "When deliveries began to fail; null if they succeed.", examples: [null] }),
    disabled_at: timestamp.nullable().meta({ examples: [null] }),
    disabled_because: z
      .enum(WEBHOOK_DISABLED_REASONS)
      .nullable()
      .meta({
        description:
          "`staff`: disabled by staff or through the API. `failures`: no successful delivery for three days. `gone`: the receiver answered 410.",
        examples: [null],
      }),
    created_at: timestamp,
  })
  .apply(withSchemaName("Webhook"))

const PeriodStats = z.object({
  attempts: z.int().meta({ examples: [12] }),
  successes: z.int().meta({ examples: [11] }),
  success_rate: z
    .number()
    .nullable()
    .meta({ description: "From 0 to 1; null without attempts.", examples: [0.917] }),
  average_latency_ms: z
    .int()
    .nullable()
    .meta({ description: "The average time to a successful response.", examples: [140] }),
  slowest_latency_ms: z
    .int()
    .nullable()
    .meta({ description: "The longest time to a successful response.", examples: [900] }),
})
const WebhookWithStats = Webhook.extend({
  last_24_hours: PeriodStats,
  last_7_days: PeriodStats,
})
  .meta({ description: "Attempts are counted by the hour." })
  .apply(withSchemaName("WebhookWithStats"))

const toPeriodStats = ({ attempts, successes, averageMs, slowestMs }: WebhookStats["day"]) => ({
  attempts,
  successes,
  success_rate: attempts > 0 ? Math.round((successes / attempts) * 1_000) / 1_000 : null,
  average_latency_ms: averageMs,
  slowest_latency_ms: slowestMs,
})

function toWebhook(row: WebhookRow): z.infer<typeof Webhook> {
  return {
    id: row.id,
    url: row.url,
    events: row.events,
    enabled: row.disabledAt === null,
    failing_since: row.failingSince?.toISOString() ?? null,
    disabled_at: row.disabledAt?.toISOString() ?? null,
    disabled_because: row.disabledReason,
    created_at: row.createdAt.toISOString(),
  }
}

const Secret = z.string().meta({
  description: "Verify each event with it, according to Standard Webhooks. Keep it secret.",
  examples: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAAAAAAAAAA="],
})
const WebhookWithSecret = Webhook.extend({ secret: Secret }).apply(withSchemaName("WebhookWithSecret"))
const NewSecret = z
  .object({
    secret: Secret,
    old_secret_until: timestamp.meta({ description: "Until then, events are also signed with the previous secret." }),
  })
  .apply(withSchemaName("NewSecret"))

const NewWebhook = z.strictObject(webhookFields.shape).apply(withSchemaName("NewWebhook"))
const WebhookPatch = z
  .strictObject(webhookPatchFields.shape)
  .partial()
  .meta({ description: "A JSON merge patch (RFC 7396): omitted fields stay as they are." })
  .apply(withSchemaName("WebhookPatch"))

const tags = ["Webhooks"]

const list = createRoute("api.webhooks.list", {
  operationId: "listWebhooks",
  tags,
  summary: "List webhooks, newest first",
  request: { query: listParams("whk") },
  responses: {
    200: jsonResponse(listSchema("WebhookList", Webhook), "A page of webhooks."),
    ...problems(...COMMON_ERRORS),
  },
})

const create = createRoute("api.webhooks.create", {
  operationId: "createWebhook",
  tags,
  summary: "Create a webhook",
  description:
    "We send events to its URL by POST, signed according to Standard Webhooks. A failed delivery is retried for 24 hours.",
  request: {
    headers: idempotencyKeyHeader,
    body: jsonBody(NewWebhook),
  },
  responses: {
    201: jsonResponse(
      WebhookWithSecret,
      "The webhook and its signing secret.",
      "Location",
      "ETag",
      "Idempotency-Replayed",
    ),
    ...problems(...COMMON_ERRORS, ...BODY_ERRORS, ...POST_ERRORS, "webhook_limit"),
  },
})

const read = createRoute("api.webhooks.show", {
  operationId: "getWebhook",
  tags,
  summary: "Get a webhook",
  request: { params: idParam("webhook") },
  responses: {
    200: jsonResponse(WebhookWithStats, "The webhook, and how its deliveries went.", "ETag"),
    ...problems(...COMMON_ERRORS, "not_found"),
  },
})

const update = createRoute("api.webhooks.update", {
  operationId: "updateWebhook",
  tags,
  summary: "Update, enable or disable a webhook",
  request: {
    params: idParam("webhook"),
    headers: ifMatchHeader,
    body: mergePatchBody(WebhookPatch),
  },
  responses: {
    200: jsonResponse(Webhook, "The updated webhook.", "ETag"),
    ...problems(...COMMON_ERRORS, ...BODY_ERRORS, "not_found", "version_conflict"),
  },
})

const remove = createRoute("api.webhooks.delete", {
  operationId: "deleteWebhook",
  tags,
  summary: "Delete a webhook",
  description: "Pending deliveries are cancelled.",
  request: { params: idParam("webhook"), headers: ifMatchHeader },
  responses: {
    204: { description: "Deleted." },
    ...problems(...COMMON_ERRORS, "body_too_large", "not_found", "version_conflict"),
  },
})

const rotate = createRoute("api.webhooks.rotateSecret", {
  operationId: "rotateWebhookSecret",
  tags,
  summary: "Rotate the signing secret",
  description: "For 24 hours, events are signed with both secrets, so that your receiver can switch to the new one.",
  request: { params: idParam("webhook"), headers: conditionalPostHeaders },
  responses: {
    201: jsonResponse(NewSecret, "The new secret. The `ETag` is that of the webhook.", "ETag", "Idempotency-Replayed"),
    ...problems(
      ...COMMON_ERRORS,
      ...POST_ERRORS,
      "body_too_large",
      "not_found",
      "secret_rotation_pending",
      "version_conflict",
    ),
  },
})

export const webhookRoutes = new ApiHono()
  .openapi(list, (c) => listResponse(c, (page) => listWebhooks(c.var.deps, c.var.apiKey, page), toWebhook))
  .openapi(create, async (c) => {
    const { deps, apiKey } = c.var
    const { row } = await idempotent(c, webhooks, () => createWebhook(deps, apiKey, c.req.valid("json")))
    c.header("Location", href("api.webhooks.show", { id: row.id }))
    return jsonWithEtag(c, { ...toWebhook(row), secret: await getSigningSecret(c, row) }, 201, row.version)
  })
  .openapi(read, async (c) => {
    const { webhook, stats } = await getWebhookWithStats(c.var.deps, c.var.apiKey, c.req.valid("param").id)
    const periods = { last_24_hours: toPeriodStats(stats.day), last_7_days: toPeriodStats(stats.week) }
    return jsonWithEtag(c, { ...toWebhook(webhook), ...periods }, 200, webhook.version)
  })
  .openapi(update, async (c) => {
    const { deps, apiKey } = c.var
    const patch = await readRawJson(c)
    const row = unwrap(await updateWebhook(deps, apiKey, c.req.valid("param").id, patch, ifMatchVersions(c)))
    return jsonWithEtag(c, toWebhook(row), 200, row.version)
  })
  .openapi(remove, async (c) => {
    await deleteWebhook(c.var.deps, c.var.apiKey, c.req.valid("param").id, ifMatchVersions(c))
    return c.body(null, 204)
  })
  .openapi(rotate, async (c) => {
    const { deps, apiKey } = c.var
    const { row } = await idempotent(c, webhooks, () =>
      rotateSecret(deps, apiKey, c.req.valid("param").id, ifMatchVersions(c)),
    )
    const previousSecretExpiresAt = row.previousSecretExpiresAt ?? deps.now()
    const rotated = { secret: await getSigningSecret(c, row), old_secret_until: previousSecretExpiresAt.toISOString() }
    return jsonWithEtag(c, rotated, 201, row.version)
  })

async function getSigningSecret(c: Context<AppEnv>, row: WebhookRow): Promise<string> {
  const [secret = ""] = await deriveSigningSecrets(c.var.deps, row)
  return secret
}
