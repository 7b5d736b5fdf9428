import { type SQL, sql } from "drizzle-orm"
import type { Db } from "../../storage/db.ts"
import { type Page, type PageRequest, toPage } from "../../storage/paging.ts"
import { INVITE_STATUSES, type InviteStatus, invites } from "../../storage/schema.ts"
import { LISTED_COLUMNS, type ListedInvite } from "./listed-invite.ts"

export const INVITE_SORTS = ["company_name", "expires_at"] as const
/** Orders that an invite can leave or enter with a change. Both are ascending. */
export type InviteSort = (typeof INVITE_SORTS)[number]

type SortedRow = ListedInvite & { companyKey?: string }
type SortedPageRequest = PageRequest & {
  resellerId: string
  status: InviteStatus | undefined
  sort: InviteSort
  now: Date
}

/** Where a page begins: an invite, and the value that it was sorted by when its page was read, since both can have changed. */
type Position = { id: string; key: string | number }

const CURSOR = /^(inv_[0-9a-z]{26})\.([\w-]*)$/

const toCursor = ({ id, companyKey = "", expiresAt }: SortedRow, sort: InviteSort) =>
  `${id}.${Buffer.from(sort === "company_name" ? companyKey : String(expiresAt.getTime())).toString("base64url")}`

/** The position of a cursor; undefined if it isn't one of a list in this order. */
export function parsePosition(cursor: string, sort: InviteSort): Position | undefined {
  const [, id, encoded] = CURSOR.exec(cursor) ?? []
  if (id === undefined || encoded === undefined) return undefined
  const text = Buffer.from(encoded, "base64url").toString()
  if (sort === "company_name") return { id, key: text }
  return /^\d{1,15}$/.test(text) ? { id, key: Number(text) } : undefined
}

/**
 * The statement that reads a page in this order. The index of an order is divided by status, so the rows of each status are merged:
 * each of them is read up to where the page ends.
 */
export function sortedPageQuery(db: Db, request: SortedPageRequest) {
  const { after, size } = request
  const direction = after ? sql`DESC` : sql`ASC`
  const rows = sql.join(sourcesOf(request), sql` UNION ALL `)
  const page = sql`(${rows} ORDER BY page_key ${direction}, page_seq ${direction} LIMIT ${size + 1})`
  return db
    .select({ ...LISTED_COLUMNS, companyKey: invites.companyKey })
    .from(invites)
    .innerJoin(sql`${page} AS page`, sql`${invites.seq} = page_seq`)
    .orderBy(sql`page_key ${direction}, page_seq ${direction}`)
}

/** The rows of each status. Pending invites expire at `expires_at`, before the cron job marks them; those are few. */
function sourcesOf(request: SortedPageRequest): SQL[] {
  const { status, now, sort } = request
  // From a cursor on, the plus makes SQLite begin there.
  const isInTime = sql`${request.before || request.after ? sql`+` : sql``}expires_at > ${now.getTime()}`
  const isOverdue = sql`expires_at <= ${now.getTime()}`
  const byExpiry = sql`INDEXED BY invites_by_expiry`
  const index = sort === "company_name" ? sql`INDEXED BY invites_by_company` : byExpiry
  if (status === undefined) return INVITE_STATUSES.map((each) => sourceSql(request, each, index))
  if (status === "pending") return [sourceSql(request, "pending", index, isInTime)]
  if (status !== "expired") return [sourceSql(request, status, index)]
  return [sourceSql(request, "expired", index), sourceSql(request, "pending", byExpiry, isOverdue)]
}

/**
 * The rows of one status from the cursor on: those with the same value as there, then those beyond, because one condition for both
 * would begin with all of the same value.
 */
function sourceSql(request: SortedPageRequest, status: InviteStatus, index: SQL, condition = sql`TRUE`): SQL {
  const { resellerId, sort, after, before, size } = request
  const key = sort === "company_name" ? sql`company_key` : sql`expires_at`
  const rowsWhere = (isBeyond: SQL) => sql`SELECT seq AS page_seq, ${key} AS page_key FROM invites ${index}
    WHERE audience_id = ${resellerId} AND status = ${status} AND ${condition} AND ${isBeyond}`
  const cursor = after ?? before
  if (!cursor) return rowsWhere(sql`TRUE`)
  const position = parsePosition(cursor, sort)
  if (!position) return rowsWhere(sql`FALSE`)
  const [side, direction] = after ? [sql`<`, sql`DESC`] : [sql`>`, sql`ASC`]
  const seq = sql`(SELECT seq FROM invites AS cursor WHERE cursor.id = ${position.id} AND cursor.audience_id = ${resellerId})`
  return sql`SELECT * FROM (${rowsWhere(sql`${key} = ${position.key} AND seq ${side} ${seq}`)}
    UNION ALL ${rowsWhere(sql`${key} ${side} ${position.key}`)}
    ORDER BY page_key ${direction}, page_seq ${direction} LIMIT ${size + 1})`
}

export function toSortedPage(fetched: SortedRow[], page: PageRequest, sort: InviteSort): Page<ListedInvite> {
  const { rows, next, prev } = toPage(fetched, page)
  const [first, last] = [rows[0], rows.at(-1)]
  if (!first || !last) return { rows, next, prev } // these are the cursor that it came from
  return { rows, next: next && toCursor(last, sort), prev: prev && toCursor(first, sort) }
}
