import { and, asc, desc, eq, gte, lt, type SQL, sql } from "drizzle-orm"
import { aliasedColumns } from "../storage/aliased-columns.ts"
import { lowestId } from "../storage/ids.ts"
import { insertSelect } from "../storage/insert-select.ts"
import { newestFirst, PAGE_SIZE, type Page, type PageRequest, toPage, toPageOf } from "../storage/paging.ts"
import {
  auditLog,
  billingAccounts,
  type Customer,
  customers,
  invites,
  members,
  termsAcceptances,
  users,
} from "../storage/schema.ts"
import { keyCursor, type Position, parseKeyCursor } from "../storage/sort-cursor.ts"
import type { ResellerActor } from "./access/actor.ts"
import { authorize, can } from "./access/permissions.ts"
import { billingAccountsQuery, existsOwned } from "./billing/accounts.ts"
import type { Deps } from "./deps.ts"
import { newAuditEntry } from "./events/audit-log.ts"
import { Failure } from "./failure.ts"
import { WRITTEN_WITHIN_MS } from "./invites/created-range.ts"
import { countsQuery, type InviteCounts, toCounts } from "./invites/list.ts"

type Nullable<T> = { [K in keyof T]: T[K] | null }

export type CustomerListItem = {
  id: string
  customer: Customer
  /** Fields are null if the person or the account no longer exists. */
  admin: Nullable<{ name: string; email: string }>
  billing: Nullable<{ email: string; phone: string }>
}

/** What a list can be sorted by. Each has an index that ends with the id. */
const SORT_KEYS = {
  created_at: { column: customers.id, of: ({ id }: Customer) => id },
  name: { column: customers.companyKey, of: ({ companyKey }: Customer) => companyKey },
  updated_at: { column: customers.updatedAt, of: ({ updatedAt }: Customer) => updatedAt.getTime() },
} as const

export type CustomerSortKey = keyof typeof SORT_KEYS
export const CUSTOMER_SORT_KEYS = Object.keys(SORT_KEYS) as CustomerSortKey[]

/** A page of customers. `from` and `to` limit the time that they are sorted by. */
export type CustomerPageRequest = PageRequest & {
  by: CustomerSortKey
  isDescending: boolean
  from?: Date | undefined
  to?: Date | undefined
}

/** One page of the reseller's customers. Throws `forbidden`, and `invalid_cursor` if it isn't one of this order. */
export async function listCustomersPage(
  { db, read }: Deps,
  actor: ResellerActor,
  page: CustomerPageRequest,
): Promise<Page<Customer>> {
  authorize(actor, "customers:read")
  const { by, isDescending, size } = page
  const { column, of } = SORT_KEYS[by]
  const isUp = isDescending === Boolean(page.after)
  const direction = isUp ? asc : desc
  const start = startOf(page)
  const [rows] = await read([
    db
      .select()
      .from(customers)
      .where(
        and(
          eq(customers.resellerId, actor.reseller.id),
          ...isInRange(page, isUp, start),
          isBeyondCustomer(by, start, isUp),
        ),
      )
      .orderBy(direction(column), direction(customers.id))
      .limit(size + 1),
  ])
  return toPageOf(rows, (row) => (by === "created_at" ? row.id : keyCursor(row.id, of(row))), page)
}

/**
 * The limits of a page. From a cursor on, SQLite begins at one of two limits on the same side, so the farther one is left out. The index of
 * ids leads near the limits of when customers were created.
 */
function isInRange(
  { by, from, to }: CustomerPageRequest,
  isUp: boolean,
  start: Position | undefined,
): (SQL | undefined)[] {
  const { column } = SORT_KEYS[by]
  const edge = (at: Date | undefined, offset: number) =>
    at && (by === "created_at" ? lowestId("cus", new Date(Math.max(0, at.getTime() + offset))) : at.getTime())
  const [first, last] = [edge(from, -WRITTEN_WITHIN_MS), edge(to, WRITTEN_WITHIN_MS)]
  const isFirstPassed = first !== undefined && isUp && start !== undefined && start.key >= first
  const isLastPassed = last !== undefined && !isUp && start !== undefined && start.key < last
  return [
    first !== undefined && !isFirstPassed ? sql`${column} >= ${first}` : undefined,
    last !== undefined && !isLastPassed ? sql`${column} < ${last}` : undefined,
    by === "created_at" && from ? gte(customers.createdAt, from) : undefined,
    by === "created_at" && to ? lt(customers.createdAt, to) : undefined,
  ]
}

/** Where the page begins. Throws `invalid_cursor` if the cursor is one of another order. */
function startOf({ by, after, before }: CustomerPageRequest): Position | undefined {
  const cursor = after ?? before
  if (!cursor) return undefined
  const isId = by === "created_at" && isCustomerId(cursor)
  const start = isId ? { id: cursor, key: cursor } : parseKeyCursor(cursor, "cus", { isText: by === "name" })
  if (!start || isId !== (by === "created_at")) throw new Failure({ kind: "invalid_cursor" })
  return start
}

function isBeyondCustomer(by: CustomerSortKey, start: Position | undefined, isUp: boolean): SQL | undefined {
  if (!start) return undefined
  const side = isUp ? sql`>` : sql`<`
  if (by === "created_at") return sql`${customers.id} ${side} ${start.id}`
  return sql`(${SORT_KEYS[by].column}, ${customers.id}) ${side} (${start.key}, ${start.id})`
}

