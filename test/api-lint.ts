import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { createConfig, lintFromString } from "@redocly/openapi-core"
import { generated } from "../src/build/files.ts"

// Checks the API's OpenAPI document with Redocly's recommended rules. Any problem fails.

const config = await createConfig({
  extends: ["recommended-strict"],
  rules: { "no-invalid-media-type-examples": "error" },
})
const source = await readFile(join(generated, "public/openapi.json"), "utf8")
const problems = await lintFromString({ source, config })
for (const { ruleId, message, location } of problems) console.error(`${ruleId}: ${message} at ${location[0]?.pointer}`)
console.log(`${problems.length} problems in the API document`)
process.exit(problems.length > 0 ? 1 : 0)
