import { type SQL, sql } from "drizzle-orm"
import type { Deps } from "../deps.ts"
import type { PeopleActor } from "../invites/audience.ts"
import { newAuditEntry } from "./audit-log.ts"

/** How many accounts of a person get an entry about them. */
export const ACCOUNTS_MAX = 50

/**
 * SQL: a row for each account of the users for whom `isPerson` holds, without the sandboxes of these, with `kind`, `reseller_id`, `subject_id`, `actor_id` and `name`.
 * Entries about staff have the person as their subject, those about members the customer.
 */
export const accountsOfPeople = (isPerson: SQL): SQL =>
  sql`SELECT 'staff' AS kind, staff.reseller_id, person.id AS subject_id, person.id AS actor_id, person.name
      FROM users AS person JOIN staff ON staff.user_id = person.id AND staff.is_inherited = 0 WHERE ${isPerson}
    UNION ALL SELECT 'member', customers.reseller_id, customers.id, person.id, person.name FROM users AS person
      JOIN members ON members.user_id = person.id JOIN customers ON customers.id = members.customer_id WHERE ${isPerson}`

/** An entry about a person of the account that the actor manages, with the same subject. */
export function newPersonEntry(
  deps: Pick<Deps, "now">,
  actor: PeopleActor,
  change: "role_changed" | "removed" | "left" | "sessions_ended" | "factors_reset",
  personId: string,
  detail: string | null = null,
) {
  const [kind, subjectId] =
    actor.kind === "member" ? ["member" as const, actor.customer.id] : ["staff" as const, personId]
  return {
    ...newAuditEntry(deps, actor.reseller.id, actor, `${kind}.${change}`, subjectId, detail),
    personId,
  }
}

/** SQL: an id for each row of an INSERT from a SELECT, as long as other ids. */
export const idPerRow = (id: string): SQL => sql`${id.slice(0, -6)} || lower(hex(randomblob(3)))`
