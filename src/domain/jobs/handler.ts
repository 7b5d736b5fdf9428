import { and, eq, type SQL, sql } from "drizzle-orm"
import { type Job, type JobRow, jobs } from "../../storage/schema.ts"
import type { Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import type { AuditActor } from "../events/audit-log.ts"

/** A job that a runner has claimed: only with this claim can it write. */
export type ClaimedJob = Job & { claimId: string }

/** What one chunk of rows does. */
export type JobStep = {
  /** Make the effects and write the rows' results, in one batch. Each is conditional on `isClaimHeld`, and on its rows still waiting. */
  statements: Statement[]
  /** The emails that were reserved for rows. Those of rows that fail are released. */
  sends?: { position: number; sendId: number }[]
  /** Set if rows have to wait for a limit: when the job continues. They aren't in the statements. */
  resumeAt?: Date | undefined
}

export type JobHandler = {
  /** Whether it sends emails to contacts. Such a job waits while many emails of its reseller's jobs do. */
  sendsEmails: boolean
  /** The step for a chunk of waiting rows, which are in order. It writes nothing itself, but can reserve emails. */
  prepare: (deps: Deps, job: ClaimedJob, rows: JobRow[]) => Promise<JobStep>
}

/** SQL condition: the job is still running, with the claim of this runner. */
export const isClaimHeld = ({ id, claimId }: ClaimedJob): SQL =>
  sql`EXISTS (SELECT 1 FROM jobs AS claimed WHERE claimed.id = ${id} AND claimed.claim_id = ${claimId} AND claimed.status = 'running')`

/** The same, on the table of jobs. */
export const isClaimedJob = ({ id, claimId }: ClaimedJob) =>
  and(eq(jobs.id, id), eq(jobs.claimId, claimId), eq(jobs.status, "running"))

/** The person, key or system that started a job. */
export const starterOf = ({ actorKind, actorId, actorName }: ClaimedJob): AuditActor => ({
  kind: actorKind,
  ...(actorId !== null && { id: actorId }),
  ...(actorName !== null && { name: actorName }),
})

/** The key of a row's email for `deps.reserveSends`. */
export const sendKey = ({ jobId, position }: Pick<JobRow, "jobId" | "position">) => `${jobId} ${position}`
