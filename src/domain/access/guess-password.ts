import type { SQL } from "drizzle-orm"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { checkPassword } from "./check-password.ts"
import { credentialsQuery, type UserCredentials } from "./credentials.ts"
import { prepareGuess } from "./guess-limit.ts"

/** `clearCounts`: the statements that forget the wrong passwords before. */
type CheckedPassword =
  | { isRight: true; user: UserCredentials; clearCounts: Statement[] }
  | { isRight: false; user: UserCredentials | undefined }

/**
 * Checks the password of the user that matches `condition` and has this address, in one round trip. Counts it as a guess before it
 * hashes anything, and costs the same if there is no user. Throws `rate_limited`.
 */
export async function guessPassword(
  deps: Deps,
  { email, condition }: { email: string; condition: SQL },
  password: string,
): Promise<CheckedPassword> {
  const guess = await prepareGuess(deps, { kind: "password", email })
  const reads = [guess.outcomeQuery, credentialsQuery(deps.db, condition)] as const
  const [outcome, [user]] = await commit(deps, reads, guess.countStatements)
  const admitted = guess.admit(outcome)
  if (!admitted) throw new Error("the guess was not counted")
  try {
    const isRight = await checkPassword(deps, user ?? { id: email, passwordHash: null }, password)
    return user && isRight ? { isRight, user, clearCounts: admitted.ifRight } : { isRight: false, user }
  } catch (error) {
    await commit(deps, admitted.ifDropped)
    throw error
  }
}
