import { SEARCH_MAX } from "../../domain/invites/search-text.ts"
import { INVITE_STATUSES, type InviteStatus } from "../../storage/schema.ts"
import { truncate } from "../../text/sanitize.ts"

export const NEEDS_ATTENTION = "needs_attention"

/** What the list of customer invites is limited to, as its URL says. */
export type Filter = {
  status: InviteStatus | undefined
  needsAttention?: true | undefined
  search: string | undefined
}

export function parseFilter({ status, q = "" }: Record<string, string>): Filter {
  return {
    status: INVITE_STATUSES.find((candidate) => candidate === status),
    needsAttention: status === NEEDS_ATTENTION || undefined,
    search: truncate(q, SEARCH_MAX).trim() || undefined,
  }
}

/** The part of the URL that says the filter. */
export function filterQuery({ status, needsAttention, search }: Partial<Filter>) {
  return { status: status ?? (needsAttention && NEEDS_ATTENTION), q: search }
}
