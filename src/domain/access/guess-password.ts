import { and, eq, type SQL } from "drizzle-orm"
import { credentials } from "../../storage/schema.ts"
import { commit, type Statement } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { checkPassword, hashNewPassword } from "./check-password.ts"
import { credentialsQuery, type UserCredentials } from "./credentials.ts"
import { prepareGuess } from "./guess-limit.ts"
import { type HashingDeps, withHashSlot } from "./hash-slots.ts"
import { isOutdatedHash } from "./password.ts"

/** `ifRight`: the statements that forget the wrong passwords before, and renew an outdated hash. */
export type RightPassword = { isRight: true; user: UserCredentials; ifRight: Statement[] }

type CheckedPassword = RightPassword | { isRight: false; user: UserCredentials | undefined }

/**
 * Checks the password of the user that matches `condition` and has this address, in one round trip. Counts it as a guess before it
 * hashes anything, and costs the same if there is no user. Throws `rate_limited` after too many wrong passwords, and while others are
 * hashed.
 */
export function guessPassword(deps: Deps, holder: Holder, password: string): Promise<CheckedPassword> {
  return withHashSlot(deps, (hashingDeps) => countAndCheck(hashingDeps, holder, password))
}

type Holder = { email: string; condition: SQL }

async function countAndCheck(
  deps: HashingDeps,
  { email, condition }: Holder,
  password: string,
): Promise<CheckedPassword> {
  const guess = await prepareGuess(deps, { kind: "password", email })
  const reads = [guess.outcomeQuery, credentialsQuery(deps.db, condition)] as const
  const [outcome, [user]] = await commit(deps, reads, guess.countStatements)
  const admitted = guess.admit(outcome)
  if (!admitted) throw new Error("the guess was not counted")
  try {
    const isRight = await checkPassword(deps, user?.passwordHash ?? null, password)
    if (!user || !isRight) return { isRight: false, user }
    return { isRight, user, ifRight: [...admitted.ifRight, ...(await renewHashStatements(deps, user, password))] }
  } catch (error) {
    await commit(deps, admitted.ifDropped)
    throw error
  }
}

/** The statement that hashes a password again if the cost was raised, unless the password has changed meanwhile. */
async function renewHashStatements(
  deps: HashingDeps,
  { id, passwordHash }: UserCredentials,
  password: string,
): Promise<Statement[]> {
  if (!passwordHash || !isOutdatedHash(passwordHash)) return []
  return [
    deps.db
      .update(credentials)
      .set({ password: await hashNewPassword(deps, password) })
      .where(and(eq(credentials.userId, id), eq(credentials.password, passwordHash))),
  ]
}
