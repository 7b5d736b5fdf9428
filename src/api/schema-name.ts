import type * as z from "zod"

/** Names a schema in the OpenAPI document. Only the build extends zod with `openapi()`; the Worker leaves the schema unchanged. */
export function withSchemaName(name: string) {
  return <T extends z.ZodType>(schema: T): T => ("openapi" in schema ? schema.openapi(name) : schema)
}
