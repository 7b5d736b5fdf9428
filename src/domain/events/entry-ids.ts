import { type SQL, sql } from "drizzle-orm"
import type { PageRequest } from "../../storage/paging.ts"
import type { FoundActivity } from "./activity-search.ts"

/** SQL: the ids of the entries that a search may show, at most so many of each subject and actor. */
export function foundEntriesSql({ subjectIds, actorIds }: FoundActivity, page: PageRequest, limit: number): SQL {
  const [subjects, actors] = [subjectIds, actorIds].map(
    (ids) => sql`SELECT value FROM json_each(${JSON.stringify(ids)})`,
  )
  return sql`${entriesSql(subjects, "subject_id", page, limit)}
    UNION ${entriesSql(actors, "actor_id", page, limit)} UNION ${entriesSql(actors, "person_id", page, limit)}`
}

/** SQL: the ids of the entries about a customer of the reseller and the invite that it has accepted. */
export function customerEntriesSql(resellerId: string, customerId: string, page: PageRequest, limit: number): SQL {
  const subjects = sql`SELECT id AS value FROM customers WHERE id = ${customerId} AND reseller_id = ${resellerId}
    UNION ALL SELECT id FROM invites WHERE customer_id = ${customerId} AND kind = 'customer' AND +reseller_id = ${resellerId}`
  return entriesSql(subjects, "subject_id", page, limit)
}

/** Each column has an index that ends with the id, so that an entry costs two rows however many there are. */
function entriesSql(
  ids: SQL | undefined,
  column: "subject_id" | "actor_id" | "person_id",
  { before, after }: PageRequest,
  limit: number,
): SQL {
  const start = after ?? before
  const isBeyond = start ? sql`AND latest.id ${after ? sql`>` : sql`<`} ${start}` : sql``
  return sql`SELECT entry.id FROM (${ids}) AS source CROSS JOIN audit_entries AS entry WHERE entry.id IN (
    SELECT latest.id FROM audit_entries AS latest WHERE latest.${sql.raw(column)} = source.value ${isBeyond}
    ORDER BY latest.id ${after ? sql`ASC` : sql`DESC`} LIMIT ${limit})`
}
