import { searchRunsSql } from "../support/search-runs.ts"

/** So few that a statement takes well under five seconds, after which workerd closes a connection that Node may be about to use. */
const BATCH = 4_000

/** Folded, as `toSearchRuns` writes them. The lists have different lengths, so that all their words meet. */
const COMPANIES = [
  "northwind",
  "blue harbor",
  "meridian",
  "strasse & sohn",
  "osaka denki",
  "3m",
  "acme",
  "lumen",
  "fjord",
]
const KINDS = [
  "logistics",
  "trading",
  "networks",
  "consulting",
  "labs",
  "gmbh",
  "株式会社",
  "industries",
  "group",
  "co",
  "media",
]
const FIRST = ["priya", "lukasz", "ana", "张伟", "דנה", "zoe", "jose", "al", "mary", "tom", "kim", "noor", "eva"]
const LAST = ["nair", "muller", "yu", "ortiz", "o'neill", "kowalski", "garcia", "reyes", "wong", "silva", "haddad"]

/** How many invites have a contact of this last name, at least, of however many. */
export const RARE = { lastName: "quux", count: 30 }

const DAY_MS = 86_400_000
const EXPIRES_AT = Date.now() + 10 * DAY_MS

export type InviteOwner = { resellerId: string; userId: string; billingAccountId: string }

export const numberedInviteId = (number: number) => `inv_${String(number).padStart(26, "0")}`

/** Adds invites with the ids of `numberedInviteId` from 0, quickly. */
export async function fillInvites(
  db: D1Database,
  { resellerId, userId, billingAccountId }: InviteOwner,
  total: number,
) {
  const pick = (parameter: number) =>
    `json_extract(?${parameter}, '$[' || (value % json_array_length(?${parameter})) || ']')`
  const rareEvery = Math.max(1, Math.floor(total / RARE.count))
  const company = `(${pick(3)} || ' ' || ${pick(4)})`
  const contact = `(${pick(5)} || ' ' || iif(value % ${rareEvery} = 0, '${RARE.lastName}', ${pick(6)}))`
  const address = "('c' || value || '@h.h')"
  const folded = [company, contact, address].join(" || char(8232) || ")
  for (let first = 0; first < total; first += BATCH) {
    await db
      .prepare(
        `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, status, email_status, company_name, contact_name, contact_email,
         billing_account_id, billing_email, billing_phone, locale, link_version, expires_in_days, send_count, last_change_id, invited_by,
         created_at, last_sent_at, expires_at, search_runs)
       SELECT printf('inv_%026d', value), 'f' || value, ?1, 'customer', ?1, CASE value % 7 WHEN 0 THEN 'accepted' ELSE 'pending' END,
         iif(value % 50000 = 0 OR value = 1, 'bounced', 'sent'), ${company}, ${contact}, ${address}, ?9, 'b@x.example',
         '+14155550132', 'en', 1, 14, 1, 'aud_z', ?8, ${EXPIRES_AT - 14 * DAY_MS}, ${EXPIRES_AT - 14 * DAY_MS}, ${EXPIRES_AT}, ${searchRunsSql(folded)}
       FROM (SELECT CAST(?2 + value AS INTEGER) AS value FROM json_each(?7))`,
      )
      .bind(
        resellerId,
        first,
        ...[COMPANIES, KINDS, FIRST, LAST].map((words) => JSON.stringify(words)),
        JSON.stringify(Array.from({ length: Math.min(BATCH, total - first) }, (_, i) => i)),
        userId,
        billingAccountId,
      )
      .run()
  }
}
