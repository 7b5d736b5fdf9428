import { and, eq, inArray, type SQL, sql } from "drizzle-orm"
import { insertSelect } from "../../storage/insert-select.ts"
import { auditLog, type Job, jobs } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import type { AuditAction } from "../events/audit-actions.ts"
import { isRecorded, newAuditEntry } from "../events/audit-log.ts"
import { Failure } from "../failure.ts"
import { storeResponseStatements } from "../idempotency.ts"
import { hasVersion, requireVersion, type Versions } from "../versions.ts"
import { jobQuery } from "./jobs.ts"

type Status = Job["status"]
type Change = { action: AuditAction; from: Status[]; to: Partial<Job> & { status: Status } }

/**
 * Starts a draft. Like the others, it changes nothing in a job with another status, and returns the job as it is then. Throws
 * `not_found` and `forbidden`.
 */
export async function startJob(deps: Deps, actor: ResellerActor, id: string): Promise<Job> {
  return changeStatus(deps, actor, id, startChange(deps))
}

/**
 * Stops a running job between two chunks of rows. A chunk that is being handled has no effect. The version of a job is its status:
 * with `versions`, this and the next two throw `version_conflict` at any other.
 */
export async function pauseJob(deps: Deps, actor: ResellerActor, id: string, versions?: Versions): Promise<Job> {
  const to = { status: "paused", claimId: null, nextRunAt: null } as const
  return changeStatus(deps, actor, id, { action: "job.paused", from: ["running"], to }, versions)
}

/** Continues a paused job. */
export async function resumeJob(deps: Deps, actor: ResellerActor, id: string, versions?: Versions): Promise<Job> {
  const to = { status: "running", nextRunAt: deps.now() } as const
  return changeStatus(deps, actor, id, { action: "job.resumed", from: ["paused"], to }, versions)
}

/** Ends a job for good. Rows that still wait stay as they are. */
export async function cancelJob(deps: Deps, actor: ResellerActor, id: string, versions?: Versions): Promise<Job> {
  const to = { status: "cancelled", claimId: null, nextRunAt: null, finishedAt: deps.now() } as const
  return changeStatus(deps, actor, id, { action: "job.cancelled", from: ["running", "paused"], to }, versions)
}

/** The statements that start a draft, for a batch. Afterwards, call `deps.enqueueJob`. */
export const startStatements = (deps: Pick<Deps, "db" | "now">, actor: ResellerActor, id: string): Statement[] => [
  ...changeStatements(deps, actor, id, startChange(deps)),
]

const startChange = ({ now }: Pick<Deps, "now">): Change => ({
  action: "job.started",
  from: ["draft"],
  to: { status: "running", startedAt: now(), nextRunAt: now() },
})

async function changeStatus(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  { from, ...change }: Change,
  versions?: Versions,
): Promise<Job> {
  authorize(actor, "invites:write")
  const allowed = from.filter((status) => !versions || versions.includes(status))
  const entry = newAuditEntry(deps, actor.reseller.id, actor, change.action, id)
  const isDone = sql`(${hasVersion(jobs.status, versions)} OR ${isRecorded(entry)})`
  const [[before], , changed, [job]] = await deps.db.batch([
    jobQuery(deps.db, actor.reseller.id, id),
    ...changeStatements(deps, actor, id, { ...change, from: allowed }, entry),
    jobQuery(deps.db, actor.reseller.id, id),
    ...storeResponseStatements(deps, jobs, id, sql`${jobs.resellerId} = ${actor.reseller.id} AND ${isDone}`),
  ])
  if (!before || !job) throw new Failure({ kind: "not_found" })
  requireVersion(versions, before.status)
  if (changed.length > 0 && job.status === "running") deps.enqueueJob(id)
  return job
}

function changeStatements(
  { db, now }: Pick<Deps, "db" | "now">,
  actor: ResellerActor,
  id: string,
  change: Change,
  entry = newAuditEntry({ now }, actor.reseller.id, actor, change.action, id),
) {
  const resellerId = actor.reseller.id
  const isChanged = and(eq(jobs.id, id), eq(jobs.resellerId, resellerId), inArray(jobs.status, change.from))
  const detail = sql`(SELECT kind FROM jobs WHERE id = ${id})`
  return [
    insertSelect(db, auditLog, { ...entry, detail }, exists(isChanged)),
    db.update(jobs).set(change.to).where(isChanged).returning({ id: jobs.id }),
  ] as const
}

const exists = (condition: SQL | undefined) => sql`EXISTS (SELECT 1 FROM ${jobs} WHERE ${condition})`
