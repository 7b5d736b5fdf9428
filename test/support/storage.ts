import { applyD1Migrations, type D1Migration, reset } from "cloudflare:test"
import { env } from "cloudflare:workers"

declare global {
  namespace Cloudflare {
    interface Env {
      TEST_MIGRATIONS: D1Migration[]
    }
  }
}

let clearing: D1PreparedStatement[]

/** Every binding empty, and the database as the migrations make it. That takes 60 ms, so it is done once for each file. */
export async function resetStorage() {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  const { results } = await env.DB.prepare(
    `SELECT name FROM pragma_table_list
     WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'
       AND name <> 'd1_migrations'`,
  ).all<{ name: string }>()
  // Foreign keys are checked when the batch ends, so the tables may come in any order.
  const statements = ["PRAGMA defer_foreign_keys = on", ...results.map(({ name }) => `DELETE FROM "${name}"`)]
  clearing = statements.map((sql) => env.DB.prepare(sql))
}

/** Every table empty, which takes 3 ms. Limiters need no clearing: their names are ids that each test makes. */
export async function clearRows() {
  await env.DB.batch(clearing)
}
