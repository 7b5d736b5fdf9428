import type { Context } from "hono"
import { may, type StaffActor } from "../domain/actor.ts"
import type { Deps } from "../domain/deps.ts"
import { Failure } from "../domain/failure.ts"
import { listInvites, type Tallies } from "../domain/invite-list.ts"
import { findInvite, resendInvite, revokeInvite, statusNow } from "../domain/invites.ts"
import { readablePhone } from "../domain/phone.ts"
import { factory, type Vestibule } from "../http/context.ts"
import { problemOf, retryAfterSeconds } from "../http/failures.ts"
import { redirectBack, wantsFragment } from "../http/htmx.ts"
import { INVITE_STATUSES, type Invite, type InviteStatus } from "../storage/schema.ts"
import { StateBadge, StateLine } from "./invite-state.tsx"
import { InviteNewCustomer, NoticeCard, StaffPage } from "./layout.tsx"

export const inviteRoutes = factory.createApp()

inviteRoutes.get("/customers/invites", async (c) => {
  const { staff, deps } = c.var
  const filter = {
    status: statusAsked(c.req.query("status")),
    search: c.req.query("q")?.trim() || undefined,
    before: c.req.query("before"),
  }
  const { rows, next, tallies } = await listInvites(deps, staff, filter)
  const list = <InviteCard {...{ rows, next, tallies, filter, staff, deps }} />
  if (wantsFragment(c)) return c.html(list)
  const sent = rows.find(({ id }) => id === c.req.query("sent"))
  return c.html(
    <StaffPage
      staff={staff}
      section="Customers"
      title="Customers"
      action={may(staff, "invites.write") && <InviteNewCustomer />}
      notice={
        sent && (
          <NoticeCard tone="good">
            The invite to {sent.contactName} of {sent.companyName} is on its way.
          </NoticeCard>
        )
      }
    >
      <CustomerTabs current="Invites" tallies={tallies} />
      {list}
    </StaffPage>,
  )
})

inviteRoutes.post("/customers/invites/:id/resends", async (c) => {
  const { staff, deps } = c.var
  const id = c.req.param("id")
  try {
    await resendInvite(deps, staff, id)
  } catch (error) {
    if (!(error instanceof Failure) || error.reason.kind !== "rate_limited") throw error
    const { resetAt } = error.reason
    const seconds = retryAfterSeconds(resetAt, deps.now())
    c.header("Retry-After", String(seconds))
    const told = `${problemOf(error.reason).detail} Try again in ${minutes(seconds)}; ${left(error.reason.remaining)}.`
    return answerWithRow(c, id, { told, tone: "bad", resendAt: resetAt, status: 429 })
  }
  return answerWithRow(c, id, { told: "The invite is on its way again, with a new link.", tone: "good" })
})

inviteRoutes.post("/customers/invites/:id/revocation", async (c) => {
  await revokeInvite(c.var.deps, c.var.staff, c.req.param("id"))
  return answerWithRow(c, c.req.param("id"), { told: "The invite is revoked. Its link no longer works.", tone: "good" })
})

type RowAnswer = { told: string; tone: "good" | "bad"; resendAt?: Date; status?: 429 }

/** After an action on one invite: to htmx its row and a notice, else back to the page it was asked on. */
async function answerWithRow(c: Context<Vestibule>, id: string, { told, tone, resendAt, status }: RowAnswer) {
  const { staff, deps } = c.var
  if (!wantsFragment(c) && !status) return redirectBack(c, `/customers/invites/${id}`)
  const invite = await findInvite(deps, staff, id)
  if (wantsFragment(c)) {
    return c.html(
      <>
        <InviteRow {...{ invite, staff, deps, resendAt }} />
        <hx-partial hx-target="#notice" hx-swap="innerHTML">
          <NoticeCard tone={tone}>{told}</NoticeCard>
        </hx-partial>
      </>,
      status ?? 200,
    )
  }
  return c.html(
    <StaffPage
      staff={staff}
      section="Customers"
      title={invite.companyName}
      notice={<NoticeCard tone={tone}>{told}</NoticeCard>}
    >
      <p>
        <a href="/customers/invites">Back to the invites</a>
      </p>
    </StaffPage>,
    status ?? 200,
  )
}

