import { and, count, eq, getTableColumns, lte, type SQL, sql } from "drizzle-orm"
import type { Db } from "../storage/db.ts"
import { PAGE_SIZE, type Page, type PageAsked, toPage } from "../storage/paging.ts"
import { type EmailStatus, type Invite, type InviteStatus, inviteCounts, invites } from "../storage/schema.ts"
import { demand, type ResellerActor } from "./actor.ts"
import type { Deps } from "./deps.ts"
import { Failure } from "./failure.ts"
import { oneLine } from "./text.ts"

export type InviteFilter = {
  status?: InviteStatus | undefined
  emailStatus?: EmailStatus | undefined
  billingAccountId?: string | undefined
  /** Pending, and its mail did not arrive. */
  needsAttention?: boolean | undefined
  search?: string | undefined
}

export type Tallies = Record<InviteStatus | "customers" | "attention", number>

/** The trigram index knows nothing shorter; shorter words filter nothing. */
const SEARCH_MIN = 3

/**
 * The reseller's invites to customers, newest first, with how many there are of each status. Throws `forbidden`. One D1
 * round trip that reads a page of rows, however many invites there are.
 */
export async function listInvites(
  { db, now }: Deps,
  actor: ResellerActor,
  filter: InviteFilter,
  asked: PageAsked = { size: PAGE_SIZE },
): Promise<Page<Invite> & { counts: Tallies }> {
  demand(actor, "invites:read")
  const resellerId = actor.reseller.id
  const at = now()
  const [counted, [overdue], ...pages] = await db.batch([
    talliesOf(db, resellerId),
    overdueCount(db, resellerId, at),
    ...invitePages(db, { resellerId, filter, now: at, ...asked }),
  ])
  return { ...newestOf(pages, asked), counts: toTallies(counted, overdue?.n ?? 0) }
}

/** The same page without the counts. Throws `forbidden`, and `invalid_cursor` when `before` is no invite of the reseller's. */
export async function pageOfInvites(
  { db, now }: Deps,
  actor: ResellerActor,
  filter: InviteFilter,
  asked: PageAsked,
): Promise<Page<Invite>> {
  demand(actor, "invites:read")
  if (filter.billingAccountId) demand(actor, "billing:read")
  const resellerId = actor.reseller.id
  const isCursor = and(eq(invites.id, asked.before ?? ""), eq(invites.audienceId, resellerId))
  const [[cursor], ...pages] = await db.batch([
    db.select({ id: invites.id }).from(invites).where(isCursor),
    ...invitePages(db, { resellerId, filter, now: now(), ...asked }),
  ])
  if (asked.before && !cursor) throw new Failure({ kind: "invalid_cursor" })
  return newestOf(pages, asked)
}

type Asked = PageAsked & { resellerId: string; filter: InviteFilter; now: Date }
type Row = typeof invites.$inferSelect

/** The statements whose rows make up a page: one, or for expired invites a second with those that the sweep has yet to mark. */
function invitePages(db: Db, asked: Asked) {
  if (asked.filter.status !== "expired") return [invitePage(db, asked, "in_time")]
  const overdue: Asked = { ...asked, filter: { ...asked.filter, status: "pending" } }
  return [invitePage(db, asked, "in_time"), invitePage(db, overdue, "overdue")]
}