const isCustomerId = (id: string) => /^cus_[0-9a-z]{26}$/.test(id)

/** One page of customers, newest first, each with its Admin and billing account; and the counts of invites. Throws `forbidden`. */
export async function listCustomers(
  { db, read, now }: Deps,
  actor: ResellerActor,
  page: PageRequest = { size: PAGE_SIZE },
): Promise<Page<CustomerListItem> & { counts: InviteCounts }> {
  authorize(actor, "customers:read")
  const isOwn = eq(customers.resellerId, actor.reseller.id)
  const [rows, countRows] = await read([
    newestFirst(customersQuery(db).$dynamic(), customers.id, isOwn, page),
    countsQuery(db, actor.reseller.id, now()),
  ])
  return { ...toPage(rows, page), counts: toCounts(countRows) }
}

const MEMBERS_SHOWN = 100

/**
 * One customer with its members, its invite, the terms that its first Admin accepted and, for those who can change it, the billing
 * accounts to choose from. Throws `not_found` and `forbidden`.
 */
export async function getCustomer({ db, read }: Deps, actor: ResellerActor, id: string) {
  authorize(actor, "customers:read")
  const isOwnCustomer = and(eq(customers.id, id), eq(customers.resellerId, actor.reseller.id))
  const [[customer], memberRows, [invite], [terms], accounts = []] = await read([
    customersQuery(db).where(isOwnCustomer),
    membersQuery(db, and(eq(members.customerId, id), isOwnCustomer)),
    db
      .select({ id: invites.id, createdAt: invites.createdAt })
      .from(invites)
      .where(
        and(
          sql`+${invites.audienceId} = ${actor.reseller.id}`,
          eq(invites.customerId, id),
          sql`${invites.kind} = 'customer'`,
        ),
      )
      .limit(1),
    db
      .select({ url: termsAcceptances.url, version: termsAcceptances.version, acceptedAt: termsAcceptances.acceptedAt })
      .from(termsAcceptances)
      .innerJoin(customers, eq(customers.id, termsAcceptances.customerId))
      .where(and(eq(termsAcceptances.customerId, id), isOwnCustomer))
      .orderBy(asc(termsAcceptances.id))
      .limit(1),
    ...(can(actor, "billing:write") ? [billingAccountsQuery(db, actor.reseller.id)] : []),
  ])
  if (!customer) throw new Failure({ kind: "not_found" })
  return { ...customer, members: memberRows, invite, terms, accounts }
}

/**
 * Bills a customer to another of the reseller's accounts, or confirms the current one. Clears the mark for review. Throws
 * `not_found`, `forbidden` and `billing_account_not_found`.
 */
export async function changeCustomerBilling(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  billingAccountId: string,
): Promise<void> {
  authorize(actor, "billing:write")
  const { db, now } = deps
  const isOwnCustomer = and(eq(customers.id, id), eq(customers.resellerId, actor.reseller.id))
  const accountExists = existsOwned(actor, billingAccountId)
  const isChange = sql`(${customers.billingNeedsReview} = 1 OR ${customers.billingAccountId} <> ${billingAccountId})`
  // The audit entry doesn't name the account: not everyone who can read it can see billing.
  const entry = newAuditEntry(deps, actor.reseller.id, actor, "customer.billing_changed", id)
  const [[customer], , updated] = await db.batch([
    db.select({ id: customers.id }).from(customers).where(isOwnCustomer),
    insertSelect(
      db,
      auditLog,
      entry,
      sql`EXISTS (SELECT 1 FROM ${customers} WHERE ${isOwnCustomer} AND ${isChange} AND ${accountExists})`,
    ),
    db
      .update(customers)
      .set({
        billingAccountId,
        billingNeedsReview: false,
        updatedAt: sql`iif(${isChange}, ${now().getTime()}, updated_at)`,
      })
      .where(and(isOwnCustomer, accountExists))
      .returning({ id: customers.id }),
  ])
  if (!customer) throw new Failure({ kind: "not_found" })
  if (updated.length === 0) throw new Failure({ kind: "billing_account_not_found" })
}

function customersQuery(db: Deps["db"]) {
  const firstAdminId = sql`(SELECT user_id FROM members WHERE members.customer_id = ${customers.id}
    AND members.role = 'admin' ORDER BY members.created_at LIMIT 1)`
  return db
    .select({
      id: customers.id,
      customer: aliasedColumns(customers, "customer"),
      admin: aliasedColumns(users, "admin"),
      billing: aliasedColumns(billingAccounts, "billing"),
    })
    .from(customers)
    .leftJoin(users, sql`${users.id} = ${firstAdminId}`)
    .leftJoin(billingAccounts, eq(billingAccounts.id, customers.billingAccountId))
}

function membersQuery(db: Deps["db"], condition: ReturnType<typeof and>) {
  return db
    .select({ id: users.id, name: users.name, email: users.email, role: members.role, joinedAt: members.createdAt })
    .from(members)
    .innerJoin(customers, eq(customers.id, members.customerId))
    .innerJoin(users, eq(users.id, members.userId))
    .where(condition)
    .orderBy(asc(members.createdAt))
    .limit(MEMBERS_SHOWN)
}
