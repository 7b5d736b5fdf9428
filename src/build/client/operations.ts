import { type ClientCall, clientCalls } from "../../api/client-calls.ts"
import type { ApiDocument } from "../../http/openapi.ts"
import { comment, toType } from "./types.ts"

/** A function for each operation of the document, as TypeScript. */
export function clientOperations(document: ApiDocument): string {
  return [
    'import type * as api from "./api.ts"',
    'import { type CallOptions, type Client, segment } from "./client.ts"',
    'import { type List, list } from "./list.ts"',
    'import type { Version } from "./version.ts"',
    ...clientCalls(document).flatMap((call) => [optionsType(call), operationFunction(call)]),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
}

const optionsName = ({ name }: ClientCall) => `${name[0]?.toUpperCase()}${name.slice(1)}Options`

/** The options of one operation; nothing if it has none of its own. */
function optionsType(call: ClientCall): string {
  const fields = call.query.map(({ name, required, schema, description }) => {
    const optional = required ? "" : "?"
    return `${comment({ description })}${name}${optional}: ${qualified(schema)}${required ? "" : " | undefined"}`
  })
  if (call.takesIdempotencyKey) {
    fields.push(
      "/** Default: a new one for each call, which all its retries share. */\nidempotencyKey?: string | undefined",
    )
  }
  if (call.takesIfMatch) {
    fields.push("/** The version to change: a result of the client, or an `ETag`. */\nifMatch?: Version | undefined")
  }
  if (fields.length === 0) return ""
  return `export type ${optionsName(call)} = CallOptions & {\n${fields.join("\n").replace(/^/gm, "  ")}\n}`
}

function operationFunction(call: ClientCall): string {
  const { name, method, ids, body, query, operation, isList } = call
  const options = optionsType(call) ? optionsName(call) : "CallOptions"
  const needsOptions = query.some(({ required }) => required)
  const parameters = [
    "client: Client",
    ...ids.map((id) => `${id}: string`),
    ...(body ? [`body: ${qualified(body.schema)}`] : []),
    `options${needsOptions ? "" : "?"}: ${options}`,
  ]
  const result = [...new Set(call.results.map(qualified))].join(" | ") || "void"
  const path = `\`${call.path.replaceAll(/{(\w+)}/g, (_, id) => `\${segment(${id})}`)}\``
  const request = [`method: "${method}"`, `path: ${path}`, ...(body ? ["body"] : []), "options"].join(", ")
  const description = [`${operation.summary}.`, operation.description].filter(Boolean).join("\n\n")
  const deprecated = operation.deprecated ?? false
  return `${comment({ description, deprecated })}export function ${name}(${parameters.join(", ")}): ${isList ? `List<${result}>` : `Promise<${result}>`} {
  return ${isList ? `list(client, ${path}, options)` : `client.send({ ${request} })`}
}`
}

/** The type of a schema, with the names of components qualified by their module. */
function qualified(schema: unknown): string {
  return toType(schema, "api.")
}
