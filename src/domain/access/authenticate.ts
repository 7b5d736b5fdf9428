import { eq } from "drizzle-orm"
import { users } from "../../storage/schema.ts"
import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { Failure } from "../failure.ts"
import { accountResellersQuery, suspendedName } from "../resellers/resellers.ts"
import type { CheckedUser } from "./credentials.ts"
import { guessPassword } from "./guess-password.ts"

/**
 * The user with this address and password; undefined if there is none, at the same cost. Throws `rate_limited` after too many wrong
 * passwords or while others are checked, whether a user has the address or not, and `reseller_suspended` if all the user's accounts
 * belong to suspended resellers.
 */
export async function authenticate(deps: Deps, email: string, password: string): Promise<CheckedUser | undefined> {
  const checked = await guessPassword(deps, { email, condition: eq(users.email, email) }, password)
  if (!checked.isRight) return undefined
  const { user, ifRight } = checked
  const [resellers] = await commit(deps, [accountResellersQuery(deps.db, user.id)], ifRight)
  const name = suspendedName(resellers)
  if (name) throw new Failure({ kind: "reseller_suspended", name })
  return { id: user.id, linkVersion: user.linkVersion }
}
