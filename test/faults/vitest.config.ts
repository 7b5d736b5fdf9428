import { resolve } from "node:path"
import { defineConfig } from "vitest/config"

export default defineConfig({
  root: resolve(import.meta.dirname, "../.."),
  test: {
    include: ["test/faults/*.test.ts"],
    globalSetup: "test/faults/build.ts",
    disableConsoleIntercept: true,
    testTimeout: process.env.FAULTS === "full" ? 300_000 : 90_000,
    hookTimeout: 60_000,
  },
})
