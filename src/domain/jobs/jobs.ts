import { and, asc, eq, gt, sql } from "drizzle-orm"
import { newestFirst, type Page, type PageRequest, toPage } from "../../storage/paging.ts"
import { type Job, type JobRow, jobRows, jobs } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { Failure } from "../failure.ts"
import { HOUR_MS } from "../time.ts"
import { jobHandler } from "./handlers.ts"

/** The statement that reads one job of a reseller. */
export const jobQuery = (db: Deps["db"], resellerId: string, id: string) =>
  db
    .select()
    .from(jobs)
    .where(and(eq(jobs.id, id), eq(jobs.resellerId, resellerId)))
    .limit(1)

/** One job of the actor's reseller. Throws `not_found` and `forbidden`. */
export async function findJob({ db, read }: Deps, actor: ResellerActor, id: string): Promise<Job> {
  authorize(actor, "invites:write")
  const [[job]] = await read([jobQuery(db, actor.reseller.id, id)])
  if (!job) throw new Failure({ kind: "not_found" })
  return job
}

/** The jobs of the actor's reseller, newest first. Throws `forbidden`. */
export async function listJobs({ db, read }: Deps, actor: ResellerActor, page: PageRequest): Promise<Page<Job>> {
  authorize(actor, "invites:write")
  const isOwn = eq(jobs.resellerId, actor.reseller.id)
  const [rows] = await read([newestFirst(db.select().from(jobs).$dynamic(), jobs.id, isOwn, page)])
  return toPage(rows, page)
}

/** The statement that reads how many jobs of a reseller are running, and how many rows they have yet to handle. */
export const runningJobsQuery = (db: Deps["db"], resellerId: string) =>
  db
    .select({
      count: sql<number>`count(*)`.as("count"),
      waitingCount: sql<number>`coalesce(sum(${jobs.waitingCount}), 0)`.as("waiting_count"),
    })
    .from(jobs)
    .where(and(eq(jobs.resellerId, resellerId), eq(jobs.status, "running")))

/** About when a running job will be done. Undefined if the hourly limit lets no job send anything. */
export async function jobEstimate(
  deps: Deps,
  { resellerId, kind, waitingCount }: Pick<Job, "resellerId" | "kind" | "waitingCount">,
): Promise<Date | undefined> {
  return jobHandler(kind).sendsEmails ? emailsEstimate(deps, resellerId, waitingCount) : deps.now()
}

/**
 * About when the jobs of a reseller will have sent so many emails at the pace of the hourly limit. Undefined if that lets no job send
 * anything.
 */
export async function emailsEstimate(deps: Deps, resellerId: string, emails: number): Promise<Date | undefined> {
  const now = deps.now()
  if (emails === 0) return now
  const { now: free, perHour, resetAt = now } = await deps.bulkAllowance(resellerId)
  if (emails <= free) return now
  if (perHour === 0) return undefined
  const hours = Math.ceil((emails - free) / perHour) - 1
  return new Date(Math.max(resetAt.getTime(), now.getTime()) + hours * HOUR_MS)
}

export type JobRowFilter = { status?: JobRow["status"] | undefined }

/** Where rows are read: after this position. */
export type RowCursor = { after?: number | undefined; size: number }

/** The statement that reads rows of a job in order, from the cursor on. */
export function jobRowsQuery(db: Deps["db"], jobId: string, { status }: JobRowFilter, { after, size }: RowCursor) {
  return db
    .select()
    .from(jobRows)
    .where(
      and(
        eq(jobRows.jobId, jobId),
        status && eq(jobRows.status, status),
        after === undefined ? undefined : gt(jobRows.position, after),
      ),
    )
    .orderBy(asc(jobRows.position))
    .limit(size)
}
