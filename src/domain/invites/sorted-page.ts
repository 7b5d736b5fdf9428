import { type SQL, sql } from "drizzle-orm"
import type { Db } from "../../storage/db.ts"
import { type Page, type PageRequest, toPageOf } from "../../storage/paging.ts"
import { INVITE_STATUSES, type InviteStatus, invites } from "../../storage/schema.ts"
import { keyCursor, type Position, parseKeyCursor } from "../../storage/sort-cursor.ts"
import { type Expansion, expandedColumns, joinExpansions } from "../expansions.ts"
import { type ExpandedInvite, LISTED_COLUMNS, type ShownInvite } from "./listed-invite.ts"

/**
 * What a list can be sorted by, besides when an invite was created: the values that an invite can change, each with an index that is
 * divided by status. Invites without the value aren't in the list.
 */
const KEYS = {
  company_name: {
    column: "company_key",
    index: "invites_by_company",
    isText: true,
    isNullable: false,
    of: (row: SortedRow) => row.companyKey ?? "",
  },
  external_id: {
    column: "external_id",
    index: "invites_by_external_id",
    isText: true,
    isNullable: true,
    of: (row: SortedRow) => row.externalId ?? "",
  },
  expires_at: {
    column: "expires_at",
    index: "invites_by_expiry",
    isText: false,
    isNullable: false,
    of: (row: SortedRow) => row.expiresAt.getTime(),
  },
  updated_at: {
    column: "updated_at",
    index: "invites_by_update",
    isText: false,
    isNullable: false,
    of: (row: SortedRow) => row.updatedAt?.getTime() ?? 0,
  },
  accepted_at: {
    column: "accepted_at",
    index: "invites_by_acceptance",
    isText: false,
    isNullable: true,
    of: (row: SortedRow) => row.acceptedAt?.getTime() ?? 0,
  },
} as const

export type InviteSortKey = keyof typeof KEYS
export const INVITE_SORT_KEYS = Object.keys(KEYS) as InviteSortKey[]

/** An order, and limits of the value that it sorts by: from a time on, and before another one. */
export type InviteSort = {
  by: InviteSortKey
  isDescending?: boolean | undefined
  from?: Date | undefined
  to?: Date | undefined
}

type SortedRow = ShownInvite & Partial<ExpandedInvite & { companyKey: string }>
type Expanding = { expand?: readonly Expansion[] | undefined }
type SortedPageRequest = PageRequest & {
  resellerId: string
  status: InviteStatus | undefined
  sort: InviteSort
  now: Date
} & Expanding

/** The position of a cursor; undefined if it isn't one of a list in this order. */
export const parsePosition = (cursor: string, { by }: InviteSort): Position | undefined =>
  parseKeyCursor(cursor, "inv", KEYS[by])

/**
 * The statement that reads a page in this order. The index of an order is divided by status, so the rows of each status are merged:
 * each of them is read up to where the page ends.
 */
export function sortedPageQuery(db: Db, request: SortedPageRequest) {
  const direction = readsAscending(request.sort, request) ? sql`ASC` : sql`DESC`
  return mergedPageQuery(db, request, sourcesOf(request), sql`page_key ${direction}, page_seq ${direction}`)
}

/** True if the page is read from lower values to higher ones. */
const readsAscending = ({ isDescending = false }: Pick<InviteSort, "isDescending">, { after }: PageRequest) =>
  isDescending === Boolean(after)

/** The page of the rows of several sources, each of which yields them in this order. */
function mergedPageQuery(db: Db, { size, expand = [] }: PageRequest & Expanding, sources: SQL[], order: SQL) {
  const page = sql`(${sql.join(sources, sql` UNION ALL `)} ORDER BY ${order} LIMIT ${size + 1})`
  const query = db
    .select(expandedColumns({ ...LISTED_COLUMNS, companyKey: invites.companyKey }, expand))
    .from(invites)
    .innerJoin(sql`${page} AS page`, sql`${invites.seq} = page_seq`)
    .orderBy(order)
    .$dynamic()
  return joinExpansions(query, invites, expand)
}

/** The rows of each status. Pending invites expire at `expires_at`, before the cron job marks them; those are few. */
function sourcesOf(request: SortedPageRequest): SQL[] {
  const { status, now, sort } = request
  // From a cursor on, the plus makes SQLite begin there.
  const isInTime = sql`${request.before || request.after ? sql`+` : sql``}expires_at > ${now.getTime()}`
  const isOverdue = sql`expires_at <= ${now.getTime()}`
  const { index } = KEYS[sort.by]
  if (sort.by === "accepted_at") return [sourceSql(request, "accepted", index)]
  if (status === undefined) return INVITE_STATUSES.map((each) => sourceSql(request, each, index))
  if (status === "pending") return [sourceSql(request, "pending", index, isInTime)]
  if (status !== "expired") return [sourceSql(request, status, index)]
  return [sourceSql(request, "expired", index), sourceSql(request, "pending", KEYS.expires_at.index, isOverdue)]
}

