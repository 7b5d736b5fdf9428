import { createOpenApiDocument } from "../api/openapi.ts"
import { operations } from "../api/operations.ts"
import { writeGenerated } from "./files.ts"

/** Stored as text, since the document is large: the Worker parses it only on request. */
export async function buildOpenapi() {
  const document = JSON.stringify(createOpenApiDocument(operations))
  await writeGenerated("openapi.ts", `export const OPENAPI = ${JSON.stringify(document)}\n`)
}
