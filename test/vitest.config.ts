import { fileURLToPath } from "node:url"
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin"
import { defineConfig } from "vitest/config"

const root = fileURLToPath(new URL("..", import.meta.url))

const secret = (letter: string) => Buffer.alloc(32, letter).toString("base64url")

export default defineConfig({
  root,
  plugins: [
    cloudflareTest(async () => ({
      remoteBindings: false,
      wrangler: { configPath: `${root}/wrangler.toml` },
      miniflare: {
        bindings: {
          ENVIRONMENT: "local",
          BASE_URL: "http://localhost:8787",
          AUTH_SECRET: secret("a"),
          LINK_KEYS: JSON.stringify([{ kid: "test", secret: secret("k") }]),
          OPERATOR_TOKEN: "local-operator",
          TEST_MIGRATIONS: await readD1Migrations(`${root}/migrations`),
        },
      },
    })),
  ],
  test: {
    include: ["test/*.test.ts"],
    setupFiles: ["test/setup.ts"],
  },
})
