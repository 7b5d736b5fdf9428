import { and, asc, desc, eq, type SQL, sql } from "drizzle-orm"
import { newestFirst, PAGE_SIZE, type Page, type PageRequest, toPage, toPageOf } from "../storage/paging.ts"
import { customers } from "../storage/schema.ts"
import { keyCursor, parseKeyCursor } from "../storage/sort-cursor.ts"
import { parseAddress } from "../text/email-address.ts"
import { fold } from "../text/fold.ts"
import { sanitizeLine, truncate } from "../text/sanitize.ts"
import type { ResellerActor } from "./access/actor.ts"
import { authorize } from "./access/permissions.ts"
import { type CustomerListItem, customersQuery, NEEDS_REVIEW } from "./customers.ts"
import type { Deps } from "./deps.ts"
import { countsQuery, type InviteCounts, toCounts } from "./invites/list.ts"
import { SEARCH_MAX } from "./invites/search-text.ts"

/** Without `sort`, the newest are first, and so they are in a search. `isToReview`: only customers whose billing is to be reviewed. */
type CustomerListRequest = PageRequest & {
  search?: string | undefined
  sort?: "name" | undefined
  isToReview?: boolean | undefined
}

/** One page of customers, each with its Admin and billing account; and the counts of invites. Throws `forbidden`. */
export async function listCustomers(
  { db, read, now }: Deps,
  actor: ResellerActor,
  request: CustomerListRequest = { size: PAGE_SIZE },
): Promise<Page<CustomerListItem> & { counts: InviteCounts }> {
  authorize(actor, "customers:read")
  if (request.isToReview) authorize(actor, "billing:read")
  const [rows, countRows] = await read([
    pageQuery(db, actor.reseller.id, request),
    countsQuery(db, actor.reseller.id, now()),
  ])
  const isSorted = request.sort && !request.search && !request.isToReview
  const page = isSorted ? toPageOf(rows, toNameCursor, request) : toPage(rows, request)
  return { ...page, counts: toCounts(countRows) }
}

const toNameCursor = ({ id, customer }: CustomerListItem) => keyCursor(id, customer.companyKey)

function pageQuery(db: Deps["db"], resellerId: string, request: CustomerListRequest) {
  const query = customersQuery(db).$dynamic()
  const isOwn = eq(customers.resellerId, resellerId)
  if (request.search) return searchQuery(query, resellerId, request)
  if (request.isToReview) return newestFirst(query, customers.id, and(isOwn, NEEDS_REVIEW), request)
  if (!request.sort) return newestFirst(query, customers.id, isOwn, request)
  const isAscending = !request.after
  const direction = isAscending ? asc : desc
  const start = parseKeyCursor(request.after ?? request.before ?? "", "cus", { isText: true })
  const side = isAscending ? sql`>` : sql`<`
  const isBeyond = start && sql`(${customers.companyKey}, ${customers.id}) ${side} (${start.key}, ${start.id})`
  return query
    .where(and(isOwn, isBeyond))
    .orderBy(direction(customers.companyKey), direction(customers.id))
    .limit(request.size + 1)
}

/** The search index yields its matches in the order of the page, and stops after it. */
function searchQuery(
  query: ReturnType<ReturnType<typeof customersQuery>["$dynamic"]>,
  resellerId: string,
  { search = "", before, after, size }: CustomerListRequest,
) {
  const match = searchExpression(resellerId, search)
  if (!match) return query.where(sql`FALSE`).limit(1)
  const cursor = sql`(SELECT seq FROM customers AS cursor WHERE cursor.id = ${after ?? before} AND cursor.reseller_id = ${resellerId})`
  const rowid = sql`customer_search.rowid`
  const isOwn = sql`+${customers.resellerId} = ${resellerId}` // the plus keeps SQLite on the search index
  const isBeyond: SQL | undefined = after ? sql`${rowid} > ${cursor}` : before ? sql`${rowid} < ${cursor}` : undefined
  return query
    .innerJoin(sql`customer_search`, sql`${rowid} = ${customers.seq}`)
    .where(and(sql`customer_search MATCH ${match}`, isOwn, isBeyond))
    .orderBy(after ? asc(rowid) : desc(rowid))
    .limit(size + 1)
}

/** The number of words that are searched for. */
const WORDS_MAX = 8

/** Each word of the search is the beginning of a word of the customer, as it was typed or folded like a company's name. */
function searchExpression(resellerId: string, search: string): string {
  const tenant = resellerId.slice(-6)
  const term = (word: string) => `"${tenant}${word}" *`
  return customerSearchWords(search)
    .map((word) => [...new Set([word, ...toWords(fold(word))])].map(term).join(" OR "))
    .map((choice) => `(${choice})`)
    .join(" AND ")
}

/** The words of a search. An address is searched for as we store it. */
export function customerSearchWords(search: string): string[] {
  const line = sanitizeLine(truncate(search, SEARCH_MAX))
  return [...new Set(toWords(parseAddress(line).address ?? line))].slice(0, WORDS_MAX)
}

/** As the tokenizer of the index divides text. */
const toWords = (text: string) => text.split(/[^\p{L}\p{N}\p{M}\p{S}\p{Co}]+/u).filter(Boolean)