/** One filter, or none, walks the index that is ordered by it; more, or words, walk the search index. */
function invitePage(db: Db, asked: Asked, pending: "in_time" | "overdue") {
  const { status, emailStatus, billingAccountId, needsAttention, search } = asked.filter
  const terms = searchTerms(search)
  const facets = [status, emailStatus, billingAccountId, needsAttention].filter(Boolean)
  const isSearch = terms.length > 0 || facets.length > 1
  const seq = isSearch ? sql`invite_search.rowid` : sql`${invites.seq}`
  // Expiry counts from the instant it passes. The plus keeps SQLite on the index that is ordered by seq.
  const inTime = sql`+${invites.expiresAt} > ${asked.now.getTime()}`
  const overdue = sql`${seq} IN (SELECT seq FROM invites AS due WHERE due.audience_id = ${asked.resellerId}
    AND due.status = 'pending' AND due.expires_at <= ${asked.now.getTime()})`
  const wanted = and(
    eq(invites.audienceId, asked.resellerId),
    status && eq(invites.status, status),
    status === "pending" ? (pending === "overdue" ? overdue : inTime) : undefined,
    emailStatus && eq(invites.emailStatus, emailStatus),
    needsAttention ? NEEDS_ATTENTION : undefined,
    billingAccountId ? eq(invites.billingAccountId, billingAccountId) : undefined,
    sql`${seq} ${olderThan(asked)}`,
  )
  const page = db.select(getTableColumns(invites)).from(invites).$dynamic()
  // The search index walks its matches newest first, and stops at a page.
  const found = isSearch && page.innerJoin(sql`invite_search`, sql`invite_search.rowid = ${invites.seq}`)
  return (found || page)
    .where(found ? and(sql`invite_search MATCH ${match(asked, terms)}`, wanted) : wanted)
    .orderBy(sql`${seq} DESC`)
    .limit(asked.size + 1)
}

/** The very words of the partial index, so that SQLite walks it. */
const NEEDS_ATTENTION = sql`${invites.status} = 'pending' AND ${invites.emailStatus} IN ('bounced', 'complained', 'failed')`

function olderThan({ resellerId, before }: Asked): SQL {
  if (!before) return sql`IS NOT NULL`
  return sql`< (SELECT seq FROM invites AS cursor WHERE cursor.id = ${before} AND cursor.audience_id = ${resellerId})`
}

function newestOf(pages: Row[][], { size }: PageAsked): Page<Invite> {
  return toPage(
    pages.flat().sort((one, other) => other.seq - one.seq),
    size,
  )
}

/** The words that a search looks for; none when all are too short. */
export function searchTerms(search = ""): string[] {
  return oneLine(search)
    .split(" ")
    .filter((term) => [...term].length >= SEARCH_MIN) // in letters, as the index counts
}

/** What to ask of the search index; migrations/0001_schema.sql says how it holds tenant and facets. */
function match({ resellerId, filter }: Asked, terms: string[]): string {
  const { status, emailStatus, billingAccountId, needsAttention } = filter
  const quoted = (column: string, words: string) => `${column} : "${words.replaceAll('"', '""')}"`
  return [
    quoted("tenant", resellerId.slice(-3)),
    ...(status ? [quoted("facets", `s=${status.slice(0, 1)}`)] : []),
    ...(emailStatus ? [quoted("facets", `m=${emailStatus.slice(3, 4)}`)] : []),
    ...(billingAccountId ? [quoted("facets", `b=${billingAccountId.slice(-3)}`)] : []),
    ...(needsAttention ? [quoted("facets", "a=y")] : []),
    ...terms.map((term) => quoted("text", term)),
  ].join(" AND ")
}

export function talliesOf(db: Db, resellerId: string) {
  return db.select().from(inviteCounts).where(eq(inviteCounts.resellerId, resellerId))
}

/** Pending by the counters, expired by the clock. The sweep keeps this at a minute's worth. */
export function overdueCount(db: Db, resellerId: string, now: Date) {
  return db
    .select({ n: count() })
    .from(invites)
    .where(and(eq(invites.audienceId, resellerId), eq(invites.status, "pending"), lte(invites.expiresAt, now)))
}

export function toTallies(counted: { counter: string; count: number }[], overdue: number): Tallies {
  const n = (counter: string) => counted.find((row) => row.counter === counter)?.count ?? 0
  return {
    pending: n("pending") - overdue,
    accepted: n("accepted"),
    expired: n("expired") + overdue,
    revoked: n("revoked"),
    declined: n("declined"),
    customers: n("customers"),
    attention: n("attention"),
  }
}
