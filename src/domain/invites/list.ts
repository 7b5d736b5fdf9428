import { and, asc, count, desc, eq, lte, type Placeholder, type SQL, sql } from "drizzle-orm"
import { compiled, type Places } from "../../storage/compiled.ts"
import type { Db } from "../../storage/db.ts"
import { PAGE_SIZE, type Page, type PageRequest, readingOrder, toPage } from "../../storage/paging.ts"
import { type InviteStatus, inviteCounts, invites } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { FILTER_OPTIONS_MAX, staffOptionsQuery } from "../events/activity.ts"
import { Failure } from "../failure.ts"
import type { InviteAudience } from "./audience.ts"
import { isInRange, rangeEnds, rangeShape, rangeValues } from "./created-range.ts"
import { type InviteFilter, LISTED_COLUMNS, type ListedInvite } from "./listed-invite.ts"
import { hasWordsSql, searchPlan, searchTerms, wordValues } from "./search-index.ts"
import { searchWords } from "./search-text.ts"
import { type InviteSort, parsePosition, sortedPageQuery, toSortedPage } from "./sorted-page.ts"

/** Without `sort`, the newest are first. A sorted list has at most a filter by status. */
export type InvitePageRequest = PageRequest & { sort?: InviteSort | undefined }

export type InviteCounts = Record<InviteStatus | "customers" | "attention", number>

type ListedPage = Page<ListedInvite> & { counts: InviteCounts; staffOptions: { id: string; name: string }[] }

/**
 * A page of the reseller's invites to customers, with the number of each status, and the staff to filter by if the request says so.
 * Throws `forbidden`.
 */
export async function listInvites(
  { db, read, now }: Deps,
  actor: ResellerActor,
  filter: InviteFilter,
  page: InvitePageRequest & { withStaff?: boolean } = { size: PAGE_SIZE },
): Promise<ListedPage> {
  authorizeFilter(actor, filter)
  const resellerId = actor.reseller.id
  const at = now()
  const [countRows, staffOptions, ...pages] = await read([
    countsQuery(db, resellerId, at),
    staffOptionsQuery(db, { resellerId, limit: page.withStaff ? FILTER_OPTIONS_MAX : 0 }),
    ...invitePageQueries(db, { resellerId, filter, now: at, ...page }),
  ])
  return { ...mergePages(pages, page), counts: toCounts(countRows), staffOptions }
}

/** Like `listInvites`, but without counts. Throws `forbidden`, and `invalid_cursor` if it isn't an invite of the reseller. */
export async function listInvitesPage(
  { db, read, now }: Deps,
  actor: ResellerActor,
  filter: InviteFilter,
  page: InvitePageRequest,
): Promise<Page<ListedInvite>> {
  authorizeFilter(actor, filter)
  const resellerId = actor.reseller.id
  const queries = invitePageQueries(db, { resellerId, filter, now: now(), ...page })
  const start = page.after ?? page.before
  if (!start) return mergePages(await read(queries), page)
  const id = page.sort ? parsePosition(start, page.sort)?.id : start
  if (!id) throw new Failure({ kind: "invalid_cursor" })
  const [[cursor], ...pages] = await read([cursorQuery(db, { id, audienceId: resellerId }), ...queries])
  if (!cursor) throw new Failure({ kind: "invalid_cursor" })
  return mergePages(pages, page)
}

const cursorQuery = compiled((db, { id, audienceId }: Places<{ id: string; audienceId: string }>) =>
  db
    .select({ id: invites.id })
    .from(invites)
    .where(and(eq(invites.id, id), eq(invites.audienceId, audienceId))),
)

function authorizeFilter(actor: ResellerActor, { billingAccountId }: InviteFilter): void {
  authorize(actor, "invites:read")
  if (billingAccountId) authorize(actor, "billing:read")
}

type ListRequest = InvitePageRequest & { resellerId: string; filter: InviteFilter; now: Date }

/** Where a search ended: the last row it looked at, null if that is all, and an invite to continue from. */
type SearchEnd = { seq: number | null; id: string | null }
type InviteRow = ListedInvite & { seq: number; companyKey?: string }
type PageParts = readonly [InviteRow[], SearchEnd[]?, InviteRow[]?]

/**
 * The statements that read a page and, if it is a search, where that ended; for expired invites, a third for those that the cron job
 * has yet to mark.
 */
