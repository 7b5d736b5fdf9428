import { and, count, eq, lte, sql } from "drizzle-orm"
import { compiled, type Places } from "../../storage/compiled.ts"
import type { Db } from "../../storage/db.ts"
import { PAGE_SIZE, type Page, type PageRequest, readingOrder, toPage } from "../../storage/paging.ts"
import { type Invite, type InviteStatus, inviteCounts, invites } from "../../storage/schema.ts"
import type { ResellerActor } from "../access/actor.ts"
import { authorize } from "../access/permissions.ts"
import type { Deps } from "../deps.ts"
import { FILTER_OPTIONS_MAX, staffOptionsQuery } from "../events/activity.ts"
import { authorizeExpansions, toExpanded } from "../expansions.ts"
import { Failure } from "../failure.ts"
import type { InviteAudience, InviteContext } from "./audience.ts"
import { inviteQuery } from "./find.ts"
import type { ExpandedInvite, InviteFilter, ListedInvite, ShownInvite } from "./listed-invite.ts"
import {
  type InvitePageRequest,
  type InviteRow,
  invitePageQueries,
  isBeyondSeq,
  isRising,
  listedPageQuery,
  type PageParts,
  shownPageQuery,
} from "./page-queries.ts"
import { parsePosition, toSortedPage } from "./sorted-page.ts"

export type InviteCounts = Record<InviteStatus | "customers" | "undelivered", number>

type ShownPage = Page<ShownInvite> & {
  counts: InviteCounts
  staffOptions: { id: string; name: string }[]
  /** The invite that was asked for besides, on this page or not. */
  mentioned: Invite | undefined
}

/**
 * A page of the reseller's invites to customers, with the number of each status, and the staff to filter by if the request says so.
 * Throws `forbidden`.
 */
export async function listInvites(
  { db, read, now }: Deps,
  actor: ResellerActor,
  filter: InviteFilter,
  page: InvitePageRequest & { withStaff?: boolean; mentionedId?: string | undefined } = { size: PAGE_SIZE },
): Promise<ShownPage> {
  authorizeFilter(actor, filter)
  const resellerId = actor.reseller.id
  const at = now()
  const { mentionedId } = page
  const queries = [
    countsQuery(db, resellerId, at),
    staffOptionsQuery(db, { resellerId, limit: page.withStaff ? FILTER_OPTIONS_MAX : 0 }),
    ...invitePageQueries(db, { resellerId, filter, now: at, ...page }, shownPageQuery),
  ] as const
  const [[mentioned], countRows, staffOptions, ...pages] = mentionedId
    ? await read([inviteQuery(db, { audienceId: resellerId }, mentionedId), ...queries])
    : ([[], ...(await read(queries))] as const)
  return { ...mergePages(pages, page), counts: toCounts(countRows), staffOptions, mentioned }
}

const ID_FILTERS = ["billingAccountId", "invitedBy"] as const
export type IdFilter = (typeof ID_FILTERS)[number]

/** `unknownIds`: the filters of an empty list whose id the reseller doesn't have. */
type FilteredPage = Page<ExpandedInvite> & { unknownIds?: IdFilter[] }

/** Like `listInvites`, but without counts. Throws `forbidden`, and `invalid_cursor` if it isn't an invite of the reseller. */
export async function listInvitesPage(
  deps: Deps,
  actor: ResellerActor,
  filter: InviteFilter,
  page: InvitePageRequest,
): Promise<FilteredPage> {
  authorizeFilter(actor, filter)
  authorizeExpansions(actor, page.expand ?? [])
  return readInvitesPage(deps, actor.reseller.id, filter, page)
}

/** A page of all invites of an audience, newest first. Throws `forbidden`, and `invalid_cursor` if it isn't one of them. */
export async function listAudienceInvites(
  deps: Deps,
  { actor, read, audienceId }: InviteContext,
  filter: Pick<InviteFilter, "status">,
  page: PageRequest,
): Promise<Page<ListedInvite>> {
  authorize(actor, read)
  return readInvitesPage(deps, audienceId, filter, page)
}

async function readInvitesPage(
  { db, read, now }: Deps,
  audienceId: string,
  filter: InviteFilter,
  page: InvitePageRequest,
): Promise<FilteredPage> {
  const queries = invitePageQueries(db, { resellerId: audienceId, filter, now: now(), ...page }, listedPageQuery)
  const start = page.after ?? page.before
  if (!start) {
    const { billingAccountId, invitedBy } = filter
    if (!billingAccountId && !invitedBy) return mergePages(await read(queries), page)
    // Only lists of customers' invites are filtered by ids; their audience is the reseller.
    const ids = { resellerId: audienceId, billingAccountId: billingAccountId ?? null, invitedBy: invitedBy ?? null }
    const [[known], ...found] = await read([knownIdsQuery(db, ids), ...queries])
    const first = mergePages(found, page)
    // Invites keep the ids of accounts, keys and people that were deleted.
    if (first.rows.length > 0 || first.next) return first
    const unknownIds = ID_FILTERS.filter((name) => filter[name] && !known?.[name])
    return { ...first, unknownIds }
  }
  const id = page.sort ? parsePosition(start, page.sort)?.id : start
  if (!id) throw new Failure({ kind: "invalid_cursor" })
  const [[cursor], ...pages] = await read([cursorQuery(db, { id, audienceId }), ...queries])
  if (!cursor) throw new Failure({ kind: "invalid_cursor" })
  return mergePages(pages, page)
}

