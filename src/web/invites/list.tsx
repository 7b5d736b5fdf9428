import type { Child } from "hono/jsx"
import type { StaffActor } from "../../domain/access/actor.ts"
import { can } from "../../domain/access/permissions.ts"
import type { Deps } from "../../domain/deps.ts"
import { type InviteCounts, listInvites } from "../../domain/invites/list.ts"
import { isSearchable } from "../../domain/invites/search-text.ts"
import { isFragmentRequest, redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { PAGE_SIZE } from "../../storage/paging.ts"
import { INVITE_STATUSES, type InviteStatus } from "../../storage/schema.ts"
import { formatNumber } from "../../text/numbers.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { Chip } from "../ui/chip.tsx"
import { flashFromUrl, flashInviteId } from "../ui/flash.tsx"
import { fragment } from "../ui/form.tsx"
import { InviteCustomerButton, StaffPage } from "../ui/layout.tsx"
import { neighborPlaces, type Place, pageRange } from "../ui/page-range.ts"
import { isBeyondEnd, neighborPaths, Pager } from "../ui/pager.tsx"
import { BulkBar } from "./bulk-bar.tsx"
import { type Filter, filterQuery, isNarrowed, isSortable, parseFilter, toInviteFilter } from "./filter.ts"
import { InviteFilterForm } from "./filter-form.tsx"
import { InviteTable } from "./row.tsx"

export const listInviteRoutes = new Router()

listInviteRoutes.serve("customers.invites.list", async (c) => {
  const { staff, deps } = c.var
  const { before, after, rest } = c.req.query()
  const filter = parseFilter(new URL(c.req.url).searchParams)
  const cursor = { before, after, rest }
  const found = await listInvites(deps, staff, toInviteFilter(filter, staff.timeZone), {
    ...cursor,
    size: PAGE_SIZE,
    sort: filter.sort && { by: filter.sort },
    withStaff: true,
    mentionedId: flashInviteId(c),
  })
  const page = filter.isInvalid ? { ...found, rows: [], next: undefined, prev: undefined } : found
  // A search or a filter that finds nothing older says so instead.
  if (!filter.isInvalid && isBeyondEnd(page, cursor) && !(before && isFiltered(filter)))
    return redirect(c, listPath(filter))
  const { counts } = page
  const t = staffMessagesFor(staff.locale)
  const canWrite = can(staff, "invites:write")
  const list = <InviteListCard {...{ page, cursor, filter, staff, deps, t }} />
  if (c.req.header("HX-Request") && !filter.isInvalid) c.header("HX-Replace-Url", listPath({ ...filter, ...cursor }))
  if (isFragmentRequest(c)) return fragment(c, staff, list)
  return c.html(
    <StaffPage
      staff={staff}
      navItem="Customers"
      title={t.staff.layout.nav.Customers}
      documentTitle={[t.staff.invites.title]}
      action={canWrite && <InviteCustomerButton t={t} />}
      flash={flashFromUrl(c, { t, invite: page.mentioned })}
    >
      <CustomerTabs current="Invites" {...{ counts, t }}>
        <a
          id="invites-export"
          hidden={filter.isInvalid}
          href={href("customers.invites.export", {}, filterQuery(filter))}
        >
          {t.staff.invites.export}
        </a>
        {canWrite && (
          <>
            <a href={href("customers.imports.list")}>{t.staff.imports.open}</a>
            <a href={href("customers.invites.jobs.list")}>{t.staff.jobs.title}</a>
          </>
        )}
      </CustomerTabs>
      {list}
    </StaffPage>,
  )
})

const isFiltered = (filter: Filter) => filter.status !== undefined || !isSortable(filter)

type InvitePage = Awaited<ReturnType<typeof listInvites>>
type InviteListProps = {
  page: InvitePage
  cursor: Place
  filter: Filter
  staff: StaffActor
  deps: Deps
  t: StaffMessages
}

/** The list as one card: filters and search, rows, pager. */
function InviteListCard({ page, cursor, filter, staff, deps, t }: InviteListProps) {
  return (
    <section class="card" id="invites" aria-label={t.staff.invites.title}>
      <div class="card-header filters">
        <StatusFilter {...{ filter, t }} counts={page.counts} />
        <InviteFilterForm {...{ filter, t }} staffOptions={page.staffOptions} />
      </div>
      <p class="visually-hidden" id="invites-found" role="status">
        {t.staff.invites.onThisPage(page.rows.length)}
      </p>
      <div id="invites-rows">
        {page.rows.length === 0 ? (
          <EmptyList {...{ page, cursor, filter, staff, t }} />
        ) : (
          <>
            {can(staff, "invites:write") && <BulkBar {...{ filter, staff, t }} isFiltered={isFiltered(filter)} />}
            <InviteTable invites={page.rows} {...{ staff, deps, t }} />
            <InvitePager {...{ page, cursor, filter, t }} />
          </>
        )}
      </div>
    </section>
  )
}

/** Links to the invites of each status. Their counts are those of the whole list, so a search has none. */
function StatusFilter({ filter, counts, t }: { filter: Filter; counts: InviteCounts; t: StaffMessages }) {
  const { invites } = t.staff
  const isShown = (status: InviteStatus) =>
    counts[status] > 0 || status === filter.status || status === "pending" || status === "accepted"
  const countOf = (key: keyof InviteCounts) => (filter.search || isNarrowed(filter) ? undefined : counts[key])
  const { status: currentStatus, isUndelivered, ...otherFilters } = filter
  const chip = (chosen: Pick<Partial<Filter>, "status" | "isUndelivered">, label: string, count?: number) => (
    <Chip
      path={listPath({ ...otherFilters, ...chosen })}
      isCurrent={chosen.status === currentStatus && chosen.isUndelivered === isUndelivered}
      {...{ label, count, t }}
    />
  )
  return (
    <nav id="invites-filter" aria-label={invites.filter} class="chips">
      {chip({}, invites.all)}
      {INVITE_STATUSES.filter(isShown).map((status) => chip({ status }, t.inviteStatuses[status], countOf(status)))}
      {(counts.undelivered > 0 || isUndelivered) &&
        chip({ isUndelivered: true }, invites.undelivered, countOf("undelivered"))}
    </nav>
  )
}

type InvitePagerProps = Pick<InviteListProps, "page" | "cursor" | "filter" | "t">

/** Links to the other pages. After a page that isn't full, the search continues in the same direction. */
function InvitePager({ page, cursor, filter, t }: InvitePagerProps) {
  const { searchOlder, searchNewer, sorts, nextPage, previousPage } = t.staff.invites
  const { sort } = filter
  const isFull = page.rows.length === PAGE_SIZE
  const label = isFull || cursor.after ? {} : { label: `${searchOlder} →` }
  const prevLabel = isFull || !cursor.after ? {} : { prevLabel: `← ${searchNewer}` }
  const sorted = sort ? { order: sorts[sort], label: nextPage, prevLabel: previousPage } : {}
  const range = pageRange(page, cursor, listOf(filter, page.counts))
  const { next, prev } = neighborPlaces(page, range)
  const pathOf = (place: Place | undefined) => place && listPath({ ...filter, ...place })
  return <Pager {...{ t, range }} next={pathOf(next)} prev={pathOf(prev)} {...label} {...prevLabel} {...sorted} />
}

/** How many invites a list has, where a counter knows it. */
function listOf(filter: Filter, counts: InviteCounts) {
  const { status, isUndelivered, sort } = filter
  if (filter.search || isNarrowed(filter)) return { total: undefined, isAppendOnly: false }
  const total = status ? counts[status] : isUndelivered ? counts.undelivered : totalOf(counts)
  return { total, isAppendOnly: !status && !isUndelivered && !sort }
}

const totalOf = (counts: InviteCounts) => INVITE_STATUSES.reduce((sum, status) => sum + counts[status], 0)

/** What the page says instead of rows. */
function EmptyList({ page, cursor, filter, staff, t }: Omit<InviteListProps, "deps">) {
  const { invites } = t.staff
  const showAll = <a href={href("customers.invites.list")}>{invites.showAll}</a>
  if (filter.isInvalid) {
    return (
      <div class="empty-state">
        <p>
          {invites.invalidFilter} {showAll}
        </p>
      </div>
    )
  }
  const { next, prev } = neighborPaths(page, (place) => listPath({ ...filter, ...place }))
  if (cursor.before && !next) {
    return (
      <>
        <div class="empty-state">
          <p>{filter.sort ? invites.noMatch : invites.noneOlder}</p>
        </div>
        <InvitePager {...{ page, cursor, filter, t }} />
      </>
    )
  }
  const [farther, nearer] = cursor.after ? [prev, { next }] : [next, { next: undefined, prev }]
  if (farther) {
    return (
      <>
        <div class="empty-state">
          <p>
            {cursor.after ? invites.noneOfThese : invites.noneOfNewest}{" "}
            <a href={farther}>{cursor.after ? invites.searchNewer : invites.searchOlder}</a>
          </p>
        </div>
        <Pager t={t} {...nearer} />
      </>
    )
  }
  return (
    <div class="empty-state">
      {filter.search && !isSearchable(filter.search) ? (
        <p>
          {invites.notSearchable} {showAll}
        </p>
      ) : isFiltered(filter) ? (
        <p>
          {invites.noMatch} {showAll}
        </p>
      ) : (
        <>
          <p>{invites.none}</p>
          {can(staff, "invites:write") && <InviteCustomerButton t={t} />}
        </>
      )}
    </div>
  )
}

type CustomerTabsProps = { current: "Customers" | "Invites"; counts: InviteCounts; t: StaffMessages; children?: Child }

/** The tabs of Customers, each with its count, and links to what else can be done with the list. */
export function CustomerTabs({ current, counts, t, children }: CustomerTabsProps) {
  const { layout, invites } = t.staff
  return (
    <div class="tabs">
      <nav aria-label={layout.nav.Customers}>
        <a href={href("customers.list")} aria-current={current === "Customers" ? "page" : undefined}>
          {layout.nav.Customers} <span class="count">{formatNumber(t, counts.customers)}</span>
        </a>
        <a href={href("customers.invites.list")} aria-current={current === "Invites" ? "page" : undefined}>
          {invites.title} <span class="count">{formatNumber(t, totalOf(counts))}</span>
        </a>
      </nav>
      {children}
    </div>
  )
}

function listPath({ before, after, rest, ...filter }: Filter & Place): string {
  return href("customers.invites.list", {}, { ...filterQuery(filter), before, after, rest })
}
