import { and, asc, desc, eq, gt, lt, type SQL, sql } from "drizzle-orm"
import type { Db } from "../../storage/db.ts"
import type { PageRequest } from "../../storage/paging.ts"
import { type BillingAccount, type Job, type JobRow, jobRows, jobs } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize, can } from "../access/permissions.ts"
import { billingAccountsQuery } from "../billing/accounts.ts"
import type { Deps } from "../deps.ts"
import { Failure, type FieldError } from "../failure.ts"
import type { SimilarCompany } from "../invites/similar-companies.ts"
import { waitingEmailsQuery } from "../jobs/jobs.ts"
import type { TableRow } from "./read-table.ts"
import type { ImportParams, RowInput } from "./row-fields.ts"
import type { SimilarRow } from "./similar-rows.ts"
import type { Verdict } from "./verdicts.ts"

/** A job that imports invites. */
export type Import = Omit<Job, "params"> & { params: ImportParams }

export const toImport = (job: Job) => ({ ...job, params: job.params as ImportParams })

/** The statement that finds an import of the actor's reseller. */
export const importQuery = (db: Db, actor: ResellerActor, id: string) =>
  db.select().from(jobs).where(isImportOf(actor, id))

export const isImportOf = (actor: ResellerActor, id: string) =>
  and(eq(jobs.id, id), eq(jobs.resellerId, actor.reseller.id), eq(jobs.kind, "import"))

/** SQL condition: the row belongs to an import of the actor's reseller. */
const isRowOf = (actor: ResellerActor, id: string) =>
  sql`${jobRows.jobId} = ${id} AND EXISTS (SELECT 1 FROM ${jobs} WHERE ${isImportOf(actor, id)})`

const INPUT = {
  position: jobRows.position,
  input: sql`${jobRows.input}`.mapWith((json: string): RowInput => JSON.parse(json)),
}

/** The statement that reads what all rows of an import are made from, in their order. */
export const importRowsQuery = (db: Db, actor: ResellerActor, id: string) =>
  db.select(INPUT).from(jobRows).where(isRowOf(actor, id)).orderBy(jobRows.position)

/** The statement that reads one row. */
export const rowQuery = (db: Db, actor: ResellerActor, id: string, position: number) =>
  db
    .select(INPUT)
    .from(jobRows)
    .where(and(isRowOf(actor, id), eq(jobRows.position, position)))

/** The statement that reads the rows with the same address as this one, and those with `email`. */
export function groupQuery(db: Db, actor: ResellerActor, id: string, position: number, email: string | undefined) {
  const address = sql`json_extract(${jobRows.detail}, '$.email')`
  const current = sql`(SELECT json_extract(detail, '$.email') FROM job_rows AS current WHERE current.job_id = ${id} AND current.position = ${position})`
  return db
    .select(INPUT)
    .from(jobRows)
    .where(and(isRowOf(actor, id), sql`${address} IN (${current}, ${email ?? null})`))
    .orderBy(jobRows.position)
}

/** The statement that reads what is compared of the rows that could be sent. */
export const comparedRowsQuery = (db: Db, actor: ResellerActor, id: string) => {
  const detail = (name: string) =>
    sql`coalesce(json_extract(${jobRows.detail}, ${`$.${name}`}), '')`.mapWith(String).as(name)
  return db
    .select({
      position: jobRows.position,
      company: detail("company"),
      email: detail("email"),
      similarRow: detail("similarRow"),
    })
    .from(jobRows)
    .where(and(isRowOf(actor, id), eq(jobRows.status, "waiting")))
}

/** Returns an import. Throws `not_found` and `forbidden`. */
export async function getImport(deps: Pick<Deps, "read" | "db">, actor: ResellerActor, id: string): Promise<Import> {
  authorize(actor, "invites:write")
  const [[job]] = await deps.read([importQuery(deps.db, actor, id)])
  if (!job) throw new Failure({ kind: "not_found" })
  return toImport(job)
}

/** What is stored about a row besides its input: why it isn't sent, and its address. */
export type RowDetail = { errors?: FieldError[]; email?: string; similar?: SimilarCompany; similarRow?: SimilarRow }

export type ImportRowState = Omit<JobRow, "detail" | "input"> & { detail: RowDetail; input: RowInput | null }

/** Which rows a page shows: those with a verdict or in a status, or all, problems first. */
export type RowFilter = { code?: Verdict | undefined; status?: JobRow["status"] | undefined }
export type RowCursor = { before?: string | undefined; after?: string | undefined }

export const IMPORT_PAGE_SIZE = 50

export type ImportRowPage = {
  rows: ImportRowState[]
  next: string | undefined
  previous: string | undefined
}

/** An import with a page of its rows, those with problems first. Throws `not_found` and `forbidden`. */
export async function getImportPage(
  { db, read }: Pick<Deps, "read" | "db">,
  actor: ResellerActor,
  id: string,
  shown: RowFilter & RowCursor,
): Promise<{ job: Import; page: ImportRowPage; waitingEmails: number }> {
  authorize(actor, "invites:write")
  const [[job], found, [waiting]] = await read([
    importQuery(db, actor, id),
    problemsFirstQuery(db, id, shown, IMPORT_PAGE_SIZE),
    waitingEmailsQuery(db, actor.reseller.id),
  ])
  if (!job) throw new Failure({ kind: "not_found" })
  return { job: toImport(job), page: toImportPage(found, shown, IMPORT_PAGE_SIZE), waitingEmails: waiting?.n ?? 0 }
}

/** A page of the rows of an import, those with problems first. Call `getImport` before: this doesn't check who asks. */
export async function listImportRows(
  { db, read }: Pick<Deps, "read" | "db">,
  { id }: Pick<Import, "id">,
  shown: RowFilter & RowCursor,
  size: number,
): Promise<ImportRowPage> {
  const [found] = await read([problemsFirstQuery(db, id, shown, size)])
  return toImportPage(found, shown, size)
}

