import { and, asc, desc, eq, type Placeholder, type SQL, sql } from "drizzle-orm"
import type { RunnableQuery } from "drizzle-orm/runnable-query"
import type { SQLiteSelect } from "drizzle-orm/sqlite-core"
import { compiled, type Places } from "../../storage/compiled.ts"
import type { Db } from "../../storage/db.ts"
import type { PageRequest } from "../../storage/paging.ts"
import { invites } from "../../storage/schema.ts"

import { addressAt } from "../../text/sandbox-address.ts"
import { type Expansion, expandedColumns, joinExpansions } from "../expansions.ts"

import { isInRange, likelySql, rangeEnds, rangeShape, rangeValues } from "./created-range.ts"
import {
  type ExpandedInvite,
  type InviteFilter,
  LISTED_COLUMNS,
  SHOWN_COLUMNS,
  type ShownInvite,
} from "./listed-invite.ts"
import { hasMetadataSql, hasWordsSql, metadataValues, searchPlan, searchTerms, wordValues } from "./search-index.ts"
import { searchWords } from "./search-text.ts"
import { addressPageQuery, type InviteSort, sortedPageQuery } from "./sorted-page.ts"

/**
 * Without `sort` and `isOldestFirst`, the newest are first. A list with `sort`, or of the invites to one address, has at most a filter by
 * status.
 */
export type InvitePageRequest = PageRequest & {
  sort?: InviteSort | undefined
  isOldestFirst?: boolean | undefined
  expand?: readonly Expansion[] | undefined
}

export type ListRequest = InvitePageRequest & { resellerId: string; filter: InviteFilter; now: Date }

/** Where a search ended: the last row it looked at, null if that is all, and an invite to continue from. */
export type SearchEnd = { seq: number | null; id: string | null }
/** Sorted lists have all columns of an `ExpandedInvite`, and the key of the company. */
export type InviteRow = ShownInvite & { seq: number } & Partial<ExpandedInvite & { companyKey: string }>
export type PageParts<Row extends InviteRow> = readonly [Row[], SearchEnd[]?, Row[]?]
type PageQuery<Row extends InviteRow> = (db: Db, values: PageValues, shape: PageShape) => RunnableQuery<Row[], "sqlite">

/**
 * The statements that read a page by `pageQuery` and, if it is a search, where that ended; for expired invites, a third for those that the cron job
 * has yet to mark.
 */
export function invitePageQueries<Row extends InviteRow>(db: Db, request: ListRequest, pageQuery: PageQuery<Row>) {
  const { filter, sort } = request
  if (sort) return [sortedPageQuery(db, { ...request, sort, status: filter.status })] as const
  const { contactEmail } = filter
  if (contactEmail) {
    const address = addressAt(request.resellerId, contactEmail)
    return [addressPageQuery(db, { ...request, contactEmail: address, status: filter.status })] as const
  }
  const { values, shape, overdue } = planPage(request)
  const query = pageQuery(db, values, shape)
  if (overdue) {
    const overdueQuery = pageQuery(db, overdue.values, overdue.shape)
    return [query, searchEndQuery(db, values, shape), overdueQuery] as const
  }
  return shape.samples ? ([query, searchEndQuery(db, values, shape)] as const) : ([query] as const)
}

/** The values of a page's statements and what these depend on; for expired invites, the same for those that are overdue. */
export function planPage(request: Omit<ListRequest, "sort">) {
  const { filter } = request
  const words = searchWords(filter.search)
  const { status, isUndelivered, emailStatus, billingAccountId, invitedBy } = filter
  // A filter by status or of undelivered invites alone has an index ordered by it.
  const isExact = filter.externalId || filter.metadata
  const isSearched = emailStatus || billingAccountId || invitedBy || isExact || (status && isUndelivered)
  const usesSearchIndex = words.length > 0 || Boolean(isSearched)
  const terms = usesSearchIndex ? searchTerms({ ...request, words }) : undefined
  const values = { ...toValues(request), ...terms?.values, ...wordValues(words), ...metadataValues(filter.metadata) }
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
  externalId: filter.externalId,
  ...rangeValues(filter),
  now: now.getTime(),
  cursor: after ?? before,
  limit: size + 1,
})

export type PageShape = ReturnType<typeof toShape> & {
  /** How many samples the search index is asked for, none for a search that needs no end; undefined without the index. */
  samples: number | undefined
  words: number
  isOverdue?: boolean
}