function invitePageQueries(db: Db, request: ListRequest) {
  const { filter, sort } = request
  if (sort) return [sortedPageQuery(db, { ...request, sort, status: filter.status })] as const
  const words = searchWords(filter.search)
  const { status, needsAttention, emailStatus, billingAccountId, invitedBy } = filter
  // A filter by status or attention alone has an index ordered by it.
  const isSearched = emailStatus || billingAccountId || invitedBy || (status && needsAttention)
  const usesSearchIndex = words.length > 0 || Boolean(isSearched)
  const terms = usesSearchIndex ? searchTerms({ ...request, words }) : undefined
  const values = { ...toValues(request), ...terms?.values, ...wordValues(words) }
  const shape = { ...toShape(request), samples: terms?.samples, words: words.length }
  const query = invitePageQuery(db, values, shape)
  if (filter.status !== "expired") {
    return terms ? ([query, searchEndQuery(db, values, shape)] as const) : ([query] as const)
  }
  // Overdue invites are few, and their condition leads to them.
  const overdueShape = { ...shape, isOverdue: true, samples: undefined }
  const overdueQuery = invitePageQuery(db, { ...values, status: "pending" }, overdueShape)
  return [query, searchEndQuery(db, values, shape), overdueQuery] as const
}

type PageValues = ReturnType<typeof toValues>

const toValues = ({ resellerId, filter, now, before, after, size }: ListRequest) => ({
  audienceId: resellerId,
  status: filter.status,
  emailStatus: filter.emailStatus,
  billingAccountId: filter.billingAccountId,
  invitedBy: filter.invitedBy,
  ...rangeValues(filter),
  now: now.getTime(),
  cursor: after ?? before,
  limit: size + 1,
})

type PageShape = ReturnType<typeof toShape> & {
  /** How many samples the search index is asked for; undefined without it. */
  samples: number | undefined
  words: number
  isOverdue?: boolean
}

/** What the statement of a page depends on, besides its values. */
const toShape = ({ filter, before, after }: ListRequest) => ({
  isPending: filter.status === "pending",
  hasStatus: filter.status !== undefined,
  hasEmailStatus: filter.emailStatus !== undefined,
  hasBillingAccount: Boolean(filter.billingAccountId),
  needsAttention: Boolean(filter.needsAttention),
  hasInviter: filter.invitedBy !== undefined,
  ...rangeShape(filter),
  isSearch: Boolean(filter.search?.trim()),
  hasCursor: Boolean(after ?? before),
  isAfter: Boolean(after),
})

const invitePageQuery = compiled((db, at: Places<PageValues>, shape: PageShape) => {
  const { words, isAfter, isOverdue } = shape
  const plan = planOf(at, shape)
  const seq = plan ? sql`invite_search.rowid` : sql`${invites.seq}`
  // Invites expire at `expires_at`, before the cron job marks them. The plus keeps SQLite on the index ordered by seq.
  const isInTime = sql`+${invites.expiresAt} > ${at.now}`
  const isDue = sql`${seq} IN (SELECT seq FROM invites AS due WHERE due.audience_id = ${at.audienceId}
    AND due.status = 'pending' AND due.expires_at <= ${at.now})`
  const condition = and(
    eq(invites.audienceId, at.audienceId),
    shape.hasStatus ? eq(invites.status, at.status) : undefined,
    isOverdue ? isDue : shape.isPending ? isInTime : undefined,
    shape.hasEmailStatus ? eq(invites.emailStatus, at.emailStatus) : undefined,
    shape.needsAttention ? NEEDS_ATTENTION : undefined,
    shape.hasBillingAccount ? eq(invites.billingAccountId, at.billingAccountId) : undefined,
    shape.isSearch && words === 0 ? sql`FALSE` : undefined, // punctuation alone finds nothing
    shape.hasInviter ? eq(invites.invitedBy, at.invitedBy) : undefined,
    ...isInRange(seq, at, shape),
    ...hasWordsSql(words),
    isBeyondSeq(seq, shape, at, rangeEnds(shape)[isAfter ? "first" : "last"]) ?? sql`${seq} IS NOT NULL`,
  )
  const query = db.select(LISTED_COLUMNS).from(invites).$dynamic()
  // The search index yields its matches in the order of the page, and stops after it.
  const searchQuery = plan && query.innerJoin(sql`invite_search`, sql`invite_search.rowid = ${invites.seq}`)
  return (searchQuery || query)
    .where(plan ? and(sql`invite_search MATCH ${plan.match}`, condition) : condition)
    .orderBy(isAfter ? asc(seq) : desc(seq))
    .limit(at.limit)
})

function planOf(at: Places<PageValues>, { samples, hasCursor, isAfter, ...shape }: PageShape) {
  if (samples === undefined) return undefined
  return searchPlan({ samples, isAfter, cursor: hasCursor ? cursorSql(at) : undefined, ends: rangeEnds(shape) })
}

