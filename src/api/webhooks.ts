import type { Context } from "hono"
import * as z from "zod"
import {
  changeWebhook,
  createWebhook,
  findWebhook,
  pageOfWebhooks,
  removeWebhook,
  rotateSecret,
  secretsOf,
  webhookChanges,
  webhookFields,
} from "../domain/webhooks.ts"
import type { Vestibule } from "../http/context.ts"
import { WEBHOOK_EVENTS, type Webhook as WebhookRow, webhooks } from "../storage/schema.ts"
import { ApiHono, createRoute } from "./api-hono.ts"
import { once, settled } from "./idempotency.ts"
import { keyed } from "./key-guard.ts"
import { named } from "./named.ts"
import { problems } from "./problems.ts"
import {
  ANY_BODY,
  ANY_CALL,
  ANY_POST,
  etagOf,
  idempotencyKey,
  idOf,
  ifMatch,
  json,
  listOf,
  listQuery,
  pathId,
  sentObject,
  time,
  versionsAsked,
} from "./shapes.ts"

const Webhook = z
  .object({
    id: idOf("whk"),
    url: z.string().meta({ examples: ["https://crm.example.com/hooks/vestibule"] }),
    events: z.array(z.enum(WEBHOOK_EVENTS)).meta({ examples: [["invite.accepted", "customer.created"]] }),
    enabled: z.boolean().meta({ examples: [true] }),
    failing_since: time.nullable().meta({ description: "Since when no event was taken.", examples: [null] }),
    disabled_at: time.nullable().meta({ examples: [null] }),
    disabled_because: z
      .enum(["staff", "failures"])
      .nullable()
      .meta({ description: "`failures`: it took nothing for three days.", examples: [null] }),
    created_at: time,
  })
  .apply(named("Webhook"))

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
  description: "Standard Webhooks: check each event with it. Keep it where secrets are kept.",
  examples: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAAAAAAAAAA="],
})
const WebhookWithSecret = Webhook.extend({ secret: Secret }).apply(named("WebhookWithSecret"))
const NewSecret = z
  .object({ secret: Secret, old_secret_until: time.meta({ description: "Until then the one before signs too." }) })
  .apply(named("NewSecret"))

const NewWebhook = z.strictObject(webhookFields.shape).apply(named("NewWebhook"))
const WebhookChanges = z
  .strictObject(webhookChanges.shape)
  .partial()
  .meta({ description: "A JSON merge patch (RFC 7396): what is left out stays." })
  .apply(named("WebhookChanges"))

const tags = ["Webhooks"]
const scope = keyed("webhooks:write")

const list = createRoute({
  method: "get",
  path: "/webhooks",
  operationId: "listWebhooks",
  tags,
  summary: "List webhooks, newest first",
  ...scope,
  request: { query: listQuery("whk") },
  responses: {
    200: json(listOf("WebhookList", Webhook), "A page of webhooks."),
    ...problems(...ANY_CALL, "invalid_fields"),
  },
})

const create = createRoute({
  method: "post",
  path: "/webhooks",
  operationId: "createWebhook",
  tags,
  summary: "Add a webhook",
  description:
    "Events are posted to it, signed as Standard Webhooks has it, and tried for 24 hours until one is taken.",
  ...keyed("webhooks:write", ["application/json"]),
  request: {
    headers: idempotencyKey,
    body: { content: { "application/json": { schema: NewWebhook } }, required: true },
  },
  responses: {
    201: json(
      WebhookWithSecret,
      "The webhook, and what its events are signed with.",
      "Location",
      "ETag",
      "Idempotency-Replayed",
    ),
    ...problems(...ANY_CALL, ...ANY_BODY, ...ANY_POST, "webhook_limit"),
  },
})

const read = createRoute({
  method: "get",
  path: "/webhooks/{id}",
  operationId: "getWebhook",
  tags,
  summary: "Read a webhook",
  ...scope,
  request: { params: pathId("webhook") },
  responses: { 200: json(Webhook, "The webhook.", "ETag"), ...problems(...ANY_CALL, "not_found") },
})

const change = createRoute({
  method: "patch",
  path: "/webhooks/{id}",
  operationId: "changeWebhook",
  tags,
  summary: "Change a webhook, or switch it on or off",
  ...keyed("webhooks:write", ["application/json", "application/merge-patch+json"]),
  request: {
    params: pathId("webhook"),
    headers: ifMatch,
    body: {
      content: {
        "application/merge-patch+json": { schema: WebhookChanges },
        "application/json": { schema: WebhookChanges },
      },
      required: true,
    },
  },
  responses: {
    200: json(Webhook, "The webhook as it is now.", "ETag"),
    ...problems(...ANY_CALL, ...ANY_BODY, "not_found", "version_conflict"),
  },
})

const remove = createRoute({
  method: "delete",
  path: "/webhooks/{id}",
  operationId: "removeWebhook",
  tags,
  summary: "Remove a webhook",
  description: "What waits for it is not sent.",
  ...scope,
  request: { params: pathId("webhook") },
  responses: { 204: { description: "It is gone." }, ...problems(...ANY_CALL, "body_too_large", "not_found") },
})

const rotate = createRoute({
  method: "post",
  path: "/webhooks/{id}/secrets",
  operationId: "rotateWebhookSecret",
  tags,
  summary: "Give a webhook a new secret",
  description: "For 24 hours events are signed with both, so that a receiver can change over.",
  ...scope,
  request: { params: pathId("webhook"), headers: idempotencyKey },
  responses: {
    201: json(NewSecret, "The new secret.", "Idempotency-Replayed"),
    ...problems(...ANY_CALL, ...ANY_POST, "body_too_large", "not_found", "secret_rotation_pending"),
  },
})

export const webhookCalls = new ApiHono()
  .openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid("query")
    const { rows, next } = await pageOfWebhooks(c.var.deps, c.var.apiKey, { before: cursor, size: limit })
    return c.json({ data: rows.map(toWebhook), next_cursor: next ?? null }, 200)
  })
  .openapi(create, async (c) => {
    const { deps, apiKey } = c.var
    const { row } = await once(c, webhooks, () => createWebhook(deps, apiKey, c.req.valid("json")))
    c.header("Location", `/api/v1/webhooks/${row.id}`)
    c.header("ETag", etagOf(row))
    return c.json({ ...toWebhook(row), secret: await secretOf(c, row) }, 201)
  })
  .openapi(read, async (c) => {
    const row = await findWebhook(c.var.deps, c.var.apiKey, c.req.valid("param").id)
    c.header("ETag", etagOf(row))
    return c.json(toWebhook(row), 200)
  })
  .openapi(change, async (c) => {
    const { deps, apiKey } = c.var
    const changes = await sentObject(c)
    const row = settled(await changeWebhook(deps, apiKey, c.req.valid("param").id, changes, versionsAsked(c)))
    c.header("ETag", etagOf(row))
    return c.json(toWebhook(row), 200)
  })
  .openapi(remove, async (c) => {
    await removeWebhook(c.var.deps, c.var.apiKey, c.req.valid("param").id)
    return c.body(null, 204)
  })
  .openapi(rotate, async (c) => {
    const { deps, apiKey } = c.var
    const { row } = await once(c, webhooks, () => rotateSecret(deps, apiKey, c.req.valid("param").id))
    const until = row.previousSecretExpiresAt ?? deps.now()
    return c.json({ secret: await secretOf(c, row), old_secret_until: until.toISOString() }, 201)
  })

async function secretOf(c: Context<Vestibule>, row: WebhookRow): Promise<string> {
  const [secret = ""] = await secretsOf(c.var.deps, row)
  return secret
}
