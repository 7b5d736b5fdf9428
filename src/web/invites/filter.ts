import { parseSearch } from "../../domain/invites/search-text.ts"
import type { InviteSortKey } from "../../domain/invites/sorted-page.ts"
import { INVITE_STATUSES, type InviteStatus } from "../../storage/schema.ts"
import { parseDay, startOfDay } from "../../text/dates.ts"

/** The orders that people can choose. */
export const SORTS = ["company_name", "expires_at"] as const satisfies InviteSortKey[]

export const UNDELIVERED = "undelivered"

/** What the list of customer invites is limited to, and its order, as its URL says. */
export type Filter = {
  status?: InviteStatus | undefined
  isUndelivered?: true | undefined
  search?: string | undefined
  /** The search was longer than one can be. */
  isCut?: boolean | undefined
  invitedBy?: string | undefined
  /** The first and the last day, such as `2026-11-24`. */
  from?: string | undefined
  to?: string | undefined
  sort?: (typeof SORTS)[number] | undefined
  /** The URL has a value that we don't understand, so nobody knows what the list is limited to. */
  isInvalid?: boolean | undefined
}

const USER_ID = /^usr_[0-9a-z]{26}$/

export const FILTER_NAMES = ["status", "q", "by", "from", "to", "sort"] as const

/** A status that limits nothing. */
const ANY_STATUS = "all"

/** The filter of the fields of a URL or form. An order that can't be combined with the rest of it is left out. */
export function parseFilter(fields: Iterable<[string, string]>): Filter {
  const given = [...fields].filter(
    ([name, value]) =>
      (FILTER_NAMES as readonly string[]).includes(name) &&
      value !== "" &&
      !(name === "status" && value === ANY_STATUS),
  )
  const { status, q = "", by = "", from = "", to = "", sort }: Record<string, string> = Object.fromEntries(given)
  const order = SORTS.find((candidate) => candidate === sort)
  const filter = {
    status: INVITE_STATUSES.find((candidate) => candidate === status),
    isUndelivered: status === UNDELIVERED || undefined,
    ...parseSearch(q),
    invitedBy: USER_ID.test(by) ? by : undefined,
    from: parseDay(from),
    to: parseDay(to),
  }
  const understood = { ...filterQuery({ ...filter, sort: order }), q }
  const isInvalid = given.some(([name, value]) => understood[name as keyof typeof understood] !== value)
  return { ...filter, sort: isSortable(filter) ? order : undefined, isInvalid: isInvalid || undefined }
}

/** True if the list can be sorted: it has at most a filter by status. */
export const isSortable = ({ isUndelivered, search, ...rest }: Filter) => !isUndelivered && !search && !isNarrowed(rest)

/** True if the list is limited by who invited or when. */
export const isNarrowed = ({ invitedBy, from, to }: Filter) => Boolean(invitedBy || from || to)

/** The filter as the domain expects it. The last day ends at midnight where the person is. */
export function toInviteFilter({ from, to, sort: _, isInvalid: __, isCut: ___, ...filter }: Filter, timeZone: string) {
  return {
    ...filter,
    createdAfter: from ? startOfDay(from, timeZone) : undefined,
    createdBefore: to ? startOfDay(to, timeZone, 1) : undefined,
  }
}

/** The part of the URL that says the filter. */
export function filterQuery({ status, isUndelivered, search, invitedBy, from, to, sort }: Filter) {
  return { status: status ?? (isUndelivered && UNDELIVERED), q: search, by: invitedBy, from, to, sort }
}
