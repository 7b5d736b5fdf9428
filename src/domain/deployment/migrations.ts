import { sql } from "drizzle-orm"
import { migrations } from "../../../.generated/migrations.ts"
import type { Deps } from "../deps.ts"
import { RESTORE_TABLE } from "./restore-table.ts"

/** The migrations that this build needs and the database lacks. Later ones are fine: the code of a deployment follows its schema. */
export async function missingMigrations({ db }: Pick<Deps, "db">): Promise<string[]> {
  const applied = await appliedMigrations(db)
  return migrations.filter((needed) => !applied.some(({ name }) => name === needed))
}

/** The names in Wrangler's table, which is there once a migration was applied. */
async function appliedMigrations(db: Deps["db"]) {
  try {
    return await db.all<{ name: string }>(sql`SELECT name FROM d1_migrations`)
  } catch (error) {
    if (await hasTable(db, "d1_migrations")) throw error
    return []
  }
}

/** Whether `npm run restore` fills the database, or was interrupted: the triggers that keep counters and searches are missing then. */
export const isBeingRestored = ({ db }: Pick<Deps, "db">): Promise<boolean> => hasTable(db, RESTORE_TABLE)

async function hasTable(db: Deps["db"], name: string): Promise<boolean> {
  const tables = await db.all(sql`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ${name}`)
  return tables.length > 0
}
