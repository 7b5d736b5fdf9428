import { type Schema, Validator } from "@cfworker/json-schema"
import { expect } from "vitest"
import source from "../.generated/public/openapi.json"
import { ORIGIN } from "./support/app.ts"

type Examples = { example?: unknown; examples?: Record<string, { value: unknown }> }

/** The parts of the OpenAPI document that these tests read. */
type OperationObject = {
  operationId: string
  security?: { apiKey?: string[]; operatorToken?: [] }[]
  parameters?: { name: string; in: string; required?: boolean; explode?: boolean; schema: Schema }[]
  requestBody?: { content: Record<string, { schema: Schema } & Examples> }
  responses: Record<
    string,
    {
      headers?: Record<string, object>
      content?: Record<string, { schema: Schema } & Examples>
    }
  >
}

export type Operation = OperationObject & { method: string; path: string }

export const document = JSON.parse(JSON.stringify(source))
document.servers[0].url = ORIGIN + document.servers[0].url

export const operations: Operation[] = Object.entries<Record<string, OperationObject>>(document.paths).flatMap(
  ([path, item]) =>
    Object.entries(item).map(([method, operationObject]) => ({
      ...operationObject,
      method: method.toUpperCase(),
      path,
    })),
)

/** True for a query parameter that can be sent more than once. */
export const isRepeatable = ({ schema, explode }: { schema: Schema; explode?: boolean }) =>
  schema.type === "array" && explode !== false

/** The problem codes that the document lists for an operation. */
export function problemCodes({ responses }: Operation): string[] {
  return Object.values(responses).flatMap(({ content }) =>
    Object.keys(content?.["application/problem+json"]?.examples ?? {}),
  )
}

/** A schema with the components that its references point to, so that it can be used alone. */
export function selfContained(schema: Schema): Schema {
  return { ...schema, components: document.components }
}

/** Fails unless the document describes this response: its status, type and body schema. Returns the body. */
export async function expectDocumented(operation: Operation, response: Response) {
  const text = await response.clone().text()
  const context = `${operation.operationId} answered ${response.status}: ${text.slice(0, 400)}`
  const responseObject = operation.responses[response.status]
  expect(responseObject, context).toBeDefined()
  if (!responseObject?.content) {
    expect(text, context).toBe("")
    return undefined
  }
  const type = response.headers.get("Content-Type") ?? ""
  const schema = responseObject.content[type]?.schema
  expect(schema, `${context} as ${type}`).toBeDefined()
  const body = JSON.parse(text)
  const { valid, errors } = new Validator(selfContained(schema ?? {}), "2020-12", false).validate(body)
  expect(valid, `${context}\n${JSON.stringify(errors)}`).toBe(true)
  return body
}
