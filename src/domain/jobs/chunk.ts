import { and, eq, sql } from "drizzle-orm"
import { type JobRow, jobRows, jobs } from "../../storage/schema.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { isConstraintViolation } from "../failure.ts"
import { addSeconds } from "../outbox/outbox.ts"
import { type ClaimedJob, isClaimedJob, type JobStep } from "./handler.ts"
import { jobHandler } from "./handlers.ts"
import { writeResultsStatement } from "./results.ts"

/** How many rows one batch of statements handles. */
export const CHUNK = 25
/** How long a runner has for a chunk before another one may take its job. */
const CLAIM_SECONDS = 30

/** `done`: no row waits any more. A time: when the next turn can be. `lost`: the job was paused, cancelled or taken over. */
export type Outcome = "continues" | "done" | "lost" | Date

export const claimEnd = ({ now, config }: Pick<Deps, "now" | "config">) =>
  addSeconds(now(), Math.min(CLAIM_SECONDS, config.claimSeconds))

/** Handles rows in one batch or, if one of them violates a constraint, each in a batch of its own. */
export async function runRows(deps: Deps, job: ClaimedJob, rows: JobRow[]): Promise<Outcome> {
  try {
    return await commitStep(deps, job, rows, await jobHandler(job.kind).prepare(deps, job, rows))
  } catch (error) {
    if (!isConstraintViolation(error)) throw error
  }
  const [only] = rows
  if (only && rows.length === 1) return commitStep(deps, job, rows, conflictStep(deps, job, only))
  for (const row of rows) {
    const outcome = await runRows(deps, job, [row])
    if (outcome !== "continues") return outcome
  }
  return "continues"
}

const conflictStep = (deps: Deps, job: ClaimedJob, { position }: JobRow): JobStep => ({
  statements: [writeResultsStatement(deps, job, [{ position, status: "failed", code: "conflict" }])],
})

async function commitStep(deps: Deps, job: ClaimedJob, rows: JobRow[], step: JobStep): Promise<Outcome> {
  const { db } = deps
  const { statements, sends = [], resumeAt } = step
  if (statements.length === 0 && resumeAt) return resumeAt
  const positions = JSON.stringify(rows.map(({ position }) => position))
  const [[claimed], [current], results] = await commit(
    deps,
    [
      db
        .update(jobs)
        .set({ nextRunAt: claimEnd(deps) })
        .where(isClaimedJob(job))
        .returning({ id: jobs.id }),
      db.select({ status: jobs.status, waitingCount: jobs.waitingCount }).from(jobs).where(eq(jobs.id, job.id)),
      db
        .select({ position: jobRows.position, status: jobRows.status })
        .from(jobRows)
        .where(and(eq(jobRows.jobId, job.id), sql`${jobRows.position} IN (SELECT value FROM json_each(${positions}))`)),
    ],
    statements,
  )
  const statusOf = new Map(results.map(({ position, status }) => [position, status]))
  // The next turn gets the reservations of rows that still wait. A cancelled job has none.
  const unused = sends.filter(({ position }) => {
    const status = statusOf.get(position)
    return claimed ? status === "failed" : current?.status === "cancelled" && status !== "done"
  })
  await deps.releaseSends(
    job.resellerId,
    unused.map(({ sendId }) => sendId),
  )
  if (!claimed) return "lost"
  if (current?.waitingCount === 0) return "done"
  if (!resumeAt && results.every(({ status }) => status === "waiting"))
    throw new Error("a chunk of a job had no result")
  return resumeAt ?? "continues"
}
