import { and, asc, eq, getTableColumns, gt, inArray, sql } from "drizzle-orm"
import { newestFirst, type Page, type PageRequest, toPage } from "../../storage/paging.ts"
import { invites, type Job, type JobRow, jobRows, jobs } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { Failure } from "../failure.ts"
import { HOUR_MS } from "../time.ts"
import { EMAILING_KINDS, jobHandler } from "./handlers.ts"

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
 * About when a job will be done that runs or starts now. Undefined if the hourly limit lets no job send anything. `waitingEmails` is
 * what `waitingEmailsQuery` found.
 */
export async function jobEstimate(
  deps: Deps,
  { resellerId, kind, status, waitingCount }: Job,
  waitingEmails?: number,
): Promise<Date | undefined> {
  if (!jobHandler(kind).sendsEmails) return deps.now()
  return emailsEstimate(deps, resellerId, status === "running" ? 0 : waitingCount, waitingEmails)
}

/**
 * About when the running jobs of a reseller, and one of so many more emails, will have sent them at the pace of the hourly limit.
 * Undefined if that lets no job send anything.
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
  if (emails <= free) return now
  if (perHour === 0) return undefined
  const hours = Math.ceil((emails - free) / perHour) - 1
  // What is sent now is free again in an hour.
  const nextAt = free > 0 ? now.getTime() + HOUR_MS : resetAt.getTime()
  return new Date(nextAt + hours * HOUR_MS)
}

async function countWaitingEmails({ db, read }: Deps, resellerId: string): Promise<number> {
  const [[waiting]] = await read([waitingEmailsQuery(db, resellerId)])
  return waiting?.n ?? 0
}

/** A row of a job with the names of its invite, as its page and file show it. */
export type ListedRow = JobRow & { companyName: string | null; contactName: string | null; contactEmail: string | null }

const ROWS_PAGE = 50

export type RowPage = { rows: ListedRow[]; next: number | undefined }

type JobPage = { job: Job; page: RowPage; waitingEmails: number }

/** One job of the actor's reseller with a page of its rows, in order, after a position. Throws `not_found` and `forbidden`. */
export async function getJobPage(
  { db, read }: Deps,
  actor: ResellerActor,
  id: string,
  { status, after }: { status: JobRow["status"] | undefined; after: number },
): Promise<JobPage> {
  authorize(actor, "invites:write")
  const [[job], found, [waiting]] = await read([
    jobQuery(db, actor.reseller.id, id),
    jobRowsQuery(db, id, { status, after, size: ROWS_PAGE + 1 }),
    waitingEmailsQuery(db, actor.reseller.id),
  ])
  if (!job) throw new Failure({ kind: "not_found" })
  return { job, page: toRowPage(found, ROWS_PAGE), waitingEmails: waiting?.n ?? 0 }
}

function toRowPage(found: ListedRow[], size: number): RowPage {
  const rows = found.slice(0, size)
  return { rows, next: found.length > size ? rows.at(-1)?.position : undefined }
}

const EXPORT_PAGE = 1_000

/** Yields all rows of a job, a page at a time. */
export async function* exportJobRows({ db, read }: Deps, job: Job): AsyncGenerator<ListedRow[]> {
  let after: number | undefined = 0
  while (after !== undefined) {
    const [found]: [ListedRow[]] = await read([
      jobRowsQuery(db, job.id, { status: undefined, after, size: EXPORT_PAGE + 1 }),
    ])
    const page = toRowPage(found, EXPORT_PAGE)
    yield page.rows
    after = page.next
  }
}

type RowRequest = { status: JobRow["status"] | undefined; after: number; size: number }

const jobRowsQuery = (db: Deps["db"], jobId: string, { status, after, size }: RowRequest) =>
  db
    .select({
      ...getTableColumns(jobRows),
      companyName: invites.companyName,
      contactName: invites.contactName,
      contactEmail: invites.contactEmail,
    })
    .from(jobRows)
    .leftJoin(invites, eq(invites.id, jobRows.inviteId))
    .where(and(eq(jobRows.jobId, jobId), status && eq(jobRows.status, status), gt(jobRows.position, after)))
    .orderBy(asc(jobRows.position))
    .limit(size)
