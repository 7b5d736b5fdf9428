import type { ApiDocument, Schema } from "../../http/openapi.ts"

type SchemaOrReference = Schema | { $ref: string }

/** The types of all schemas, problem codes and events of the document, as TypeScript. */
export function clientTypes(document: ApiDocument): string {
  const codes: { code: string }[] = document["x-problems"] ?? []
  const schemas = Object.entries(document.components?.schemas ?? {}).map(
    ([name, schema]) => `${comment(schema)}export type ${name} = ${toType(schema)}`,
  )
  return [
    `export const API_PATH = ${JSON.stringify(document.servers?.[0]?.url)}`,
    ...schemas,
    `/** The cause of a problem. */\nexport type ProblemCode = ${union(codes.map(({ code }) => JSON.stringify(code)))}`,
    `/** What a webhook receives. */\nexport type WebhookEvent = ${eventType(document)}`,
  ].join("\n\n")
}

type WebhookItem = { post?: { requestBody?: { content?: Record<string, { schema?: SchemaOrReference }> } } }

function eventType({ webhooks = {} }: ApiDocument): string {
  const events = Object.values(webhooks as Record<string, WebhookItem>)
  const types = events.map(({ post }) => toType(post?.requestBody?.content?.["application/json"]?.schema))
  return union(types)
}

/** The type of the values that a JSON schema describes, as far as TypeScript can say. `module` stands before names of components. */
export function toType(schema: unknown, module = ""): string {
  if (typeof schema !== "object" || schema === null) return "unknown"
  if ("$ref" in schema && typeof schema.$ref === "string") {
    return schema.$ref.replace("#/components/schemas/", module)
  }
  const { allOf, anyOf, oneOf, enum: values, const: constant, type, ...rest } = schema as Schema & { const?: unknown }
  const parts = [
    ...(allOf ?? []).map((part) => parenthesized(toType(part, module))),
    ...[anyOf, oneOf]
      .filter((options) => options !== undefined)
      .map((options) => `(${union(options.map((option) => toType(option, module)))})`),
  ]
  const own =
    constant !== undefined
      ? JSON.stringify(constant)
      : values
        ? union(values.map((value) => JSON.stringify(value)))
        : type
          ? union([type].flat().map((name) => toTypeOf(name, rest, module)))
          : undefined
  if (own) parts.push(parts.length > 0 ? parenthesized(own) : own)
  return parts.join(" & ") || "unknown"
}

function toTypeOf(type: string, schema: Omit<Schema, "type">, module: string): string {
  if (type === "object") return toObjectType(schema, module)
  if (type === "array") return `${parenthesized(toType(schema.items, module))}[]`
  return type === "integer" ? "number" : type
}

function toObjectType(
  { properties = {}, required = [], additionalProperties }: Omit<Schema, "type">,
  module: string,
): string {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const optional = !required.includes(name)
    return `${comment(schema)}${name}${optional ? "?" : ""}: ${toType(schema, module)}${optional ? " | undefined" : ""}`
  })
  if (typeof additionalProperties === "object") {
    fields.push(`[name: string]: ${fields.length > 0 ? "unknown" : toType(additionalProperties, module)}`)
  }
  return fields.length > 0 ? `{\n${fields.map(indented).join("\n")}\n}` : "Record<string, unknown>"
}

/** The description of a schema as a comment that editors show. */
export function comment(source: unknown): string {
  const { description, deprecated } = source as { description?: string; deprecated?: boolean }
  const text = [description, deprecated && "@deprecated"].filter(Boolean).join("\n")
  return text ? `/** ${text.replaceAll("*/", "* /").replaceAll("\n", "\n * ")} */\n` : ""
}

const union = (types: string[]) => [...new Set(types)].join(" | ")
const parenthesized = (type: string) => (/^[\w.]+$|^\{[^{}]*\}$/.test(type) ? type : `(${type})`)
const indented = (text: string) => text.replace(/^/gm, "  ")
