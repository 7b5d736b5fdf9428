import type { ApiDocument } from "../http/openapi.ts"

// What the Worker adds to every response (http/request-id.ts, etag.ts), and so to every operation of the document.

const HEADERS = {
  RequestId: {
    description:
      "The id of this request in our logs: that of the request's own `X-Request-Id` if it has 8 to 64 letters, digits, `-` or `_`, otherwise a new one.",
    schema: { type: "string" },
  },
} as const

const IF_NONE_MATCH = {
  name: "If-None-Match",
  in: "header",
  required: false,
  description: "An `ETag` that you know, or several. If it is still that of the response, you get 304 without a body.",
  schema: { type: "string", example: '"3.8f14e45fceea167a"' },
} as const

/** Documents the headers of all responses, and 304 for each GET that has an ETag. Changes the document. */
export function addCommonHeaders(document: ApiDocument): ApiDocument {
  document.components = { ...document.components, headers: HEADERS }
  for (const item of Object.values(document.paths ?? {})) {
    const responses = item.get?.responses
    const { ETag } = responses?.["200"]?.headers ?? {}
    if (item.get && ETag) {
      item.get.parameters = [...(item.get.parameters ?? []), IF_NONE_MATCH]
      item.get.responses = { ...responses, "304": { description: "Not modified.", headers: { ETag } } }
    }
    for (const operation of Object.values(item)) {
      for (const response of Object.values<{ headers?: object }>(operation.responses ?? {})) {
        response.headers = { ...response.headers, "X-Request-Id": { $ref: "#/components/headers/RequestId" } }
      }
    }
  }
  return document
}
