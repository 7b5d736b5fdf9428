import { and, eq, inArray, sql } from "drizzle-orm"
import { insertSelect } from "../../storage/insert-select.ts"
import { auditLog, jobRows, jobs } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import { newAuditEntry, SYSTEM } from "../events/audit-log.ts"
import { DAY_MS, HOUR_MS } from "../time.ts"

/** How long the rows of an ended job keep what was entered and why it failed. */
const ROWS_DAYS = 30
/** How long after its start a paused job can be resumed. */
const PAUSED_DAYS = 30
const IMPORT_DRAFT_MS = 7 * DAY_MS
/** A bulk action is a draft only while its rows are written. */
const BULK_DRAFT_MS = HOUR_MS
/** A job has up to 5,000 rows. */
const JOBS_PER_RUN = 5

/** The exact condition of the partial index, so that SQLite uses it. */
const IS_NOT_RUNNING = sql`${jobs.status} IN ('draft', 'paused')`

/** Deletes drafts that nobody started. */
export async function deleteOldDrafts({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  const createdBefore = (ms: number) => now().getTime() - ms
  const old = db
    .select({ id: jobs.id })
    .from(jobs)
    .where(
      sql`${IS_NOT_RUNNING} AND ${jobs.status} = 'draft' AND ${jobs.createdAt} <= CASE ${jobs.kind}
        WHEN 'import' THEN ${createdBefore(IMPORT_DRAFT_MS)} ELSE ${createdBefore(BULK_DRAFT_MS)} END`,
    )
    .limit(JOBS_PER_RUN)
  await db.delete(jobs).where(inArray(jobs.id, old)) // with its rows
}

/** Cancels paused jobs that were started long ago. */
export async function cancelPausedJobs({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  const startedBefore = now().getTime() - PAUSED_DAYS * DAY_MS
  const paused = await db
    .select({ id: jobs.id, resellerId: jobs.resellerId, kind: jobs.kind })
    .from(jobs)
    .where(sql`${IS_NOT_RUNNING} AND ${jobs.status} = 'paused' AND ${jobs.startedAt} <= ${startedBefore}`)
    .limit(JOBS_PER_RUN)
  for (const { id, resellerId, kind } of paused) {
    const isPaused = and(eq(jobs.id, id), eq(jobs.status, "paused"))
    const entry = newAuditEntry({ now }, resellerId, SYSTEM, "job.cancelled", id, kind)
    await db.batch([
      insertSelect(db, auditLog, entry, sql`EXISTS (SELECT 1 FROM ${jobs} WHERE ${isPaused})`),
      db.update(jobs).set({ status: "cancelled", nextRunAt: null, finishedAt: now() }).where(isPaused),
    ])
  }
}

/** Empties the rows of jobs that ended long ago. Their results stay. */
export async function emptyEndedJobs({ db, now }: Pick<Deps, "db" | "now">): Promise<void> {
  const finishedBefore = now().getTime() - ROWS_DAYS * DAY_MS
  const ended = await db
    .select({ id: jobs.id })
    .from(jobs)
    .where(sql`${jobs.emptiedAt} IS NULL AND ${jobs.finishedAt} <= ${finishedBefore}`)
    .limit(JOBS_PER_RUN)
  for (const { id } of ended) {
    await db.batch([
      db
        .update(jobRows)
        .set({ input: null, detail: null })
        .where(and(eq(jobRows.jobId, id), sql`coalesce(${jobRows.input}, ${jobRows.detail}) IS NOT NULL`)),
      db
        .update(jobs)
        .set({ emptiedAt: now(), fileName: null, params: sql`json_remove(${jobs.params}, '$.header')` })
        .where(eq(jobs.id, id)),
    ])
  }
}
