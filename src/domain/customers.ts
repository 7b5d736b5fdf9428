import { and, asc, desc, eq, lt, sql } from "drizzle-orm"
import { columnsOf } from "../storage/columns-of.ts"
import { insertWhere } from "../storage/insert-where.ts"
import { PAGE_SIZE, type Page, type PageAsked, toPage } from "../storage/paging.ts"
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
import { demand, may, type ResellerActor } from "./actor.ts"
import { auditRow } from "./audit.ts"
import { billingAccountsOf, isOwn } from "./billing-accounts.ts"
import type { Deps } from "./deps.ts"
import { Failure } from "./failure.ts"
import { overdueCount, type Tallies, talliesOf, toTallies } from "./invite-list.ts"

type Nullable<T> = { [K in keyof T]: T[K] | null }

export type CustomerLine = {
  id: string
  customer: Customer
  /** Fields are null where the person or the account is gone. */
  admin: Nullable<{ name: string; email: string }>
  billing: Nullable<{ email: string; phone: string }>
}

/** One page of the reseller's customers, newest first. Throws `forbidden`. One D1 round trip. */
export async function pageOfCustomers(
  { db }: Deps,
  actor: ResellerActor,
  { before, size }: PageAsked,
): Promise<Page<Customer>> {
  demand(actor, "customers:read")
  const [rows] = await db.batch([
    db
      .select()
      .from(customers)
      .where(and(eq(customers.resellerId, actor.reseller.id), before ? lt(customers.id, before) : undefined))
      .orderBy(desc(customers.id))
      .limit(size + 1),
  ])
  return toPage(rows, size)
}

/** The same with Admin and billing account of each, and the counts. Throws `forbidden`. One D1 round trip. */
export async function listCustomers(
  { db, now }: Deps,
  actor: ResellerActor,
  before?: string,
): Promise<Page<CustomerLine> & { counts: Tallies }> {
  demand(actor, "customers:read")
  const [rows, counted, [overdue]] = await db.batch([
    customerLines(db, and(eq(customers.resellerId, actor.reseller.id), before ? lt(customers.id, before) : undefined)),
    talliesOf(db, actor.reseller.id),
    overdueCount(db, actor.reseller.id, now()),
  ])
  return { ...toPage(rows), counts: toTallies(counted, overdue?.n ?? 0) }
}

const MEMBERS_SHOWN = 100

/**
 * One customer with its members, the invite it came from, the terms that its first Admin accepted and, for those who may bill it
 * elsewhere, the accounts to choose from. Throws `not_found` and `forbidden`. One D1 round trip.
 */
export async function findCustomer({ db }: Deps, actor: ResellerActor, id: string) {
  demand(actor, "customers:read")
  const isOwn = and(eq(customers.id, id), eq(customers.resellerId, actor.reseller.id))
  const [[line], joined, [invite], [terms], accounts = []] = await db.batch([
    customerLines(db, isOwn),
    membersOf(db, and(eq(members.customerId, id), isOwn)),
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
      .where(and(eq(termsAcceptances.customerId, id), isOwn))
      .orderBy(asc(termsAcceptances.id))
      .limit(1),
    ...(may(actor, "billing:write") ? [billingAccountsOf(db, actor.reseller.id)] : []),
  ])
  if (!line) throw new Failure({ kind: "not_found" })
  return { ...line, members: joined, invite, terms, accounts }
}

/**
 * Bills a customer to another of the reseller's accounts, or confirms the one it has; a flag that staff should check is taken
 * away. Throws `not_found`, `forbidden` and `billing_account_not_found`. One D1 round trip.
 */
export async function billCustomer(
  deps: Deps,
  actor: ResellerActor,
  id: string,
  billingAccountId: string,
): Promise<void> {
  demand(actor, "billing:write")
  const { db } = deps
  const isOwnCustomer = and(eq(customers.id, id), eq(customers.resellerId, actor.reseller.id))
  const stands = isOwn(actor, billingAccountId)
  const isNews = sql`(${customers.billingNeedsReview} = 1 OR ${customers.billingAccountId} <> ${billingAccountId})`
  // Which account it is stands nowhere in the audit: not everybody who reads that may see billing.
  const entry = auditRow(deps, actor.reseller.id, actor, "customer.billing_changed", id)
  const [[customer], , billed] = await db.batch([
    db.select({ id: customers.id }).from(customers).where(isOwnCustomer),
    insertWhere(
      db,
      auditLog,
      entry,
      sql`EXISTS (SELECT 1 FROM ${customers} WHERE ${isOwnCustomer} AND ${isNews} AND ${stands})`,
    ),
    db
      .update(customers)
      .set({ billingAccountId, billingNeedsReview: false })
      .where(and(isOwnCustomer, stands))
      .returning({ id: customers.id }),
  ])
  if (!customer) throw new Failure({ kind: "not_found" })
  if (billed.length === 0) throw new Failure({ kind: "billing_account_not_found" })
}

function customerLines(db: Deps["db"], condition: ReturnType<typeof and>) {
  const firstAdmin = sql`(SELECT user_id FROM members WHERE members.customer_id = ${customers.id}
    AND members.role = 'admin' ORDER BY members.created_at LIMIT 1)`
  return db
    .select({
      id: customers.id,
      customer: columnsOf(customers, "customer"),
      admin: columnsOf(users, "admin"),
      billing: columnsOf(billingAccounts, "billing"),
    })
    .from(customers)
    .leftJoin(users, sql`${users.id} = ${firstAdmin}`)
    .leftJoin(billingAccounts, eq(billingAccounts.id, customers.billingAccountId))
    .where(condition)
    .orderBy(desc(customers.id))
    .limit(PAGE_SIZE + 1)
}

function membersOf(db: Deps["db"], condition: ReturnType<typeof and>) {
  return db
    .select({ id: users.id, name: users.name, email: users.email, role: members.role, joinedAt: members.createdAt })
    .from(members)
    .innerJoin(customers, eq(customers.id, members.customerId))
    .innerJoin(users, eq(users.id, members.userId))
    .where(condition)
    .orderBy(asc(members.createdAt))
    .limit(MEMBERS_SHOWN)
}
