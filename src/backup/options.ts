import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { unstable_readConfig } from "wrangler"
import { root } from "../build/files.ts"
import { mustRunNode, wrangler } from "../build/run-node.ts"
import { readChoices } from "../deploy/environments.ts"
import { explain } from "../deploy/tools.ts"
import { configOf, withDatabase } from "../deploy/wrangler-config.ts"
import { BackupError, type Database } from "./database.ts"
import { type Binding, openLocalDatabase } from "./local-database.ts"
import { openNewDatabase, openRemoteDatabase } from "./remote-database.ts"

type Command = "backup" | "restore"
/** `database`: the name of the one that a restore fills, if it isn't that of the configuration. */
type Options = { file: string; database: string | undefined; open: () => Promise<Database> }

/**
 * What both commands are told: a database and a file; undefined if they are asked for help. Throws a `BackupError` that says how to call
 * `command`.
 */
export function readOptions(command: Command, args: string[]): Options | undefined {
  const { values, positionals } = parse(command, args)
  if (values.help) return undefined
  const [file, ...others] = positionals
  const { remote, local, config, database } = values
  if (file === undefined || others.length > 0 || remote === local) throw new BackupError(usage(command))
  if (database !== undefined && (local || command === "backup")) throw new BackupError(usage(command))
  if (config !== undefined && !existsSync(config)) throw new BackupError(`There is no file ${resolve(config)}.`)
  const state = resolve(root, values["persist-to"] ?? ".wrangler/state")
  const open = async () => {
    const target =
      remote && config === undefined ? await readProduction() : readConfig(config ?? join(root, "wrangler.toml"))
    if (local) {
      if (!existsSync(join(state, "v3"))) await createLocalDatabase(command, state)
      return openLocalDatabase(target.binding, state)
    }
    if (database === undefined) return openRemoteDatabase(target.binding, target.account)
    return openNewDatabase({ ...target.binding, database_name: database }, target.account)
  }
  return { file: resolve(file), database, open }
}

async function createLocalDatabase(command: Command, state: string): Promise<void> {
  if (command === "backup") throw new BackupError(`There is no database in ${state}.`)
  await mustRunNode(wrangler, ["d1", "migrations", "apply", "DB", "--local", "--persist-to", state])
}

type Target = { binding: Binding; account: string | undefined }

/** The database that production uses. */
async function readProduction(): Promise<Target> {
  const { account, database } = await readChoices("production", root)
  const config = withDatabase(await configOf("production", root), database)
  return { binding: findBinding(config.d1_databases ?? [], "wrangler.toml"), account }
}

function readConfig(path: string): Target {
  const config = unstable_readConfig({ config: resolve(path) })
  return { binding: findBinding(config.d1_databases as Binding[], path), account: config.account_id }
}

function findBinding(databases: Binding[], path: string): Binding {
  const binding = databases.find((one) => one.binding === "DB")
  if (!binding) throw new BackupError(`${path} has no database DB.`)
  return binding
}

function parse(command: Command, args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        remote: { type: "boolean", default: false },
        local: { type: "boolean", default: false },
        config: { type: "string" },
        database: { type: "string" },
        "persist-to": { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    })
  } catch (error) {
    throw new BackupError(`${error instanceof Error ? error.message : error}\n${usage(command)}`)
  }
}

export const usage = (command: Command): string =>
  `Usage: npm run ${command} -- --remote [--config .wrangler.staging.json]${command === "restore" ? " [--database NEW_NAME]" : ""} FILE
       npm run ${command} -- --local [--persist-to FOLDER] FILE`

/** Runs a command. What it refuses is said without a stack. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  process.stdout.on("error", () => process.exit(1)) // nobody reads it any more, as with `| head`
  try {
    await command()
  } catch (error) {
    console.error(error instanceof BackupError ? error.message : explain(error))
    process.exitCode = 1
  }
}
