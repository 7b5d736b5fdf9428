import { and, eq, type SQL } from "drizzle-orm"
import { credentials } from "../../storage/schema.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { checkPassword } from "./check-password.ts"
import { credentialsQuery, type UserCredentials } from "./credentials.ts"
import { prepareGuess } from "./guess-limit.ts"
import { hashPassword, isOutdatedHash } from "./password.ts"

/** `ifRight`: the statements that forget the wrong passwords before, and renew an outdated hash. */
export type RightPassword = { isRight: true; user: UserCredentials; ifRight: Statement[] }

type CheckedPassword = RightPassword | { isRight: false; user: UserCredentials | undefined }

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
    const isRight = await checkPassword(user?.passwordHash ?? null, password)
    if (!user || !isRight) return { isRight: false, user }
    return { isRight, user, ifRight: [...admitted.ifRight, ...(await renewHashStatements(deps, user, password))] }
  } catch (error) {
    await commit(deps, admitted.ifDropped)
    throw error
  }
}

/** The statement that hashes a password again if the cost was raised, unless the password has changed meanwhile. */
async function renewHashStatements(
  { db }: Deps,
  { id, passwordHash }: UserCredentials,
  password: string,
): Promise<Statement[]> {
  if (!passwordHash || !isOutdatedHash(passwordHash)) return []
  return [
    db
      .update(credentials)
      .set({ password: await hashPassword(password) })
      .where(and(eq(credentials.userId, id), eq(credentials.password, passwordHash))),
  ]
}
