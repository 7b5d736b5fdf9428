import { SEARCH_MAX } from "../../domain/invites/search-text.ts"
import { truncate } from "../../text/sanitize.ts"

/** What the list of customers is limited to, or its order, as its URL says. */
export type Filter = { search?: string | undefined; sort?: "name" | undefined }

export const parseFilter = ({ q = "", sort }: Record<string, string>): Filter => ({
  search: truncate(q, SEARCH_MAX).trim() || undefined,
  sort: sort === "name" ? sort : undefined,
})
