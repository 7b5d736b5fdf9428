import { type Placeholder, sql } from "drizzle-orm"
import { compiled, type Places } from "../../storage/compiled.ts"
import { jsonChunks } from "../../storage/json-chunks.ts"
import { jsonColumn } from "../../storage/json-column.ts"
import type { InviteStatus } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { hashDomain, toCompanyDomain } from "./company-domain.ts"
import { toCompanyKey } from "./company-key.ts"
import { currentStatus } from "./status.ts"

/** A customer or an invite whose company could be that of a draft. */
export type SimilarCompany = {
  kind: "customer" | "invite"
  id: string
  name: string
  /** Nearly the same name, or a contact at the same domain, which is then given. */
  reason: "name" | "domain"
  domain: string | null
  /** Of an invite; null for a customer. */
  status: InviteStatus | null
}

/** The sanitized company name and the contact's address. Either can be missing. */
export type CompanyDraft = { companyName?: string | undefined; contactEmail?: string | undefined }

/** The most companies that are shown for a draft. */
const SHOWN_MAX = 3
/** How many of the newest invites at a domain are compared. */
const DOMAIN_ROWS_MAX = 3
/** The domains of the first staff are the reseller's own. */
const OWN_STAFF_MAX = 10

/** The most similar company of each draft, in one statement for thousands; undefined where there is none. Doesn't check permissions. */
export async function similarCompaniesOf(
  { db, read, now }: Pick<Deps, "db" | "read" | "now">,
  resellerId: string,
  drafts: CompanyDraft[],
): Promise<(SimilarCompany | undefined)[]> {
  const results = await Promise.all(
    jsonChunks(drafts.map(toSearchRow)).map((rows) =>
      read([matchesQuery(db, { resellerId, rows, limit: 1, exceptId: "" })]),
    ),
  )
  const found = new Map(results.flat(2).map((row) => [row.position, toSimilarCompanies([row], now())[0]]))
  return drafts.map((_, position) => found.get(position))
}

/** What is compared of a draft, as the statement reads it. */
function toSearchRow({ companyName = "", contactEmail }: CompanyDraft, position: number) {
  const domain = toCompanyDomain(contactEmail)
  return [toCompanyKey({ kind: "customer", companyName }) || null, domain, domain && hashDomain(domain), position]
}

/** The companies most like the draft's, for a warning. Throws `forbidden`. */
export async function findSimilarCompanies(
  { db, read, now }: Deps,
  actor: ResellerActor,
  draft: CompanyDraft,
  exceptId?: string,
): Promise<SimilarCompany[]> {
  authorize(actor, "invites:write")
  const [rows] = await read([shownCompaniesQuery(db, actor.reseller.id, draft, exceptId)])
  return toSimilarCompanies(rows, now())
}

/** The statement for one draft. `exceptId` is the invite that is edited. */
export const shownCompaniesQuery = (db: Deps["db"], resellerId: string, draft: CompanyDraft, exceptId = "") =>
  matchesQuery(db, { resellerId, rows: JSON.stringify([toSearchRow(draft, 0)]), limit: SHOWN_MAX, exceptId })

type Match = [SimilarCompany["kind"], id: string, name: string, domain: string | null, InviteStatus | null, number]

/** What the statement found, best first. */
export const toSimilarCompanies = (rows: { matches: Match[] }[], now: Date): SimilarCompany[] =>
  rows.flatMap(({ matches }) =>
    matches.map(([kind, id, name, domain, status, expiresAt]) => ({
      kind,
      id,
      name,
      reason: domain === null ? "name" : "domain",
      domain,
      status: status && currentStatus({ status, expiresAt: new Date(expiresAt) }, now),
    })),
  )

type SearchPlaces = Places<{ resellerId: string; rows: string; limit: number; exceptId: string }>

/**
 * The statement that finds, for each draft, customers and invites of the reseller whose company has the same key, or whose contact is
 * at the same domain, if that isn't the reseller's own or of private mailboxes. Each company is named once: as a customer, else by a
 * pending invite, else by one that has ended. Purged invites have neither key nor domain, but their customers have the key.
 */
