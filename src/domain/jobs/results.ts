import { and, type SQL, sql } from "drizzle-orm"
import { type JobRow, jobRows } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import { type ClaimedJob, isClaimHeld } from "./handler.ts"

/** A result that is known before the batch. `detail` is shown with it. */
export type RowResult = Pick<JobRow, "position" | "code"> & {
  status: "done" | "failed"
  detail?: string | null
  inviteId?: string | null
}

/** The statement that writes known results of rows that still wait. */
export function writeResultsStatement({ db }: Pick<Deps, "db">, job: ClaimedJob, results: RowResult[]) {
  const values = results.map(({ position, status, code, detail = null, inviteId = null }) => [
    position,
    status,
    code,
    detail,
    inviteId,
  ])
  return db
    .update(jobRows)
    .set({
      status: sql`result.value ->> 1`,
      code: sql`result.value ->> 2`,
      detail: sql`result.value ->> 3`,
      inviteId: sql`coalesce(result.value ->> 4, ${jobRows.inviteId})`,
    })
    .from(sql`json_each(${JSON.stringify(values)}) AS result`)
    .where(and(isWaitingRow(job, results), sql`${jobRows.position} = result.value ->> 0`))
}

/** SQL condition on `job_rows`: one of these rows of the job, if it still waits and the runner still has its claim. */
export function isWaitingRow(job: ClaimedJob, rows: Pick<JobRow, "position">[]): SQL {
  return sql`job_rows.job_id = ${job.id} AND job_rows.status = 'waiting' AND ${isClaimHeld(job)}
    AND job_rows.position IN (SELECT value FROM json_each(${JSON.stringify(rows.map(({ position }) => position))}))`
}
