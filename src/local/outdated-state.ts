import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { root } from "../build/files.ts"

/** True if the local database in `state` was created by migrations that no longer exist, so that today's can't be applied. */
export async function isStateOutdated(state: string): Promise<boolean> {
  const known = await readdir(join(root, "migrations"))
  const folder = join(state, "v3/d1/miniflare-D1DatabaseObject")
  const files = await readdir(folder).catch(() => [])
  const databases = files.filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
  return databases.flatMap((name) => appliedMigrations(join(folder, name))).some((name) => !known.includes(name))
}

function appliedMigrations(file: string): string[] {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const recorded = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'd1_migrations'").get()
    if (!recorded) return []
    return database
      .prepare("SELECT name FROM d1_migrations")
      .all()
      .map(({ name }) => String(name))
  } finally {
    database.close()
  }
}
