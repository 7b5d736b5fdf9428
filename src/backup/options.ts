import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { root } from "../build/files.ts"
import { ENVIRONMENTS, readChoices } from "../deploy/environments.ts"
import { configOf } from "../deploy/wrangler-config.ts"
import { BackupError, type Database } from "./database.ts"
import { openLocalDatabase } from "./local-database.ts"
import { openRemoteDatabase } from "./remote-database.ts"

type Options = { file: string; open: () => Promise<Database> }

/** What both commands are told: a database and a file. Throws a `BackupError` that says how to call `command`. */
export async function readOptions(command: string, args: string[]): Promise<Options> {
  const { values, positionals } = parse(command, args)
  const [file, ...others] = positionals
  const isPlaceClear = values.remote !== values.local && !(values.local && values.env)
  const environment = ENVIRONMENTS.find((name) => name === (values.env ?? "production"))
  if (file === undefined || others.length > 0 || !isPlaceClear || !environment) throw new BackupError(usage(command))
  const config = await configOf(environment, root)
  const binding = config.d1_databases?.find((database) => database.binding === "DB")
  if (!binding) throw new BackupError("wrangler.toml has no database DB.")
  const state = resolve(root, values["persist-to"] ?? ".wrangler/state")
  const { account } = await readChoices(environment, root)
  const open = () => (values.remote ? openRemoteDatabase(binding, account) : openLocalDatabase(binding, state))
  return { file: resolve(file), open }
}

function parse(command: string, args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        remote: { type: "boolean", default: false },
        local: { type: "boolean", default: false },
        env: { type: "string" },
        "persist-to": { type: "string" },
      },
    })
  } catch (error) {
    throw new BackupError(`${error instanceof Error ? error.message : error}\n${usage(command)}`)
  }
}

const usage = (command: string) =>
  `Usage: npm run ${command} -- --remote [--env ${ENVIRONMENTS.join("|")}] FILE\n       npm run ${command} -- --local [--persist-to FOLDER] FILE`

/** Runs a command. What it refuses is said without a stack. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    console.error(error instanceof BackupError ? error.message : error)
    process.exitCode = 1
  }
}
