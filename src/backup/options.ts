import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { unstable_readConfig } from "wrangler"
import { root } from "../build/files.ts"
import { BackupError, type Database } from "./database.ts"
import { type Binding, openLocalDatabase } from "./local-database.ts"
import { openRemoteDatabase } from "./remote-database.ts"

type Options = { file: string; open: () => Promise<Database> }

/** What both commands are told: a database and a file. Throws a `BackupError` that says how to call `command`. */
export function readOptions(command: string, args: string[]): Options {
  const { values, positionals } = parse(command, args)
  const [file, ...others] = positionals
  if (file === undefined || others.length > 0 || values.remote === values.local) throw new BackupError(usage(command))
  const path = values.config === undefined ? join(root, "wrangler.toml") : resolve(values.config)
  if (!existsSync(path)) throw new BackupError(`There is no file ${path}.`)
  const config = unstable_readConfig({ config: path })
  const binding = (config.d1_databases as Binding[]).find((one) => one.binding === "DB")
  if (!binding) throw new BackupError(`${path} has no database DB.`)
  const state = resolve(root, values["persist-to"] ?? ".wrangler/state")
  const open = () =>
    values.remote ? openRemoteDatabase(binding, config.account_id) : openLocalDatabase(binding, state)
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
        config: { type: "string" },
        "persist-to": { type: "string" },
      },
    })
  } catch (error) {
    throw new BackupError(`${error instanceof Error ? error.message : error}\n${usage(command)}`)
  }
}

const usage = (command: string) =>
  `Usage: npm run ${command} -- --remote [--config .wrangler.production.json] FILE\n       npm run ${command} -- --local [--persist-to FOLDER] FILE`

/** Runs a command. What it refuses is said without a stack. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    console.error(error instanceof BackupError ? error.message : error)
    process.exitCode = 1
  }
}
