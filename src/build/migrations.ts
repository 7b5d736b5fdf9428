import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { root, writeGenerated } from "./files.ts"

/** Lists the migrations that this build of the Worker needs. */
export async function buildMigrations() {
  const names = (await readdir(join(root, "migrations"))).filter((name) => name.endsWith(".sql")).sort()
  await writeGenerated("migrations.ts", `export const migrations: string[] = ${JSON.stringify(names)}\n`)
}
