import { and, desc, eq, sql } from "drizzle-orm"
import { aliasedColumns } from "../../storage/aliased-columns.ts"
import { compiled, type Places } from "../../storage/compiled.ts"
import { auditEntries, auditLog, customers, invites } from "../../storage/schema.ts"
import type { StaffActor } from "../access/actor.ts"
import { type AuditAction, readableActions } from "./audit-actions.ts"
import { hasAction } from "./audit-log.ts"

/** How many entries are looked at. */
const SCAN_LIMIT = 60

/** What the entry before it or the next one says too, and what is about a person's sign-in. */
const MINOR_ACTIONS: AuditAction[] = [
  "invite.sent",
  "invite.delivered",
  "invite.deferred",
  "invite.code_sent",
  "invite.link_repeated",
  "invite.code_refused",
  "invite.sign_in_failed",
  "invite.limit_reached",
  "invite.purged",
]

/** The actions of the latest activity that the actor's role can read. */
export const companyActions = (actor: StaffActor): AuditAction[] =>
  readableActions(actor).filter((action) => /^(invite|customer)\./.test(action) && !MINOR_ACTIONS.includes(action))

/** The statement that reads the latest activity of these actions around customers, newest first. */
export const latestActivityQuery = compiled(
  (db, at: Places<{ resellerId: string; limit: number }>, actions: AuditAction[]) => {
    const scanned = db
      .select({ id: auditEntries.id })
      .from(auditEntries)
      .where(eq(auditEntries.resellerId, at.resellerId))
      .orderBy(desc(auditEntries.id))
      .limit(SCAN_LIMIT)
      .as("scanned")
    // A cross join keeps the order of the tables. SQLite then knows that the scan is in order, and stops after the last entry that is shown.
    return db
      .select({
        entry: aliasedColumns(auditLog, "entry"),
        companyName: sql<string>`coalesce(${invites.companyName}, ${customers.name})`.as("company_name"),
        isInvite: sql<number>`${invites.id} IS NOT NULL`.as("is_invite"),
      })
      .from(scanned)
      .crossJoin(auditLog)
      .leftJoin(invites, sql`${invites.id} = ${auditLog.subjectId} AND ${invites.kind} = 'customer'`)
      .leftJoin(customers, eq(customers.id, auditLog.subjectId))
      .where(
        and(eq(auditLog.id, scanned.id), hasAction(actions), sql`coalesce(${invites.id}, ${customers.id}) IS NOT NULL`),
      )
      .orderBy(desc(scanned.id))
      .limit(at.limit)
  },
)