type Filter = { status: InviteStatus | undefined; search: string | undefined; before: string | undefined }
type ListProps = {
  rows: Invite[]
  next: string | undefined
  tallies: Tallies
  filter: Filter
  staff: StaffActor
  deps: Deps
}

/** The list as one card: filters and search on top, rows, pager below. */
function InviteCard({ rows, next, tallies, filter, staff, deps }: ListProps) {
  const isFiltered = filter.status !== undefined || filter.search !== undefined
  return (
    <section class="card" id="invites" aria-label="Invites">
      <div class="head filters">
        <nav aria-label="Filter by status" class="chips">
          <Chip filter={filter} status={undefined} label="All" />
          {(["pending", "accepted", "expired", "revoked", "declined"] as const)
            .filter(
              (status) =>
                tallies[status] > 0 || status === filter.status || status === "pending" || status === "accepted",
            )
            .map((status) => (
              <Chip filter={filter} status={status} label={capital(status)} n={tallies[status]} />
            ))}
        </nav>
        <form
          aria-label="Search invites"
          action="/customers/invites"
          hx-get="/customers/invites"
          hx-trigger="submit, input changed delay:300ms from:#q"
          hx-target="#invites-rows"
          hx-select="#invites-rows"
          hx-swap="outerHTML"
        >
          {filter.status && <input type="hidden" name="status" value={filter.status} />}
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
          <div class="empty">
            {isFiltered || filter.before ? (
              <p>
                Nothing matches. <a href="/customers/invites">Show all invites</a>
              </p>
            ) : (
              <>
                <p>No invites yet. Invite a customer, and follow here how far they have come.</p>
                {may(staff, "invites.write") && <InviteNewCustomer />}
              </>
            )}
          </div>
        ) : (
          <>
            <table class="list" role="table">
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
                  <th scope="col" role="columnheader">
                    Billing account
                  </th>
                  <th scope="col" role="columnheader">
                    <span class="hidden">Actions</span>
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
              <span class="soft">Newest first</span>
              {next && <a href={listPath({ ...filter, before: next })}>Older →</a>}
            </div>
          </>
        )}
      </div>
    </section>
  )
}

const POLL_SECONDS = [1, 2, 3, 5, 10, 20, 30, 60]

type RowProps = { invite: Invite; staff: StaffActor; deps: Deps; resendAt?: Date | undefined; poll?: number }

/** One invite in the list. While its e-mail is queued the row asks for itself again, ever more slowly. */
export function InviteRow({ invite, staff, deps, resendAt, poll = 0 }: RowProps) {
  const now = deps.now()
  const isQueued = statusNow(invite, now) === "pending" && invite.emailStatus === "queued"
  const wait = isQueued ? POLL_SECONDS[poll] : undefined
  const asksAgain = wait
    ? {
        "hx-get": `/customers/invites/${invite.id}?poll=${poll + 1}`,
        "hx-trigger": `load delay:${wait}s`,
        "hx-swap": "outerMorph",
      }
    : {}
  return (
    <tr role="row" id={invite.id} {...asksAgain}>
      <td role="cell">
        <a class="strong" href={`/customers/invites/${invite.id}`}>
          {invite.companyName}
        </a>
      </td>
      <td role="cell">
        <span>{invite.contactName}</span>
        <span class="soft">{invite.contactEmail}</span>
      </td>
      <td role="cell">
        <StateBadge invite={invite} now={now} />
        <StateLine invite={invite} now={now} />
      </td>
      <td role="cell">
        {may(staff, "billing.read") && (
          <>
            <span>{invite.billingEmail}</span>
            <span class="soft">{readablePhone(invite.billingPhone)}</span>
          </>
        )}
      </td>
      <td role="cell" class="actions">
        <InviteActions {...{ invite, staff, deps, resendAt }} target="closest tr" />
      </td>
    </tr>
  )
}

