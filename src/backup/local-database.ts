import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { getPlatformProxy } from "wrangler"
import { bindingDatabase, type D1 } from "./binding-database.ts"
import { BackupError, type Database } from "./database.ts"

/** A database in wrangler.toml. */
export type Binding = { binding: string; database_name?: string; database_id?: string }

/** The database of a developer's machine in a folder of `wrangler dev`. */
export async function openLocalDatabase(binding: Binding, state: string): Promise<Database> {
  const { d1, close } = await openLocalBinding<D1>(binding, state)
  const database = bindingDatabase(d1, close)
  const query: Database["query"] = (sql, json) =>
    database.query(sql, json).catch((cause) => {
      // Of SQLite's error, D1 passes on no more than that there was one.
      if (!/session commit token|database is locked/.test(String(cause))) throw cause
      throw new BackupError("A server or another command uses this database. Stop it, and run this again.", { cause })
    })
  return { ...database, query }
}

/** The same as a Worker has it. */
export async function openLocalBinding<T>(
  binding: Binding,
  state: string,
): Promise<{ d1: T; close: () => Promise<void> }> {
  // A configuration with nothing but the database: Wrangler would ask for the secrets of the Worker's own.
  const folder = await mkdtemp(join(tmpdir(), "vestibule-"))
  const configPath = join(folder, "wrangler.json")
  const config = { name: "backup", compatibility_date: "2026-10-01", d1_databases: [binding] }
  await writeFile(configPath, JSON.stringify(config))
  const persist = { path: join(state, "v3") }
  const { env, dispose } = await getPlatformProxy<Record<string, T>>({ configPath, persist, remoteBindings: false })
  const d1 = env[binding.binding]
  if (!d1) throw new Error("the database isn't bound")
  const close = async () => {
    await dispose()
    await rm(folder, { recursive: true, force: true })
  }
  return { d1, close }
}