/** What the statement of a page depends on, besides its values. */
const toShape = ({ filter, before, after, isOldestFirst, expand = [] }: ListRequest) => ({
  expand,
  isPending: filter.status === "pending",
  hasStatus: filter.status !== undefined,
  hasEmailStatus: filter.emailStatus !== undefined,
  hasBillingAccount: Boolean(filter.billingAccountId),
  isUndelivered: Boolean(filter.isUndelivered),
  hasInviter: filter.invitedBy !== undefined,
  hasExternalId: filter.externalId !== undefined,
  metadataKeys: Object.keys(filter.metadata ?? {}).length,
  ...rangeShape(filter),
  isSearch: Boolean(filter.search?.trim()),
  hasCursor: Boolean(after ?? before),
  isAfter: isRising({ after, isOldestFirst }),
})

/** True if a page is read from older invites to newer ones. */
export const isRising = ({ after, isOldestFirst = false }: Pick<InvitePageRequest, "after" | "isOldestFirst">) =>
  Boolean(after) !== isOldestFirst

export const listedPageQuery = compiled((db, at: Places<PageValues>, shape: PageShape) =>
  pageSelect(db.select(expandedColumns(LISTED_COLUMNS, shape.expand)).from(invites).$dynamic(), at, shape),
)

export const shownPageQuery = compiled((db, at: Places<PageValues>, shape: PageShape) =>
  pageSelect(db.select(SHOWN_COLUMNS).from(invites).$dynamic(), at, shape),
)

/** The statement that reads the ids of the invites of a page, and their places in the index. */
export const pageIdsSelect = (db: Db, at: Places<PageValues>, shape: PageShape) =>
  pageSelect(db.select({ id: invites.id, seq: invites.seq }).from(invites).$dynamic(), at, shape)

function pageSelect<Q extends SQLiteSelect>(query: Q, at: Places<PageValues>, shape: PageShape) {
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
    shape.isUndelivered ? IS_UNDELIVERED : undefined,
    shape.hasBillingAccount ? eq(invites.billingAccountId, at.billingAccountId) : undefined,
    shape.isSearch && words === 0 ? sql`FALSE` : undefined, // punctuation alone finds nothing
    shape.hasInviter ? eq(invites.invitedBy, at.invitedBy) : undefined,
    shape.hasExternalId ? eq(invites.externalId, at.externalId) : undefined,
    ...hasMetadataSql(invites.metadata, shape.metadataKeys),
    ...isInRange(seq, at, shape),
    ...hasWordsSql(words),
    isBeyondSeq(seq, shape, at, rangeEnds(shape)[isAfter ? "first" : "last"]) ?? sql`${seq} IS NOT NULL`,
  )
  // The search index yields its matches in the order of the page, and stops after it. Without the plus, SQLite would rather look up all
  // invites between two limits in it.
  const searchQuery = plan && query.innerJoin(sql`invite_search`, sql`${invites.seq} = +invite_search.rowid`)
  return joinExpansions(searchQuery || query, invites, shape.expand)
    .where(plan ? and(sql`invite_search MATCH ${plan.match}`, condition) : condition)
    .orderBy(isAfter ? asc(seq) : desc(seq))
    .limit(at.limit)
}

function planOf(at: Places<PageValues>, { samples, hasCursor, isAfter, ...shape }: PageShape) {
  if (samples === undefined) return undefined
  return searchPlan({ samples, isAfter, cursor: hasCursor ? cursorSql(at) : undefined, ends: rangeEnds(shape) })
}

/** Where a search ends. Reads one invite of the reseller in any case, so that all searches with an end cost the same. */
export const searchEndQuery = compiled((db, at: Places<PageValues>, shape: PageShape) => {
  const source = searchEndSql(at, shape)
  return db.select({ seq: sql<number | null>`seq`, id: sql<string | null>`id` }).from(sql`(${source})`)
})

export function searchEndSql(at: Places<PageValues>, shape: PageShape): SQL {
  const [seq, end] = shape.isAfter
    ? [sql`last`, sql`seq <= last ORDER BY seq DESC`]
    : [sql`first`, sql`seq >= first ORDER BY seq`]
  const id = sql`(SELECT id FROM invites WHERE audience_id = ${at.audienceId} AND ${end} LIMIT 1)`
  const plan = planOf(at, shape)
  return plan?.span
    ? sql`WITH ${plan.span} SELECT iif(is_part, ${seq}, NULL) AS seq, ${id} AS id FROM span`
    : sql`SELECT NULL AS seq, NULL AS id`
}

/** The exact condition of the partial index, so that SQLite uses it. */
const IS_UNDELIVERED = sql`${invites}.is_undelivered = 1`

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
  if (!hasCursor) return start && likelySql(isAfter ? sql`${seq} >= ${start}` : sql`${seq} <= ${start}`)
  const cursor = cursorSql(at)
  if (isAfter) return likelySql(sql`${seq} > ${start ? sql`max(${cursor}, ${start} - 1)` : cursor}`)
  return likelySql(sql`${seq} < ${start ? sql`min(${cursor}, ${start} + 1)` : cursor}`)
}
