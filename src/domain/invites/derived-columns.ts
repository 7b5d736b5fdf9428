import { toCompanyKey } from "./company-key.ts"
import { type SearchedInvite, toSearchRuns } from "./search-text.ts"

/** The columns that a customer's invite is found and sorted by. They follow its names, address and own values. */
export function derivedColumns(invite: SearchedInvite) {
  return { searchRuns: toSearchRuns(invite), companyKey: toCompanyKey(invite) }
}
