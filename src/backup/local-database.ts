import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { getPlatformProxy } from "wrangler"
import { bindingDatabase, type D1 } from "./binding-database.ts"
import type { Database } from "./database.ts"
import type { Binding } from "./options.ts"

/** The database of a developer's machine in a folder of `wrangler dev`. */
export async function openLocalDatabase(binding: Binding, state: string): Promise<Database> {
  // A configuration with nothing but the database: Wrangler would ask for the secrets of the Worker's own.
  const folder = await mkdtemp(join(tmpdir(), "vestibule-"))
  const configPath = join(folder, "wrangler.json")
  await writeFile(
    configPath,
    JSON.stringify({ name: "backup", compatibility_date: "2026-10-01", d1_databases: [binding] }),
  )
  const persist = { path: join(state, "v3") }
  const proxy = await getPlatformProxy<Record<string, D1>>({ configPath, persist, remoteBindings: false })
  const database = proxy.env[binding.binding]
  if (!database) throw new Error("the database isn't bound")
  return bindingDatabase(database, async () => {
    await proxy.dispose()
    await rm(folder, { recursive: true, force: true })
  })
}
