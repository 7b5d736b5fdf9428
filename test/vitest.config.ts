import { createHash } from "node:crypto"
import { availableParallelism } from "node:os"
import { join, resolve } from "node:path"
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin"
import { defineConfig } from "vitest/config"
import { commonPasswords } from "../src/build/common-passwords.ts"
import { storeInMemory } from "./support/memory.ts"
import { withoutConsumers } from "./support/wrangler-config.ts"

storeInMemory()

const root = resolve(import.meta.dirname, "..")
const configPath = await withoutConsumers() // once, though each worker of Vitest asks for its options

const secret = (name: string) => createHash("sha256").update(name).digest("base64url")

export default defineConfig({
  root,
  plugins: [
    cloudflareTest(async () => ({
      remoteBindings: false,
      wrangler: { configPath },
      miniflare: {
        d1Databases: { OTHER_DB: "other", GROUP_2: "group-2" },
        bindings: {
          ENVIRONMENT: "local",
          BASE_URL: "http://localhost:8787",
          AUTH_SECRET: secret("auth"),
          LINK_KEYS: JSON.stringify([{ kid: 0, secret: secret("link") }]),
          OPERATOR_TOKEN: "local-operator",
          TEST_COMMON_PASSWORDS: await commonPasswords(),
          TEST_MIGRATIONS: await readD1Migrations(join(root, "migrations")),
        },
      },
    })),
  ],
  test: {
    include: ["test/*.test.ts"],
    css: true, // otherwise tests read stylesheets as empty
    silent: "passed-only", // the log lines of tests that passed would hide the others
    setupFiles: ["test/setup.ts"],
    provide: {
      hostile: {
        requests: Number(process.env.HOSTILE_REQUESTS ?? 1_000),
        seed: Number(process.env.HOSTILE_SEED ?? 20_261_127),
        index: process.env.HOSTILE_INDEX ? Number(process.env.HOSTILE_INDEX) : null,
      },
    },
    maxWorkers: availableParallelism(),
    // Files share a Worker and its modules. No module is mocked, and test/setup.ts clears the storage.
    isolate: false,
    // Generous, so that a busy machine causes no failures.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
