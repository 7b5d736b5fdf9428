import { and, eq, inArray, isNull, lte, type SQL, sql } from "drizzle-orm"
import { newId } from "../../storage/ids.ts"
import { invites, type OutboxRow, outbox, suppressions } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import { commit, type OutboxStatement, type Statement } from "../commit.ts"
import type { Deps, DueMessage } from "../deps.ts"
import { newAuditEntry, SYSTEM } from "../events/audit-log.ts"
import { recordEventStatements } from "../events/record-event.ts"
import { HOUR_MS } from "../time.ts"
import type { ClaimedRow } from "./claimed-message.ts"
import { DUE_COLUMNS } from "./enqueue.ts"
import {
  DAILY_LIMIT_CODE,
  isDeploymentFault,
  isSenderRefused,
  RATE_LIMIT_CODES,
  type SendError,
  SUPPRESSED_CODE,
} from "./send-errors.ts"

const MAX_RETRY_SECONDS = 3_600
const MAX_AGE_HOURS = 24
/** How long an email is retried after it hits a limit of the provider. */
const RATE_LIMITED_MAX_AGE_HOURS = 96
/** The longest that an email waits for the repair of the deployment until it is tried again. */
const SENDER_WAIT_SECONDS = 600
/** Longer, as each such email is tried for itself: others may go to addresses that are allowed. */
const RECIPIENT_WAIT_SECONDS = 3_600
const MIDNIGHT_JITTER_SECONDS = 1_800
const SWEEP_SIZE = 1_000
/** More than the stalled ones, as most emails are scheduled for the same hour. */
const SCHEDULED_SWEEP_SIZE = 5_000
/** How many times as long as others bulk emails may wait for their turn before they count as lost. */
const BULK_PATIENCE = 4
export const OUTBOX_RETENTION_DAYS = 100 // longer than any link is valid
const DELETE_BATCH = 500

/** The columns of a final row about a person's own sign-in: its address isn't needed any more. */
export const forgottenColumns = ({ payload }: Pick<OutboxRow, "payload">, { id: userId }: { id: string }) => ({
  recipient: "",
  payload: { ...payload, userId },
})

/** What a final row doesn't need any more: a test has the data of a contact who may never be invited. */
export const emptiedColumns = ({ kind }: Pick<OutboxRow, "kind">) => (kind === "test" ? { payload: null } : {})

/**
 * Records that sending failed. Returns the seconds until the next attempt; undefined if the error is permanent, or if the row is
 * exhausted and goes to the dead-letter queue. What a fault of the deployment refuses is never exhausted, and its retries begin again.
 */
export async function markFailed(
  deps: Deps,
  { row, user }: { row: ClaimedRow; user?: { id: string } },
  error: SendError,
): Promise<number | undefined> {
  const { db, now } = deps
  if (error.isFinal) {
    await commit(deps, failStatements(deps, row, error, user))
    return undefined
  }
  const { seconds, isExhausted } = nextAttempt(deps, row, error.code)
  const isFault = isDeploymentFault(error.code)
  const rowStatement = db
    .update(outbox)
    .set({
      status: "queued",
      nextAttemptAt: addSeconds(now(), seconds),
      lastError: error.text,
      lastErrorCode: error.code ?? null,
      ...(isFault && newRetriesColumns()),
    })
    .where(isClaimedBy(row))
  await commit(deps, isFault ? [waitingInviteStatement(deps, row), rowStatement] : [rowStatement])
  if (!isExhausted) return seconds
  deps.deadLetter(row.id)
  return undefined
}

/** SQL condition: the sender's claim still holds. A late sender must not overwrite a newer claim. */
export function isClaimedBy(row: ClaimedRow) {
  return and(eq(outbox.id, row.id), eq(outbox.status, "sending"), eq(outbox.attempts, row.attempts))
}

/** Marks an exhausted row as failed. Rows that aren't exhausted or are being sent are left to the cron job. */
export async function abandon(deps: Deps, id: string): Promise<void> {
  const [row] = await deps.db.select().from(outbox).where(eq(outbox.id, id))
  if (!row || !["queued", "sending"].includes(row.status)) return
  if (row.status === "sending" && row.nextAttemptAt > deps.now()) return
  if (!nextAttempt(deps, row, row.lastErrorCode ?? undefined).isExhausted) return
  const text = row.lastError ?? en.emailErrors.exhausted
  await commit(deps, failStatements(deps, row, { code: row.lastErrorCode ?? undefined, text, isFinal: true }))
}

