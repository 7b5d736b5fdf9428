import { type ApiDocument, inheritedSchemas, resolveSchema, type Schema } from "../http/openapi.ts"
import { EXPANDED } from "./expansions.ts"

type MediaType = { schema?: unknown; example?: unknown; examples?: unknown }

/** Adds an example to every body of the document, built from those of its fields. Changes the document. */
export function addExamples(document: ApiDocument): ApiDocument {
  for (const item of [...Object.values(document.paths ?? {}), ...Object.values(document.webhooks ?? {})]) {
    for (const operation of Object.values(item)) {
      const bodies = [operation.requestBody, ...Object.values(operation.responses ?? {})]
      for (const body of bodies) for (const media of mediaTypes(body)) addExample(document, media)
    }
  }
  return document
}

function mediaTypes(body: { content?: Record<string, MediaType> } | undefined): MediaType[] {
  return Object.values(body?.content ?? {})
}

function addExample(document: ApiDocument, media: MediaType): void {
  const schema = resolveSchema(document, media.schema)
  if (schema && media.examples === undefined) media.example = toExample(document, schema)
}

function toExample(document: ApiDocument, schema: Schema): unknown {
  const [example] = schema.examples ?? []
  if (example !== undefined) return example
  if (schema.enum?.[0] !== undefined) return schema.enum[0]
  if (schema.default !== undefined) return schema.default
  const alternative = resolveSchema(document, (schema.oneOf ?? schema.anyOf)?.[0])
  if (alternative) return toExample(document, alternative)
  const inheritedExamples = inheritedSchemas(document, schema).map((part) => toExample(document, part))
  const propertyExamples = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const resolved = resolveSchema(document, property)
    return resolved?.[EXPANDED] ? [] : [[name, resolved && toExample(document, resolved)]]
  })
  if (schema.properties || inheritedExamples.length > 0)
    return Object.assign({}, ...inheritedExamples, Object.fromEntries(propertyExamples))
  const types = [schema.type ?? []].flat()
  if (types.includes("array")) {
    const item = resolveSchema(document, schema.items)
    return item ? [toExample(document, item)] : []
  }
  if (types.includes("null")) return null
  if (types.includes("boolean")) return false
  return types.includes("integer") ? 1 : "…"
}
