import { eq } from "drizzle-orm"
import { users } from "../../storage/schema.ts"
import type { Deps } from "../deps.ts"
import { Failure } from "../failure.ts"
import { getSuspendedResellerName } from "../resellers/resellers.ts"
import { checkPassword } from "./check-password.ts"
import { findCredentials } from "./credentials.ts"

/**
 * The user with this address and password; undefined if there is none, at the same cost. Throws `reseller_suspended` if all their
 * accounts belong to suspended resellers.
 */
export async function authenticate(deps: Deps, email: string, password: string): Promise<{ id: string } | undefined> {
  const user = await findCredentials(deps, eq(users.email, email))
  const isCorrect = await checkPassword(deps, user ?? { id: email, passwordHash: null }, password)
  if (!user || !isCorrect) return undefined
  const name = await getSuspendedResellerName(deps, user.id)
  if (name) throw new Failure({ kind: "reseller_suspended", name })
  return { id: user.id }
}
