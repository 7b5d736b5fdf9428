import { parseSearch } from "../../domain/invites/search-text.ts"

/** What the list of customers is limited to, or its order, as its URL says. */
export type Filter = { search?: string | undefined; isCut?: boolean; sort?: "name" | undefined }

export const parseFilter = ({ q = "", sort }: Record<string, string>): Filter => ({
  ...parseSearch(q),
  sort: sort === "name" ? sort : undefined,
})
