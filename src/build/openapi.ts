import { createOpenApiDocument } from "../api/openapi.ts"
import { operations } from "../api/operations.ts"
import { writeGenerated } from "./files.ts"

/** A static asset, so that the Worker doesn't carry it. */
export async function buildOpenapi() {
  await writeGenerated("public/openapi.json", JSON.stringify(createOpenApiDocument(operations)))
}
