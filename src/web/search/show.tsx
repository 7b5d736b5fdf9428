import type { StaffActor } from "../../domain/access/actor.ts"
import { listInvitesPage } from "../../domain/invites/list.ts"
import type { ExpandedInvite } from "../../domain/invites/listed-invite.ts"
import { isSearchable, parseSearch, SEARCH_MAX } from "../../domain/invites/search-text.ts"
import { currentStatus } from "../../domain/invites/status.ts"
import { isFragmentRequest } from "../../http/htmx.ts"
import { canOpen, Router } from "../../http/router.ts"
import { href } from "../../routes.ts"
import { isolate } from "../../text/direction.ts"
import { readableAddress } from "../../text/readable-address.ts"
import { type StaffMessages, staffMessagesFor } from "../../text/staff/locales.ts"
import { invitePath, inviteTitle } from "../invites/section.tsx"
import { StaffPage } from "../ui/layout.tsx"
import { SearchInput } from "../ui/search-input.tsx"
import { findPages } from "./pages.ts"

/** So many invites and customers are shown; the list of invites has all. */
const RECORDS_MAX = 8

export const searchRoutes = new Router()

/** Searches invites, customers and pages. Customers are found by the invite that they accepted. */
searchRoutes.serve("search.show", async (c) => {
  const { staff, deps } = c.var
  const { search = "", isCut } = parseSearch(c.req.query("q"))
  const t = staffMessagesFor(staff.locale)
  const { rows } = isSearchable(search)
    ? await listInvitesPage(deps, staff, { search }, { size: RECORDS_MAX })
    : { rows: [] }
  const now = deps.now()
  const { first, others } = findPages(staff, t, search)
  const toPage = (page: (typeof first)[number]) => ({ ...page, detail: "", kind: t.staff.search.page })
  const results = [
    ...first.map(toPage),
    ...rows.map((invite) => toResult(invite, { staff, now, t })),
    ...others.map(toPage),
  ]
  if (isFragmentRequest(c)) {
    return c.html(
      <>
        <Results {...{ results, t }} isInPalette />
        <hx-partial hx-target="#palette-count" hx-swap="textContent">
          {isCut && `${t.staff.search.tooLong(SEARCH_MAX)} `}
          {foundText(results, t)}
        </hx-partial>
      </>,
    )
  }
  const { title, fields } = t.staff.search
  return c.html(
    <StaffPage staff={staff} title={title}>
      <section class="card" aria-label={title}>
        <form class="card-header" action={href("search.show")}>
          <SearchInput label={fields} {...{ search, isCut, t }} />
          <button class="button secondary" type="submit">
            {title}
          </button>
        </form>
        <p class="visually-hidden" role="status">
          {foundText(results, t)}
        </p>
        <Results {...{ results, t }} />
      </section>
    </StaffPage>,
  )
})

type Result = { path: string; label: string; detail: string; kind: string }

const foundText = ({ length }: Result[], { staff: { search } }: StaffMessages) =>
  length === 0 ? search.none : search.found(length)

type Context = { staff: StaffActor; now: Date; t: StaffMessages }

function toResult(invite: ExpandedInvite, { staff, now, t }: Context): Result {
  const { customerId, contactName, contactEmail } = invite
  const label = inviteTitle(invite, t)
  const detail = [contactName && isolate(contactName), readableAddress(contactEmail)].filter(Boolean).join(" · ")
  if (customerId && canOpen(staff, "customers.show")) {
    return { label, detail, path: href("customers.show", { id: customerId }), kind: t.staff.search.customer }
  }
  const status = t.inviteStatuses[currentStatus(invite, now)]
  return { label, detail, path: invitePath(invite), kind: t.staff.search.invite(status) }
}

/** A link to each result. In the palette, they are the options of its field. */
function Results({ results, t, isInPalette }: { results: Result[]; t: StaffMessages; isInPalette?: boolean }) {
  const option = (n: number) =>
    isInPalette && { role: "option" as const, id: `result-${n}`, tabindex: -1, "aria-selected": "false" as const }
  const links = results.map(({ path, label, detail, kind }, n) => (
    <a href={path} {...option(n)}>
      <span class="emphasis" dir="auto">
        {label}
      </span>
      <span class="muted detail">{detail}</span>
      <span class="muted">{kind}</span>
    </a>
  ))
  if (isInPalette) return links
  if (links.length === 0) return <p class="empty-state">{t.staff.search.none}</p>
  return (
    <ul class="results">
      {links.map((link) => (
        <li>{link}</li>
      ))}
    </ul>
  )
}
