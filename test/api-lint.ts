import { createConfig, lintFromString } from "@redocly/openapi-core"
import { apiDocument } from "../src/api/routes.ts"

// Redocly's recommended rules over the document that the API serves. Anything found fails.

const config = await createConfig({
  extends: ["recommended-strict"],
  rules: { "no-invalid-media-type-examples": "error" },
})
const source = JSON.stringify(apiDocument("https://vestibule.example"))
const found = await lintFromString({ source, config })
for (const { ruleId, message, location } of found) console.error(`${ruleId}: ${message} at ${location[0]?.pointer}`)
console.log(`${found.length} problems in the API document`)
process.exit(found.length > 0 ? 1 : 0)
