import { and, count, desc, eq, getTableColumns, lt, lte, sql } from "drizzle-orm"
import type { Db } from "../../storage/db.ts"
import { PAGE_SIZE, type Page, type PageRequest, toPage } from "../../storage/paging.ts"
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

/** Like `listInvites`, but without counts. Throws `forbidden`, and `invalid_cursor` if `before` isn't an invite of the reseller. */
export async function listInvitesPage(
  { db, read, now }: Deps,
  actor: ResellerActor,
  filter: InviteFilter,
  page: PageRequest,
): Promise<Page<Invite>> {
  authorizeFilter(actor, filter)
  const resellerId = actor.reseller.id
  const isCursor = and(eq(invites.id, page.before ?? ""), eq(invites.audienceId, resellerId))
  const [[cursor], ...pages] = await read([
    db.select({ id: invites.id }).from(invites).where(isCursor),
    ...invitePageQueries(db, { resellerId, filter, now: now(), ...page }),
  ])
  if (page.before && !cursor) throw new Failure({ kind: "invalid_cursor" })
  return mergePages(pages, page)
}

function authorizeFilter(actor: ResellerActor, { billingAccountId }: InviteFilter): void {
  authorize(actor, "invites:read")
  if (billingAccountId) authorize(actor, "billing:read")
}

type InvitePageRequest = PageRequest & { resellerId: string; filter: InviteFilter; words: string[]; now: Date }
type InviteRow = typeof invites.$inferSelect
/** Where a search ended: the first row it looked at, 0 if that is all, and an invite to continue from. */
type SearchEnd = { first: number; id: string | null }
type PageParts = readonly [InviteRow[], SearchEnd[], InviteRow[]?]

/** The statements that read a page and where its search ended; for expired invites, a third for those that the cron job has yet to mark. */
function invitePageQueries(db: Db, pageRequest: Omit<InvitePageRequest, "words">) {
  const request = { ...pageRequest, words: searchWords(pageRequest.filter.search) }
  const { words, filter } = request
  const facets = [filter.status, filter.emailStatus, filter.billingAccountId, filter.needsAttention].filter(Boolean)
  // At most one filter uses the index ordered by it; several filters or words use the search index.
  const usesSearchIndex = words.length > 0 || facets.length > 1
  const plan = usesSearchIndex ? searchPlan({ ...request, before: cursorSql(request) }) : undefined
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
  const before = cursorSql(request)
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
    before ? sql`${seq} < ${before}` : sql`${seq} IS NOT NULL`,
  )
  const query = db.select(getTableColumns(invites)).from(invites).$dynamic()
  // The search index yields its matches newest first, and stops after a page.
  const searchQuery = plan && query.innerJoin(sql`invite_search`, sql`invite_search.rowid = ${invites.seq}`)
  return (searchQuery || query)
    .where(plan ? and(sql`invite_search MATCH ${plan.match}`, condition) : condition)
    .orderBy(sql`${seq} DESC`)
    .limit(request.size + 1)
}

/** Reads one invite of the reseller in any case, so that all searches cost the same. */
function searchEndQuery(db: Db, { resellerId }: InvitePageRequest, plan: SearchPlan | undefined) {
  const firstId = sql`(SELECT id FROM invites WHERE audience_id = ${resellerId} AND seq >= first ORDER BY seq LIMIT 1)`
  const source = plan
    ? sql`WITH ${plan.span} SELECT first, ${firstId} AS id FROM span`
    : sql`SELECT 0 AS first, NULL AS id`
  return db.select({ first: sql<number>`first`, id: sql<string | null>`id` }).from(sql`(${source})`)
}

/** The exact condition of the partial index, so that SQLite uses it. */
const NEEDS_ATTENTION = sql`${invites}.needs_attention = 1`

const cursorSql = ({ resellerId, before }: Pick<InvitePageRequest, "resellerId" | "before">) =>
  before
    ? sql`(SELECT seq FROM invites AS cursor WHERE cursor.id = ${before} AND cursor.audience_id = ${resellerId})`
    : undefined

/** A page with fewer rows than wanted has a next one where a search that looked no further continues. */
function mergePages([rows, [end], overdueRows = []]: PageParts, { size }: PageRequest): Page<Invite> {
  const found = [...rows, ...overdueRows].filter(({ seq }) => seq >= (end?.first ?? 0))
  const page = toPage(
    found.sort((one, other) => other.seq - one.seq),
    size,
  )
  return end?.first && end.id ? { ...page, next: page.next ?? end.id } : page
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
export function openInvitesQuery(db: Deps["db"], { audienceId }: InviteAudience, { before, size }: PageRequest) {
  const cursorSeq = sql`(SELECT seq FROM invites AS cursor WHERE cursor.id = ${before ?? ""} AND cursor.audience_id = ${audienceId})`
  return db
    .select()
    .from(invites)
    .where(
      and(
        eq(invites.audienceId, audienceId),
        IS_OPEN,
        IS_LATEST,
        isInviteId(before) ? lt(invites.seq, cursorSeq) : undefined,
      ),
    )
    .orderBy(desc(invites.seq))
    .limit(size + 1)
}

const isInviteId = (id: string | undefined) => id !== undefined && /^inv_[0-9a-z]{26}$/.test(id)

/** SQL condition: the person has no later invite. */
const IS_LATEST = sql`NOT EXISTS (SELECT 1 FROM invites AS newer WHERE newer.kind <> 'customer' AND newer.audience_id = ${invites.audienceId}
  AND newer.contact_email = ${invites.contactEmail} AND newer.seq > ${invites.seq})`

/** The exact condition of the partial index, so that SQLite uses it. */
const IS_OPEN = sql`${invites.kind} <> 'customer' AND ${invites.status} IN ('pending', 'expired', 'declined') AND ${invites.purgedAt} IS NULL`