/** Records the failure before marking the row as failed, so that only one of two simultaneous calls records it. */
function failStatements(deps: Deps, row: ClaimedRow, error: SendError, user?: { id: string }): Statement[] {
  const { db } = deps
  const isPersonal = row.resellerId === null
  const isWaiting = and(
    eq(outbox.id, row.id),
    inArray(outbox.status, ["queued", "sending"]),
    eq(outbox.attempts, row.attempts),
  )
  const existsWaiting = sql`EXISTS (SELECT 1 FROM ${outbox} WHERE ${isWaiting})`
  const rowStatement = db
    .update(outbox)
    .set({
      status: "failed",
      lastError: isPersonal ? null : error.text,
      lastErrorCode: error.code ?? null,
      ...emptiedColumns(row),
      ...(isPersonal && (user ? forgottenColumns(row, user) : { recipient: "", payload: null })),
    })
    .where(isWaiting)
  const { inviteId, resellerId, recipient } = row
  if (!inviteId || !resellerId || row.kind === "webhook") return [rowStatement]
  const suppressStatements =
    error.code === SUPPRESSED_CODE ? [suppressStatement(deps, { resellerId, recipient }, error.text)] : []
  if (row.kind === "code" || row.kind === "link") return [rowStatement, ...suppressStatements]
  return [
    db
      .update(invites)
      .set({ emailStatus: error.code === SUPPRESSED_CODE ? "bounced" : "failed", emailError: error.text })
      .where(
        and(
          eq(invites.latestEmailId, row.id),
          eq(invites.id, inviteId),
          eq(invites.emailStatus, "queued"),
          existsWaiting,
        ),
      ),
    ...recordEventStatements(
      deps,
      newAuditEntry(deps, resellerId, SYSTEM, "invite.failed", inviteId, error.text),
      existsWaiting,
    ),
    ...suppressStatements,
    rowStatement,
  ]
}

/** The provider suppresses this address for all its customers, after a bounce or complaint elsewhere. */
function suppressStatement(
  { db, now }: Deps,
  { resellerId, recipient }: { resellerId: string; recipient: string },
  reason: string,
) {
  const row = { senderId: resellerId, email: recipient, cause: "bounced" as const, reason, createdAt: now() }
  return db.insert(suppressions).values(row).onConflictDoNothing()
}

/** The statement that tells the inviter that the email waits, and not because of its address. */
function waitingInviteStatement({ db }: Pick<Deps, "db">, row: ClaimedRow) {
  return db
    .update(invites)
    .set({ emailError: en.emailErrors.waiting })
    .where(
      and(
        eq(invites.id, row.inviteId ?? ""),
        eq(invites.latestEmailId, row.id),
        eq(invites.emailStatus, "queued"),
        isNull(invites.emailError),
        sql`EXISTS (SELECT 1 FROM ${outbox} WHERE ${isClaimedBy(row)})`,
      ),
    )
}

/** The columns that begin a new period of retries. `attempts` stays: it identifies the claim of a late sender. */
const newRetriesColumns = () => ({ firstAttemptAt: null, previousAttempts: sql`${outbox.attempts}` })

/** The columns that make a row due now, with a new period of retries. */
export const dueAgainColumns = (now: Date) => ({ nextAttemptAt: now, ...newRetriesColumns() })

/** The seconds until a failed row is due again, and whether it is exhausted. */
export function nextAttempt(
  { now, config }: Pick<Deps, "now" | "config">,
  row: Pick<OutboxRow, "attempts" | "previousAttempts" | "firstAttemptAt" | "lastErrorCode">,
  code?: string,
): { seconds: number; isExhausted: boolean } {
  if (isDeploymentFault(code)) {
    return {
      seconds: jittered(isSenderRefused(code) ? SENDER_WAIT_SECONDS : RECIPIENT_WAIT_SECONDS),
      isExhausted: false,
    }
  }
  const isRateLimited = [code, row.lastErrorCode].some((errorCode) => errorCode && RATE_LIMIT_CODES.includes(errorCode))
  const maxAgeHours = isRateLimited ? RATE_LIMITED_MAX_AGE_HOURS : MAX_AGE_HOURS
  const isExhausted =
    row.firstAttemptAt !== null && now().getTime() - row.firstAttemptAt.getTime() > maxAgeHours * HOUR_MS
  if (code === DAILY_LIMIT_CODE) {
    const seconds = secondsToMidnight(now()) + Math.round(Math.random() * MIDNIGHT_JITTER_SECONDS)
    return { seconds, isExhausted }
  }
  const failures = row.attempts - row.previousAttempts
  const ceiling = Math.min(config.firstRetrySeconds * 2 ** (failures - 1), MAX_RETRY_SECONDS)
  return { seconds: jittered(ceiling), isExhausted }
}