function problemsFirstQuery(db: Db, id: string, { code, status, ...cursor }: RowFilter & RowCursor, size: number) {
  const order = cursor.before === undefined ? asc : desc
  return db
    .select()
    .from(jobRows)
    .where(
      and(
        eq(jobRows.jobId, id),
        status && eq(jobRows.status, status),
        code && eq(jobRows.code, code),
        isBeyond(cursor),
      ),
    )
    .orderBy(order(jobRows.status), order(jobRows.position))
    .limit(size + 1)
}

/** One row more than the size of a page tells that there are more. */
function toImportPage(found: JobRow[], cursor: RowCursor, size: number): ImportRowPage {
  const isBackwards = cursor.before !== undefined
  const hasMore = found.length > size
  const rows = found.slice(0, size)
  if (isBackwards) rows.reverse()
  const [first, last] = [rows[0], rows.at(-1)]
  return {
    rows: rows.map(toRowState),
    next: last && (hasMore || isBackwards) ? toCursor(last) : undefined,
    previous: first && (isBackwards ? hasMore : cursor.after !== undefined) ? toCursor(first) : undefined,
  }
}

const toCursor = ({ status, position }: JobRow) => `${status}.${position}`

function isBeyond({ before, after }: RowCursor): SQL | undefined {
  const [status, position] = (before ?? after ?? "").split(".")
  if (!status || !position || !/^\d{1,9}$/.test(position)) return undefined
  const place = sql`(${status}, ${Number(position)})`
  return before === undefined
    ? sql`(${jobRows.status}, ${jobRows.position}) > ${place}`
    : sql`(${jobRows.status}, ${jobRows.position}) < ${place}`
}

export const toRowState = (row: JobRow): ImportRowState => ({
  ...row,
  detail: row.detail?.startsWith("{") ? JSON.parse(row.detail) : {},
  input: row.input as RowInput | null,
})

const RECENT = 20

/** The latest imports of the actor's reseller. Throws `forbidden`. */
export async function listImports({ db, read }: Pick<Deps, "read" | "db">, actor: ResellerActor): Promise<Import[]> {
  authorize(actor, "invites:write")
  const [rows] = await read([
    db
      .select()
      .from(jobs)
      .where(and(eq(jobs.resellerId, actor.reseller.id), eq(jobs.kind, "import")))
      .orderBy(desc(jobs.id))
      .limit(RECENT),
  ])
  return rows.map(toImport)
}

type DraftPart<T> = { draft: Import } & T

/**
 * An import that isn't started, with the cells of its first rows and the billing accounts that the actor can see. Throws `not_found`
 * and `forbidden`.
 */
export async function getDraftSample(
  { db, read }: Pick<Deps, "read" | "db">,
  actor: ResellerActor,
  id: string,
  count: number,
): Promise<DraftPart<{ rows: TableRow[]; accounts: BillingAccount[] }>> {
  authorize(actor, "invites:write")
  const [[job], rows, accounts = []] = await read([
    importQuery(db, actor, id),
    db.select(INPUT).from(jobRows).where(isRowOf(actor, id)).orderBy(jobRows.position).limit(count),
    ...(can(actor, "billing:read") ? [billingAccountsQuery(db, actor.reseller.id)] : []),
  ])
  const firstRows = rows.map(({ position, input }) => ({ position, cells: input?.cells ?? [] }))
  return { draft: toDraft(job), rows: firstRows, accounts }
}

/** An import that isn't started, with the emails that running jobs have yet to enqueue. Throws `not_found` and `forbidden`. */
export async function getDraftWithEmails(
  { db, read }: Pick<Deps, "read" | "db">,
  actor: ResellerActor,
  id: string,
): Promise<DraftPart<{ waitingEmails: number }>> {
  authorize(actor, "invites:write")
  const [[job], [waiting]] = await read([importQuery(db, actor, id), waitingEmailsQuery(db, actor.reseller.id)])
  return { draft: toDraft(job), waitingEmails: waiting?.n ?? 0 }
}

/** The import if it is still a draft. Throws `not_found` otherwise. */
export function toDraft(job: Job | undefined): Import {
  if (job?.status !== "draft") throw new Failure({ kind: "not_found" })
  return toImport(job)
}

/** A page of the rows of an import in their order, for a program. Its cursors are `row_` and a position: `after` leads back. */
export async function listRowsInOrder(
  { db, read }: Pick<Deps, "read" | "db">,
  { id }: Pick<Import, "id">,
  status: JobRow["status"] | undefined,
  { before, after, size }: PageRequest,
) {
  const place = Number((after ?? before)?.slice(ROW_CURSOR.length) ?? 0)
  const [found] = await read([
    db
      .select()
      .from(jobRows)
      .where(
        and(
          eq(jobRows.jobId, id),
          status && eq(jobRows.status, status),
          after === undefined ? gt(jobRows.position, place) : lt(jobRows.position, place),
        ),
      )
      .orderBy(after === undefined ? asc(jobRows.position) : desc(jobRows.position))
      .limit(size + 1),
  ])
  const hasMore = found.length > size
  const rows = found.slice(0, size)
  if (after !== undefined) rows.reverse()
  const cursorOf = (row: JobRow | undefined) => row && ROW_CURSOR + row.position
  return {
    rows: rows.map(toRowState),
    next: after !== undefined || hasMore ? cursorOf(rows.at(-1)) : undefined,
    prev: (after === undefined ? before !== undefined : hasMore) ? cursorOf(rows[0]) : undefined,
  }
}

const ROW_CURSOR = "row_"
