import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import type { Metafile } from "esbuild"
import { root } from "../src/build/files.ts"
import { runNode, wrangler } from "../src/build/run-node.ts"

/** Other languages than English are a static asset (src/build/languages.ts). */
const WORKER_GZIP_BUDGET = 450_000

/** Code that only the build needs, what Better Auth imports for parts that we don't use, and what zod has for other languages and JSON Schema. */
const NOT_IN_WORKER = [
  /^src\/(local|backup|deploy)\//,
  /^src\/api\/(deployment-schema|documented-problems|problem-descriptions)\.ts$/,
  /@better-auth\/(memory-adapter|telemetry)\//,
  /@better-auth\/core\/dist\/(oauth2|social-providers)\//,
  /better-auth\/dist\/(api\/(middlewares|rate-limiter|routes)|oauth2)\//,
  /@noble\/ciphers\//,
  /@noble\/hashes\/(hkdf|sha2)\.js$/,
  /node_modules\/jose\//,
  /zod-to-openapi\//,
  /zod-openapi\//,
  /zod\/v4\/core\/json-schema-processors\.js$/,
  /zod\/v4\/locales\/(?!en\.js$|index\.js$)/,
]

const outputDir = join(root, ".generated/check")
const bundle = join(outputDir, "worker")

type Result = { passed: number; failed: number; note?: string; output: string }

const total = { passed: 0, failed: 0 }
const summaryLines: string[] = []

await rm(outputDir, { recursive: true, force: true })
await stage("format and lint", () => run("node_modules/@biomejs/biome/bin/biome", "ci"))
await stage("types", () => run("test/typecheck.ts"))
await stage("OpenAPI document", () => run("test/api-lint.ts"))
await stage("tests in the Worker", () => vitest("test/vitest.config.ts"))
await stage("tests in a browser", () => vitest("test/browser/vitest.config.ts"))
await stage("deployment", () => vitest("test/deploy/vitest.config.ts"))
await stage("faults", () => vitest("test/resilience/vitest.config.ts"))
await stage("dry-run deployment", () => run(wrangler, "deploy", "--dry-run", "--outdir", bundle, "--metafile"))
await stage("size of the Worker", workerSize)
await stage("code in the Worker", workerCode)

console.log(`\n${summaryLines.join("\n")}\n`)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed > 0 ? 1 : 0)

async function stage(name: string, check: () => Promise<Result>) {
  console.log(`… ${name}`)
  const started = Date.now()
  const result = await check().catch((error): Result => ({ passed: 0, failed: 1, output: String(error) }))
  total.passed += result.passed
  total.failed += result.failed
  if (result.failed > 0) console.log(`\n${result.output.trim()}\n`)

  const verdict = result.failed > 0 ? `${result.failed} failed` : "ok"
  const seconds = `${((Date.now() - started) / 1000).toFixed(1)} s`
  summaryLines.push(`${name.padEnd(22)}${verdict.padEnd(10)}${seconds.padStart(7)}  ${result.note ?? ""}`.trimEnd())
}

async function run(script: string, ...args: string[]): Promise<Result> {
  const { ok, output } = await runNode(script, args)
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, output }
}

async function vitest(config: string): Promise<Result> {
  const report = join(outputDir, "vitest.json")
  await rm(report, { force: true })
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`]
  const { ok, output } = await runNode("node_modules/vitest/vitest.mjs", ["run", "--config", config, ...reporters])

  const reportText = await readFile(report, "utf8").catch(() => undefined)
  if (!reportText) return { passed: 0, failed: 1, note: "no report", output }

  const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(reportText)
  // A test file that fails to load reports no failed test.
  return { passed, failed: ok && passed > 0 ? failed : Math.max(failed, 1), note: `${passed} passed`, output }
}

async function workerSize(): Promise<Result> {
  const size = gzipSync(await readFile(join(bundle, "index.js"))).length
  const isWithinBudget = size <= WORKER_GZIP_BUDGET
  const note = `${kilobytes(size)} of ${kilobytes(WORKER_GZIP_BUDGET)}, gzipped`
  return {
    passed: isWithinBudget ? 1 : 0,
    failed: isWithinBudget ? 0 : 1,
    note,
    output: `The Worker is too large: ${note}.`,
  }
}

async function workerCode(): Promise<Result> {
  const { outputs }: Metafile = JSON.parse(await readFile(join(bundle, "bundle-meta.json"), "utf8"))
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs))
  const unwanted = files.filter((file) => NOT_IN_WORKER.some((pattern) => pattern.test(file)))
  const isClean = files.length > 0 && unwanted.length === 0
  const output = `These files should not be in the Worker:\n${unwanted.join("\n")}`
  return { passed: isClean ? 1 : 0, failed: isClean ? 0 : 1, note: `${files.length} files`, output }
}

function kilobytes(bytes: number) {
  return `${Math.round(bytes / 1000)} kB`
}
