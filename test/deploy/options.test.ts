import { expect, test } from "vitest"
import { readOptions } from "../../src/deploy/options.ts"

test("without flags, production is deployed and what is missing is asked", () => {
  expect(readOptions([])).toMatchObject({
    environment: "production",
    isDryRun: false,
    isQuiet: false,
    account: undefined,
  })
})

test("the account comes from the flag, or else from wrangler's variable", () => {
  const env = { CLOUDFLARE_ACCOUNT_ID: "acc1" }
  expect(readOptions([], env)?.account).toBe("acc1")
  expect(readOptions(["--account", "acc2"], env)?.account).toBe("acc2")
})

test("an unknown flag, environment or plan is refused", () => {
  expect(() => readOptions(["--dryrun"])).toThrow("--dryrun")
  expect(() => readOptions(["staging"])).toThrow("staging")
  expect(() => readOptions(["--env", "test"])).toThrow("--env is production or staging, not test")
  expect(() => readOptions(["--plan", "free"])).toThrow("--plan can only be paid")
})

test("flags that npm kept for itself are refused, so that no dry run and no staging becomes production", () => {
  expect(() => readOptions([], { npm_config_dry_run: "true" })).toThrow(
    "Put -- before the flags: npm run deploy -- --dry-run",
  )
  expect(() => readOptions([], { npm_config_env: "staging" })).toThrow("npm run deploy -- --env")
  expect(readOptions(["--env", "staging"], { npm_config_env: "x" })?.environment).toBe("staging")
})

test("--help asks for nothing else", () => {
  expect(readOptions(["--help"])).toBeUndefined()
})
