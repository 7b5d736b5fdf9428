import { type SQL, sql } from "drizzle-orm"
import { insertFrom } from "../../storage/insert-select.ts"
import { auditLog } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import type { AuditAction } from "../events/audit-actions.ts"
import { newAuditEntry } from "../events/audit-log.ts"
import { ACCOUNTS_MAX, accountsOfPeople, idPerRow } from "../events/person-accounts.ts"

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
  return insertFrom(
    deps.db,
    auditLog,
    {
      ...entry,
      id: idPerRow(entry.id),
      resellerId: sql`account.reseller_id`,
      action: sql`account.kind || ${`.${change}`}`,
      subjectId: sql`account.subject_id`,
      personId: person.id,
      actorKind: sql`account.kind`,
    },
    sql`FROM (${accountsOfPeople(sql`person.id = ${person.id}`)} LIMIT ${ACCOUNTS_MAX}) AS account WHERE ${condition}`,
  )
}
