import { and, count, eq, getTableColumns, lte, type SQL, sql } from "drizzle-orm"
import type { Db } from "../../storage/db.ts"
import { type Cursor, PAGE_SIZE, type Page, type PageRequest, readingOrder, toPage } from "../../storage/paging.ts"
import { type EmailStatus, type Invite, type InviteStatus, inviteCounts, invites } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { Failure } from "../failure.ts"
import type { InviteAudience } from "./audience.ts"
import { hasWordsSql, type SearchPlan, searchPlan } from "./search-index.ts"
import { searchWords } from "./search-text.ts"

export type InviteFilter = {
  status?: InviteStatus | undefined
  emailStatus?: EmailStatus | undefined
  billingAccountId?: string | undefined
  /** Pending, and its email was not delivered. */
  needsAttention?: boolean | undefined
  search?: string | undefined
}

export type InviteCounts = Record<InviteStatus | "customers" | "attention", number>

/** A page of the reseller's invites to customers, newest first, with the number of each status. Throws `forbidden`. */
export async function listInvites(
  { db, read, now }: Deps,
  actor: ResellerActor,
  filter: InviteFilter,
  page: PageRequest = { size: PAGE_SIZE },
): Promise<Page<Invite> & { counts: InviteCounts }> {
  authorizeFilter(actor, filter)
  const resellerId = actor.reseller.id
  const at = now()
  const [countRows, [overdue], ...pages] = await read([
    countsQuery(db, resellerId),
    overdueCountQuery(db, resellerId, at),
    ...invitePageQueries(db, { resellerId, filter, now: at, ...page }),
  ])
  return { ...mergePages(pages, page), counts: toCounts(countRows, overdue?.n ?? 0) }
}

/** Like `listInvites`, but without counts. Throws `forbidden`, and `invalid_cursor` if it isn't an invite of the reseller. */
export async function listInvitesPage(
  { db, read, now }: Deps,
  actor: ResellerActor,
  filter: InviteFilter,
  page: PageRequest,
): Promise<Page<Invite>> {
  authorizeFilter(actor, filter)
  const resellerId = actor.reseller.id
  const cursorId = page.after ?? page.before
  const isCursor = and(eq(invites.id, cursorId ?? ""), eq(invites.audienceId, resellerId))
  const [[cursor], ...pages] = await read([
    db.select({ id: invites.id }).from(invites).where(isCursor),
    ...invitePageQueries(db, { resellerId, filter, now: now(), ...page }),
  ])
  if (cursorId && !cursor) throw new Failure({ kind: "invalid_cursor" })
  return mergePages(pages, page)
}

function authorizeFilter(actor: ResellerActor, { billingAccountId }: InviteFilter): void {
  authorize(actor, "invites:read")
  if (billingAccountId) authorize(actor, "billing:read")
}

type InvitePageRequest = PageRequest & { resellerId: string; filter: InviteFilter; words: string[]; now: Date }
type InviteRow = typeof invites.$inferSelect
/** Where a search ended: the last row it looked at, null if that is all, and an invite to continue from. */
type SearchEnd = { seq: number | null; id: string | null }
type PageParts = readonly [InviteRow[], SearchEnd[], InviteRow[]?]

/** The statements that read a page and where its search ended; for expired invites, a third for those that the cron job has yet to mark. */
function invitePageQueries(db: Db, pageRequest: Omit<InvitePageRequest, "words">) {
  const request = { ...pageRequest, words: searchWords(pageRequest.filter.search) }
  const { words, filter } = request
  const facets = [filter.status, filter.emailStatus, filter.billingAccountId, filter.needsAttention].filter(Boolean)
  // At most one filter uses the index ordered by it; several filters or words use the search index.
  const usesSearchIndex = words.length > 0 || facets.length > 1
  const plan = usesSearchIndex ? searchPlan({ ...request, cursor: cursorSql(request, request.resellerId) }) : undefined
  const queries = [invitePageQuery(db, request, "in_time", plan), searchEndQuery(db, request, plan)] as const
  if (filter.status !== "expired") return queries
  // Overdue invites are few, and their condition leads to them.
  const overdue: InvitePageRequest = { ...request, filter: { ...filter, status: "pending" } }
  return [...queries, invitePageQuery(db, overdue, "overdue", undefined)] as const
}

function invitePageQuery(
  db: Db,
  request: InvitePageRequest,
  pendingScope: "in_time" | "overdue",
  plan: SearchPlan | undefined,
) {
  const { words } = request
  const { status, emailStatus, billingAccountId, needsAttention, search } = request.filter
  const seq = plan ? sql`invite_search.rowid` : sql`${invites.seq}`
  // Invites expire at `expires_at`, before the cron job marks them. The plus keeps SQLite on the index ordered by seq.
  const isInTime = sql`+${invites.expiresAt} > ${request.now.getTime()}`
  const isOverdue = sql`${seq} IN (SELECT seq FROM invites AS due WHERE due.audience_id = ${request.resellerId}
    AND due.status = 'pending' AND due.expires_at <= ${request.now.getTime()})`
  const condition = and(
    eq(invites.audienceId, request.resellerId),
    status && eq(invites.status, status),
    status === "pending" ? (pendingScope === "overdue" ? isOverdue : isInTime) : undefined,
    emailStatus && eq(invites.emailStatus, emailStatus),
    needsAttention ? NEEDS_ATTENTION : undefined,
    billingAccountId ? eq(invites.billingAccountId, billingAccountId) : undefined,
    search?.trim() && words.length === 0 ? sql`FALSE` : undefined, // punctuation alone finds nothing
    ...hasWordsSql(words),
    isBeyondSeq(seq, request, request.resellerId) ?? sql`${seq} IS NOT NULL`,
  )
  const query = db.select(getTableColumns(invites)).from(invites).$dynamic()
  // The search index yields its matches in the order of the page, and stops after it.
  const searchQuery = plan && query.innerJoin(sql`invite_search`, sql`invite_search.rowid = ${invites.seq}`)
  return (searchQuery || query)
    .where(plan ? and(sql`invite_search MATCH ${plan.match}`, condition) : condition)
    .orderBy(readingOrder(seq, request))
    .limit(request.size + 1)
}