const matchesQuery = compiled((db, at: SearchPlaces) => {
  const found = sql.join([customersByNameSql(at), invitesByNameSql(at), byDomainSql(at)], sql` UNION ALL `)
  const matches = sql`(SELECT json_group_array(json_array(kind, id, name, domain, status, expires_at)) FROM (
    SELECT *, min(rank) FROM (SELECT *, ${RANK_SQL} AS rank FROM (${found}))
    GROUP BY company_key ORDER BY rank, id DESC LIMIT ${at.limit}))`
  const rows = sql`(WITH own (domain) AS MATERIALIZED (${ownDomainsSql(at)})
    SELECT draft.value ->> 3 AS position, ${matches} AS matches FROM json_each(${at.rows}) AS draft)`
  return db
    .select({ position: sql<number>`position`, matches: jsonColumn<Match[]>(sql`matches`) })
    .from(rows)
    .where(sql`matches <> '[]'`)
})

/** Lower is better: first what is a customer or can become one, and the same name before the same domain. */
const RANK_SQL = sql.raw(
  "coalesce(status IN ('expired', 'declined', 'revoked'), FALSE) * 4 + (domain IS NOT NULL) * 2 + (kind = 'invite')",
)

const customersByNameSql = ({ resellerId }: SearchPlaces) => sql`SELECT * FROM (
  SELECT 'customer' AS kind, id, name, NULL AS domain, NULL AS status, 0 AS expires_at, company_key FROM customers
  WHERE reseller_id = ${resellerId} AND company_key = draft.value ->> 0 ORDER BY id DESC LIMIT 1)`

/** The newest of each status. */
const invitesByNameSql = ({ resellerId, exceptId }: SearchPlaces) => sql`
  SELECT 'invite', invites.id, company_name, NULL, status, expires_at, company_key
  FROM json_each('["pending","expired","declined","revoked"]') AS of_status CROSS JOIN invites ON seq = (
    SELECT same.seq FROM invites AS same INDEXED BY invites_by_company
    WHERE same.audience_id = ${resellerId} AND same.status = of_status.value AND same.company_key = draft.value ->> 0
      AND same.id <> ${exceptId} ORDER BY same.seq DESC LIMIT 1)`

/** Accepted invites lead to their customers. */
const byDomainSql = ({ resellerId, exceptId }: SearchPlaces) => {
  const term = sql`'"' || substr(${resellerId}, -6) || '.' || (draft.value ->> 2) || '"'`
  const rows = sql`SELECT rowid AS found FROM invite_search
    WHERE invite_search MATCH iif(draft.value ->> 1 NOT IN (SELECT domain FROM own), ${term}, '""')
    ORDER BY rowid DESC LIMIT ${sql.raw(String(DOMAIN_ROWS_MAX))}`
  return sql`SELECT iif(status = 'accepted', 'customer', 'invite'), iif(status = 'accepted', customer_id, id), company_name,
      draft.value ->> 1, nullif(status, 'accepted'), expires_at, company_key
    FROM (${rows}) CROSS JOIN invites ON seq = found
    WHERE audience_id = ${resellerId} AND id <> ${exceptId} AND ${domainSql("contact_email", resellerId)} = draft.value ->> 1`
}

/** The statement that reads the reseller's own domains, which many companies' contacts can share. */
export const ownDomainsQuery = (db: Deps["db"], resellerId: string) =>
  db
    .select({ domain: sql<string>`domain` })
    .from(sql`(SELECT domain FROM (SELECT NULL AS domain WHERE FALSE UNION ${ownDomainsSql({ resellerId })}))`)

const ownDomainsSql = ({ resellerId }: { resellerId: SearchPlaces["resellerId"] | string }) => {
  const firstStaff = sql`SELECT user_id FROM staff WHERE reseller_id = ${resellerId}
    ORDER BY created_at LIMIT ${sql.raw(String(OWN_STAFF_MAX))}`
  return sql`SELECT ${domainSql("support_email", resellerId)} FROM resellers WHERE id = ${resellerId}
    UNION SELECT ${domainSql("email", resellerId)} FROM (${firstStaff}) CROSS JOIN users ON users.id = user_id`
}

/** The domain of an address as it was entered: without the end of the reseller's sandbox addresses. */
const domainSql = (column: string, resellerId: Placeholder | string) => {
  const name = sql.raw(column)
  return sql`replace(substr(${name}, instr(${name}, '@') + 1), '.' || substr(${resellerId}, 5) || '.sandbox.invalid', '')`
}