type Ids = { resellerId: string; billingAccountId: string | null; invitedBy: string | null }

/** The statement that reads which ids of filters the reseller has. */
const knownIdsQuery = compiled((db, { resellerId, billingAccountId, invitedBy }: Places<Ids>) =>
  db
    .select({
      billingAccountId:
        sql<number>`EXISTS (SELECT 1 FROM billing_accounts AS account WHERE account.id = ${billingAccountId}
        AND account.reseller_id = ${resellerId})`.as("has_account"),
      invitedBy:
        sql<number>`EXISTS (SELECT 1 FROM staff WHERE staff.user_id = ${invitedBy} AND staff.reseller_id = ${resellerId})
        OR EXISTS (SELECT 1 FROM api_keys AS key WHERE key.id = ${invitedBy} AND key.reseller_id = ${resellerId})`.as(
          "has_inviter",
        ),
    })
    .from(sql`(SELECT 1)`),
)

const cursorQuery = compiled((db, { id, audienceId }: Places<{ id: string; audienceId: string }>) =>
  db
    .select({ id: invites.id })
    .from(invites)
    .where(and(eq(invites.id, id), eq(invites.audienceId, audienceId))),
)

function authorizeFilter(actor: ResellerActor, { billingAccountId }: InviteFilter): void {
  authorize(actor, "invites:read")
  if (billingAccountId) authorize(actor, "billing:read")
}

/** A page with fewer rows than wanted has a neighbor where a search that looked no further continues. */
function mergePages<Row extends InviteRow>(
  [rows, ends = [], overdueRows = []]: PageParts<Row>,
  page: InvitePageRequest,
): Page<Row> {
  if (page.sort) return toSortedPage(rows.map(toExpanded), page, page.sort)
  const [end] = ends
  const direction = isRising(page) ? 1 : -1
  const endSeq = end?.seq ?? direction * Infinity
  const found = [...rows, ...overdueRows].filter(({ seq }) => direction * seq <= direction * endSeq)
  const inOrder = found.map(toExpanded).sort((one, other) => direction * (one.seq - other.seq))
  return toPage(inOrder, page, (end?.seq && end.id) || undefined)
}

/**
 * The statement that reads the counters of a reseller's customers and their invites. The one of `overdue` is counted: pending invites
 * that have expired since the last run of the cron job.
 */
export const countsQuery = (db: Db, resellerId: string, now: Date) => countsStatement(db, { resellerId, now })

/** SQL: the same count alone. */
export const overdueCountSql = ({ resellerId, now }: Places<{ resellerId: string; now: number }>) =>
  sql<number>`(SELECT count(*) FROM invites WHERE audience_id = ${resellerId} AND status = 'pending' AND expires_at <= ${now})`

const countsStatement = compiled((db, { resellerId, now }: Places<{ resellerId: string; now: Date }>) => {
  const isOverdue = and(
    eq(invites.audienceId, resellerId),
    eq(invites.status, "pending"),
    lte(invites.expiresAt, sql.param(now, invites.expiresAt)),
  )
  return db
    .select({ counter: inviteCounts.counter, count: inviteCounts.count })
    .from(inviteCounts)
    .where(eq(inviteCounts.resellerId, resellerId))
    .unionAll(db.select({ counter: sql<string>`'overdue'`, count: count() }).from(invites).where(isOverdue))
})

/** The counts, with overdue invites as expired. */
export function toCounts(countRows: { counter: string; count: number }[]): InviteCounts {
  const countOf = (counter: string) => countRows.find((row) => row.counter === counter)?.count ?? 0
  const overdue = countOf("overdue")
  return {
    pending: countOf("pending") - overdue,
    accepted: countOf("accepted"),
    expired: countOf("expired") + overdue,
    revoked: countOf("revoked"),
    declined: countOf("declined"),
    customers: countOf("customers"),
    undelivered: countOf("undelivered"),
  }
}

/** The statement that reads a page of the open invites of an audience, one per person, newest first. */
export function openInvitesQuery(db: Deps["db"], { audienceId }: InviteAudience, page: PageRequest) {
  const seq = sql`${invites.seq}`
  const cursor = page.after ?? page.before
  const isBeyond = cursor
    ? isBeyondSeq(seq, { hasCursor: true, isAfter: Boolean(page.after) }, { cursor, audienceId })
    : undefined
  return db
    .select()
    .from(invites)
    .where(and(eq(invites.audienceId, audienceId), IS_OPEN, IS_LATEST, isBeyond))
    .orderBy(readingOrder(seq, page))
    .limit(page.size + 1)
}

export const isInviteId = (id: string) => /^inv_[0-9a-z]{26}$/.test(id)

/** SQL condition: the person has no later invite. */
const IS_LATEST = sql`NOT EXISTS (SELECT 1 FROM invites AS newer WHERE newer.kind <> 'customer' AND newer.audience_id = ${invites.audienceId}
  AND newer.contact_email = ${invites.contactEmail} AND newer.seq > ${invites.seq})`

/** The exact condition of the partial index, so that SQLite uses it. */
const IS_OPEN = sql`${invites.kind} <> 'customer' AND ${invites.status} IN ('pending', 'expired', 'declined') AND ${invites.purgedAt} IS NULL`