/** Reads one invite of the reseller in any case, so that all searches cost the same. */
const searchEndQuery = compiled((db, at: Places<PageValues>, shape: PageShape) => {
  const [seq, end] = shape.isAfter
    ? [sql`last`, sql`seq <= last ORDER BY seq DESC`]
    : [sql`first`, sql`seq >= first ORDER BY seq`]
  const id = sql`(SELECT id FROM invites WHERE audience_id = ${at.audienceId} AND ${end} LIMIT 1)`
  const plan = planOf(at, shape)
  const source = plan
    ? sql`WITH ${plan.span} SELECT iif(is_part, ${seq}, NULL) AS seq, ${id} AS id FROM span`
    : sql`SELECT NULL AS seq, NULL AS id`
  return db.select({ seq: sql<number | null>`seq`, id: sql<string | null>`id` }).from(sql`(${source})`)
})

/** The exact condition of the partial index, so that SQLite uses it. */
const NEEDS_ATTENTION = sql`${invites}.needs_attention = 1`

type CursorPlace = Record<"cursor" | "audienceId", string | Placeholder>

const cursorSql = ({ cursor, audienceId }: CursorPlace) =>
  sql`(SELECT seq FROM invites AS cursor WHERE cursor.id = ${cursor} AND cursor.audience_id = ${audienceId})`

/** With `start`, the first row in reading order: one condition, because SQLite begins at one of two. */
function isBeyondSeq(
  seq: SQL,
  { hasCursor, isAfter }: Pick<PageShape, "hasCursor" | "isAfter">,
  at: CursorPlace,
  start?: SQL,
): SQL | undefined {
  if (!hasCursor) return start && sql`${seq} <= ${start}`
  const cursor = cursorSql(at)
  if (isAfter) return sql`${seq} > ${start ? sql`max(${cursor}, ${start} - 1)` : cursor}`
  return sql`${seq} < ${start ? sql`min(${cursor}, ${start} + 1)` : cursor}`
}

/** A page with fewer rows than wanted has a neighbor where a search that looked no further continues. */
function mergePages([rows, ends = [], overdueRows = []]: PageParts, page: InvitePageRequest): Page<ListedInvite> {
  if (page.sort) return toSortedPage(rows, page, page.sort)
  const [end] = ends
  const direction = page.after ? 1 : -1
  const endSeq = end?.seq ?? direction * Infinity
  const found = [...rows, ...overdueRows].filter(({ seq }) => direction * seq <= direction * endSeq)
  const inOrder = found.sort((one, other) => direction * (one.seq - other.seq))
  return toPage(inOrder, page, (end?.seq && end.id) || undefined)
}

/**
 * The statement that reads the counters of a reseller's customers and their invites. The one of `overdue` is counted: pending invites
 * that have expired since the last run of the cron job.
 */
export const countsQuery = (db: Db, resellerId: string, now: Date) => countsStatement(db, { resellerId, now })

const countsStatement = compiled((db, { resellerId, now }: Places<{ resellerId: string; now: Date }>) => {
  const isOverdue = and(
    eq(invites.audienceId, resellerId),
    eq(invites.status, "pending"),
    lte(invites.expiresAt, sql.param(now, invites.expiresAt)),
  )
  return db
    .select({ counter: inviteCounts.counter, count: inviteCounts.count })
    .from(inviteCounts)
    .where(eq(inviteCounts.resellerId, resellerId))
    .unionAll(db.select({ counter: sql<string>`'overdue'`, count: count() }).from(invites).where(isOverdue))
})

/** The counts, with overdue invites as expired. */
export function toCounts(countRows: { counter: string; count: number }[]): InviteCounts {
  const countOf = (counter: string) => countRows.find((row) => row.counter === counter)?.count ?? 0
  const overdue = countOf("overdue")
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
  const cursor = page.after ?? page.before
  const isBeyond = cursor
    ? isBeyondSeq(seq, { hasCursor: true, isAfter: Boolean(page.after) }, { cursor, audienceId })
    : undefined
  return db
    .select()
    .from(invites)
    .where(and(eq(invites.audienceId, audienceId), IS_OPEN, IS_LATEST, isBeyond))
    .orderBy(readingOrder(seq, page))
    .limit(page.size + 1)
}

export const isInviteId = (id: string) => /^inv_[0-9a-z]{26}$/.test(id)

/** SQL condition: the person has no later invite. */
const IS_LATEST = sql`NOT EXISTS (SELECT 1 FROM invites AS newer WHERE newer.kind <> 'customer' AND newer.audience_id = ${invites.audienceId}
  AND newer.contact_email = ${invites.contactEmail} AND newer.seq > ${invites.seq})`

/** The exact condition of the partial index, so that SQLite uses it. */
const IS_OPEN = sql`${invites.kind} <> 'customer' AND ${invites.status} IN ('pending', 'expired', 'declined') AND ${invites.purgedAt} IS NULL`
