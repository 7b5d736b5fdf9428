import { execFile } from "node:child_process"
import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { build } from "esbuild"
import { generated, root } from "../../src/build/files.ts"
import { startServer } from "../browser/server.ts"

// Generates a client of the API with each of four generators, compiles the calls in clients/ against it, and makes them.
// Installs the generators first, which needs the network; none of the other checks does.

const run = promisify(execFile)
const folder = join(root, "test/generators")
const target = join(generated, "generators")
const document = join(target, "openapi.json")
const API_KEY = "vst_local_acme_0123456789abcdef0123456789abcdef"

const GENERATORS: Record<string, string[]> = {
  "openapi-typescript": ["openapi-typescript", document, "-o", join(target, "openapi-typescript.ts")],
  "hey-api": ["openapi-ts", "-i", document, "-o", join(target, "hey-api"), "-c", "@hey-api/client-fetch"],
  orval: ["orval", "--input", document, "--output", join(target, "orval.ts"), "--client", "fetch"],
  "swagger-typescript-api": [
    ...["swagger-typescript-api", "generate", "-p", document],
    ...["-o", target, "-n", "swagger-typescript-api.ts"],
  ],
}

const EXPECTED = {
  status: "pending",
  company_name: "Northwind Logistics",
  isListed: true,
  note: "Hello",
  send_count: 2,
  statusAfter: "revoked",
  customers: 0,
  po_number: "ACME-2026",
  hasSecret: true,
}

await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], { cwd: folder })
await rm(target, { recursive: true, force: true })
await mkdir(target, { recursive: true })
const { servers, ...rest } = JSON.parse(await readFile(join(generated, "public/openapi.json"), "utf8"))
await writeFile(document, JSON.stringify({ ...rest, servers: [{ url: `https://vestibule.example${servers[0].url}` }] }))
for (const [command = "", ...args] of Object.values(GENERATORS)) {
  await run(join(folder, "node_modules/.bin", command), args, { cwd: folder })
}
await run(join(folder, "node_modules/.bin/tsc"), ["--project", folder], { cwd: folder })

const server = await startServer()
try {
  for (const name of Object.keys(GENERATORS)) {
    const outfile = join(target, `${name}.js`)
    const entry = join(folder, "clients", `${name}.ts`)
    await build({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", outfile, logLevel: "error" })
    const { stdout } = await run(process.execPath, [outfile, `${server.url}${servers[0].url}`, API_KEY])
    const isExpected = JSON.stringify(JSON.parse(stdout)) === JSON.stringify(EXPECTED)
    console.log(`${name}: ${isExpected ? "12 calls" : stdout}`)
    if (!isExpected) process.exitCode = 1
  }
} finally {
  await server.stop()
}
