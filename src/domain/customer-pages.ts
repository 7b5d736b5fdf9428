import { and, asc, desc, eq, getTableColumns, gt, gte, inArray, isNotNull, lt, type SQL, sql } from "drizzle-orm"
import type { SQLiteColumn } from "drizzle-orm/sqlite-core"
import type { Db } from "../storage/db.ts"
import { lowestId } from "../storage/ids.ts"
import { type Page, type PageRequest, toPageOf } from "../storage/paging.ts"
import { type Customer, customerMetadata, customers, type Metadata } from "../storage/schema.ts"
import { keyCursor, type Position, parseKeyCursor } from "../storage/sort-cursor.ts"
import type { ResellerActor } from "./access/actor.ts"
import { authorize } from "./access/permissions.ts"
import { NEEDS_REVIEW } from "./customers.ts"
import type { Deps } from "./deps.ts"
import {
  authorizeExpansions,
  type Expanded,
  type Expansion,
  expandedColumns,
  joinExpansions,
  toExpanded,
} from "./expansions.ts"
import { Failure } from "./failure.ts"
import { WRITTEN_WITHIN_MS } from "./invites/created-range.ts"

/** What a list can be sorted by. Each has an index that ends with the id, except the external id, which only one customer has. */
const SORT_KEYS = {
  created_at: { column: customers.id, of: ({ id }: Customer) => id },
  name: { column: customers.companyKey, of: ({ companyKey }: Customer) => companyKey },
  external_id: { column: customers.externalId, of: ({ externalId }: Customer) => externalId ?? "" },
  updated_at: { column: customers.updatedAt, of: ({ updatedAt }: Customer) => updatedAt.getTime() },
} as const

type CustomerSortKey = keyof typeof SORT_KEYS
export const CUSTOMER_SORT_KEYS = Object.keys(SORT_KEYS) as CustomerSortKey[]

/** A page of customers. `from` and `to` limit the time that they are sorted by. */
type CustomerPageRequest = PageRequest & {
  by: CustomerSortKey
  isDescending: boolean
  from?: Date | undefined
  to?: Date | undefined
  expand?: readonly Expansion[] | undefined
}

type CustomerFilter = {
  externalId?: string | undefined
  metadata?: Metadata | undefined
  /** Only customers whose billing is to be reviewed. */
  isToReview?: boolean
}

/** How many customers with the first value of a filter a page compares with the other values and the exact times. */
const FILTER_ROWS_MAX = 500

/**
 * One page of the reseller's customers. With a filter, which only lists by `created_at` can have, a page can have fewer than its size
 * although others follow. Throws `forbidden`, and `invalid_cursor` if it isn't one of this order.
 */
export async function listCustomersPage(
  { db, read }: Deps,
  actor: ResellerActor,
  page: CustomerPageRequest,
  { externalId, metadata = {}, isToReview = false }: CustomerFilter = {},
): Promise<Page<Customer & Expanded>> {
  authorize(actor, "customers:read")
  if (isToReview) authorize(actor, "billing:read")
  authorizeExpansions(actor, page.expand ?? [])
  const { by, size, from, to } = page
  const isAscending = page.isDescending === Boolean(page.after)
  const request = { ...page, resellerId: actor.reseller.id, isAscending, isToReview, start: startOf(page) }
  const toCursor = (row: Customer) => (by === "created_at" ? row.id : keyCursor(row.id, SORT_KEYS[by].of(row)))
  const entries = Object.entries(metadata)
  const [first, ...others] = entries
  // An external id finds one customer.
  if (externalId !== undefined || !first) {
    const hasId = externalId === undefined ? undefined : eq(customers.externalId, externalId)
    const [rows] = await read([pageQuery(db, request, eq(customers.resellerId, request.resellerId), hasId, entries)])
    return toPageOf(rows.map(toExpanded), toCursor, page)
  }
  const walkMax = others.length > 0 || isToReview || from || to ? FILTER_ROWS_MAX : size + 1
  const candidates = candidatesQuery(db, request, first, walkMax)
  // The plus keeps SQLite from walking all customers of the reseller where a filter finds few.
  const isOwn = sql`+${customers.resellerId} = ${request.resellerId}`
  const [rows, [walked]] = await read([
    pageQuery(db, request, isOwn, inArray(customers.id, candidates), others),
    db
      .select({ count: sql<number>`count(*)`, end: sql<string>`${isAscending ? sql`max` : sql`min`}(customer_id)` })
      .from(candidates.as("candidate")),
  ])
  return toPageOf(rows.map(toExpanded), toCursor, page, walked?.count === walkMax ? walked.end : undefined)
}

