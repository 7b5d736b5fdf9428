import { sql } from "drizzle-orm"
import { migrations } from "../../../.generated/migrations.ts"
import type { Deps } from "../deps.ts"

/** The migrations that this build needs and the database lacks. Later ones are fine: the code of a deployment follows its schema. */
export async function missingMigrations({ db }: Pick<Deps, "db">): Promise<string[]> {
  const applied = await db.all<{ name: string }>(sql`SELECT name FROM d1_migrations`) // Wrangler's table
  return migrations.filter((needed) => !applied.some(({ name }) => name === needed))
}
