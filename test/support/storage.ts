import { applyD1Migrations, type D1Migration, reset } from "cloudflare:test"
import { env } from "cloudflare:workers"

declare global {
  namespace Cloudflare {
    interface Env {
      OTHER_DB: D1Database
      TEST_COMMON_PASSWORDS: string[]
      TEST_MIGRATIONS: D1Migration[]
    }
  }
}

let clearing: D1PreparedStatement[]

/** Empties every binding and applies the migrations. This takes 60 ms, so it is done once for each file. */
export async function resetStorage() {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  clearing = await clearingStatements(env.DB)
}

/** The statements that empty every table of a database. */
export async function clearingStatements(database: D1Database): Promise<D1PreparedStatement[]> {
  const { results } = await database
    .prepare(
      `SELECT name FROM pragma_table_list
     WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'
       AND name <> 'd1_migrations'`,
    )
    .all<{ name: string }>()
  const triggers = await database.prepare("SELECT name, sql FROM sqlite_schema WHERE sql GLOB '*append-only*'").all<{
    name: string
    sql: string
  }>()
  // Foreign keys are checked at the end of the batch, so the order of tables doesn't matter.
  const statements = [
    "PRAGMA defer_foreign_keys = on",
    ...triggers.results.map(({ name }) => `DROP TRIGGER ${name}`),
    ...results.map(({ name }) => `DELETE FROM "${name}"`),
    ...triggers.results.map(({ sql }) => sql),
  ]
  return statements.map((sql) => database.prepare(sql))
}

/** Runs a statement that changes rows. */
export const runSql = (sql: string, ...values: unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run()

/** Empties every table in 3 ms. Limiters need no clearing, because their names are ids that each test creates. */
export async function clearRows() {
  await env.DB.batch(clearing)
}
