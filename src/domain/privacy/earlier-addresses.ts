import { type SQL, sql } from "drizzle-orm"
import type { Db } from "../../storage/db.ts"

/** The end of what the audit log says about a change of address (email-change.ts). */
const CHANGE = /: (\S+) → \S+$/

/** The earlier addresses of a user that the audit log knows; with `condition`, only those in entries where it holds. */
export async function findEarlierAddresses(db: Db, userId: string, condition: SQL = sql`TRUE`): Promise<string[]> {
  // The plus keeps SQLite from reading all that the person has ever done.
  const rows = await db.all<{ detail: string }>(sql`SELECT audit_log.detail FROM audit_log
    WHERE audit_log.person_id = ${userId} AND +audit_log.actor_id = ${userId} AND audit_log.action GLOB '*.email_changed' AND audit_log.detail IS NOT NULL AND ${condition}`)
  return [...new Set(rows.flatMap(({ detail }) => CHANGE.exec(detail)?.[1] ?? []))]
}
