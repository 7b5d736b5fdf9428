import { and, desc, eq, getViewSelectedFields, inArray, sql } from "drizzle-orm"
import type { Db } from "../../storage/db.ts"
import { isBeyond, type Page, type PageRequest, readingOrder, toPage } from "../../storage/paging.ts"
import {
  outbox,
  type Webhook,
  type WebhookAttempt,
  type WebhookDelivery,
  webhookAttempts,
  webhookDeliveries,
  webhooks,
} from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { Failure } from "../failure.ts"
import { storeResponseStatements } from "../idempotency.ts"
import { DUE_COLUMNS } from "../outbox/enqueue.ts"
import { dueAgainColumns } from "../outbox/outbox.ts"
import { statsQuery, toStats, type WebhookStats } from "./stats.ts"
import { isOwnWebhook } from "./webhooks.ts"

/** How many attempts a page reads for each of its deliveries, on average. */
const ATTEMPTS_SHOWN = 100

type DeliveryWithAttempts = WebhookDelivery & { attempts: WebhookAttempt[] }

/** A page of the deliveries of a webhook, newest first, with their attempts. Throws `forbidden` and `not_found`. */
export async function listDeliveries(
  { db, read }: Deps,
  actor: ResellerActor,
  webhookId: string,
  page: PageRequest,
): Promise<Page<DeliveryWithAttempts>> {
  authorize(actor, "webhooks:write")
  const [[webhook], ...found] = await read([
    db.select({ id: webhooks.id }).from(webhooks).where(isOwnWebhook(actor, webhookId)),
    ...deliveryPageQueries(db, actor, webhookId, page),
  ])
  if (!webhook) throw new Failure({ kind: "not_found" })
  return toDeliveryPage(found, page)
}

/** A webhook, how its deliveries went, and a page of them, as in `listDeliveries`. Throws `forbidden` and `not_found`. */
export async function getWebhookPage(
  { db, read, now }: Deps,
  actor: ResellerActor,
  webhookId: string,
  page: PageRequest,
): Promise<{ webhook: Webhook; stats: WebhookStats; page: Page<DeliveryWithAttempts> }> {
  authorize(actor, "webhooks:write")
  const [[webhook], [sums], ...found] = await read([
    db.select().from(webhooks).where(isOwnWebhook(actor, webhookId)),
    statsQuery(db, webhookId, now()),
    ...deliveryPageQueries(db, actor, webhookId, page),
  ])
  if (!webhook) throw new Failure({ kind: "not_found" })
  return { webhook, stats: toStats(sums), page: toDeliveryPage(found, page) }
}

/** The statements that read a page of deliveries, and their attempts. */
function deliveryPageQueries(db: Db, actor: ResellerActor, webhookId: string, page: PageRequest) {
  const isDelivery = and(isOwnDelivery(actor, webhookId), isBeyond(webhookDeliveries.id, page))
  const order = readingOrder(webhookDeliveries.id, page)
  const ids = db.select({ id: webhookDeliveries.id }).from(webhookDeliveries).where(isDelivery)
  return [
    db
      .select()
      .from(webhookDeliveries)
      .where(isDelivery)
      .orderBy(order)
      .limit(page.size + 1),
    db
      .select()
      .from(webhookAttempts)
      .where(inArray(webhookAttempts.deliveryId, ids.orderBy(order).limit(page.size + 1)))
      .orderBy(desc(webhookAttempts.id))
      .limit((page.size + 1) * ATTEMPTS_SHOWN),
  ] as const
}

function toDeliveryPage(
  [deliveries, attempts]: [WebhookDelivery[], WebhookAttempt[]],
  page: PageRequest,
): Page<DeliveryWithAttempts> {
  const withAttempts = deliveries.map((delivery) => ({
    ...delivery,
    attempts: attempts.filter(({ deliveryId }) => deliveryId === delivery.id),
  }))
  return toPage(withAttempts, page)
}

/**
 * Sends an event again, with another day of retries. Throws `forbidden`, `not_found`, `webhook_disabled` and
 * `delivery_in_progress`.
 */
export async function redeliver(
  deps: Deps,
  actor: ResellerActor,
  webhookId: string,
  id: string,
): Promise<WebhookDelivery> {
  authorize(actor, "webhooks:write")
  const { db } = deps
  const now = deps.now()
  const isDelivery = and(
    eq(outbox.id, id),
    eq(outbox.recipient, webhookId),
    eq(outbox.kind, "webhook"),
    eq(outbox.resellerId, actor.reseller.id),
  )
  const isEnabled = sql`EXISTS (SELECT 1 FROM ${webhooks} WHERE ${webhooks.id} = ${webhookId} AND ${webhooks.disabledAt} IS NULL)`
  const isIdle = sql`NOT (${outbox.status} = 'sending' AND ${outbox.nextAttemptAt} > ${now.getTime()})`
  const [updated, , [found]] = await commit(deps, [
    db
      .update(outbox)
      .set({ ...dueAgainColumns(now), status: "queued", lastError: null })
      .where(and(isDelivery, isEnabled, isIdle))
      .returning({ id: outbox.id }),
    {
      outbox: db
        .select(DUE_COLUMNS)
        .from(outbox)
        .where(and(isDelivery, eq(outbox.status, "queued"), eq(outbox.nextAttemptAt, now))),
    },
    db
      .select({ ...getViewSelectedFields(webhookDeliveries), isEnabled: sql<number>`${isEnabled}`.as("is_enabled") })
      .from(webhookDeliveries)
      .where(and(eq(webhookDeliveries.id, id), isOwnDelivery(actor, webhookId))),
    ...storeResponseStatements(
      deps,
      webhookDeliveries,
      id,
      sql`${webhookDeliveries.resellerId} = ${actor.reseller.id} AND ${webhookDeliveries.nextAttemptAt} = ${now.getTime()}`,
    ),
  ])
  if (!found) throw new Failure({ kind: "not_found" })
  const { isEnabled: isWebhookEnabled, ...delivery } = found
  if (updated.length > 0) return delivery
  throw new Failure({ kind: isWebhookEnabled ? "delivery_in_progress" : "webhook_disabled" })
}

function isOwnDelivery(actor: ResellerActor, webhookId: string) {
  return and(eq(webhookDeliveries.webhookId, webhookId), eq(webhookDeliveries.resellerId, actor.reseller.id))
}
