import { type SQL, sql } from "drizzle-orm"
import type { Db } from "../../storage/db.ts"
import { jsonChunks } from "../../storage/json-chunks.ts"
import { jobRows } from "../../storage/schema.ts"
import { toCompanyDomain } from "../invites/company-domain.ts"

/** An earlier row for nearly the same company name or, if there is a domain, with a contact at the same one. */
export type SimilarRow = { row: number; domain?: string }

/** What is compared of a row that could be sent: the key of its company, and the contact's address. */
export type RowCompany = { position: number; company: string; email: string }

/** A row of a draft that could be sent, and which other row is like it, as JSON. */
type ComparedRow = RowCompany & { similarRow: string }

/** Finds for each row the first one of the same company, if there is one before it. `ownDomains` are those of the reseller. */
export function findSimilarRows(rows: RowCompany[], ownDomains: ReadonlySet<string>): Map<number, SimilarRow> {
  const similar = new Map<number, SimilarRow>()
  const firstOfCompany = new Map<string, number>()
  const firstAtDomain = new Map<string, number>()
  for (const { position, company, email } of rows.toSorted((one, other) => one.position - other.position)) {
    const domain = toCompanyDomain(email)
    const sameCompany = firstOfCompany.get(company)
    const sameDomain = domain === null || ownDomains.has(domain) ? undefined : firstAtDomain.get(domain)
    if (sameCompany !== undefined) similar.set(position, { row: sameCompany })
    else if (domain !== null && sameDomain !== undefined) similar.set(position, { row: sameDomain, domain })
    if (company && sameCompany === undefined) firstOfCompany.set(company, position)
    if (domain !== null && sameDomain === undefined) firstAtDomain.set(domain, position)
  }
  return similar
}

/** The statements that change which other row is like one that isn't checked again, where that has changed. */
export function similarRowStatements(
  db: Db,
  isOfDraft: SQL,
  rows: ComparedRow[],
  similarRows: Map<number, SimilarRow>,
) {
  const changed = rows.flatMap(({ position, similarRow }) => {
    const current = similarRows.get(position)
    return (current ? JSON.stringify(current) : "") === similarRow ? [] : [[position, current ?? null]]
  })
  const current = sql`(item.value -> 1)`
  return jsonChunks(changed).map((json) =>
    db
      .update(jobRows)
      .set({
        code: sql`iif(item.value ->> 1 IS NULL AND json_extract(${jobRows.detail}, '$.similar') IS NULL, 'ready', 'similar_company')`,
        detail: sql`iif(item.value ->> 1 IS NULL, json_remove(${jobRows.detail}, '$.similarRow'),
          json_set(${jobRows.detail}, '$.similarRow', json(${current})))`,
      })
      .from(sql`(SELECT value, value ->> 0 AS place FROM json_each(${json}) LIMIT -1) AS item`)
      .where(sql`${isOfDraft} AND ${jobRows.position} = item.place`),
  )
}
