import { and, asc, desc, eq, type Placeholder, type SQL, sql } from "drizzle-orm"
import type { SQLiteSelect } from "drizzle-orm/sqlite-core"
import { aliasedColumns } from "../../storage/aliased-columns.ts"
import { compiled, type Places } from "../../storage/compiled.ts"
import type { Db } from "../../storage/db.ts"
import type { PageRequest } from "../../storage/paging.ts"
import { invites } from "../../storage/schema.ts"
import { isInRange, rangeEnds, rangeShape, rangeValues } from "./created-range.ts"
import { type InviteFilter, LISTED_COLUMNS, type ListedInvite } from "./listed-invite.ts"
import { hasWordsSql, searchPlan, searchTerms, wordValues } from "./search-index.ts"
import { searchWords } from "./search-text.ts"
import { type InviteSort, sortedPageQuery } from "./sorted-page.ts"

/** Without `sort`, the newest are first. A sorted list has at most a filter by status. */
export type InvitePageRequest = PageRequest & { sort?: InviteSort | undefined }

export type ListRequest = InvitePageRequest & { resellerId: string; filter: InviteFilter; now: Date }

/** Where a search ended: the last row it looked at, null if that is all, and an invite to continue from. */
export type SearchEnd = { seq: number | null; id: string | null }
export type InviteRow = ListedInvite & { seq: number; companyKey?: string }
/** Among the rows of a search is one that says where it ended. */
export type SearchEndRow = SearchEnd & { kind: null }
export type PageParts = readonly [(InviteRow | SearchEndRow)[], InviteRow[]?]

/** The statement that reads a page; for expired invites, a second for those that the cron job has yet to mark. */
export function invitePageQueries(db: Db, request: ListRequest) {
  const { filter, sort } = request
  if (sort) return [sortedPageQuery(db, { ...request, sort, status: filter.status })] as const
  const { values, shape, overdue } = planPage(request)
  const query = invitePageQuery(db, values, shape)
  return overdue ? ([query, invitePageQuery(db, overdue.values, overdue.shape)] as const) : ([query] as const)
}

/** The values of a page's statements and what these depend on; for expired invites, the same for those that are overdue. */
export function planPage(request: Omit<ListRequest, "sort">) {
  const { filter } = request
  const words = searchWords(filter.search)
  const { status, needsAttention, emailStatus, billingAccountId, invitedBy } = filter
  // A filter by status or attention alone has an index ordered by it.
  const isSearched = emailStatus || billingAccountId || invitedBy || (status && needsAttention)
  const usesSearchIndex = words.length > 0 || Boolean(isSearched)
  const terms = usesSearchIndex ? searchTerms({ ...request, words }) : undefined
  const values = { ...toValues(request), ...terms?.values, ...wordValues(words) }
  const shape = { ...toShape(request), samples: terms?.samples, words: words.length }
  if (filter.status !== "expired") return { values, shape }
  // Overdue invites are few, and their condition leads to them.
  const overdue = {
    values: { ...values, status: "pending" as const },
    shape: { ...shape, isOverdue: true, samples: undefined },
  }
  return { values, shape, overdue }
}

export type PageValues = ReturnType<typeof toValues>

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

export type PageShape = ReturnType<typeof toShape> & {
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
  const plan = planOf(at, shape)
  const rows = pageSelect(db.select(LISTED_COLUMNS).from(invites).$dynamic(), at, shape, plan?.match)
  if (!plan) return rows
  // One statement, so that the span is computed once.
  const end: Record<string, SQL> = endOf(at, shape)
  const endRow = Object.keys(LISTED_COLUMNS).map((name) => end[name] ?? sql`NULL`)
  const source = sql`(WITH ${plan.span} SELECT * FROM (${rows}) UNION ALL SELECT ${sql.join(endRow, sql`, `)} FROM span) AS invites`
  return db.select(aliasedColumns(LISTED_COLUMNS, "page")).from(source)
})

/** The statement that reads the ids of the invites of a page, and their places in the index. */
export function pageIdsSelect(db: Db, at: Places<PageValues>, shape: PageShape) {
  const plan = planOf(at, shape)
  const match = plan && sql`(WITH ${plan.span} SELECT ${plan.match})`
  return pageSelect(db.select({ id: invites.id, seq: invites.seq }).from(invites).$dynamic(), at, shape, match)
}

/** `match`: what the search index is asked for. */
function pageSelect<Q extends SQLiteSelect>(query: Q, at: Places<PageValues>, shape: PageShape, match?: SQL) {
  const { words, isAfter, isOverdue } = shape
  const seq = match ? sql`invite_search.rowid` : sql`${invites.seq}`
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
  // The search index yields its matches in the order of the page, and stops after it.
  const searchQuery = match && query.innerJoin(sql`invite_search`, sql`invite_search.rowid = ${invites.seq}`)
  return (searchQuery || query)
    .where(match ? and(sql`invite_search MATCH ${match}`, condition) : condition)
    .orderBy(isAfter ? asc(seq) : desc(seq))
    .limit(at.limit)
}

function planOf(at: Places<PageValues>, { samples, hasCursor, isAfter, ...shape }: PageShape) {
  if (samples === undefined) return undefined
  return searchPlan({ samples, isAfter, cursor: hasCursor ? cursorSql(at) : undefined, ends: rangeEnds(shape) })
}

export const searchEndQuery = compiled((db, at: Places<PageValues>, shape: PageShape) => {
  const source = searchEndSql(at, shape)
  return db.select({ seq: sql<number | null>`seq`, id: sql<string | null>`id` }).from(sql`(${source})`)
})

export function searchEndSql(at: Places<PageValues>, shape: PageShape): SQL {
  const plan = planOf(at, shape)
  if (!plan) return sql`SELECT NULL AS seq, NULL AS id`
  const { seq, id } = endOf(at, shape)
  return sql`WITH ${plan.span} SELECT ${seq} AS seq, ${id} AS id FROM span`
}

/** Reads one invite of the reseller in any case, so that all searches cost the same. */
function endOf({ audienceId }: Places<PageValues>, { isAfter }: PageShape): Record<keyof SearchEnd, SQL> {
  const [seq, end] = isAfter
    ? [sql`last`, sql`seq <= last ORDER BY seq DESC`]
    : [sql`first`, sql`seq >= first ORDER BY seq`]
  return {
    seq: sql`iif(is_part, ${seq}, NULL)`,
    id: sql`(SELECT id FROM invites WHERE audience_id = ${audienceId} AND ${end} LIMIT 1)`,
  }
}

/** The exact condition of the partial index, so that SQLite uses it. */
const NEEDS_ATTENTION = sql`${invites}.needs_attention = 1`

type CursorPlace = Record<"cursor" | "audienceId", string | Placeholder>

const cursorSql = ({ cursor, audienceId }: CursorPlace) =>
  sql`(SELECT seq FROM invites AS cursor WHERE cursor.id = ${cursor} AND cursor.audience_id = ${audienceId})`

/** With `start`, the first row in reading order: one condition, because SQLite begins at one of two. */
export function isBeyondSeq(
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
