import { may, type StaffActor } from "../domain/actor.ts"
import type { Deps } from "../domain/deps.ts"
import { listInvites, type Tallies } from "../domain/invite-list.ts"
import { factory } from "../http/context.ts"
import { wantsFragment } from "../http/htmx.ts"
import { PAGE_SIZE } from "../storage/paging.ts"
import { INVITE_STATUSES, type Invite, type InviteStatus } from "../storage/schema.ts"
import { INVITE_DEEDS } from "./invite-deeds.tsx"
import { InviteRow } from "./invite-row.tsx"
import { InviteNewCustomer, NoticeCard, StaffPage } from "./layout.tsx"
import { toldOf } from "./told.ts"

export const inviteRoutes = factory.createApp()

inviteRoutes.get("/customers/invites", async (c) => {
  const { staff, deps } = c.var
  const before = c.req.query("before")
  const asked = c.req.query("status")
  const needsAttention = asked === ATTENTION || undefined
  const filter = { status: statusAsked(asked), needsAttention, search: c.req.query("q")?.trim() || undefined, before }
  const { rows, next, counts } = await listInvites(deps, staff, filter, { before, size: PAGE_SIZE })
  const list = <InviteCard {...{ rows, next, counts, filter, staff, deps }} />
  if (wantsFragment(c)) return c.html(list)
  const sent = rows.find(({ id }) => id === c.req.query("sent"))
  const deed = toldOf(INVITE_DEEDS, c.req.query("done"))
  return c.html(
    <StaffPage
      staff={staff}
      section="Customers"
      title="Customers"
      action={may(staff, "invites:write") && <InviteNewCustomer />}
      notice={
        (sent || deed) && (
          <NoticeCard tone="success">
            {sent ? `The invite to ${sent.contactName} of ${sent.companyName} is on its way.` : deed}
          </NoticeCard>
        )
      }
    >
      <CustomerTabs current="Invites" counts={counts} />
      {list}
    </StaffPage>,
  )
})

const ATTENTION = "needs_attention"

type Filter = {
  status: InviteStatus | undefined
  needsAttention?: true | undefined
  search: string | undefined
  before: string | undefined
}
type ListProps = {
  rows: Invite[]
  next: string | undefined
  counts: Tallies
  filter: Filter
  staff: StaffActor
  deps: Deps
}

/** The list as one card: filters and search on top, rows, pager below. */
function InviteCard({ rows, next, counts, filter, staff, deps }: ListProps) {
  const isFiltered = filter.status !== undefined || filter.search !== undefined || filter.needsAttention
  return (
    <section class="card" id="invites" aria-label="Invites">
      <div class="card-header">
        <nav aria-label="Filter by status" class="chips">
          <Chip filter={filter} status={undefined} label="All" />
          {(["pending", "accepted", "expired", "revoked", "declined"] as const)
            .filter(
              (status) =>
                counts[status] > 0 || status === filter.status || status === "pending" || status === "accepted",
            )
            .map((status) => (
              <Chip filter={filter} status={status} label={capital(status)} n={counts[status]} />
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
          action="/customers/invites"
          hx-get="/customers/invites"
          hx-trigger="submit, input changed delay:300ms from:#q"
          hx-target="#invites-rows"
          hx-select="#invites-rows"
          hx-swap="outerHTML"
        >
          {(filter.status || filter.needsAttention) && (
            <input type="hidden" name="status" value={filter.status ?? ATTENTION} />
          )}
          <input
            id="q"
            name="q"
            type="search"
            value={filter.search}
            placeholder="Search company, contact, address"
            aria-label="Search company, contact or address"
            autocomplete="off"
          />
        </form>
      </div>
      <div id="invites-rows">
        {rows.length === 0 ? (
          <div class="empty-state">
            {isFiltered || filter.before ? (
              <p>
                Nothing matches. <a href="/customers/invites">Show all invites</a>
              </p>
            ) : (
              <>
                <p>No invites yet. Invite a customer, and follow here how far they have come.</p>
                {may(staff, "invites:write") && <InviteNewCustomer />}
              </>
            )}
          </div>
        ) : (
          <>
            <table class="table" role="table">
              <thead role="rowgroup">
                <tr role="row">
                  <th scope="col" role="columnheader">
                    Company
                  </th>
                  <th scope="col" role="columnheader">
                    Contact
                  </th>
                  <th scope="col" role="columnheader">
                    Status
                  </th>
                  {may(staff, "billing:read") && (
                    <th scope="col" role="columnheader">
                      Billing account
                    </th>
                  )}
                  <th scope="col" role="columnheader">
                    <span class="visually-hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody role="rowgroup">
                {rows.map((invite) => (
                  <InviteRow {...{ invite, staff, deps }} />
                ))}
              </tbody>
            </table>
            <div class="pager">
              <span class="muted">Newest first</span>
              {next && <a href={listPath({ ...filter, before: next })}>Older →</a>}
            </div>
          </>
        )}
      </div>
    </section>
  )
}

/** The two tabs of Customers, with how many there are of each. */
export function CustomerTabs({ current, counts }: { current: "Customers" | "Invites"; counts: Tallies }) {
  const all = INVITE_STATUSES.reduce((sum, status) => sum + counts[status], 0)
  return (
    <nav class="tabs" aria-label="Customers">
      <a href="/customers" aria-current={current === "Customers" ? "page" : undefined}>
        Customers <span class="count">{counts.customers}</span>
      </a>
      <a href="/customers/invites" aria-current={current === "Invites" ? "page" : undefined}>
        Invites <span class="count">{all}</span>
      </a>
    </nav>
  )
}

function Chip({
  filter,
  status,
  label,
  n,
}: {
  filter: Filter
  status: InviteStatus | undefined
  label: string
  n?: number
}) {
  return (
    <a
      class="chip"
      href={listPath({ search: filter.search, status })}
      aria-current={filter.status === status && !filter.needsAttention ? "true" : undefined}
    >
      {label} {n !== undefined && <span class="count">{n}</span>}
    </a>
  )
}

function listPath({ status, needsAttention, search, before }: Partial<Filter>): string {
  const query = new URLSearchParams()
  if (status || needsAttention) query.set("status", status ?? ATTENTION)
  if (search) query.set("q", search)
  if (before) query.set("before", before)
  return query.size > 0 ? `/customers/invites?${query}` : "/customers/invites"
}

function statusAsked(status: string | undefined): InviteStatus | undefined {
  return INVITE_STATUSES.find((known) => known === status)
}

const capital = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1)
