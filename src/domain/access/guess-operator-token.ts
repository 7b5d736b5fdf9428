import { commit } from "../commit.ts"
import type { Deps } from "../deps.ts"
import { prepareGuess } from "./guess-limit.ts"

/** Counts a guess at the operator token, then compares it. Throws `rate_limited` after too many wrong guesses of a network. */
export async function guessOperatorToken(deps: Deps, isRight: () => boolean): Promise<boolean> {
  const guess = await prepareGuess(deps, { kind: "operator_token" })
  const [outcome] = await commit(deps, [guess.outcomeQuery], guess.countStatements)
  const admitted = guess.admit(outcome)
  if (!admitted) throw new Error("the guess was not counted")
  if (!isRight()) return false
  await commit(deps, admitted.ifRight)
  return true
}
