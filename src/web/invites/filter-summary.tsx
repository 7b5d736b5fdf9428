import { formatDate } from "../../text/dates.ts"
import type { StaffMessages } from "../../text/staff/locales.ts"
import type { Filter } from "./filter.ts"

type FilterSummaryProps = {
  filter: Filter
  staffOptions: { id: string; name: string }[]
  t: StaffMessages
}

/** What a bulk action on all invites is limited to, in words. */
export function FilterSummary({ filter, staffOptions, t }: FilterSummaryProps) {
  const { status, isUndelivered, search, invitedBy, from, to } = filter
  const { invites, bulk } = t.staff
  const inviter = staffOptions.find(({ id }) => id === invitedBy)?.name ?? invites.formerStaff
  const parts = [
    [invites.columns.status, status ? t.inviteStatuses[status] : isUndelivered && invites.undelivered],
    [bulk.search, search && bulk.quoted(search)],
    [invites.invitedBy, invitedBy && inviter],
    [invites.from, from && formatDate(t, from)],
    [invites.to, to && formatDate(t, to)],
  ].flatMap(([label, value]) => (value ? [`${label}: ${value}`] : []))
  return <p class="wrap-anywhere">{parts.length > 0 ? parts.join(" · ") : bulk.all}</p>
}
