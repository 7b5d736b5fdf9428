import { type ApiDocument, resolveSchema, type Schema } from "../http/openapi.ts"

/**
 * Moves each default of a request field into its description: generators such as openapi-typescript take a field with a `default` for
 * one that is always there, and so demand it of callers. Changes the document.
 */
export function describeDefaults(document: ApiDocument): ApiDocument {
  const seen = new Set<Schema>()
  for (const item of Object.values(document.paths ?? {})) {
    for (const { requestBody } of Object.values(item)) {
      for (const { schema } of Object.values<{ schema?: unknown }>(requestBody?.content ?? {}))
        describeIn(document, schema, seen)
    }
  }
  return document
}

function describeIn(document: ApiDocument, source: unknown, seen: Set<Schema>): void {
  const schema = resolveSchema(document, source)
  if (!schema || seen.has(schema)) return
  seen.add(schema)
  if (schema.default !== undefined) {
    schema.description = [schema.description, `Default: \`${JSON.stringify(schema.default)}\`.`]
      .filter(Boolean)
      .join(" ")
    delete schema.default
  }
  const parts = [Object.values(schema.properties ?? {}), schema.items, schema.allOf, schema.anyOf, schema.oneOf].flat()
  for (const part of parts) describeIn(document, part, seen)
}
