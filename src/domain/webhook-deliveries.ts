import { and, desc, eq, inArray, isNotNull, isNull, lt, lte, sql } from "drizzle-orm"
import { newId } from "../storage/ids.ts"
import { insertWhere } from "../storage/insert-where.ts"
import { type Page, type PageAsked, toPage } from "../storage/paging.ts"
import {
  auditLog,
  type OutboxRow,
  outbox,
  staff,
  users,
  type Webhook,
  type WebhookAttempt,
  webhookAttempts,
  webhooks,
} from "../storage/schema.ts"
import { demand, type ResellerActor } from "./actor.ts"
import { SYSTEM } from "./audit.ts"
import { commit } from "./commit.ts"
import type { Deps } from "./deps.ts"
import { Failure } from "./failure.ts"
import { keepAnswer } from "./kept-answers.ts"
import { isHeldBy, newMailId, nextTry, secondsFrom } from "./outbox.ts"
import type { Claimed } from "./outbox-claim.ts"
import { webhookAuditRow } from "./webhooks.ts"

const SWITCHED_OFF_AFTER_DAYS = 3
const NEW_TROUBLE_AFTER_HOURS = 48
/** What is kept of an answer. */
export const ANSWER_MAX = 1_000
const ATTEMPTS_KEPT_DAYS = 30
const FORGET_BATCH = 500
const ATTEMPTS_SHOWN = 100

export type WebhookDelivery = { row: OutboxRow; attempts: WebhookAttempt[] }

/** What came of one attempt: the receiver's status, or null when there was none, and its answer or what went wrong. */
export type AttemptResult = { responseStatus: number | null; responseBody: string }

type ClaimedWebhook = Extract<Claimed, { kind: "webhook" }>

/** Records that a receiver took an event. One D1 round trip. */
export async function webhookDelivered(
  deps: Deps,
  { row, webhook }: ClaimedWebhook,
  result: AttemptResult,
): Promise<void> {
  const { db } = deps
  await db.batch([
    attempt(deps, row, result),
    db
      .update(outbox)
      .set({ status: "sent", lastError: null })
      .where(and(eq(outbox.id, row.id), eq(outbox.status, "sending"))),
    db
      .update(webhooks)
      .set({ failingSince: null })
      .where(and(eq(webhooks.id, webhook.id), isNotNull(webhooks.failingSince))),
  ])
}

/**
 * Records that a receiver did not take an event. After days without one taken the webhook is switched off, and the
 * reseller's Admins are told by e-mail. Returns in how many seconds the event is due again; undefined when it has been tried
 * for a day, and goes to the dead. One D1 round trip.
 */
export async function webhookFailed(
  deps: Deps,
  { row, webhook }: ClaimedWebhook,
  result: AttemptResult,
): Promise<number | undefined> {
  const { db, now } = deps
  const { seconds, isExhausted } = nextTry(deps, row)
  const entry = webhookAuditRow(deps, SYSTEM, "webhook.disabled", webhook)
  const longAgo = new Date(now().getTime() - SWITCHED_OFF_AFTER_DAYS * 86_400_000)
  // After a quiet time it is new trouble: what failed before then says nothing of the days between.
  const quiet = now().getTime() - NEW_TROUBLE_AFTER_HOURS * 3_600_000
  const isNewTrouble = sql`CASE WHEN ${webhooks.failingSince} IS NULL OR ${webhooks.lastFailedAt} <= ${quiet}
    THEN ${now().getTime()} ELSE ${webhooks.failingSince} END`
  const isNowOff = sql`EXISTS (SELECT 1 FROM ${auditLog} WHERE ${auditLog.id} = ${entry.id})`
  const endsNow = and(eq(webhooks.id, webhook.id), isNull(webhooks.disabledAt), lte(webhooks.failingSince, longAgo))
  await commit(deps, [
    attempt(deps, row, result),
    db
      .update(outbox)
      .set({
        status: "queued",
        nextAttemptAt: secondsFrom(now(), seconds),
        lastError: result.responseBody.slice(0, ANSWER_MAX),
      })
      .where(isHeldBy(row)),
    db
      .update(webhooks)
      .set({ failingSince: isNewTrouble, lastFailedAt: now() })
      .where(and(eq(webhooks.id, webhook.id), eq(webhooks.url, webhook.url))), // not of an address of before
    insertWhere(db, auditLog, entry, sql`EXISTS (SELECT 1 FROM ${webhooks} WHERE ${endsNow})`),
    db
      .update(webhooks)
      .set({ disabledAt: now(), disabledReason: "failures", version: sql`${webhooks.version} + 1` })
      .where(endsNow),
    db
      .insert(outbox)
      .select(
        sql`SELECT ${newMailId(now())} || printf('%02d', row_number() OVER ()), ${row.resellerId}, 'webhook_off', NULL, NULL,
          ${users.email}, json_object('url', ${webhook.url}), 'queued', 0, ${now().getTime()}, NULL, NULL, NULL, NULL, ${now().getTime()}
        FROM ${staff} JOIN ${users} ON ${users.id} = ${staff.userId}
        WHERE ${staff.resellerId} = ${row.resellerId} AND ${staff.role} = 'admin' AND ${isNowOff}`,
      )
      .returning({ wake: outbox.id }),
  ])
  if (!isExhausted) return seconds
  deps.bury(row.id)
  return undefined
}

