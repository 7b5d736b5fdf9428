import { and, eq, type SQL, sql } from "drizzle-orm"
import { members, sessions, staff } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import { Failure } from "../failure.ts"

/** The account of a customer or a reseller. */
export type AccountRef = { customerId: string } | { resellerId: string }

/** Switches a session to another account of the person. Throws `not_found`. */
export async function switchAccount(
  { db }: Pick<Deps, "db">,
  session: { id: string; userId: string },
  account: AccountRef,
): Promise<void> {
  const updated = await db
    .update(sessions)
    .set(account)
    .where(and(eq(sessions.id, session.id), eq(sessions.userId, session.userId), isMember(session.userId, account)))
    .returning({ id: sessions.id })
  if (updated.length === 0) throw new Failure({ kind: "not_found" })
}

function isMember(userId: string, account: AccountRef): SQL {
  if ("customerId" in account) {
    return sql`EXISTS (SELECT 1 FROM ${members} WHERE ${members.userId} = ${userId} AND ${members.customerId} = ${account.customerId})`
  }
  return sql`EXISTS (SELECT 1 FROM ${staff} WHERE ${staff.userId} = ${userId} AND ${staff.resellerId} = ${account.resellerId})`
}
