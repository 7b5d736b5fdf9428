import { truncate } from "../text/sanitize.ts"
import { StepError, type Tools } from "./tools.ts"

/** How many characters of a wrong value are repeated. */
const ECHO_MAX = 60

type Question = {
  text: string
  /** The flag that answers it. */
  flag: string
  value?: string | undefined
  suggestion?: string | undefined
  /** What is wrong with an answer; undefined if nothing is. */
  problem?: (answer: string) => string | undefined
}

/**
 * The value if there is one, else the answer at the terminal, without spaces around it. An invalid answer is asked for again, an invalid
 * value is an error.
 */
export async function answer(tools: Tools, { text, flag, value, suggestion, problem }: Question): Promise<string> {
  const given = (value ?? (tools.ask ? undefined : (suggestion ?? tools.examples?.[flag])))?.trim()
  if (given === "") throw new StepError(`${flag} is empty: ${text}`, `Correct ${flag}.`)
  if (given !== undefined) {
    const reason = problem?.(given)
    if (reason) throw new StepError(`${truncate(given, ECHO_MAX)}: ${reason}`, `Correct ${flag}.`)
    return given
  }
  if (!tools.ask)
    throw new StepError(
      `${flag} is missing: ${text}`,
      `Add ${flag}. To be asked instead, run the command at a terminal without --yes.`,
    )
  for (;;) {
    const entered = (await tools.ask(`${text}${suggestion ? ` [${suggestion}]` : ""} `)).trim() || suggestion || ""
    const reason = entered ? problem?.(entered) : "Enter a value."
    if (!reason) return entered
    tools.say(`  ${reason}`)
  }
}

/** What is wrong with an address that we send to; the Worker checks more. */
export const addressProblem = (address: string): string | undefined =>
  /^\S+@\S+\.\S+$/.test(address) ? undefined : "This isn't an email address."

/** The position of the chosen one. */
export async function choose(tools: Tools, text: string, choices: string[], flag: string): Promise<number> {
  const list = choices.map((choice, index) => `  ${index + 1}  ${choice}`)
  if (!tools.ask) throw new StepError(`${text}\n${list.join("\n")}`, `Add ${flag}.`)
  for (const line of list) tools.say(line)
  const isOne = (entered: string) => choices[Number(entered) - 1] !== undefined
  const problem = (entered: string) => (isOne(entered) ? undefined : `Enter a number from 1 to ${choices.length}.`)
  return Number(await answer(tools, { text, flag, problem })) - 1
}

/** Goes on only if the flag or the person at the terminal agrees. */
export async function requireConsent(tools: Tools, isGiven: boolean, warning: string, flag: string) {
  if (isGiven) return
  if (!tools.ask) throw new StepError(warning, `If you want that, add ${flag}.`)
  tools.say(`  ${warning}`)
  if (!/^y(es)?$/i.test((await tools.ask("Continue? [y/N] ")).trim()))
    throw new StepError(
      "You answered no. Nothing was changed.",
      "To continue, run the same command again and answer y.",
    )
}
