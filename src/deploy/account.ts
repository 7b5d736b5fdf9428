import type { Options } from "./options.ts"
import { choose } from "./questions.ts"
import { type Item, readOr, StepError, type Tools } from "./tools.ts"

export type Account = { id: string; name: string }

/** The account to deploy to, of those that this login can use. */
export async function findAccount(tools: Tools, wanted: string | undefined): Promise<Account> {
  const accounts: Account[] = await readLogin(tools)
  const [first] = accounts
  if (!first) throw new StepError("This login can't use any account.", "Log in again: npx wrangler login")
  const names = accounts.map(({ id, name }) => `${name} (${id})`)
  if (wanted !== undefined) {
    const found = accounts.find(({ id, name }) => id === wanted || name === wanted)
    if (found) return found
    throw new StepError(`This login can't use the account ${wanted}.`, `It can use: ${names.join(", ")}`)
  }
  if (accounts.length === 1) return first
  const chosen = await choose(tools, "Which account?", names, "--account")
  return accounts[chosen] ?? first
}

/** The accounts of wrangler's login. Whoever isn't logged in can do so at the terminal. */
async function readLogin(tools: Tools): Promise<Account[]> {
  try {
    return await readAccounts(tools)
  } catch (error) {
    const isMissing = error instanceof StepError && /"loggedIn": ?false/.test(error.message)
    const isRefused = error instanceof StepError && /Authentication error|Invalid access token/.test(error.message)
    if (!isMissing && !isRefused) throw error
    if (isMissing && tools.logIn) {
      tools.say("  You aren't logged in to Cloudflare. Log in with the browser that opens.")
      await tools.logIn()
      return readAccounts(tools)
    }
    throw new StepError(
      isMissing ? "You aren't logged in to Cloudflare." : "Cloudflare refuses this login.",
      "Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN to a valid token. Then run the same command again.",
      error.command,
    )
  }
}

async function readAccounts(tools: Tools): Promise<Account[]> {
  const output = await tools.wrangler(["whoami", "--json"])
  return JSON.parse(output.slice(output.indexOf("{"))).accounts
}

const PLANS_PAGE = (id: string) => `https://dash.cloudflare.com/${id}/workers/plans`

/**
 * Says whether the account has Workers Paid, which emails and the hashing of passwords need. A login by browser can't read it, nor
 * can a token without the permission Billing: Read; then we go on, and Cloudflare refuses what the plan doesn't have.
 */
export async function describePlan(
  tools: Tools,
  { id }: Account,
  { isPaid }: Pick<Options, "isPaid">,
): Promise<string> {
  if (isPaid) return "Workers Paid, as --plan says"
  const subscriptions = await readOr(tools, `/accounts/${id}/subscriptions`, [401, 403, 404], undefined)
  if (!subscriptions) return `this login can't read the plan. Vestibule needs Workers Paid: ${PLANS_PAGE(id)}`
  if (subscriptions.some(isWorkersPaid)) return "Workers Paid"
  throw new StepError(
    "The account doesn't have Workers Paid. Without it, Cloudflare sends no emails.",
    `Subscribe at ${PLANS_PAGE(id)}. If a contract includes it under another name, add --plan paid.`,
  )
}

function isWorkersPaid({ rate_plan: ratePlan }: Item): boolean {
  return typeof ratePlan === "object" && ratePlan !== null && "id" in ratePlan && ratePlan.id === "workers_paid"
}
