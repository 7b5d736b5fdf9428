import "../build/build.ts"
import { rm } from "node:fs/promises"
import { createInterface } from "node:readline/promises"
import { setTimeout as wait } from "node:timers/promises"
import { root } from "../build/files.ts"
import { runNode, wrangler } from "../build/run-node.ts"
import { commandLine, createCloudflare, logIn } from "./cloudflare.ts"
import { createDryRun } from "./dry-run.ts"
import { filesOf } from "./environments.ts"
import { type Options, readOptions, USAGE } from "./options.ts"
import { deploy, deployBuild } from "./steps.ts"
import { explain, StepError, type Tools } from "./tools.ts"

// Deploys Vestibule to Cloudflare: `npm run deploy -- --help`. Ends with 1 if a step failed.

process.stdout.on("error", () => process.exit(1)) // nobody reads it any more, as with `| head`

try {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options) await run(options)
  else console.log(USAGE)
  process.exit(0)
} catch (error) {
  console.error(explain(error))
  process.exit(1)
}

async function run(options: Options) {
  const { environment, isDryRun, isBuild } = options
  const tools = createTools(options)
  if (isDryRun) tools.say("Dry run: each step shows what it would do and say. Nothing is changed.\n")
  try {
    await (isBuild ? deployBuild : deploy)(tools, options, { folder: root, operatorToken: process.env.OPERATOR_TOKEN })
  } finally {
    if (isDryRun) await rm(filesOf("dry-run", root).wrangler, { force: true })
  }
  if (isDryRun) return tools.say("\nNothing was changed.")
  tools.say(`\nVestibule is deployed to ${environment}.`)
  if (isBuild)
    tools.say("Run `npm run deploy` on your machine once: it enables email, opens the first reseller and verifies.")
}

function createTools(options: Options): Tools {
  const { isQuiet, isDryRun } = options
  const terminal =
    process.stdin.isTTY && !isQuiet ? createInterface({ input: process.stdin, output: process.stdout }) : undefined
  terminal?.on("close", () => process.exit(130)) // Ctrl+C or Ctrl+D
  const ask = terminal && ((question: string) => terminal.question(question))
  const say = (line: string) => console.log(line)
  if (!isDryRun)
    return { ...createCloudflare(), logIn: ask && logIn, fetch, say, ask, wait, now: () => performance.now() }
  return createDryRun(options, { say, ask }, checkBundle)
}

/** Bundles the Worker as a deployment would, without secrets. Returns what wrangler printed. */
async function checkBundle(config: string): Promise<string> {
  const args = ["deploy", "--config", config, "--dry-run"]
  const { ok, output } = await runNode(wrangler, args)
  if (!ok) throw new StepError(output, "Correct what it names.", commandLine(args))
  return output
}
