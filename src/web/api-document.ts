import type { OpenAPIHono } from "@hono/zod-openapi"

// What the page about the API reads of its OpenAPI document.

export type ApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>
export type Operation = NonNullable<NonNullable<ApiDocument["paths"]>[string]["get"]>
export type Parameter = Exclude<NonNullable<Operation["parameters"]>[number], { $ref: string }>
type Schema = Exclude<NonNullable<NonNullable<ApiDocument["components"]>["schemas"]>[string], { $ref: string }>
export type Answer = NonNullable<Operation["responses"]>[string]
export type Call = { method: string; path: string; operation: Operation }

export type FieldWords = { name: string; type: string; isRequired: boolean; description: string }

const METHODS = ["get", "post", "patch", "delete"] as const

export function callsOf({ paths = {} }: ApiDocument): Call[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method]
      return operation ? [{ method, path, operation }] : []
    }),
  )
}

export function resolve(document: ApiDocument, schema: unknown): Schema | undefined {
  if (typeof schema !== "object" || schema === null) return undefined
  if (!("$ref" in schema) || typeof schema.$ref !== "string") return schema as Schema
  return resolve(document, document.components?.schemas?.[schema.$ref.replace("#/components/schemas/", "")])
}

/** The properties of a schema, those of what it extends included. */
function propertiesOf(document: ApiDocument, schema: Schema): Record<string, Schema> {
  const inherited = (schema.allOf ?? []).map((part) => resolve(document, part)).filter((part) => part !== undefined)
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const resolved = resolve(document, property)
    return resolved ? [[name, resolved] as const] : []
  })
  return Object.assign({}, ...inherited.map((part) => propertiesOf(document, part)), Object.fromEntries(own))
}

export function mediaOf({ requestBody }: Operation) {
  return requestBody && "content" in requestBody ? Object.values(requestBody.content)[0] : undefined
}

export function bodyFields(document: ApiDocument, body: Schema): FieldWords[] {
  return Object.entries(propertiesOf(document, body)).map(([name, schema]) => ({
    name,
    type: typeWords(schema),
    isRequired: body.required?.includes(name) ?? false,
    description: schema.description ?? "",
  }))
}

export function parameterField(document: ApiDocument, parameter: Parameter): FieldWords {
  const schema = resolve(document, parameter.schema)
  return {
    name: parameter.name,
    type: `${parameter.in}, ${schema ? typeWords(schema) : "text"}`,
    isRequired: parameter.required ?? false,
    description: parameter.description ?? "",
  }
}

function typeWords({ type, enum: values, format, maxLength, minimum, maximum, default: preset }: Schema): string {
  const kinds = [type ?? "any"].flat().map((kind) => (kind === "string" ? (format ?? "text") : kind))
  const words = values ? values.join(" | ") : kinds.join(" or ")
  const range = minimum !== undefined && maximum !== undefined ? `, ${minimum} to ${maximum}` : ""
  const length = maxLength ? `, up to ${maxLength} characters` : ""
  return words + range + length + (preset !== undefined ? `, ${JSON.stringify(preset)} unless said` : "")
}

export function codesOf(answer: Answer): string[] {
  return Object.keys(answer.content?.["application/problem+json"]?.examples ?? {})
}