type ActionProps = { invite: Invite; staff: StaffActor; deps: Deps; resendAt?: Date | undefined; target?: string }

/** What can be done with an invite now. Without `target` the forms are plain and come back by redirect. */
export function InviteActions({ invite, staff, deps, resendAt, target }: ActionProps) {
  const status = statusNow(invite, deps.now())
  if (invite.customerId) return <a href={`/customers/${invite.customerId}`}>Open customer</a>
  if (!may(staff, "invites.write")) return null
  const enhanced = (path: string) => (target ? { "hx-post": path, "hx-target": target, "hx-swap": "outerMorph" } : {})
  const resends = `/customers/invites/${invite.id}/resends`
  const revocation = `/customers/invites/${invite.id}/revocation`
  return (
    <>
      {["pending", "expired", "declined"].includes(status) && (
        <form method="post" action={resends} {...enhanced(resends)}>
          <ResendButton {...{ invite, deps }} until={resendAt ?? pauseEnd(invite, deps)} />
        </form>
      )}
      {status === "pending" && (
        <form
          method="post"
          action={revocation}
          {...enhanced(revocation)}
          hx-confirm={`Revoke the invite to ${invite.contactName}? Its link stops working, and that is final.`}
        >
          <button
            class="link soft"
            type="submit"
            id={`revoke-${invite.id}`}
            aria-label={`Revoke the invite to ${invite.companyName}`}
          >
            Revoke
          </button>
        </form>
      )}
    </>
  )
}

function ResendButton({ invite, deps, until }: { invite: Invite; deps: Deps; until: Date | undefined }) {
  const seconds = until && until > deps.now() ? retryAfterSeconds(until, deps.now()) : undefined
  const waiting = seconds ? { "aria-disabled": "true", "data-until": until?.toISOString() } : {}
  return (
    <button class="link" type="submit" id={`resend-${invite.id}`} {...waiting}>
      <span data-label="Resend Invite">{seconds ? `Resend in ${clock(seconds)}` : "Resend Invite"}</span>
      <span class="hidden"> to {invite.companyName}</span>
    </button>
  )
}

function pauseEnd(invite: Invite, { config }: Deps): Date | undefined {
  return invite.resentAt ? new Date(invite.resentAt.getTime() + config.resendPauseSeconds * 1000) : undefined
}

/** The two tabs of Customers, with how many there are of each. */
export function CustomerTabs({ current, tallies }: { current: "Customers" | "Invites"; tallies: Tallies }) {
  const all = INVITE_STATUSES.reduce((sum, status) => sum + tallies[status], 0)
  return (
    <nav class="tabs" aria-label="Customers">
      <a href="/customers" aria-current={current === "Customers" ? "page" : undefined}>
        Customers <span class="n">{tallies.customers}</span>
      </a>
      <a href="/customers/invites" aria-current={current === "Invites" ? "page" : undefined}>
        Invites <span class="n">{all}</span>
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
      aria-current={filter.status === status ? "true" : undefined}
    >
      {label} {n !== undefined && <span class="n">{n}</span>}
    </a>
  )
}

function listPath({ status, search, before }: Partial<Filter>): string {
  const query = new URLSearchParams()
  if (status) query.set("status", status)
  if (search) query.set("q", search)
  if (before) query.set("before", before)
  return query.size > 0 ? `/customers/invites?${query}` : "/customers/invites"
}

function statusAsked(status: string | undefined): InviteStatus | undefined {
  return INVITE_STATUSES.find((known) => known === status)
}

const capital = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1)
const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
const left = (n: number) => (n === 1 ? "1 is left today" : `${n} are left today`)

function minutes(seconds: number): string {
  if (seconds < 120) return `${seconds} seconds`
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds / 3600)} hours`
}
