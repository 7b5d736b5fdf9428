import { and, eq, type SQL, sql } from "drizzle-orm"
import { members, sessions, staff } from "../storage/schema.ts"
import type { Deps } from "./deps.ts"
import { Failure } from "./failure.ts"

/** A customer's account, or a reseller's own. */
export type AccountChoice = { customerId: string } | { resellerId: string }

/** Lets a person go on in another of their accounts, in this session. Throws `not_found`. One D1 round trip. */
export async function chooseAccount(
  { db }: Pick<Deps, "db">,
  session: { id: string; userId: string },
  choice: AccountChoice,
): Promise<void> {
  const chosen = await db
    .update(sessions)
    .set(choice)
    .where(and(eq(sessions.id, session.id), eq(sessions.userId, session.userId), isTheirs(session.userId, choice)))
    .returning({ id: sessions.id })
  if (chosen.length === 0) throw new Failure({ kind: "not_found" })
}

function isTheirs(userId: string, choice: AccountChoice): SQL {
  if ("customerId" in choice) {
    return sql`EXISTS (SELECT 1 FROM ${members} WHERE ${members.userId} = ${userId} AND ${members.customerId} = ${choice.customerId})`
  }
  return sql`EXISTS (SELECT 1 FROM ${staff} WHERE ${staff.userId} = ${userId} AND ${staff.resellerId} = ${choice.resellerId})`
}
