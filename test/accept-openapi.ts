import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { generated, root } from "../src/build/files.ts"

// Saves the current OpenAPI document as the baseline that later versions are compared with.
const document = JSON.parse(await readFile(join(generated, "public/openapi.json"), "utf8"))
await writeFile(join(root, "test/openapi-baseline.json"), `${JSON.stringify(document, null, 2)}\n`)