/** Reads one invite of the reseller in any case, so that all searches cost the same. */
function searchEndQuery(db: Db, { resellerId, after }: InvitePageRequest, plan: SearchPlan | undefined) {
  const [seq, end] = after
    ? [sql`last`, sql`seq <= last ORDER BY seq DESC`]
    : [sql`first`, sql`seq >= first ORDER BY seq`]
  const id = sql`(SELECT id FROM invites WHERE audience_id = ${resellerId} AND ${end} LIMIT 1)`
  const source = plan
    ? sql`WITH ${plan.span} SELECT iif(is_part, ${seq}, NULL) AS seq, ${id} AS id FROM span`
    : sql`SELECT NULL AS seq, NULL AS id`
  return db.select({ seq: sql<number | null>`seq`, id: sql<string | null>`id` }).from(sql`(${source})`)
}

/** The exact condition of the partial index, so that SQLite uses it. */
const NEEDS_ATTENTION = sql`${invites}.needs_attention = 1`

function cursorSql({ before, after }: Cursor, audienceId: string): SQL | undefined {
  const id = after ?? before
  return id
    ? sql`(SELECT seq FROM invites AS cursor WHERE cursor.id = ${id} AND cursor.audience_id = ${audienceId})`
    : undefined
}

function isBeyondSeq(seq: SQL, cursor: Cursor, audienceId: string): SQL | undefined {
  const cursorSeq = cursorSql(cursor, audienceId)
  return cursorSeq && (cursor.after ? sql`${seq} > ${cursorSeq}` : sql`${seq} < ${cursorSeq}`)
}

/** A page with fewer rows than wanted has a neighbor where a search that looked no further continues. */
function mergePages([rows, [end], overdueRows = []]: PageParts, page: PageRequest): Page<Invite> {
  const direction = page.after ? 1 : -1
  const endSeq = end?.seq ?? direction * Infinity
  const found = [...rows, ...overdueRows].filter(({ seq }) => direction * seq <= direction * endSeq)
  const inOrder = found.sort((one, other) => direction * (one.seq - other.seq))
  return toPage(inOrder, page, (end?.seq && end.id) || undefined)
}

/** The statement that reads the counters of a reseller's customers and their invites. */
export function countsQuery(db: Db, resellerId: string) {
  return db.select().from(inviteCounts).where(eq(inviteCounts.resellerId, resellerId))
}

/** The statement that counts overdue invites that are still marked as pending: those since the last run of the cron job. */
export function overdueCountQuery(db: Db, resellerId: string, now: Date) {
  return db
    .select({ n: count() })
    .from(invites)
    .where(and(eq(invites.audienceId, resellerId), eq(invites.status, "pending"), lte(invites.expiresAt, now)))
}

/** The counts, with overdue invites as expired. */
export function toCounts(countRows: { counter: string; count: number }[], overdue: number): InviteCounts {
  const countOf = (counter: string) => countRows.find((row) => row.counter === counter)?.count ?? 0
  return {
    pending: countOf("pending") - overdue,
    accepted: countOf("accepted"),
    expired: countOf("expired") + overdue,
    revoked: countOf("revoked"),
    declined: countOf("declined"),
    customers: countOf("customers"),
    attention: countOf("attention"),
  }
}

/** The statement that reads a page of the open invites of an audience, one per person, newest first. */
export function openInvitesQuery(db: Deps["db"], { audienceId }: InviteAudience, page: PageRequest) {
  const seq = sql`${invites.seq}`
  return db
    .select()
    .from(invites)
    .where(and(eq(invites.audienceId, audienceId), IS_OPEN, IS_LATEST, isBeyondSeq(seq, page, audienceId)))
    .orderBy(readingOrder(seq, page))
    .limit(page.size + 1)
}

export const isInviteId = (id: string) => /^inv_[0-9a-z]{26}$/.test(id)

/** SQL condition: the person has no later invite. */
const IS_LATEST = sql`NOT EXISTS (SELECT 1 FROM invites AS newer WHERE newer.kind <> 'customer' AND newer.audience_id = ${invites.audienceId}
  AND newer.contact_email = ${invites.contactEmail} AND newer.seq > ${invites.seq})`

/** The exact condition of the partial index, so that SQLite uses it. */
const IS_OPEN = sql`${invites.kind} <> 'customer' AND ${invites.status} IN ('pending', 'expired', 'declined') AND ${invites.purgedAt} IS NULL`
