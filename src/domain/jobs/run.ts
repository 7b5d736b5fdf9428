import { and, asc, eq, isNull, lte, or, sql } from "drizzle-orm"
import { newId } from "../../storage/ids.ts"
import { insertSelect } from "../../storage/insert-select.ts"
import { auditLog, jobRows, jobs, outbox, resellers } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import { newAuditEntry, SYSTEM } from "../events/audit-log.ts"
import { addSeconds } from "../outbox/outbox.ts"
import { CHUNK, claimEnd, type Outcome, runRows } from "./chunk.ts"
import { type ClaimedJob, isClaimedJob, isClaimHeld } from "./handler.ts"
import { jobHandler } from "./handlers.ts"

/** How many chunks a job handles in its turn. */
const CHUNKS_PER_TURN = 8
/** How many bulk emails a reseller can have in the outbox before its jobs wait for them: few, so that single emails find room between. */
const BULK_WINDOW = 75
const WINDOW_WAIT_SECONDS = 1
/** Isolates' clocks differ: a turn that comes this early is on time. */
const EARLY_SECONDS = 2
const STALLED_BATCH = 100

/**
 * A turn of a running job: handles some chunks of its rows, then gives it its next turn, or marks it as done. A runner that dies or
 * loses its claim leaves each row either as it was or with its result. While another runner has the job, returns after how many
 * seconds to try again.
 */
export async function runJob(deps: Deps, id: string): Promise<number | undefined> {
  const { job, retryInSeconds } = await claimJob(deps, id)
  if (!job) return retryInSeconds
  for (let chunk = 0; chunk < CHUNKS_PER_TURN; chunk++) {
    const outcome = await runChunk(deps, job)
    if (outcome === "lost") return undefined
    if (outcome === "done") return finish(deps, job)
    if (outcome !== "continues") return endTurn(deps, job, outcome)
  }
  return endTurn(deps, job, deps.now())
}

async function claimJob(deps: Deps, id: string): Promise<{ job?: ClaimedJob; retryInSeconds?: number | undefined }> {
  const { db, now } = deps
  const at = now()
  const isFree = or(
    and(isNull(jobs.claimId), lte(jobs.nextRunAt, addSeconds(at, EARLY_SECONDS))),
    lte(jobs.nextRunAt, at), // the claim of a runner that died
  )
  const isSuspended = sql`EXISTS (SELECT 1 FROM ${resellers} WHERE ${resellers.id} = ${jobs.resellerId}
    AND ${resellers.suspendedAt} IS NOT NULL)`
  const isRunning = and(eq(jobs.id, id), eq(jobs.status, "running"))
  const claimId = newId("job", at)
  const [[claimed], [current]] = await db.batch([
    db
      .update(jobs)
      .set({ claimId, nextRunAt: claimEnd(deps) })
      .where(and(isRunning, isFree, sql`NOT ${isSuspended}`))
      .returning(),
    db.select({ claimId: jobs.claimId, nextRunAt: jobs.nextRunAt }).from(jobs).where(isRunning),
  ])
  if (claimed) return { job: { ...claimed, claimId } }
  const { claimId: otherClaim = null, nextRunAt = null } = current ?? {}
  return { retryInSeconds: otherClaim && nextRunAt ? secondsUntil(nextRunAt, at) + 1 : undefined }
}

const secondsUntil = (time: Date, now: Date) => Math.max(0, Math.ceil((time.getTime() - now.getTime()) / 1000))

async function runChunk(deps: Deps, job: ClaimedJob): Promise<Outcome> {
  const { db, now } = deps
  const [[claimed], rows, window] = await db.batch([
    db.select({ id: jobs.id }).from(jobs).where(isClaimedJob(job)),
    db
      .select()
      .from(jobRows)
      .where(and(eq(jobRows.jobId, job.id), eq(jobRows.status, "waiting")))
      .orderBy(asc(jobRows.position))
      .limit(CHUNK),
    db
      .select({ id: outbox.id })
      .from(outbox)
      .where(
        sql`${outbox.resellerId} = ${job.resellerId} AND ${outbox.isBulk} = 1 AND ${outbox.status} IN ('queued', 'sending')`,
      )
      .limit(jobHandler(job.kind).sendsEmails ? BULK_WINDOW : 0),
  ])
  if (!claimed) return "lost"
  if (rows.length === 0) return "done"
  if (window.length === BULK_WINDOW) return addSeconds(now(), WINDOW_WAIT_SECONDS)
  return runRows(deps, job, rows)
}

async function finish({ db, now }: Deps, job: ClaimedJob): Promise<undefined> {
  const entry = newAuditEntry({ now }, job.resellerId, SYSTEM, "job.finished", job.id, job.kind)
  await db.batch([
    insertSelect(db, auditLog, entry, isClaimHeld(job)),
    db.update(jobs).set({ status: "done", finishedAt: now(), claimId: null, nextRunAt: null }).where(isClaimedJob(job)),
  ])
}

async function endTurn({ db, now, enqueueJob }: Deps, job: ClaimedJob, nextRunAt: Date): Promise<undefined> {
  const [ended] = await db
    .update(jobs)
    .set({ claimId: null, nextRunAt })
    .where(isClaimedJob(job))
    .returning({ id: jobs.id })
  if (ended) enqueueJob(job.id, secondsUntil(nextRunAt, now()))
}

/** Gives a turn to running jobs whose queue message or runner was lost. */
export async function requeueStalledJobs({ db, now, config, enqueueJob }: Deps): Promise<void> {
  const stalled = await db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(sql`${jobs.status} = 'running'`, lte(jobs.nextRunAt, addSeconds(now(), -config.firstRetrySeconds))))
    .orderBy(jobs.nextRunAt)
    .limit(STALLED_BATCH)
  for (const { id } of stalled) enqueueJob(id)
}
