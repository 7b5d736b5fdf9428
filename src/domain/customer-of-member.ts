import { type Placeholder, type SQL, sql } from "drizzle-orm"
import { customers, members } from "../storage/schema.ts"

/**
 * SQL condition: the customer of a member is one of this reseller. The plus leads SQLite from the member to the customer; otherwise it
 * would look for the member among all customers of the reseller.
 */
export const isCustomerOfMember = (resellerId: string | Placeholder | SQL): SQL =>
  sql`(${customers.id} = ${members.customerId} AND +${customers.resellerId} = ${resellerId})`
