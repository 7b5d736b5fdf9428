import { and, asc, eq, inArray, sql } from "drizzle-orm"
import { aliasedColumns } from "../storage/aliased-columns.ts"
import { insertSelect } from "../storage/insert-select.ts"
import {
  isBeyond,
  newestFirst,
  PAGE_SIZE,
  type Page,
  type PageRequest,
  readingOrder,
  toPage,
} from "../storage/paging.ts"
import {
  auditLog,
  billingAccounts,
  type Customer,
  customerMetadata,
  customers,
  invites,
  type Metadata,
  members,
  termsAcceptances,
  users,
} from "../storage/schema.ts"
import type { ResellerActor } from "./access/actor.ts"
import { authorize, can } from "./access/permissions.ts"
import { billingAccountsQuery, existsOwned } from "./billing/accounts.ts"
import { commit } from "./commit.ts"
import type { Deps } from "./deps.ts"
import { isRecorded, newAuditEntry } from "./events/audit-log.ts"
import { customerUpdatedStatements } from "./events/record-event.ts"
import { Failure } from "./failure.ts"
import { countsQuery, type InviteCounts, toCounts } from "./invites/list.ts"

type Nullable<T> = { [K in keyof T]: T[K] | null }

export type CustomerListItem = {
  id: string
  customer: Customer
  /** Fields are null if the person or the account no longer exists. */
  admin: Nullable<{ name: string; email: string }>
  billing: Nullable<{ email: string; phone: string }>
}

export type CustomerFilter = { externalId?: string | undefined; metadata?: Metadata | undefined }

/** Of so many customers that have the first value of a filter, a page compares the other values. */
const FILTER_ROWS_MAX = 500

/**
 * One page of the reseller's customers, newest first. With a filter by several values, a page can have fewer than its size although
 * others follow. Throws `forbidden`.
 */
export async function listCustomersPage(
  { db, read }: Deps,
  actor: ResellerActor,
  page: PageRequest,
  { externalId, metadata = {} }: CustomerFilter = {},
): Promise<Page<Customer>> {
  authorize(actor, "customers:read")
  const entries = Object.entries(metadata)
  const first = externalId === undefined ? entries[0] : undefined // an external id finds one customer
  const others = first ? entries.slice(1) : entries
  // The plus keeps SQLite from walking all customers of the reseller where a filter finds few.
  const isOwn = and(
    first ? sql`+${customers.resellerId} = ${actor.reseller.id}` : eq(customers.resellerId, actor.reseller.id),
    externalId === undefined ? undefined : eq(customers.externalId, externalId),
    ...others.map(([key, value]) => hasEntry(key, value)),
  )
  const query = db.select().from(customers).$dynamic()
  if (!first) {
    const [rows] = await read([newestFirst(query, customers.id, isOwn, page)])
    return toPage(rows, page)
  }
  const walkMax = others.length > 0 ? FILTER_ROWS_MAX : page.size + 1
  const candidates = db
    .select({ id: customerMetadata.customerId })
    .from(customerMetadata)
    .where(and(isEntry(actor.reseller.id, ...first), isBeyond(customerMetadata.customerId, page)))
    .orderBy(readingOrder(customerMetadata.customerId, page))
    .limit(walkMax)
  const [rows, [walked]] = await read([
    newestFirst(query, customers.id, and(isOwn, inArray(customers.id, candidates)), page),
    db
      .select({
        count: sql<number>`count(*)`,
        end: page.after ? sql<string>`max(customer_id)` : sql<string>`min(customer_id)`,
      })
      .from(candidates.as("candidate")),
  ])
  return toPage(rows, page, others.length > 0 && walked?.count === walkMax ? walked.end : undefined)
}

const isEntry = (resellerId: string, key: string, value: string) =>
  and(eq(customerMetadata.resellerId, resellerId), eq(customerMetadata.key, key), eq(customerMetadata.value, value))

/** SQL condition: the customer has this value. */
const hasEntry = (key: string, value: string) => sql`EXISTS (SELECT 1 FROM ${customerMetadata}
  WHERE ${customerMetadata.resellerId} = ${customers.resellerId} AND ${customerMetadata.key} = ${key}
    AND ${customerMetadata.value} = ${value} AND ${customerMetadata.customerId} = ${customers.id})`

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

/** The statement that finds a customer of the actor's reseller. */
export const ownCustomerQuery = (db: Deps["db"], actor: ResellerActor, id: string) =>
  db
    .select({ id: customers.id })
    .from(customers)
    .where(and(eq(customers.id, id), eq(customers.resellerId, actor.reseller.id)))

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
  const { db } = deps
  const isOwnCustomer = and(eq(customers.id, id), eq(customers.resellerId, actor.reseller.id))
  const accountExists = existsOwned(actor, billingAccountId)
  const isChange = sql`(${customers.billingNeedsReview} = 1 OR ${customers.billingAccountId} <> ${billingAccountId})`
  // The audit entry doesn't name the account: not everyone who can read it can see billing.
  const entry = newAuditEntry(deps, actor.reseller.id, actor, "customer.billing_changed", id)
  const [[customer], , updated] = await commit(deps, [
    db.select({ id: customers.id }).from(customers).where(isOwnCustomer),
    insertSelect(
      db,
      auditLog,
      entry,
      sql`EXISTS (SELECT 1 FROM ${customers} WHERE ${isOwnCustomer} AND ${isChange} AND ${accountExists})`,
    ),
    db
      .update(customers)
      .set({ billingAccountId, billingNeedsReview: false })
      .where(and(isOwnCustomer, accountExists))
      .returning({ id: customers.id }),
    ...customerUpdatedStatements(
      deps,
      sql`FROM customers AS customer WHERE customer.id = ${id} AND ${isRecorded(entry)}`,
    ),
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
