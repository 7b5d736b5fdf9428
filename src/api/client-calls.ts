import { type ApiDocument, resolveSchema } from "../http/openapi.ts"

type OperationObject = NonNullable<NonNullable<ApiDocument["paths"]>[string]["get"]>
type Parameter = Exclude<NonNullable<OperationObject["parameters"]>[number], { $ref: string }>

/** An operation as a function of the client: `name(client, …ids, body?, options?)`. */
export type ClientCall = {
  name: string
  method: string
  path: string
  operation: OperationObject
  /** The parameters of the path, in its order. */
  ids: string[]
  /** The media type object of the body. */
  body: { schema?: unknown; example?: unknown } | undefined
  query: Parameter[]
  takesIfMatch: boolean
  takesIdempotencyKey: boolean
  /** The schemas of the successful responses; none if they have no body. */
  results: unknown[]
  isList: boolean
}

/** Every operation of the document, as the client has it. */
export function clientCalls(document: ApiDocument): ClientCall[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, OperationObject>).map(([method, operation]) =>
      toClientCall(document, path, method, operation),
    ),
  )
}

function toClientCall(document: ApiDocument, path: string, method: string, operation: OperationObject): ClientCall {
  const parameters = (operation.parameters ?? []).filter((parameter): parameter is Parameter => "name" in parameter)
  const header = (name: string) => parameters.some((parameter) => parameter.in === "header" && parameter.name === name)
  const results = Object.entries(operation.responses ?? {}).flatMap(([status, response]) => {
    const media: { schema?: unknown } | undefined = response.content?.["application/json"]
    return Number(status) < 300 && media ? [media.schema] : []
  })
  const { requestBody } = operation
  return {
    name: operation.operationId ?? "",
    method: method.toUpperCase(),
    path,
    operation,
    ids: [...path.matchAll(/{(\w+)}/g)].map(([, name = ""]) => name),
    body: requestBody && "content" in requestBody ? Object.values(requestBody.content)[0] : undefined,
    query: parameters.filter((parameter) => parameter.in === "query"),
    takesIfMatch: header("If-Match"),
    takesIdempotencyKey: header("Idempotency-Key"),
    results,
    isList: results.some((schema) => resolveSchema(document, schema)?.properties?.next_cursor !== undefined),
  }
}
