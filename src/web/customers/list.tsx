import type { StaffActor } from "../../domain/access/actor.ts"
import { can } from "../../domain/access/permissions.ts"
import { customerSearchWords, listCustomers } from "../../domain/customer-list.ts"
import { isFragmentRequest, redirect } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { PAGE_SIZE } from "../../storage/paging.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { CustomerTabs } from "../invites/list.tsx"
import { Chip } from "../ui/chip.tsx"
import { fragment } from "../ui/form.tsx"
import { InviteCustomerButton, StaffPage } from "../ui/layout.tsx"
import { neighborPlaces, type Place, pageRange } from "../ui/page-range.ts"
import { isBeyondEnd, Pager } from "../ui/pager.tsx"
import { SearchForm } from "../ui/search-form.tsx"
import { type Filter, parseFilter } from "./filter.ts"
import { CustomerTable } from "./table.tsx"

export const customerListRoutes = new Router()

customerListRoutes.serve("customers.list", async (c) => {
  const { staff, deps } = c.var
  const { before, after, rest, ...query } = c.req.query()
  const filter = parseFilter(query)
  const place = { before, after, rest }
  const page = await listCustomers(deps, staff, { before, after, ...filter, size: PAGE_SIZE })
  if (isBeyondEnd(page, place)) return redirect(c, listPath(filter))
  const t = staffMessagesFor(staff.locale)
  const list = <CustomerListCard {...{ page, place, filter, staff, t }} now={deps.now()} />
  if (c.req.header("HX-Request")) c.header("HX-Replace-Url", listPath({ ...filter, ...place }))
  if (isFragmentRequest(c)) return fragment(c, staff, list)
  return c.html(
    <StaffPage
      staff={staff}
      navItem="Customers"
      title={t.staff.layout.nav.Customers}
      action={can(staff, "invites:write") && <InviteCustomerButton t={t} />}
    >
      <CustomerTabs current="Customers" counts={page.counts} t={t} />
      {list}
    </StaffPage>,
  )
})

type CustomerListProps = {
  page: Awaited<ReturnType<typeof listCustomers>>
  place: Place
  filter: Filter
  staff: StaffActor
  now: Date
  t: StaffMessages
}

/** The list as one card: order and search, rows, pager. */
function CustomerListCard({ page, place, filter, staff, now, t }: CustomerListProps) {
  const { layout, invites, customers } = t.staff
  const total = filter.search ? undefined : page.counts.customers
  const range = pageRange(page, place, { total, isAppendOnly: !filter.sort })
  const { next, prev } = neighborPlaces(page, range)
  const pathOf = (neighbor: Place | undefined) => neighbor && listPath({ ...filter, ...neighbor })
  const order = filter.sort ? invites.sorts.company_name : t.layout.newestFirst
  return (
    <section class="card" id="customers" aria-label={layout.nav.Customers}>
      {(page.rows.length > 0 || filter.search) && (
        <div class="card-header filters">
          <CustomerOrder {...{ filter, t }} />
          <SearchForm
            path={href("customers.list")}
            rowsId="customers-rows"
            otherIds={["customers-order"]}
            foundId="customers-found"
            label={customers.search}
            placeholder={customers.searchFields}
            apply={invites.apply}
            search={filter.search}
            isCut={filter.isCut ?? false}
            t={t}
          >
            {filter.sort && <input type="hidden" name="sort" value={filter.sort} />}
          </SearchForm>
        </div>
      )}
      <p class="visually-hidden" id="customers-found" role="status">
        {t.staff.customers.onThisPage(page.rows.length)}
      </p>
      <div id="customers-rows">
        {page.rows.length === 0 ? (
          <EmptyList {...{ filter, staff, t }} />
        ) : (
          <>
            <CustomerTable customers={page.rows} {...{ staff, now, t }} />
            <Pager {...{ t, order, range }} next={pathOf(next)} prev={pathOf(prev)} />
          </>
        )}
      </div>
    </section>
  )
}

/** Links to the list in each order. What a search finds is always the newest first. */
function CustomerOrder({ filter: { search, sort }, t }: { filter: Filter; t: StaffMessages }) {
  const { invites } = t.staff
  return (
    <nav id="customers-order" class="chips" aria-label={invites.sort}>
      <Chip path={listPath({ search })} isCurrent={!sort || Boolean(search)} label={t.layout.newestFirst} t={t} />
      {!search && (
        <Chip path={listPath({ sort: "name" })} isCurrent={sort === "name"} label={invites.sorts.company_name} t={t} />
      )}
    </nav>
  )
}

/** What the page says instead of rows. */
function EmptyList({ filter: { search }, staff, t }: { filter: Filter; staff: StaffActor; t: StaffMessages }) {
  const { invites, customers } = t.staff
  if (search) {
    return (
      <div class="empty-state">
        <p>
          {customerSearchWords(search).length > 0 ? customers.noMatch : invites.notSearchable}{" "}
          <a href={href("customers.list")}>{customers.showAll}</a>
        </p>
      </div>
    )
  }
  return (
    <div class="empty-state">
      <p>{customers.none}</p>
      {can(staff, "invites:write") && <InviteCustomerButton t={t} />}
    </div>
  )
}

const listPath = ({ search, sort, before, after, rest }: Filter & Place): string =>
  href("customers.list", {}, { q: search, sort, before, after, rest })
