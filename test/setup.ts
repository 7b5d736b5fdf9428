import { applyD1Migrations, type D1Migration, reset } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { beforeEach } from "vitest"
import { hashFast } from "./support/hashing.ts"

declare global {
  namespace Cloudflare {
    interface Env {
      TEST_MIGRATIONS: D1Migration[]
    }
  }
}

/** Every binding empty, and the database as the migrations make it. */
export async function resetDatabase() {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
}

beforeEach(resetDatabase)
beforeEach(hashFast)
