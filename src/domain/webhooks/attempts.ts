import { and, eq, isNotNull, isNull, lte, or, sql } from "drizzle-orm"
import { newId } from "../../storage/ids.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import { auditLog, outbox, staff, users, webhookAttempts, webhooks } from "../../storage/schema.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { isRecorded, SYSTEM } from "../events/audit-log.ts"
import type { ClaimedMessage, ClaimedRow } from "../outbox/claimed-message.ts"
import { enqueueStatement } from "../outbox/enqueue.ts"
import { addSeconds, isClaimedBy, newEmailId, nextAttempt } from "../outbox/outbox.ts"
import { DAY_MS, HOUR_MS } from "../time.ts"
import { newWebhookAuditEntry } from "./webhooks.ts"

const DISABLE_AFTER_DAYS = 3
const NEW_OUTAGE_AFTER_HOURS = 48
/** How much of a response is stored. */
export const RESPONSE_BODY_MAX = 1_000
const ATTEMPT_RETENTION_DAYS = 30
const DELETE_BATCH = 500

/** The status of a receiver that wants no more events (RFC 9110, 15.5.11). */
const GONE = 410
/** The longest time that a receiver can make its deliveries wait. */
const RETRY_AFTER_MAX_SECONDS = 3_600

/**
 * The result of an attempt: the response status, or null without a response, the response body or an error message, and after how
 * many seconds the receiver wants the next attempt, if it says so.
 */
export type AttemptResult = {
  responseStatus: number | null
  responseBody: string
  durationMs: number
  retryAfterSeconds?: number | undefined
}

/** A delivery that a sender has claimed, with its event and webhook. */
export type ClaimedWebhook = Extract<ClaimedMessage, { kind: "webhook" }>

/** Records a successful delivery. */
export async function markDelivered(
  deps: Deps,
  { row, webhook }: ClaimedWebhook,
  result: AttemptResult,
): Promise<void> {
  const { db } = deps
  await db.batch([
    attemptStatement(deps, row, result),
    db
      .update(outbox)
      .set({ status: "sent", lastError: null })
      .where(and(eq(outbox.id, row.id), eq(outbox.status, "sending"))),
    db
      .update(webhooks)
      .set({ failingSince: null, retryAt: null })
      .where(and(eq(webhooks.id, webhook.id), or(isNotNull(webhooks.failingSince), isNotNull(webhooks.retryAt)))),
  ])
}

/**
 * Records a failed attempt. After three days without a successful delivery, or if the receiver is gone, disables the webhook and emails
 * the reseller's Admins. If the receiver asks for time, all its deliveries wait. Returns the seconds until the next attempt; undefined
 * if there is none: the receiver is gone, or the delivery is exhausted and goes to the dead-letter queue.
 */
export async function markAttemptFailed(
  deps: Deps,
  { row, webhook }: ClaimedWebhook,
  result: AttemptResult,
): Promise<number | undefined> {
  const { db, now } = deps
  const isGone = result.responseStatus === GONE
  const reason = isGone ? "gone" : "failures"
  const { seconds: backoff, isExhausted } = nextAttempt(deps, row)
  const requested = Math.min(result.retryAfterSeconds ?? 0, RETRY_AFTER_MAX_SECONDS)
  const seconds = Math.max(backoff, requested)
  const entry = newWebhookAuditEntry(deps, SYSTEM, "webhook.disabled", webhook)
  const failingCutoff = new Date(now().getTime() - DISABLE_AFTER_DAYS * DAY_MS)
  // A failure after a quiet period starts a new outage: we don't know whether deliveries would have failed in between.
  const quietCutoff = now().getTime() - NEW_OUTAGE_AFTER_HOURS * HOUR_MS
  const failingSinceSql = sql`CASE WHEN ${webhooks.failingSince} IS NULL OR ${webhooks.lastFailedAt} <= ${quietCutoff}
    THEN ${now().getTime()} ELSE ${webhooks.failingSince} END`
  const isDisabled = isRecorded(entry)
  const mustDisable = and(
    eq(webhooks.id, webhook.id),
    isNull(webhooks.disabledAt),
    isGone ? eq(webhooks.url, webhook.url) : lte(webhooks.failingSince, failingCutoff),
  )
  await commit(deps, [
    attemptStatement(deps, row, result),
    db
      .update(outbox)
      .set({
        status: isGone ? "failed" : "queued",
        nextAttemptAt: addSeconds(now(), seconds),
        lastError: result.responseBody.slice(0, RESPONSE_BODY_MAX),
      })
      .where(isClaimedBy(row)),
    db
      .update(webhooks)
      .set({
        failingSince: failingSinceSql,
        lastFailedAt: now(),
        ...(requested > 0 && { retryAt: addSeconds(now(), requested) }),
      })
      .where(and(eq(webhooks.id, webhook.id), eq(webhooks.url, webhook.url))), // not if the URL has changed
    insertSelect(db, auditLog, entry, sql`EXISTS (SELECT 1 FROM ${webhooks} WHERE ${mustDisable})`),
    db
      .update(webhooks)
      .set({ disabledAt: now(), disabledReason: reason, version: sql`${webhooks.version} + 1` })
      .where(mustDisable),
    enqueueStatement(deps, {
      message: {
        id: sql`${newEmailId(now())} || printf('%02d', row_number() OVER ())`,
        resellerId: row.resellerId,
        kind: "webhook_off",
        recipient: sql`${users.email}`,
        payload: { url: webhook.url, reason },
      },
      source: sql`FROM ${staff} JOIN ${users} ON ${users.id} = ${staff.userId}
        WHERE ${staff.resellerId} = ${row.resellerId} AND ${staff.role} = 'admin' AND ${isDisabled}`,
    }),
  ])
  if (isGone) return undefined
  if (!isExhausted) return seconds
  deps.deadLetter(row.id)
  return undefined
}

/** Deletes old attempts and counts of attempts, one batch per run. */
export async function deleteOldAttempts({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  const cutoff = now().getTime() - ATTEMPT_RETENTION_DAYS * DAY_MS
  await db.run(sql`DELETE FROM webhook_attempts WHERE id IN
    (SELECT id FROM webhook_attempts WHERE attempted_at <= ${cutoff} LIMIT ${DELETE_BATCH})`)
  await db.run(sql`DELETE FROM webhook_hours WHERE (webhook_id, hour) IN
    (SELECT webhook_id, hour FROM webhook_hours WHERE hour <= ${cutoff} LIMIT ${DELETE_BATCH})`)
}

function attemptStatement(
  { db, now }: Deps,
  { id }: ClaimedRow,
  { responseStatus, responseBody, durationMs }: AttemptResult,
) {
  const at = now()
  return db.insert(webhookAttempts).values({
    id: newId("att", at),
    deliveryId: id,
    attemptedAt: at,
    responseStatus,
    responseBody: responseBody.slice(0, RESPONSE_BODY_MAX),
    durationMs,
  })
}
