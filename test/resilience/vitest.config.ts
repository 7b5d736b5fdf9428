import { resolve } from "node:path"
import { defineConfig } from "vitest/config"

export default defineConfig({
  root: resolve(import.meta.dirname, "../.."),
  test: {
    include: ["test/resilience/*.test.ts", "test/releases/*.test.ts"],
    globalSetup: "test/resilience/build.ts",
    disableConsoleIntercept: true,
    testTimeout: process.env.FAULTS === "full" ? 300_000 : 90_000,
    hookTimeout: 60_000,
  },
})
