import { and, eq, getTableColumns, inArray, sql } from "drizzle-orm"
import { type Cursor, newestFirst, type Page, type PageRequest, toPage } from "../../storage/paging.ts"
import { invites, type Job, type JobRow, jobRows, jobs } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps, JobAllowance } from "../deps.ts"
import { Failure } from "../failure.ts"
import { DAY_MS, HOUR_MS, SECOND_MS } from "../time.ts"
import { EMAILING_KINDS, jobHandler } from "./handlers.ts"
import { eachPage, ROW_PAGE_SIZE, type RowFilter, rowPageQuery, toRowPage } from "./row-pages.ts"

/** The statement that reads one job of a reseller. */
export const jobQuery = (db: Deps["db"], resellerId: string, id: string) =>
  db
    .select()
    .from(jobs)
    .where(and(eq(jobs.id, id), eq(jobs.resellerId, resellerId)))
    .limit(1)

/** One job of the actor's reseller. Throws `not_found` and `forbidden`. */
export async function getJob({ db, read }: Deps, actor: ResellerActor, id: string): Promise<Job> {
  authorize(actor, "invites:write")
  const [[job]] = await read([jobQuery(db, actor.reseller.id, id)])
  if (!job) throw new Failure({ kind: "not_found" })
  return job
}

/** The bulk actions of the actor's reseller, newest first. Throws `forbidden`. */
export async function listBulkJobs({ db, read }: Deps, actor: ResellerActor, page: PageRequest): Promise<Page<Job>> {
  authorize(actor, "invites:write")
  const isBulk = and(
    eq(jobs.resellerId, actor.reseller.id),
    sql`${jobs.kind} <> 'import' AND ${jobs.status} <> 'draft'`,
  )
  const [rows] = await read([newestFirst(db.select().from(jobs).$dynamic(), jobs.id, isBulk, page)])
  return toPage(rows, page)
}

/** The statement that counts the emails that the running jobs of a reseller have yet to enqueue. */
export const waitingEmailsQuery = (db: Deps["db"], resellerId: string) =>
  db
    .select({ n: sql<number>`coalesce(sum(${jobs.waitingCount}), 0)`.as("n") })
    .from(jobs)
    .where(
      and(sql`${jobs.resellerId} = ${resellerId} AND ${jobs.status} = 'running'`, inArray(jobs.kind, EMAILING_KINDS)),
    )

/**
 * About when a job that runs, or starts now, will be done. Undefined if the hourly limit lets no job send anything. `waitingEmails` is
 * what `waitingEmailsQuery` found.
 */
export async function jobEstimate(deps: Deps, job: Job, waitingEmails?: number): Promise<Date | undefined> {
  const byPace = paceEstimate(job, deps.now())
  if (!jobHandler(job.kind).sendsEmails) return byPace
  const added = job.status === "running" ? 0 : job.waitingCount
  const byLimits = await emailsEstimate(deps, job.resellerId, added, waitingEmails)
  return byLimits && later(byLimits, byPace)
}

const later = (one: Date, other: Date) => (one > other ? one : other)

/** What a job did longer ago says little about its pace: it may have waited for the hourly limit or been paused. */
const PACE_MS = HOUR_MS

/** When a running job will be done at its pace so far; `now` if nobody knows. */
function paceEstimate({ status, startedAt, rowCount, waitingCount }: Job, now: Date): Date {
  const handled = rowCount - waitingCount
  const elapsedMs = now.getTime() - (startedAt ?? now).getTime()
  if (status !== "running" || handled === 0 || elapsedMs > PACE_MS) return now
  return new Date(now.getTime() + (elapsedMs / handled) * waitingCount)
}

/**
 * About when the running jobs of a reseller, and another one with `added` emails, will have sent their emails within the limits of the
 * reseller and of the deployment. Undefined if the hourly limit lets no job send anything.
 */
export async function emailsEstimate(
  deps: Deps,
  resellerId: string,
  added = 0,
  waitingEmails?: number,
): Promise<Date | undefined> {
  const now = deps.now()
  const [allowance, waiting] = await Promise.all([
    deps.jobAllowance(resellerId),
    waitingEmails ?? countWaitingEmails(deps, resellerId),
  ])
  const { now: free, perHour, resetAt = now } = allowance
  const emails = waiting + added
  const ofDeployment = new Date(now.getTime() + deploymentMs(allowance, emails))
  if (emails <= free) return ofDeployment
  if (perHour === 0) return undefined
  const hours = Math.ceil((emails - free) / perHour) - 1
  // What is sent now is free again in an hour.
  const nextAt = free > 0 ? now.getTime() + HOUR_MS : resetAt.getTime()
  return later(ofDeployment, new Date(nextAt + hours * HOUR_MS))
}

/** The least time that the deployment needs for this many emails. */
function deploymentMs({ perSecond, perDay }: JobAllowance, emails: number): number {
  const days = perDay > 0 ? Math.floor((emails - 1) / perDay) : 0
  const seconds = perSecond > 0 ? emails / perSecond : 0
  return Math.max(0, days * DAY_MS, seconds * SECOND_MS)
}

async function countWaitingEmails({ db, read }: Deps, resellerId: string): Promise<number> {
  const [[waiting]] = await read([waitingEmailsQuery(db, resellerId)])
  return waiting?.n ?? 0
}

/** A row of a job with the names of its invite, as its page and file show it. */
export type ListedRow = JobRow & { companyName: string | null; contactName: string | null; contactEmail: string | null }

type JobPage = { job: Job; page: Page<ListedRow>; waitingEmails: number }

/** One job of the actor's reseller with a page of its rows, in order. Throws `not_found` and `forbidden`. */
export async function getJobPage(
  { db, read }: Deps,
  actor: ResellerActor,
  id: string,
  shown: RowFilter & Cursor,
): Promise<JobPage> {
  authorize(actor, "invites:write")
  const request = { ...shown, size: ROW_PAGE_SIZE }
  const [[job], found, [waiting]] = await read([
    jobQuery(db, actor.reseller.id, id),
    rowPageQuery(listedRows(db), id, shown, "position", request),
    waitingEmailsQuery(db, actor.reseller.id),
  ])
  if (!job) throw new Failure({ kind: "not_found" })
  return { job, page: toRowPage(found, "position", request), waitingEmails: waiting?.n ?? 0 }
}

const EXPORT_PAGE = 1_000

/** Yields all rows of a job, a page at a time. */
export const exportJobRows = ({ db, read }: Deps, { id }: Job): AsyncGenerator<ListedRow[]> =>
  eachPage(async (cursor) => {
    const request = { ...cursor, size: EXPORT_PAGE }
    const [found] = await read([rowPageQuery(listedRows(db), id, {}, "position", request)])
    return toRowPage(found, "position", request)
  })

const listedRows = (db: Deps["db"]) =>
  db
    .select({
      ...getTableColumns(jobRows),
      companyName: invites.companyName,
      contactName: invites.contactName,
      contactEmail: invites.contactEmail,
    })
    .from(jobRows)
    .leftJoin(invites, eq(invites.id, jobRows.inviteId))
    .$dynamic()
