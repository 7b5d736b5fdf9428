import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { OPENAPI } from "../.generated/openapi.ts"
import { root } from "../src/build/files.ts"

// Saves the current OpenAPI document as the baseline that later versions are compared with.
await writeFile(join(root, "test/openapi-baseline.json"), `${JSON.stringify(JSON.parse(OPENAPI), null, 2)}\n`)
