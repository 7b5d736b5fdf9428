import { and, eq, lte, type SQL, sql } from "drizzle-orm"
import { invites } from "../../storage/schema.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { entryIdOf, newAuditEntry, SYSTEM } from "../events/audit-log.ts"
import { recordEventsStatements } from "../events/record-event.ts"

const EXPIRY_BATCH = 50
const EXPIRY_ROUNDS = 10

/** Marks overdue invites as expired and records each, in a limited number of batches per run. */
export async function expireOverdueInvites(deps: Deps): Promise<void> {
  for (let round = 0; round < EXPIRY_ROUNDS; round++) {
    if ((await expireBatch(deps)) < EXPIRY_BATCH) return
  }
}

async function expireBatch(deps: Deps): Promise<number> {
  const overdue = await deps.db
    .select({ id: invites.id })
    .from(invites)
    .where(and(eq(invites.status, "pending"), lte(invites.expiresAt, deps.now())))
    .orderBy(invites.expiresAt)
    .limit(EXPIRY_BATCH)
  if (overdue.length > 0) {
    const ids = overdue.map(({ id }) => id)
    await commit(deps, expireStatements(deps, ids))
  }
  return overdue.length
}

/** The statements that expire those of these invites, of any resellers, that are pending and overdue, at most a hundred. */
export function expireStatements(deps: Pick<Deps, "db" | "now">, ids: string[], condition?: SQL): Statement[] {
  const { db, now } = deps
  const entry = newAuditEntry(deps, "", SYSTEM, "invite.expired", "")
  const json = JSON.stringify(ids)
  return [
    db
      .update(invites)
      .set({ status: "expired", lastChangeId: entryIdOf(entry, sql`${invites.id}`) })
      .where(
        and(
          sql`${invites.id} IN (SELECT value FROM json_each(${json}))`,
          eq(invites.status, "pending"),
          lte(invites.expiresAt, now()),
          condition,
        ),
      ),
    ...recordEventsStatements(deps, entry, {
      from: sql`json_each(${json}) AS overdue CROSS JOIN invites AS invite ON invite.id = overdue.value
        AND invite.last_change_id = ${entryIdOf(entry, sql`invite.id`)}`,
      where: sql`TRUE`,
      sequence: sql`printf('%02d', overdue.key)`,
    }),
  ]
}
