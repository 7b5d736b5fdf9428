import { and, eq } from "drizzle-orm"
import type { SQLiteColumn, SQLiteSelect } from "drizzle-orm/sqlite-core"
import { aliasedColumns } from "../storage/aliased-columns.ts"
import { type BillingAccount, billingAccounts, type Customer, customers } from "../storage/schema.ts"
import type { ResellerActor } from "./access/actor.ts"
import { authorize, type Permission } from "./access/permissions.ts"

/** What a record refers to by an id, and a caller can read with it. */
export type Expansion = "customer" | "billingAccount"

/** Records as they were found; null if there is none, undefined if they weren't asked for. */
export type Expanded = { customer?: Customer | null; billingAccount?: BillingAccount | null }

const PERMISSIONS: Record<Expansion, Permission> = { customer: "customers:read", billingAccount: "billing:read" }

const COLUMNS = {
  customer: aliasedColumns(customers, "expanded_customer"),
  billingAccount: aliasedColumns(billingAccounts, "expanded_account"),
}

/** Throws `forbidden` unless the actor can read all of this. */
export function authorizeExpansions(actor: ResellerActor, expand: readonly Expansion[]): void {
  for (const name of expand) authorize(actor, PERMISSIONS[name])
}

/** These columns, and those of the expansions. The type has all of them, but a row only what was asked for. */
export function expandedColumns<C extends object>(columns: C, expand: readonly Expansion[]): C & typeof COLUMNS
export function expandedColumns(columns: object, expand: readonly Expansion[]): object {
  return { ...columns, ...Object.fromEntries(expand.map((name) => [name, COLUMNS[name]])) }
}

type Owner = { resellerId: SQLiteColumn; billingAccountId: SQLiteColumn; customerId?: SQLiteColumn }

/** Joins the expansions of `owner`, a table of the query, to it. Records of other resellers aren't found. */
export function joinExpansions<Q extends SQLiteSelect>(query: Q, owner: Owner, expand: readonly Expansion[]): Q {
  const { resellerId, billingAccountId, customerId } = owner
  if (customerId && expand.includes("customer")) {
    query.leftJoin(customers, and(eq(customers.id, customerId), eq(customers.resellerId, resellerId)))
  }
  if (expand.includes("billingAccount")) {
    const isOwn = eq(billingAccounts.resellerId, resellerId)
    query.leftJoin(billingAccounts, and(eq(billingAccounts.id, billingAccountId), isOwn))
  }
  return query
}

type Joined = { [Name in Expansion]?: { id: string | null } | null }

/** A row with null for what the join didn't find. */
export function toExpanded<R extends Joined>(row: R): R {
  const [hasNoCustomer, hasNoAccount] = [row.customer?.id === null, row.billingAccount?.id === null]
  if (!hasNoCustomer && !hasNoAccount) return row
  return { ...row, ...(hasNoCustomer && { customer: null }), ...(hasNoAccount && { billingAccount: null }) }
}
