import { resolve } from "node:path"
import { defineConfig } from "vitest/config"
import { storeInMemory } from "../support/memory.ts"

storeInMemory()

export default defineConfig({
  root: resolve(import.meta.dirname, "../.."),
  test: {
    include: ["test/deploy/*.test.ts"],
    globalSetup: "test/deploy/global-setup.ts",
    isolate: false, // the files share wrangler, which takes a second to load
    maxWorkers: 2,
    testTimeout: 120_000,
  },
})
