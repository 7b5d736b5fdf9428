import { type ApiDocument, inheritedSchemas, resolveSchema, type Schema } from "../../http/openapi.ts"
import { href } from "../../routes.ts"

// Reads the OpenAPI document for the API reference.

export type Operation = NonNullable<NonNullable<ApiDocument["paths"]>[string]["get"]>
export type Parameter = Exclude<NonNullable<Operation["parameters"]>[number], { $ref: string }>
export type ApiResponse = NonNullable<Operation["responses"]>[string]
export type Endpoint = { method: string; path: string; operation: Operation }

export type FieldDoc = { name: string; type: string; isRequired: boolean; description: string }

const ORIGIN_IN_SAMPLES = "https://vestibule.example"
const METHODS = ["get", "post", "patch", "delete"] as const

/** The anchor of a call. */
export const endpointId = ({ method, path, operation }: Endpoint): string =>
  operation.operationId ?? `${method}-${path}`

export function listEndpoints({ paths = {} }: ApiDocument): Endpoint[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method]
      return operation ? [{ method, path, operation }] : []
    }),
  )
}

/** A page of the reference, after its first one. `slug`: the last part of its path, and the anchor of what the first page says of it. */
export type DocsPage = { slug: string; name: string; description: string; path: string; endpoints: Endpoint[] }

/** A page for each group of calls, then those about events and versions. */
export function docsPages(document: ApiDocument): DocsPage[] {
  const endpoints = listEndpoints(document)
  const groups = (document.tags ?? []).map(({ name, description = "" }) => ({
    name,
    description,
    endpoints: endpoints.filter(({ operation }) => operation.tags?.includes(name)),
  }))
  return [
    ...groups,
    {
      name: "Webhook events",
      description: "What your webhooks receive by POST, and what the list of events contains.",
    },
    { name: "Versions", description: "What stays as it is, and what has changed." },
  ].map((page) => {
    const slug = page.name.toLowerCase().replaceAll(" ", "-")
    return { endpoints: [], ...page, slug, path: href("api.docs.page", { page: slug }) }
  })
}

/** The properties of a schema, including those of the schemas it extends. */
function schemaProperties(document: ApiDocument, schema: Schema): Record<string, Schema> {
  const ownProperties = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const resolved = resolveSchema(document, property)
    return resolved ? [[name, resolved] as const] : []
  })
  return Object.assign(
    {},
    ...inheritedSchemas(document, schema).map((part) => schemaProperties(document, part)),
    Object.fromEntries(ownProperties),
  )
}

export function requestMedia({ requestBody }: Operation) {
  return requestBody && "content" in requestBody ? Object.values(requestBody.content)[0] : undefined
}

export function bodyFields(document: ApiDocument, body: Schema): FieldDoc[] {
  return Object.entries(schemaProperties(document, body)).map(([name, schema]) => ({
    name,
    type: typeLabel(schema),
    isRequired: body.required?.includes(name) ?? false,
    description: schema.description ?? "",
  }))
}

export function parameterField(document: ApiDocument, parameter: Parameter): FieldDoc {
  const schema = resolveSchema(document, parameter.schema)
  return {
    name: parameter.name,
    type: `${parameter.in}, ${schema ? typeLabel(schema) : "text"}`,
    isRequired: parameter.required ?? false,
    description: parameter.description ?? "",
  }
}

function typeLabel({ type, enum: values, format, maxLength, minimum, maximum, default: defaultValue }: Schema): string {
  const typeNames = [type ?? "any"].flat().map((typeName) => (typeName === "string" ? (format ?? "text") : typeName))
  const label = values ? values.join(" | ") : typeNames.join(" or ")
  const range = minimum !== undefined && maximum !== undefined ? `, ${minimum} to ${maximum}` : ""
  const length = maxLength ? `, up to ${maxLength} characters` : ""
  return label + range + length + (defaultValue !== undefined ? `, default ${JSON.stringify(defaultValue)}` : "")
}

/** A sample of a call, with the deployment's own origin. */
export type CodeSample = { label: string; source: string }

export function codeSamples({ servers }: ApiDocument, operation: Operation): CodeSample[] {
  const samples: CodeSample[] = operation["x-codeSamples"] ?? []
  const origin = new URL(servers?.[0]?.url ?? ORIGIN_IN_SAMPLES).origin
  return samples.map(({ label, source }) => ({ label, source: source.replace(ORIGIN_IN_SAMPLES, origin) }))
}

export function problemCodes(response: ApiResponse): string[] {
  return Object.keys(response.content?.["application/problem+json"]?.examples ?? {})
}
