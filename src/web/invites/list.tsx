import type { StaffActor } from "../../domain/access/actor.ts"
import { can } from "../../domain/access/permissions.ts"
import type { Deps } from "../../domain/deps.ts"
import { type InviteCounts, listInvites } from "../../domain/invites/list.ts"
import { isSearchable, SEARCH_MAX } from "../../domain/invites/search-text.ts"
import { isFragmentRequest } from "../../http/htmx.ts"
import { Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { PAGE_SIZE } from "../../storage/paging.ts"
import { INVITE_STATUSES, type Invite, type InviteStatus } from "../../storage/schema.ts"
import { en } from "../../text/en.ts"
import { truncate } from "../../text/sanitize.ts"
import { flashFromUrl } from "../ui/flash.tsx"
import { fragment } from "../ui/form.tsx"
import { InviteCustomerButton, StaffPage } from "../ui/layout.tsx"
import { Pager } from "../ui/pager.tsx"
import { InviteTable } from "./row.tsx"

export const listInviteRoutes = new Router()

listInviteRoutes.serve("customers.invites.list", async (c) => {
  const { staff, deps } = c.var
  const before = c.req.query("before")
  const statusParam = c.req.query("status")
  const needsAttention = statusParam === NEEDS_ATTENTION || undefined
  const filter = {
    status: parseStatus(statusParam),
    needsAttention,
    search: truncate(c.req.query("q") ?? "", SEARCH_MAX).trim() || undefined,
    before,
  }
  const { rows, next, counts } = await listInvites(deps, staff, filter, { before, size: PAGE_SIZE })
  const list = <InviteListCard {...{ rows, next, counts, filter, staff, deps }} />
  if (isFragmentRequest(c)) return fragment(c, staff, list)
  return c.html(
    <StaffPage
      staff={staff}
      navItem="Customers"
      title="Customers"
      action={can(staff, "invites:write") && <InviteCustomerButton />}
      flash={flashFromUrl(c, { invites: rows })}
    >
      <CustomerTabs current="Invites" counts={counts} />
      {list}
    </StaffPage>,
  )
})

const NEEDS_ATTENTION = "needs_attention"

type Filter = {
  status: InviteStatus | undefined
  needsAttention?: true | undefined
  search: string | undefined
  before: string | undefined
}
type InviteListProps = {
  rows: Invite[]
  next: string | undefined
  counts: InviteCounts
  filter: Filter
  staff: StaffActor
  deps: Deps
}

/** The list as one card: filters and search, rows, pager. */
function InviteListCard({ rows, next, counts, filter, staff, deps }: InviteListProps) {
  const isFiltered = filter.status !== undefined || filter.search !== undefined || filter.needsAttention
  return (
    <section class="card" id="invites" aria-label="Invites">
      <div class="card-header">
        <nav aria-label="Filter by status" class="chips">
          <StatusChip filter={filter} status={undefined} label="All" />
          {INVITE_STATUSES.filter(
            (status) => counts[status] > 0 || status === filter.status || status === "pending" || status === "accepted",
          ).map((status) => (
            <StatusChip filter={filter} status={status} label={en.inviteStatuses[status]} count={counts[status]} />
          ))}
          {(counts.attention > 0 || filter.needsAttention) && (
            <a
              class="chip"
              href={listPath({ search: filter.search, needsAttention: true })}
              aria-current={filter.needsAttention ? "true" : undefined}
            >
              Needs attention <span class="count">{counts.attention}</span>
            </a>
          )}
        </nav>
        <form
          class="search"
          aria-label="Search invites"
          action={href("customers.invites.list")}
          hx-get={href("customers.invites.list")}
          hx-trigger="submit, input changed delay:300ms from:#q"
          hx-target="#invites-rows"
          hx-select="#invites-rows"
          hx-swap="outerHTML"
        >
          {(filter.status || filter.needsAttention) && (
            <input type="hidden" name="status" value={filter.status ?? NEEDS_ATTENTION} />
          )}
          <input
            id="q"
            name="q"
            type="search"
            dir="auto"
            value={filter.search}
            placeholder="Search company, contact or email"
            aria-label="Search company, contact or email"
            autocomplete="off"
          />
        </form>
      </div>
      <div id="invites-rows">
        {rows.length === 0 ? (
          <div class="empty-state">
            {next ? (
              <p>
                None of the newest invites match.{" "}
                <a href={listPath({ ...filter, before: next })}>Search older invites</a>
              </p>
            ) : filter.search && !isSearchable(filter.search) ? (
              <p>
                Enter a letter or a digit to search for. <a href={href("customers.invites.list")}>Show all invites</a>
              </p>
            ) : isFiltered || filter.before ? (
              <p>
                No invites match. <a href={href("customers.invites.list")}>Show all invites</a>
              </p>
            ) : (
              <>
                <p>No invites yet. Invite a customer and follow their progress here.</p>
                {can(staff, "invites:write") && <InviteCustomerButton />}
              </>
            )}
          </div>
        ) : (
          <>
            <InviteTable invites={rows} {...{ staff, deps }} />
            <Pager
              next={next && listPath({ ...filter, before: next })}
              {...(rows.length < PAGE_SIZE ? { label: "Search older invites →" } : {})}
            />
          </>
        )}
      </div>
    </section>
  )
}

/** The tabs of Customers, each with its count. */
export function CustomerTabs({ current, counts }: { current: "Customers" | "Invites"; counts: InviteCounts }) {
  const total = INVITE_STATUSES.reduce((sum, status) => sum + counts[status], 0)
  return (
    <nav class="tabs" aria-label="Customers">
      <a href={href("customers.list")} aria-current={current === "Customers" ? "page" : undefined}>
        Customers <span class="count">{counts.customers}</span>
      </a>
      <a href={href("customers.invites.list")} aria-current={current === "Invites" ? "page" : undefined}>
        Invites <span class="count">{total}</span>
      </a>
    </nav>
  )
}

function StatusChip({
  filter,
  status,
  label,
  count,
}: {
  filter: Filter
  status: InviteStatus | undefined
  label: string
  count?: number
}) {
  return (
    <a
      class="chip"
      href={listPath({ search: filter.search, status })}
      aria-current={filter.status === status && !filter.needsAttention ? "true" : undefined}
    >
      {label} {count !== undefined && <span class="count">{count}</span>}
    </a>
  )
}

function listPath({ status, needsAttention, search, before }: Partial<Filter>): string {
  const statusParam = status ?? (needsAttention && NEEDS_ATTENTION)
  return href("customers.invites.list", {}, { status: statusParam, q: search, before })
}

function parseStatus(status: string | undefined): InviteStatus | undefined {
  return INVITE_STATUSES.find((candidate) => candidate === status)
}
