import { resolve } from "node:path"
import { defineConfig } from "vitest/config"
import { storeInMemory } from "../support/memory.ts"

storeInMemory()

export default defineConfig({
  root: resolve(import.meta.dirname, "../.."),
  test: {
    include: ["test/browser/*.test.ts"],
    maxWorkers: 2, // each file has its own server, database and Chromium
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
