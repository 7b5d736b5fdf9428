import { type SQL, sql } from "drizzle-orm"
import type { WebhookDisabledReason } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import { DAY_MS } from "../time.ts"
import { deadLettersQuery } from "./dead-letters.ts"
import { type Facts, findFacts } from "./facts.ts"
import { missingEvents } from "./mail-facts.ts"
import { missingMigrations } from "./migrations.ts"
import { resellersByVolumeQueries, toVolume } from "./volume.ts"

/** Up to which number the operator's view counts. */
export const COUNT_CAP = 1_000
const SHOWN = 20

/** Messages of one kind that wait, and what for: a code of the provider, or one of our reasons. Of more than the cap, the first. */
export type Waiting = { reason: string; count: number; oldestAt: Date }

export type DeploymentOverview = Awaited<ReturnType<typeof getDeployment>>

/**
 * What the operator has to know of the deployment: what waits and why, what failed, and who sends most. However much there is, it reads
 * a limited number of rows.
 */
export async function getDeployment(deps: Pick<Deps, "db" | "now" | "config">) {
  const { db, now } = deps
  const at = now().getTime()
  const [rows, facts, migrations] = await Promise.all([
    db.batch([
      waitingQuery(db, at),
      cappedCountQuery(db, sql`outbox WHERE status = 'scheduled'`),
      failuresQuery(db, at - DAY_MS),
      deadLettersQuery(deps, SHOWN),
      switchedOffQuery(db),
      cappedCountQuery(db, sql`webhooks WHERE ${IS_SWITCHED_OFF}`),
      suspendedQuery(db),
      cappedCountQuery(db, sql`resellers WHERE ${IS_SUSPENDED}`),
      ...resellersByVolumeQueries(deps, SHOWN),
    ]),
    findFacts(deps),
    missingMigrations(deps),
  ])
  const [waiting, [scheduled], failures, deadLetters, switchedOff, [off], suspended, [stopped], days, volume] = rows
  const waitingFor = (isWebhook: number) =>
    waiting
      .filter((row) => row.isWebhook === isWebhook)
      .map(({ reason, count, oldest }): Waiting => ({ reason, count, oldestAt: new Date(oldest) }))
  return {
    at: now(),
    cron: facts.cron_run,
    missingMigrations: migrations,
    mail: {
      sentAt: facts.email_sent?.at,
      eventAt: facts.email_event?.at,
      senderRefused: isRefused(facts) ? facts.sender_refused : undefined,
      eventsMissingSince: missingEvents(deps, facts),
      waiting: waitingFor(0),
      scheduledCount: scheduled?.count ?? 0,
    },
    webhooks: { waiting: waitingFor(1), disabledCount: off?.count ?? 0, disabled: switchedOff.map(withDate) },
    failures: failures.map(({ isWebhook, ...row }) => ({ ...row, isWebhook: isWebhook === 1 })),
    deadLetters,
    volume: toVolume(days, volume, now()),
    suspended: suspended.map(withDate),
    suspendedCount: stopped?.count ?? 0,
  }
}

/** Whether the provider has refused our sender since an email last left. */
const isRefused = ({ sender_refused: refused, email_sent: sent }: Facts) =>
  refused !== undefined && (sent === undefined || refused.at > sent.at)

const withDate = <T extends { at: number }>(row: T) => ({ ...row, at: new Date(row.at) })

/** The exact conditions of the partial indexes, so that SQLite uses them. Staff have their reasons to switch off a webhook. */
const IS_SWITCHED_OFF = sql`disabled_reason IN ('failures', 'gone')`
const IS_SUSPENDED = sql`suspended_at IS NOT NULL AND id NOT GLOB 'sbx_*'`

type Db = Deps["db"]

/** The statement that counts rows, up to one more than the cap. */
const cappedCountQuery = (db: Db, rows: SQL) =>
  db
    .select({ count: sql<number>`count(*)`.as("count") })
    .from(sql`(SELECT 1 FROM ${rows} LIMIT ${COUNT_CAP + 1}) AS some`)

/** The statement that counts the messages that wait, by kind and reason, of those that are due next. */
const waitingQuery = (db: Db, now: number) =>
  db
    .select({
      isWebhook: sql<number>`is_webhook`,
      reason: sql<string>`reason`,
      count: sql<number>`count(*)`.as("count"),
      oldest: sql<number>`min(created_at)`.as("oldest"),
    })
    .from(
      sql`(SELECT kind = 'webhook' AS is_webhook, created_at, CASE
        WHEN reseller_id IN (SELECT id FROM resellers WHERE suspended_at IS NOT NULL) THEN 'suspended'
        WHEN status = 'sending' THEN 'sending'
        WHEN last_error_code IS NOT NULL THEN last_error_code
        WHEN last_error IS NOT NULL THEN 'error'
        WHEN next_attempt_at > ${now} OR (is_bulk = 1 AND claimed_at IS NULL) THEN 'postponed'
        ELSE 'queued' END AS reason
        FROM outbox WHERE status IN ('queued', 'sending') ORDER BY next_attempt_at LIMIT ${COUNT_CAP + 1}) AS waiting`,
    )
    .groupBy(sql`is_webhook, reason`)
    .orderBy(sql`count DESC`)

/** The statement that counts the messages that were given up since then, by kind and code. */
const failuresQuery = (db: Db, since: number) =>
  db
    .select({
      isWebhook: sql<number>`is_webhook`,
      code: sql<string | null>`code`,
      count: sql<number>`count(*)`.as("count"),
    })
    .from(
      sql`(SELECT kind = 'webhook' AS is_webhook, last_error_code AS code FROM outbox
        WHERE status = 'failed' AND claimed_at > ${since} ORDER BY claimed_at DESC LIMIT ${COUNT_CAP + 1}) AS failed`,
    )
    .groupBy(sql`is_webhook, code`)
    .orderBy(sql`count DESC`)

const switchedOffQuery = (db: Db) =>
  db
    .select({
      webhookId: sql<string>`webhook_id`,
      at: sql<number>`disabled_at`,
      reason: sql<WebhookDisabledReason>`disabled_reason`,
      id: sql<string>`resellers.id`,
      name: sql<string>`resellers.name`,
    })
    .from(
      sql`(SELECT id AS webhook_id, disabled_at, disabled_reason, reseller_id FROM webhooks
        WHERE ${IS_SWITCHED_OFF} ORDER BY disabled_at DESC LIMIT ${SHOWN}) AS hook
        JOIN resellers ON resellers.id = hook.reseller_id`,
    )
    .orderBy(sql`disabled_at DESC`)

const suspendedQuery = (db: Db) =>
  db
    .select({ id: sql<string>`id`, name: sql<string>`name`, at: sql<number>`suspended_at` })
    .from(sql`resellers`)
    .where(IS_SUSPENDED)
    .limit(SHOWN)
