import { and, type SQL, sql } from "drizzle-orm"
import { type JobRow, jobRows } from "../../storage/schema.ts"
import type { Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import type { AuditAction } from "../events/audit-actions.ts"
import { entryIdOf, newAuditEntry } from "../events/audit-log.ts"
import { recordEventsStatements } from "../events/record-event.ts"
import { type ClaimedJob, starterOf } from "./handler.ts"
import { isWaitingRow } from "./results.ts"

/** One change to the invites of a chunk, each of which it may or may not apply to. */
type BulkChange = {
  /** SQL: the id of the change of the invite of this id, which is that of its audit entry. */
  changeId: (inviteId: SQL) => SQL
  /** SQL condition on `invites`: an invite of a row that still waits, while the runner has its claim. */
  isTarget: SQL
  /** SQL condition: the change was applied to the invite of this id. */
  isApplied: (inviteId: SQL) => SQL
  /** The statements that record each applied change as a single one is recorded. `detail` is SQL on `invite`. */
  recordStatements: (detail?: SQL) => Statement[]
  /** The statement that writes the results. `code` is SQL on `invite`: why the change wasn't applied, `unchanged` if it needn't be. */
  resultStatement: (code: SQL) => Statement
}

/** The parts of a batch that makes one change to the invites of a job's rows. */
export function bulkChange(
  deps: Pick<Deps, "db" | "now">,
  job: ClaimedJob,
  action: AuditAction,
  rows: Pick<JobRow, "position">[],
): BulkChange {
  const { db } = deps
  const entry = newAuditEntry(deps, job.resellerId, starterOf(job), action, "")
  const changeId = (inviteId: SQL) => entryIdOf(entry, inviteId)
  const waitingRows = isWaitingRow(job, rows)
  const isApplied = (inviteId: SQL) =>
    sql`EXISTS (SELECT 1 FROM invites AS changed WHERE changed.id = ${inviteId} AND changed.last_change_id = ${changeId(inviteId)})`
  const source = sql`job_rows CROSS JOIN invites AS invite ON invite.id = job_rows.invite_id
    AND invite.last_change_id = ${changeId(sql`invite.id`)}`
  return {
    changeId,
    // The + keeps SQLite from reading all invites of the reseller.
    isTarget: sql`invites.id IN (SELECT job_rows.invite_id FROM job_rows WHERE ${waitingRows})
      AND +invites.audience_id = ${job.resellerId}`,
    isApplied,
    recordStatements: (detail) =>
      recordEventsStatements(deps, entry, {
        from: source,
        where: waitingRows,
        sequence: sql`printf('%04d', job_rows.position)`,
        detail,
      }),
    resultStatement: (code) => {
      const result = sql`coalesce((SELECT CASE WHEN ${isApplied(sql`invite.id`)} THEN '' ELSE ${code} END FROM invites AS invite
        WHERE invite.id = job_rows.invite_id AND invite.audience_id = ${job.resellerId}), 'not_found')`
      return db
        .update(jobRows)
        .set({
          code: sql`nullif(result.code, '')`,
          status: sql`iif(result.code IN ('', 'unchanged'), 'done', 'failed')`,
        })
        .from(sql`(SELECT position, ${result} AS code FROM job_rows WHERE ${waitingRows}) AS result`)
        .where(and(waitingRows, sql`${jobRows.position} = result.position`))
    },
  }
}
