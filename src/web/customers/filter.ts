import type { StaffActor } from "../../domain/access/actor.ts"
import { can } from "../../domain/access/permissions.ts"
import { parseSearch } from "../../domain/invites/search-text.ts"

/** What the list of customers is limited to, or its order, as its URL says. These can't be combined: a search finds any customer. */
export type Filter = {
  search?: string | undefined
  isCut?: boolean
  sort?: "name" | undefined
  isToReview?: boolean
}

export function parseFilter(
  { q = "", sort, billing_changed: billingChanged }: Record<string, string>,
  staff: StaffActor,
): Filter {
  const { search, isCut } = parseSearch(q)
  if (search) return { search, isCut }
  if (billingChanged === "true" && can(staff, "billing:read")) return { isToReview: true }
  return { sort: sort === "name" ? sort : undefined }
}
