import type { ApiDocument } from "../http/openapi.ts"
import { type ClientCall, clientCalls } from "./client-calls.ts"

/** Stands for the origin of the deployment, which the API reference puts in its place. */
const ORIGIN = "https://vestibule.example"

/** Adds a sample for curl and one for the client to every operation. Changes the document. */
export function addCodeSamples(document: ApiDocument): ApiDocument {
  for (const call of clientCalls(document)) {
    const ids = call.ids.map((name) => exampleId(document, call.path, name))
    Object.assign(call.operation, {
      "x-codeSamples": [
        { lang: "Shell", label: "curl", source: curlSample(document, call, ids) },
        { lang: "TypeScript", label: "TypeScript", source: clientSample(call, ids) },
      ],
    })
  }
  return document
}

function curlSample(document: ApiDocument, call: ClientCall, ids: string[]): string {
  const path = ids.reduce((text, id) => text.replace(/{\w+}/, id), call.path)
  const method = call.method === "GET" || (call.method === "POST" && call.body) ? "" : `-X ${call.method} `
  const isForOperator = call.operation.security?.some((scheme) => "operatorToken" in scheme) ?? false
  return [
    `curl ${method}${ORIGIN}${document.servers?.[0]?.url}${path}`,
    `-H "Authorization: Bearer $${isForOperator ? "OPERATOR_TOKEN" : "KEY"}"`,
    ...(call.takesIdempotencyKey ? ['-H "Idempotency-Key: $(uuidgen)"'] : []),
    ...(call.body
      ? [
          '-H "Content-Type: application/json"',
          `-d '${JSON.stringify(call.body.example, null, 2).replaceAll("'", "'\\''")}'`,
        ]
      : []),
  ].join(" \\\n  ")
}

function clientSample(call: ClientCall, ids: string[]): string {
  const values = [...ids.map((id) => JSON.stringify(id)), ...(call.body ? [toLiteral(call.body.example)] : [])]
  const expression = `${call.name}(${["client", ...values].join(", ")})`
  const statement = call.isList
    ? `for await (const item of ${expression}) {\n  console.log(item)\n}`
    : `${call.results.length > 0 ? "const result = " : ""}await ${expression}`
  return `import { ${call.name} } from "@vestibule/client"\n\n${statement}`
}

/** A value as it is written in TypeScript: JSON without quotes around names. */
const toLiteral = (value: unknown) => JSON.stringify(value, null, 2).replaceAll(/^( *)"([a-z_]\w*)":/gm, "$1$2:")

/** An example of the id that a parameter of a path stands for: from the resource, its list or its creation. */
function exampleId(document: ApiDocument, path: string, name: string): string {
  const collection = path.slice(0, path.indexOf(`/{${name}}`))
  const item = document.paths?.[`${collection}/{${name}}`]
  const list = document.paths?.[collection]
  const found = [item?.get, list?.get, list?.post].map((operation) => resultId(operation?.responses))
  return found.find((id) => id !== undefined) ?? "…"
}

type Responses = Record<string, { content?: Record<string, { example?: ResultExample }> }>
type ResultExample = { id?: string; data?: { id?: string }[] }

function resultId(responses: Responses = {}): string | undefined {
  const examples = Object.values(responses).map(({ content }) => content?.["application/json"]?.example)
  return examples.map((example) => example?.id ?? example?.data?.[0]?.id).find((id) => id !== undefined)
}
