import type { OpenAPIHono } from "@hono/zod-openapi"

export type ApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>
type Schema = Exclude<NonNullable<NonNullable<ApiDocument["components"]>["schemas"]>[string], { $ref: string }>
type Media = { schema?: unknown; example?: unknown; examples?: unknown }

/** Gives every body of the document an example, put together from those of its fields. Changes the document. */
export function withExamples(document: ApiDocument): ApiDocument {
  for (const item of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(item)) {
      const bodies = [operation.requestBody, ...Object.values(operation.responses ?? {})]
      for (const body of bodies) for (const media of mediaOf(body)) addExample(document, media)
    }
  }
  return document
}

function mediaOf(body: { content?: Record<string, Media> } | undefined): Media[] {
  return Object.values(body?.content ?? {})
}

function addExample(document: ApiDocument, media: Media): void {
  const schema = resolve(document, media.schema)
  if (schema && media.examples === undefined) media.example = exampleOf(document, schema)
}

function resolve(document: ApiDocument, schema: unknown): Schema | undefined {
  if (typeof schema !== "object" || schema === null) return undefined
  if (!("$ref" in schema) || typeof schema.$ref !== "string") return schema as Schema
  return resolve(document, document.components?.schemas?.[schema.$ref.replace("#/components/schemas/", "")])
}

function exampleOf(document: ApiDocument, schema: Schema): unknown {
  const [example] = schema.examples ?? []
  if (example !== undefined) return example
  if (schema.enum?.[0] !== undefined) return schema.enum[0]
  if (schema.default !== undefined) return schema.default
  const parts = (schema.allOf ?? []).map((part) => resolve(document, part)).filter((part) => part !== undefined)
  const inherited = parts.map((part) => exampleOf(document, part))
  const own = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const resolved = resolve(document, property)
    return [name, resolved && exampleOf(document, resolved)]
  })
  if (own.length > 0 || inherited.length > 0) return Object.assign({}, ...inherited, Object.fromEntries(own))
  const kinds = [schema.type ?? []].flat()
  if (kinds.includes("array")) {
    const item = resolve(document, schema.items)
    return item ? [exampleOf(document, item)] : []
  }
  if (kinds.includes("null")) return null
  if (kinds.includes("boolean")) return false
  return kinds.includes("integer") ? 1 : "…"
}
