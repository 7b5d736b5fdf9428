import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { root } from "../build/files.ts"

const migrations = join(root, "migrations")

/**
 * True if today's migrations can't be applied to the local database in `state`, or were applied before they were edited: until the
 * first release, the schema is edited in place.
 */
export async function isStateOutdated(state: string): Promise<boolean> {
  const folder = join(state, "v3/d1/miniflare-D1DatabaseObject")
  const files = (await readdir(folder).catch(() => [])).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
  if (files.length === 0) return false
  const names = (await readdir(migrations)).sort()
  const currentColumns = await columnsAfter(names)
  return files.some((file) => {
    const database = new DatabaseSync(join(folder, file), { readOnly: true })
    try {
      const applied = appliedMigrations(database)
      if (applied.some((name) => !names.includes(name))) return true
      return applied.length === names.length && currentColumns.some((column) => !listColumns(database).includes(column))
    } finally {
      database.close()
    }
  })
}

function appliedMigrations(database: DatabaseSync): string[] {
  const recorded = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'd1_migrations'").get()
  if (!recorded) return []
  return database
    .prepare("SELECT name FROM d1_migrations")
    .all()
    .map(({ name }) => String(name))
}

/** The columns of a database with these migrations. */
async function columnsAfter(names: string[]): Promise<string[]> {
  const database = new DatabaseSync(":memory:")
  for (const name of names) database.exec(await readFile(join(migrations, name), "utf8"))
  const columns = listColumns(database)
  database.close()
  return columns
}

/** Every column of every table and view, such as `users.email`. */
function listColumns(database: DatabaseSync): string[] {
  return database
    .prepare(
      `SELECT t.name || '.' || c.name AS name FROM sqlite_schema AS t JOIN pragma_table_xinfo(t.name) AS c
       WHERE t.type IN ('table', 'view')`,
    )
    .all()
    .map(({ name }) => String(name))
}