/**
 * The rows of one status from the cursor on: those with the same value as there, then those beyond, because one condition for both
 * would begin with all of the same value.
 */
function sourceSql(request: SortedPageRequest, status: InviteStatus, index: string, condition = sql`TRUE`): SQL {
  const { resellerId, sort, after, before, size } = request
  const key = sql.raw(KEYS[sort.by].column)
  const [from, to] = [sort.from?.getTime(), sort.to?.getTime()]
  const isFrom = from === undefined ? sql`TRUE` : sql`${key} >= ${from}`
  const isTo = to === undefined ? sql`TRUE` : sql`${key} < ${to}`
  // A cursor implies that the value is present.
  const isPresent = KEYS[sort.by].isNullable ? sql`${key} IS NOT NULL` : sql`TRUE`
  // The status is part of the text, so that SQLite uses a partial index.
  const rowsWhere = (
    isBeyond: SQL,
  ) => sql`SELECT seq AS page_seq, ${key} AS page_key FROM invites INDEXED BY ${sql.raw(index)}
    WHERE audience_id = ${resellerId} AND status = ${sql.raw(`'${status}'`)} AND ${condition} AND ${isBeyond}`
  const cursor = after ?? before
  if (!cursor) return rowsWhere(sql`${isPresent} AND ${isFrom} AND ${isTo}`)
  const position = parsePosition(cursor, sort)
  if (!position) return rowsWhere(sql`FALSE`)
  const isAscending = readsAscending(sort, request)
  const [side, direction] = isAscending ? [sql`>`, sql`ASC`] : [sql`<`, sql`DESC`]
  const seq = sql`(SELECT seq FROM invites AS cursor WHERE cursor.id = ${position.id} AND cursor.audience_id = ${resellerId})`
  const isBeyond = sql`${key} ${side} ${position.key}`
  // SQLite begins at one of two limits on the same side: the nearer one.
  const limits = isAscending
    ? sql`${from !== undefined && from > Number(position.key) ? isFrom : isBeyond} AND ${isTo}`
    : sql`${to !== undefined && to <= Number(position.key) ? isTo : isBeyond} AND ${isFrom}`
  return sql`SELECT * FROM (${rowsWhere(sql`${key} = ${position.key} AND seq ${side} ${seq} AND ${isFrom} AND ${isTo}`)}
    UNION ALL ${rowsWhere(limits)}
    ORDER BY page_key ${direction}, page_seq ${direction} LIMIT ${size + 1})`
}

/** A page of an order other than by creation, with the cursors of its neighbors. */
export const toSortedPage = <Row extends SortedRow>(fetched: Row[], page: PageRequest, { by }: InviteSort): Page<Row> =>
  toPageOf(fetched, (row) => keyCursor(row.id, KEYS[by].of(row)), page)

type AddressPageRequest = PageRequest & {
  resellerId: string
  status: InviteStatus | undefined
  contactEmail: string
  isOldestFirst?: boolean | undefined
  now: Date
} & Expanding

/** The statement that reads a page of the invites to one address, in the order in which they were created. */
export function addressPageQuery(db: Db, request: AddressPageRequest) {
  const { status, now } = request
  const isAscending = readsAscending({ isDescending: !request.isOldestFirst }, request)
  const source = (each: InviteStatus, condition?: SQL) => addressSourceSql(request, each, isAscending, condition)
  const isOverdue = sql`expires_at <= ${now.getTime()}`
  const order = isAscending ? sql`page_seq ASC` : sql`page_seq DESC`
  if (status === undefined) {
    const sources = INVITE_STATUSES.map((each) => source(each))
    return mergedPageQuery(db, request, sources, order)
  }
  const sources = {
    pending: [source("pending", sql`NOT ${isOverdue}`)],
    expired: [source("expired"), source("pending", isOverdue)],
    accepted: [source("accepted")],
    revoked: [source("revoked")],
    declined: [source("declined")],
  }
  return mergedPageQuery(db, request, sources[status], order)
}

function addressSourceSql(
  request: AddressPageRequest,
  status: InviteStatus,
  isAscending: boolean,
  condition = sql`TRUE`,
): SQL {
  const { resellerId, contactEmail, after, before } = request
  const cursor = after ?? before
  const seq = sql`(SELECT seq FROM invites AS cursor WHERE cursor.id = ${cursor} AND cursor.audience_id = ${resellerId})`
  const isBeyond = cursor ? sql`seq ${isAscending ? sql`>` : sql`<`} ${seq}` : sql`TRUE`
  return sql`SELECT seq AS page_seq FROM invites INDEXED BY invites_by_address WHERE reseller_id = ${resellerId}
    AND contact_email = ${contactEmail} AND audience_id = ${resellerId} AND status = ${status} AND ${condition} AND ${isBeyond}`
}
