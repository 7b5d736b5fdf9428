import { and, count, desc, eq, getTableColumns, lte, type SQL, sql } from "drizzle-orm"
import type { Db } from "../storage/db.ts"
import { PAGE_SIZE, type Page, toPage } from "../storage/paging.ts"
import { type Invite, type InviteStatus, invites, tallies } from "../storage/schema.ts"
import type { StaffActor } from "./actor.ts"
import type { Deps } from "./deps.ts"
import { oneLine } from "./text.ts"

export type InviteFilter = {
  status?: InviteStatus | undefined
  search?: string | undefined
  before?: string | undefined
}

export type Tallies = Record<InviteStatus | "customers", number>

/** The trigram index knows nothing shorter; shorter words filter nothing. */
const SEARCH_MIN = 3

/**
 * The reseller's invites, newest first, with how many there are of each status. One D1 round trip that reads a page of
 * rows, however many invites there are.
 */
export async function listInvites(
  { db, now }: Deps,
  actor: StaffActor,
  filter: InviteFilter,
  size = PAGE_SIZE,
): Promise<Page<Invite> & { tallies: Tallies }> {
  const at = now()
  const [rows, counted, [overdue]] = await db.batch([
    invitePage(db, actor.reseller.id, filter, at, size),
    talliesOf(db, actor.reseller.id),
    overdueCount(db, actor.reseller.id, at),
  ])
  return { ...toPage(rows, size), tallies: toTallies(counted, overdue?.n ?? 0) }
}

function invitePage(db: Db, resellerId: string, filter: InviteFilter, now: Date, size: number) {
  const limit = size + 1
  const before = filter.before ? sql`< ${seqOf(resellerId, filter.before)}` : sql`IS NOT NULL`
  const status = filter.status && statusIs(filter.status, { resellerId, before, now, limit })
  const own = and(eq(invites.resellerId, resellerId), status)
  const terms = searchTerms(filter.search)
  const page = db.select(getTableColumns(invites)).from(invites)
  if (!terms)
    return page
      .where(and(own, sql`${invites.seq} ${before}`))
      .orderBy(desc(invites.seq))
      .limit(limit)
  // The search index walks its matches newest first, and stops at a page.
  return page
    .innerJoin(sql`invite_search`, sql`invite_search.rowid = ${invites.seq}`)
    .where(and(sql`invite_search MATCH ${match(resellerId, terms)}`, sql`invite_search.rowid ${before}`, own))
    .orderBy(sql`invite_search.rowid DESC`)
    .limit(limit)
}

function seqOf(resellerId: string, id: string): SQL {
  return sql`(SELECT seq FROM invites AS cursor WHERE cursor.id = ${id} AND cursor.reseller_id = ${resellerId})`
}

type PageBounds = { resellerId: string; before: SQL; now: Date; limit: number }

/** Expiry counts from the instant it passes, so the few that the sweep has not marked yet are moved here. */
function statusIs(status: InviteStatus, { resellerId, before, now, limit }: PageBounds): SQL | undefined {
  // The plus keeps SQLite on the index that is ordered by seq.
  if (status === "pending") return and(eq(invites.status, "pending"), sql`+${invites.expiresAt} > ${now.getTime()}`)
  if (status !== "expired") return eq(invites.status, status)
  const newest = (condition: SQL) => sql`SELECT seq FROM (SELECT seq FROM invites AS candidate
    WHERE reseller_id = ${resellerId} AND ${condition} AND seq ${before} ORDER BY seq DESC LIMIT ${limit})`
  const overdue = sql`status = 'pending' AND expires_at <= ${now.getTime()}`
  return sql`${invites.seq} IN (${newest(sql`status = 'expired'`)} UNION ALL ${newest(overdue)})`
}

function searchTerms(search = ""): string[] | undefined {
  const terms = oneLine(search)
    .split(" ")
    .filter((term) => term.length >= SEARCH_MIN)
  return terms.length > 0 ? terms : undefined
}

function match(resellerId: string, terms: string[]): string {
  const quoted = terms.map((term) => `words : "${term.replaceAll('"', '""')}"`)
  return [`tenant : "${resellerId.slice(-3)}"`, ...quoted].join(" AND ")
}

export function talliesOf(db: Db, resellerId: string) {
  return db.select().from(tallies).where(eq(tallies.resellerId, resellerId))
}

/** Pending by the counters, expired by the clock. The sweep keeps this at a minute's worth. */
export function overdueCount(db: Db, resellerId: string, now: Date) {
  return db
    .select({ n: count() })
    .from(invites)
    .where(and(eq(invites.resellerId, resellerId), eq(invites.status, "pending"), lte(invites.expiresAt, now)))
}

export function toTallies(counted: { name: string; n: number }[], overdue: number): Tallies {
  const n = (name: string) => counted.find((tally) => tally.name === name)?.n ?? 0
  return {
    pending: n("pending") - overdue,
    accepted: n("accepted"),
    expired: n("expired") + overdue,
    revoked: n("revoked"),
    declined: n("declined"),
    customers: n("customers"),
  }
}
