import type { Invite } from "../../storage/schema.ts"
import { toCompanyKey } from "./company-key.ts"
import { toSearchRuns } from "./search-text.ts"

/** The columns that a customer's invite is found and sorted by. They follow its names and address. */
export function derivedColumns(invite: Pick<Invite, "kind" | "companyName" | "contactName" | "contactEmail">) {
  return { searchRuns: toSearchRuns(invite), companyKey: toCompanyKey(invite) }
}
