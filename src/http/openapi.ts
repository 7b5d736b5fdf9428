import type { OpenAPIHono } from "@hono/zod-openapi"

export type ApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>
export type Schema = Exclude<NonNullable<NonNullable<ApiDocument["components"]>["schemas"]>[string], { $ref: string }>

/** The schema, or the one in the document's components that it refers to. */
export function resolveSchema(document: ApiDocument, schema: unknown): Schema | undefined {
  if (typeof schema !== "object" || schema === null) return undefined
  if (!("$ref" in schema) || typeof schema.$ref !== "string") return schema as Schema
  return resolveSchema(document, document.components?.schemas?.[schema.$ref.replace("#/components/schemas/", "")])
}

/** The schemas that a schema extends. */
export function inheritedSchemas(document: ApiDocument, schema: Schema): Schema[] {
  return (schema.allOf ?? []).map((part) => resolveSchema(document, part)).filter((part) => part !== undefined)
}