/** A random number of seconds in the upper half of a range. */
const jittered = (max: number) => Math.max(1, Math.round(max * (0.5 + Math.random() / 2)))

/** The provider's daily limits reset at midnight UTC. */
function secondsToMidnight(now: Date): number {
  return Math.ceil((new Date(now).setUTCHours(24, 0, 0, 0) - now.getTime()) / 1000)
}

export const addSeconds = (now: Date, seconds: number) => new Date(now.getTime() + seconds * 1000)

/** The statement that queues a scheduled email before its time, if `condition` holds. */
export function queueScheduledStatement(
  { db, now }: Pick<Deps, "db" | "now">,
  emailId: string,
  condition: SQL,
): OutboxStatement {
  return {
    outbox: db
      .update(outbox)
      .set({ status: "queued", createdAt: now(), nextAttemptAt: now() })
      .where(and(eq(outbox.id, emailId), eq(outbox.status, "scheduled"), condition))
      .returning(DUE_COLUMNS),
  }
}

/**
 * Takes due rows that are to be queued: scheduled emails, which are as old from then on as if they had just been created, and rows that
 * nobody is sending, because their message got lost or their sender died. Bulk emails may be waiting for their turn, so they count as
 * lost later. A row that was taken isn't taken again until as much time has passed.
 */
export async function takeDueMessages({ db, now, config }: Deps): Promise<DueMessage[]> {
  const at = now().getTime()
  const dueBefore = addSeconds(now(), -config.firstRetrySeconds)
  const bulkDueBefore = addSeconds(now(), -BULK_PATIENCE * config.firstRetrySeconds)
  const first = (condition: SQL | undefined, max: number) => sql`SELECT id FROM (SELECT ${outbox.id} FROM ${outbox}
    WHERE ${condition} ORDER BY ${outbox.nextAttemptAt} LIMIT ${max})`
  const scheduled = and(sql`${outbox.status} = 'scheduled'`, lte(outbox.nextAttemptAt, now()))
  const stalled = and(
    sql`${outbox.status} IN ('queued', 'sending')`,
    lte(outbox.nextAttemptAt, dueBefore),
    sql`(${outbox.isBulk} = 0 OR ${outbox.status} = 'sending' OR ${outbox.nextAttemptAt} <= ${bulkDueBefore.getTime()})`,
  )
  const ifScheduled = (value: SQL, otherwise: SQL) => sql`iif(${outbox.status} = 'scheduled', ${value}, ${otherwise})`
  const [found] = await db.batch([
    db
      .update(outbox)
      .set({
        status: ifScheduled(sql`'queued'`, sql`${outbox.status}`),
        createdAt: ifScheduled(sql`${at}`, sql`${outbox.createdAt}`),
        nextAttemptAt: now(),
      })
      .where(sql`${outbox.id} IN (${first(scheduled, SCHEDULED_SWEEP_SIZE)} UNION ALL ${first(stalled, SWEEP_SIZE)})`)
      .returning(DUE_COLUMNS),
  ])
  return found
}

/** Lets a due row wait, without an attempt. */
export async function postpone({ db, now }: Deps, id: string, seconds: number): Promise<void> {
  await db
    .update(outbox)
    .set({ nextAttemptAt: addSeconds(now(), seconds) })
    .where(and(eq(outbox.id, id), inArray(outbox.status, ["queued", "sending"]), lte(outbox.nextAttemptAt, now())))
}

/** Deletes old rows in a final status, and old delivery events; one batch per run. */
export async function deleteOldOutboxRows({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  const cutoff = now().getTime() - OUTBOX_RETENTION_DAYS * 24 * HOUR_MS
  await db.run(sql`DELETE FROM outbox WHERE id IN (SELECT id FROM outbox
    WHERE status IN ('sent', 'failed', 'cancelled') AND created_at <= ${cutoff} LIMIT ${DELETE_BATCH})`)
  await db.run(sql`DELETE FROM email_events WHERE id IN (SELECT id FROM email_events
    WHERE received_at <= ${cutoff} LIMIT ${DELETE_BATCH})`)
}

/** A new id for the outbox row of an email. */
export function newEmailId(now: Date): string {
  return newId("eml", now)
}