/**
 * A webhook, and a page of what was sent to it, newest first, each with its attempts. Throws `forbidden`, `not_found`. One
 * D1 round trip.
 */
export async function pageOfDeliveries(
  { db }: Deps,
  actor: ResellerActor,
  webhookId: string,
  { before, size }: PageAsked,
): Promise<Page<WebhookDelivery & { id: string }> & { webhook: Webhook }> {
  demand(actor, "webhooks:write")
  const ofWebhook = and(
    eq(outbox.recipient, webhookId),
    eq(outbox.kind, "webhook"),
    eq(outbox.resellerId, actor.reseller.id),
    before ? lt(outbox.id, before) : undefined,
  )
  const page = db
    .select()
    .from(outbox)
    .where(ofWebhook)
    .orderBy(desc(outbox.id))
    .limit(size + 1)
  const [[webhook], rows, attempts] = await db.batch([
    db
      .select()
      .from(webhooks)
      .where(and(eq(webhooks.id, webhookId), eq(webhooks.resellerId, actor.reseller.id))),
    page,
    db
      .select()
      .from(webhookAttempts)
      .where(
        inArray(
          webhookAttempts.deliveryId,
          db
            .select({ id: outbox.id })
            .from(outbox)
            .where(ofWebhook)
            .orderBy(desc(outbox.id))
            .limit(size + 1),
        ),
      )
      .orderBy(desc(webhookAttempts.id))
      .limit((size + 1) * ATTEMPTS_SHOWN),
  ])
  if (!webhook) throw new Failure({ kind: "not_found" })
  const deliveries = rows.map((row) => ({
    id: row.id,
    row,
    attempts: attempts.filter(({ deliveryId }) => deliveryId === row.id),
  }))
  return { webhook, ...toPage(deliveries, size) }
}

/**
 * Sends an event once more, whatever came of it before, and gives it another day. Throws `forbidden`, `not_found`,
 * `webhook_disabled` and `delivery_in_progress`. One D1 round trip.
 */
export async function redeliver(deps: Deps, actor: ResellerActor, webhookId: string, id: string): Promise<OutboxRow> {
  demand(actor, "webhooks:write")
  const { db } = deps
  const now = deps.now()
  const ofWebhook = and(
    eq(outbox.id, id),
    eq(outbox.recipient, webhookId),
    eq(outbox.kind, "webhook"),
    eq(outbox.resellerId, actor.reseller.id),
  )
  const isOn = sql`EXISTS (SELECT 1 FROM ${webhooks} WHERE ${webhooks.id} = ${webhookId} AND ${webhooks.disabledAt} IS NULL)`
  const isIdle = sql`NOT (${outbox.status} = 'sending' AND ${outbox.nextAttemptAt} > ${now.getTime()})`
  const [[row], , [found]] = await commit(deps, [
    db
      .update(outbox)
      .set({ status: "queued", nextAttemptAt: now, firstAttemptAt: null, lastError: null })
      .where(and(ofWebhook, isOn, isIdle))
      .returning(),
    db
      .select({ wake: outbox.id })
      .from(outbox)
      .where(and(ofWebhook, eq(outbox.status, "queued"), eq(outbox.nextAttemptAt, now))),
    db
      .select({ isOn: sql<number>`${isOn}`.as("is_on") })
      .from(outbox)
      .where(ofWebhook),
    ...keepAnswer(
      deps,
      outbox,
      id,
      sql`${outbox.resellerId} = ${actor.reseller.id} AND ${outbox.nextAttemptAt} = ${now.getTime()}`,
    ),
  ])
  if (row) return row
  if (!found) throw new Failure({ kind: "not_found" })
  throw new Failure({ kind: found.isOn ? "delivery_in_progress" : "webhook_disabled" })
}

/** Forgets attempts of long ago; as many as one batch should, the next sweep goes on. */
export async function forgetAttempts({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  const tooOld = now().getTime() - ATTEMPTS_KEPT_DAYS * 86_400_000
  await db.run(sql`DELETE FROM webhook_attempts WHERE id IN
    (SELECT id FROM webhook_attempts WHERE attempted_at <= ${tooOld} LIMIT ${FORGET_BATCH})`)
}

function attempt({ db, now }: Deps, { id }: OutboxRow, { responseStatus, responseBody }: AttemptResult) {
  const at = now()
  return db.insert(webhookAttempts).values({
    id: newId("att", at),
    deliveryId: id,
    attemptedAt: at,
    responseStatus,
    responseBody: responseBody.slice(0, ANSWER_MAX),
  })
}