/** `isAscending`: the page is read from lower values to higher ones. */
type Request = CustomerPageRequest & {
  resellerId: string
  isAscending: boolean
  isToReview: boolean
  start: Position | undefined
}
type Entry = [key: string, value: string]

function pageQuery(db: Db, request: Request, isOwn: SQL, isFound: SQL | undefined, entries: Entry[]) {
  const { by, isAscending, isToReview, from, to, size, start, expand = [] } = request
  const { column } = SORT_KEYS[by]
  const direction = isAscending ? asc : desc
  const isUnique = column === customers.id || column === customers.externalId
  const query = db
    .select(expandedColumns(getTableColumns(customers), expand))
    .from(customers)
    .$dynamic()
  return joinExpansions(query, customers, expand)
    .where(
      and(
        isOwn,
        isFound,
        isToReview ? NEEDS_REVIEW : undefined,
        ...entries.map(hasEntry),
        ...isInRange(request, column),
        by === "created_at" && from ? gte(customers.createdAt, from) : undefined,
        by === "created_at" && to ? lt(customers.createdAt, to) : undefined,
        isBeyondCustomer(by, start, isAscending),
      ),
    )
    .orderBy(direction(column), ...(isUnique ? [] : [direction(customers.id)]))
    .limit(size + 1)
}

/** The statement that finds the next customers with this value in their metadata. */
function candidatesQuery(db: Db, request: Request, [key, value]: Entry, limit: number) {
  const { resellerId, isAscending, start } = request
  const id = customerMetadata.customerId
  return db
    .select({ id })
    .from(customerMetadata)
    .where(
      and(
        eq(customerMetadata.resellerId, resellerId),
        eq(customerMetadata.key, key),
        eq(customerMetadata.value, value),
        ...isInRange(request, id),
        start && (isAscending ? gt(id, start.id) : lt(id, start.id)),
      ),
    )
    .orderBy(isAscending ? asc(id) : desc(id))
    .limit(limit)
}

/**
 * The limits of a page. From a cursor on, SQLite begins at one of two limits on the same side, so the farther one is left out. The index of
 * ids leads near the limits of when customers were created.
 */
function isInRange({ by, from, to, isAscending, start }: Request, column: SQLiteColumn): (SQL | undefined)[] {
  const edge = (at: Date | undefined, offset: number) =>
    at && (by === "created_at" ? lowestId("cus", new Date(Math.max(0, at.getTime() + offset))) : at.getTime())
  const [first, last] = [edge(from, -WRITTEN_WITHIN_MS), edge(to, WRITTEN_WITHIN_MS)]
  const isFirstPassed = first !== undefined && isAscending && start !== undefined && start.key >= first
  const isLastPassed = last !== undefined && !isAscending && start !== undefined && start.key < last
  return [
    first !== undefined && !isFirstPassed ? sql`${column} >= ${first}` : undefined,
    last !== undefined && !isLastPassed ? sql`${column} < ${last}` : undefined,
  ]
}

/** Where the page begins. Throws `invalid_cursor` if the cursor is one of another order. */
function startOf({ by, after, before }: CustomerPageRequest): Position | undefined {
  const cursor = after ?? before
  if (!cursor) return undefined
  const isId = by === "created_at" && isCustomerId(cursor)
  const start = isId
    ? { id: cursor, key: cursor }
    : parseKeyCursor(cursor, "cus", { isText: by === "name" || by === "external_id" })
  if (!start || isId !== (by === "created_at")) throw new Failure({ kind: "invalid_cursor" })
  return start
}

function isBeyondCustomer(by: CustomerSortKey, start: Position | undefined, isAscending: boolean): SQL | undefined {
  if (!start) return by === "external_id" ? isNotNull(customers.externalId) : undefined
  const side = isAscending ? sql`>` : sql`<`
  if (by === "created_at") return sql`${customers.id} ${side} ${start.id}`
  if (by === "external_id") return sql`${customers.externalId} ${side} ${start.key}`
  return sql`(${SORT_KEYS[by].column}, ${customers.id}) ${side} (${start.key}, ${start.id})`
}

const isCustomerId = (id: string) => /^cus_[0-9a-z]{26}$/.test(id)

/** SQL condition: the customer has this value. */
const hasEntry = ([key, value]: Entry) => sql`EXISTS (SELECT 1 FROM ${customerMetadata}
  WHERE ${customerMetadata.resellerId} = ${customers.resellerId} AND ${customerMetadata.key} = ${key}
    AND ${customerMetadata.value} = ${value} AND ${customerMetadata.customerId} = ${customers.id})`
