import { and, eq, sql } from "drizzle-orm"
import type { Db } from "../../storage/db.ts"
import { type Cursor, newestFirst, type Page, type PageRequest, toPage } from "../../storage/paging.ts"
import { type BillingAccount, type Job, type JobRow, jobRows, jobs } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize, can } from "../access/permissions.ts"
import { billingAccountsQuery } from "../billing/accounts.ts"
import type { Deps } from "../deps.ts"
import { Failure, type FieldError } from "../failure.ts"
import type { SimilarCompany } from "../invites/similar-companies.ts"
import { waitingEmailsQuery } from "../jobs/jobs.ts"
import { ROW_PAGE_SIZE, type RowFilter, type RowOrder, rowPageQuery, toRowPage } from "../jobs/row-pages.ts"
import type { TableRow } from "./read-table.ts"
import type { ImportParams, RowInput } from "./row-fields.ts"
import type { SimilarRow } from "./similar-rows.ts"

/** A job that imports invites. */
export type Import = Omit<Job, "params"> & { params: ImportParams }

const toImport = (job: Job) => ({ ...job, params: job.params as ImportParams })

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

/** The statement that reads what these rows are made from. */
export const rowsAtQuery = (db: Db, actor: ResellerActor, id: string, positions: Iterable<number>) =>
  db
    .select(INPUT)
    .from(jobRows)
    .where(
      and(
        isRowOf(actor, id),
        sql`${jobRows.position} IN (SELECT value FROM json_each(${JSON.stringify([...positions])}))`,
      ),
    )

/** The statement that reads what is compared of the rows. */
export const comparedRowsQuery = (db: Db, actor: ResellerActor, id: string) => {
  const detail = (name: string) =>
    sql`coalesce(json_extract(${jobRows.detail}, ${`$.${name}`}), '')`.mapWith(String).as(name)
  return db
    .select({
      position: jobRows.position,
      company: detail("company"),
      email: detail("email"),
      externalId: detail("externalId"),
      similarRow: detail("similarRow"),
      status: jobRows.status,
    })
    .from(jobRows)
    .where(isRowOf(actor, id))
}

/** Returns an import. Throws `not_found` and `forbidden`. */
export async function getImport(deps: Pick<Deps, "read" | "db">, actor: ResellerActor, id: string): Promise<Import> {
  authorize(actor, "invites:write")
  const [[job]] = await deps.read([importQuery(deps.db, actor, id)])
  if (!job) throw new Failure({ kind: "not_found" })
  return toImport(job)
}

/** What is stored about a row besides its input: why it isn't sent, and its address. */
type RowDetail = { errors?: FieldError[]; email?: string; similar?: SimilarCompany; similarRow?: SimilarRow }

export type ImportRowState = Omit<JobRow, "detail" | "input"> & { detail: RowDetail; input: RowInput | null }

/** An import with a page of its rows, by status. Throws `not_found` and `forbidden`. */
export async function getImportPage(
  { db, read }: Pick<Deps, "read" | "db">,
  actor: ResellerActor,
  id: string,
  shown: RowFilter & Cursor,
): Promise<{ job: Import; page: Page<ImportRowState>; waitingEmails: number }> {
  authorize(actor, "invites:write")
  const request = { ...shown, size: ROW_PAGE_SIZE }
  const [[job], found, [waiting]] = await read([
    importQuery(db, actor, id),
    rowPageQuery(db.select().from(jobRows).$dynamic(), id, shown, "status", request),
    waitingEmailsQuery(db, actor.reseller.id),
  ])
  if (!job) throw new Failure({ kind: "not_found" })
  const page = toRowPage(found.map(toRowState), "status", request)
  return { job: toImport(job), page, waitingEmails: waiting?.n ?? 0 }
}

/** A page of the rows of an import. Call `getImport` before: this doesn't check who asks. */
export async function listImportRows(
  { db, read }: Pick<Deps, "read" | "db">,
  { id }: Pick<Import, "id">,
  filter: RowFilter,
  order: RowOrder,
  page: PageRequest,
): Promise<Page<ImportRowState>> {
  const [found] = await read([rowPageQuery(db.select().from(jobRows).$dynamic(), id, filter, order, page)])
  return toRowPage(found.map(toRowState), order, page)
}

const toRowState = (row: JobRow): ImportRowState => ({
  ...row,
  detail: row.detail?.startsWith("{") ? JSON.parse(row.detail) : {},
  input: row.input as RowInput | null,
})

/** The imports of the actor's reseller, newest first. Throws `forbidden`. */
export async function listImports(
  { db, read }: Pick<Deps, "read" | "db">,
  actor: ResellerActor,
  page: PageRequest,
): Promise<Page<Import>> {
  authorize(actor, "invites:write")
  const isImport = and(eq(jobs.resellerId, actor.reseller.id), sql`${jobs.kind} = 'import'`)
  const [rows] = await read([newestFirst(db.select().from(jobs).$dynamic(), jobs.id, isImport, page)])
  return toPage(rows.map(toImport), page)
}

/**
 * An import that isn't started, with the cells of its first rows and the billing accounts that the actor can see. Throws `not_found`
 * and `forbidden`.
 */
export async function getDraftSample(
  { db, read }: Pick<Deps, "read" | "db">,
  actor: ResellerActor,
  id: string,
  count: number,
): Promise<{ draft: Import; rows: TableRow[]; accounts: BillingAccount[] }> {
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
): Promise<{ draft: Import; waitingEmails: number }> {
  authorize(actor, "invites:write")
  const [[job], [waiting]] = await read([importQuery(db, actor, id), waitingEmailsQuery(db, actor.reseller.id)])
  return { draft: toDraft(job), waitingEmails: waiting?.n ?? 0 }
}

/** The import if it is still a draft. Throws `not_found` otherwise. */
export function toDraft(job: Job | undefined): Import {
  if (job?.status !== "draft") throw new Failure({ kind: "not_found" })
  return toImport(job)
}
