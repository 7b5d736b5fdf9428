import { type SQL, sql } from "drizzle-orm"
import { insertFrom } from "../../storage/insert-select.ts"
import { auditLog, customers, members, staff } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import type { AuditAction } from "../events/audit-actions.ts"
import { newAuditEntry } from "../events/audit-log.ts"

/** A change that people make to their own sign-in. */
type PersonalChange =
  | "name_changed"
  | "password_changed"
  | "password_reset"
  | "email_change_requested"
  | "email_change_cancelled"
  | "email_changed"
  | "sessions_ended"
  | "factors_changed"

/** How many accounts of a person get an entry. */
const ACCOUNTS_MAX = 50

/**
 * The statement that records a change in the activity of each account that the person belongs to: for members under the customer,
 * for staff under the person. It applies if `condition` holds.
 */
export function personalAuditStatement(
  deps: Pick<Deps, "db" | "now">,
  person: { id: string; name: string },
  change: PersonalChange,
  { detail = null, condition }: { detail?: string | null; condition: SQL },
) {
  const action: AuditAction = `staff.${change}`
  const entry = newAuditEntry(deps, "", { kind: "staff", ...person }, action, person.id, detail ?? person.name)
  const accounts = sql`SELECT 'staff' AS kind, ${staff.resellerId} AS reseller_id, ${staff.userId} AS subject_id
      FROM ${staff} WHERE ${staff.userId} = ${person.id}
    UNION ALL SELECT 'member', ${customers.resellerId}, ${customers.id}
      FROM ${members} JOIN ${customers} ON ${customers.id} = ${members.customerId} WHERE ${members.userId} = ${person.id}
    LIMIT ${ACCOUNTS_MAX}`
  return insertFrom(
    deps.db,
    auditLog,
    {
      ...entry,
      id: sql`${entry.id.slice(0, -6)} || lower(hex(randomblob(3)))`, // as long as other ids, different for each row
      resellerId: sql`account.reseller_id`,
      action: sql`account.kind || ${`.${change}`}`,
      subjectId: sql`account.subject_id`,
      actorKind: sql`account.kind`,
    },
    sql`FROM (${accounts}) AS account WHERE ${condition}`,
  )
}
