import { and, eq, type SQL, sql } from "drizzle-orm"
import {
  type BillingAccount,
  billingAccounts,
  customers,
  invites,
  members,
  type Suppression,
  suppressions,
  users,
} from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import type { PendingInvite } from "../invites/address-conflicts.ts"
import { ownDomainsQuery } from "../invites/similar-companies.ts"
import { hashesOfAddress } from "../privacy/address-hash.ts"

/** What conflicts with inviting each address, and the billing account with each address. */
export type Conflicts = {
  pendingInvites: Map<string, PendingInvite>
  customers: Map<string, { id: string; name: string }>
  suppressions: Map<string, Suppression>
  accounts: Map<string, BillingAccount>
  /** The reseller's own. */
  domains: Set<string>
}

/** So that no value that a statement gets is larger than a megabyte. */
const ADDRESSES_PER_BATCH = 2_500

/** Finds the conflicts of many addresses with a reseller's customers and invites, in one round trip for 2,500 of them. */
export async function findConflicts(
  deps: Pick<Deps, "db" | "config">,
  resellerId: string,
  addresses: string[],
  billingAddresses: string[],
): Promise<Conflicts> {
  const batches = Array.from({ length: Math.max(1, Math.ceil(addresses.length / ADDRESSES_PER_BATCH)) }, (_, n) => n)
  const slice = (list: string[], n: number) => list.slice(n * ADDRESSES_PER_BATCH, (n + 1) * ADDRESSES_PER_BATCH)
  const found = await Promise.all(
    batches.map((n) => findSome(deps, resellerId, slice(addresses, n), slice(billingAddresses, n))),
  )
  return {
    pendingInvites: new Map(found.flatMap(({ pending }) => pending.map((row) => [row.contactEmail, row]))),
    customers: new Map(found.flatMap(({ existing }) => existing.map(({ email, ...row }) => [email, row]))),
    suppressions: new Map(found.flatMap(({ suppressed }) => suppressed)),
    accounts: new Map(found.flatMap(({ accounts }) => accounts.map((row) => [row.email, row]))),
    domains: new Set(found.flatMap(({ domains }) => domains.map(({ domain }) => domain))),
  }
}

async function findSome(
  deps: Pick<Deps, "db" | "config">,
  resellerId: string,
  addresses: string[],
  billingAddresses: string[],
) {
  const { db } = deps
  const json = JSON.stringify(addresses)
  const addressesByHash = new Map(
    addresses.flatMap((address) => hashesOfAddress(deps, address).map((hash) => [hash, address] as const)),
  )
  const { id, status, expiresAt, contactEmail, contactName, companyName } = invites
  const [pending, existing, suppressed, accounts, domains] = await db.batch([
    db
      .select({ id, status, expiresAt, contactEmail, contactName, companyName })
      .from(invites)
      .where(and(eq(invites.audienceId, resellerId), isOneOf(contactEmail, json), sql`${status} = 'pending'`)),
    db
      .select({ email: users.email, id: customers.id, name: customers.name })
      .from(users)
      .innerJoin(members, eq(members.userId, users.id))
      .innerJoin(customers, and(eq(customers.id, members.customerId), eq(customers.resellerId, resellerId)))
      .where(isOneOf(users.email, json)),
    db
      .select()
      .from(suppressions)
      .where(
        and(
          eq(suppressions.senderId, resellerId),
          isOneOf(suppressions.email, JSON.stringify([...addresses, ...addressesByHash.keys()])),
        ),
      ),
    db
      .select()
      .from(billingAccounts)
      .where(
        and(
          eq(billingAccounts.resellerId, resellerId),
          isOneOf(billingAccounts.email, JSON.stringify(billingAddresses)),
        ),
      ),
    ownDomainsQuery(db, resellerId),
  ])
  const suppressedAddresses = suppressed.map((row) => [addressesByHash.get(row.email) ?? row.email, row] as const)
  return { pending, existing, suppressed: suppressedAddresses, accounts, domains }
}

const isOneOf = (column: { getSQL: () => SQL }, json: string) =>
  sql`${column} IN (SELECT value FROM json_each(${json}))`
