import { and, asc, eq, sql } from "drizzle-orm"
import { aliasedColumns } from "../storage/aliased-columns.ts"
import { insertSelect } from "../storage/insert-select.ts"
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
import type { ResellerActor } from "./access/actor.ts"
import { authorize, can } from "./access/permissions.ts"
import { billingAccountsQuery, existsOwned } from "./billing/accounts.ts"
import { commit } from "./commit.ts"
import type { Deps } from "./deps.ts"
import { customerTimelineQuery, isRecorded, newAuditEntry, toReadable } from "./events/audit-log.ts"
import { customerUpdatedStatements } from "./events/record-event.ts"
import { authorizeExpansions, type Expansion, toExpanded } from "./expansions.ts"
import { Failure } from "./failure.ts"

type Nullable<T> = { [K in keyof T]: T[K] | null }

export type CustomerListItem = {
  id: string
  customer: Customer
  /** Fields are null if the person or the account no longer exists. */
  admin: Nullable<{ name: string; email: string }>
  billing: Nullable<{ email: string; phone: string }>
}

/** SQL condition, as in the index: the billing account was changed or deleted after the customer was invited. */
export const NEEDS_REVIEW = sql`${customers.billingNeedsReview} = 1`

/** The statement that finds a customer of the actor's reseller. */
export const ownCustomerQuery = (db: Deps["db"], actor: ResellerActor, id: string) =>
  db
    .select({ id: customers.id })
    .from(customers)
    .where(and(eq(customers.id, id), eq(customers.resellerId, actor.reseller.id)))

/** One customer of the reseller, alone. Throws `not_found` and `forbidden`. */
export async function loadCustomer({ db, read }: Deps, actor: ResellerActor, id: string): Promise<Customer> {
  authorize(actor, "customers:read")
  const isOwn = and(eq(customers.id, id), eq(customers.resellerId, actor.reseller.id))
  const [[customer]] = await read([db.select().from(customers).where(isOwn)])
  if (!customer) throw new Failure({ kind: "not_found" })
  return customer
}

const MEMBERS_SHOWN = 100

type CustomerOptions = { expand?: readonly Expansion[] | undefined; latestEntries?: number }

/**
 * One customer with its members, its invite, the terms that its first Admin accepted, so many of the latest entries about it and, for
 * those who can change it, the billing accounts to choose from. Throws `not_found` and `forbidden`.
 */
export async function getCustomer(
  { db, read }: Deps,
  actor: ResellerActor,
  id: string,
  { expand = [], latestEntries = 0 }: CustomerOptions = {},
) {
  authorize(actor, "customers:read")
  if (latestEntries > 0) authorize(actor, "activity:read")
  authorizeExpansions(actor, expand)
  const isOwnCustomer = and(eq(customers.id, id), eq(customers.resellerId, actor.reseller.id))
  const [[customer], memberRows, [invite], [terms], entries, accounts = []] = await read([
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
    customerTimelineQuery(db, actor, id, latestEntries),
    ...(can(actor, "billing:write") ? [billingAccountsQuery(db, actor.reseller.id)] : []),
  ])
  if (!customer) throw new Failure({ kind: "not_found" })
  const { billingAccount } = toExpanded({ billingAccount: customer.billing })
  const expanded = expand.includes("billingAccount") ? { billingAccount } : {}
  const latest = entries.map((entry) => toReadable(actor, entry))
  return { ...customer, members: memberRows, invite, terms, latest, accounts, expanded }
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
      .set({
        billingAccountId,
        billingNeedsReview: false,
        updatedAt: sql`iif(${isChange}, ${now().getTime()}, updated_at)`,
      })
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

/** The statement that reads customers, each with its first Admin and billing account. */
export function customersQuery(db: Deps["db"]) {
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
    .leftJoin(
      billingAccounts,
      and(eq(billingAccounts.id, customers.billingAccountId), eq(billingAccounts.resellerId, customers.resellerId)),
    )
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
