import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { generated, root } from "../src/build/files.ts"
import { breakingChanges } from "./openapi/breaking-changes.ts"

// Saves the current OpenAPI document as the baseline that later versions are compared with. Refuses one that breaks the promises of
// src/api/versions.ts, unless it is run with --breaking.
const baseline = join(root, "test/openapi-baseline.json")
const document = JSON.parse(await readFile(join(generated, "public/openapi.json"), "utf8"))
const breaks = breakingChanges(JSON.parse(await readFile(baseline, "utf8")), document, new Date())
for (const change of breaks) console.error(change)

if (breaks.length > 0 && !process.argv.includes("--breaking")) {
  console.error(
    "These changes would break programs of others. The policy in src/api/versions.ts allows none of them within v1.",
  )
  console.error(
    "If they concern only what was never deployed, or close a hole in security, run: npm run accept-openapi -- --breaking",
  )
  process.exit(1)
}
await writeFile(baseline, `${JSON.stringify(document, null, 2)}\n`)
