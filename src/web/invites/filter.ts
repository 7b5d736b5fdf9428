import { SEARCH_MAX } from "../../domain/invites/search-text.ts"
import { INVITE_SORTS, type InviteSort } from "../../domain/invites/sorted-page.ts"
import { INVITE_STATUSES, type InviteStatus } from "../../storage/schema.ts"
import { parseDay, startOfDay } from "../../text/dates.ts"
import { truncate } from "../../text/sanitize.ts"

export const NEEDS_ATTENTION = "needs_attention"

/** What the list of customer invites is limited to, and its order, as its URL says. */
export type Filter = {
  status?: InviteStatus | undefined
  needsAttention?: true | undefined
  search?: string | undefined
  invitedBy?: string | undefined
  /** The first and the last day, such as `2026-11-24`. */
  from?: string | undefined
  to?: string | undefined
  sort?: InviteSort | undefined
}

const USER_ID = /^usr_[0-9a-z]{26}$/

/** The filter of a URL. An order that can't be combined with the rest of it is left out. */
export function parseFilter({ status, q = "", by = "", from = "", to = "", sort }: Record<string, string>): Filter {
  const filter = {
    status: INVITE_STATUSES.find((candidate) => candidate === status),
    needsAttention: status === NEEDS_ATTENTION || undefined,
    search: truncate(q, SEARCH_MAX).trim() || undefined,
    invitedBy: USER_ID.test(by) ? by : undefined,
    from: parseDay(from),
    to: parseDay(to),
  }
  return { ...filter, sort: isSortable(filter) ? INVITE_SORTS.find((candidate) => candidate === sort) : undefined }
}

/** True if the list can be sorted: it has at most a filter by status. */
export const isSortable = ({ needsAttention, search, ...rest }: Filter) =>
  !needsAttention && !search && !isNarrowed(rest)

/** True if the list is limited by who invited or when. */
export const isNarrowed = ({ invitedBy, from, to }: Filter) => Boolean(invitedBy || from || to)

/** The filter as the domain expects it. The last day ends at midnight where the person is. */
export function toInviteFilter({ from, to, sort: _, ...filter }: Filter, timeZone: string) {
  return {
    ...filter,
    createdAfter: from ? startOfDay(from, timeZone) : undefined,
    createdBefore: to ? startOfDay(to, timeZone, 1) : undefined,
  }
}

/** The part of the URL that says the filter. */
export function filterQuery({ status, needsAttention, search, invitedBy, from, to, sort }: Filter) {
  return { status: status ?? (needsAttention && NEEDS_ATTENTION), q: search, by: invitedBy, from, to, sort }
}
