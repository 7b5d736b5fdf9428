import type { Schema } from "@cfworker/json-schema"
import fc from "fast-check"
import { expect, it, vi } from "vitest"
import { document, expectDocumented, type Operation, operations } from "./api-document.ts"
import { type ApiCall, CUSTOMER, callApi, count, createApiKey, createReseller, testEnv } from "./support/app.ts"

const REQUESTS = 5_000
const INVITES = 20
const SEED = 20_261_124 // any seed works; a fixed one makes failures reproducible

const HOSTILE_STRINGS = [
  "",
  " ",
  "\0",
  "\u202e",
  "\ud800",
  "'; DROP TABLE invites; --",
  '" OR "1',
  'NEAR("a" "b")',
  "words : *",
  "%00%ff",
  "../..",
  "{{registration_url}}",
  "<script>alert(1)</script>",
  "a\r\nBcc: evil@evil.example",
  "x@y",
  "__proto__",
  "constructor",
  "9".repeat(400),
  "é".repeat(5_000),
  "\u{1f9e8}".repeat(300),
]

const anyValue = fc.oneof(
  fc.constantFrom(...HOSTILE_STRINGS),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 200 }),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(null, true, -1, 0, 1.5, 1e308, [], {}, [[]]),
)

/** Few enough that they meet. */
const EMAIL_EXAMPLES = Array.from({ length: 30 }, (_, n) => `c${n}@northwind.example`)

/** Mostly valid values of a schema, some nearly valid, a few arbitrary. */
function schemaValues(schema: Schema, name = ""): fc.Arbitrary<unknown> {
  const resolved = resolve(schema)
  const isEmail = name === "contact_email" || name === "email"
  const examples = [...(resolved.examples ?? []), ...(isEmail ? EMAIL_EXAMPLES : [])]
  const validValues: fc.Arbitrary<unknown>[] = []
  if (resolved.enum) validValues.push(fc.constantFrom(...resolved.enum))
  if (resolved.type === "integer")
    validValues.push(fc.integer({ min: (resolved.minimum ?? 0) - 1, max: (resolved.maximum ?? 9) + 1 }))
  if (resolved.format === "email") validValues.push(fc.emailAddress())
  if (resolved.maxLength)
    validValues.push(fc.string({ minLength: resolved.maxLength - 1, maxLength: resolved.maxLength + 1 }))
  if (validValues.length === 0) validValues.push(fc.string({ minLength: 1, maxLength: 40 }))
  return fc.oneof(
    { weight: examples.length > 0 ? 60 : 0, arbitrary: fc.constantFrom(...(examples.length > 0 ? examples : [null])) },
    { weight: examples.length > 0 ? 2 : 20, arbitrary: fc.oneof(...validValues) },
    { weight: 1, arbitrary: anyValue },
  )
}

function requestBodies(schema: Schema): fc.Arbitrary<unknown> {
  const resolved = resolve(schema)
  const fields: Record<string, fc.Arbitrary<unknown>> = {}
  for (const [name, property] of Object.entries(resolved.properties ?? {})) {
    if (typeof property === "object") fields[name] = schemaValues(property, name)
  }
  const completeBody = fc.record(fields)
  return fc.oneof(
    { weight: 12, arbitrary: completeBody },
    { weight: 4, arbitrary: fc.record(fields, { requiredKeys: [] }) },
    { weight: 1, arbitrary: completeBody.chain((body) => anyValue.map((extra) => ({ ...body, extra }))) },
    { weight: 1, arbitrary: anyValue.map((value) => (value === undefined ? null : value)) },
  )
}

function resolve(schema: Schema): Schema {
  const name = schema.$ref?.replace("#/components/schemas/", "")
  return name ? document.components.schemas[name] : schema
}

/** As a parameter: a list has commas between its items. */
const toParameter = (schema: Schema) => (value: unknown) =>
  schema.type === "array" && Array.isArray(value) ? value.join(",") : text(value)
const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value))
const toHeaderValue = (value: string) => value.replace(/[^\x21-\x7e]/g, "")
const toUrlValue = (value: string) => encodeURIComponent(value.replace(/[\ud800-\udfff]/g, "\ufffd"))

/** A request for an operation; `ids` are those of existing resources. */
function requestsFor(operation: Operation, key: string, ids: string[]): fc.Arbitrary<ApiCall> {
  const parameters = operation.parameters ?? []
  const kind = operation.path.slice(1, 4)
  const values = Object.fromEntries(
    parameters.map(({ name, in: location, schema }) => {
      const value = schemaValues(schema).map(toParameter(schema))
      const existingId = fc.nat().map((n) => ids.filter((id) => id.startsWith(kind)).at(-1 - (n % 40)) ?? ids[0] ?? "")
      const usualValue = name === "Idempotency-Key" ? fc.uuid() : /id$|cursor|move_to/.test(name) ? existingId : value
      const mostlyUsual = fc.oneof({ weight: 9, arbitrary: usualValue }, { weight: 1, arbitrary: value })
      return [
        name,
        location === "path" ? mostlyUsual.filter(Boolean) : fc.option(mostlyUsual, { nil: undefined, freq: 2 }),
      ]
    }),
  )
  const content = Object.values(operation.requestBody?.content ?? {})[0]
  const body = content
    ? requestBodies(content.schema).map((sentBody) => JSON.stringify(sentBody))
    : fc.constant(undefined)
  return fc
    .record({
      values: fc.record(values),
      body: fc.oneof({ weight: 20, arbitrary: body }, { weight: 1, arbitrary: anyValue.map(text) }),
      key: fc.oneof(
        { weight: 30, arbitrary: fc.constant(key) },
        { weight: 1, arbitrary: anyValue.map(text).map(toHeaderValue) },
      ),
      type: fc.oneof(
        { weight: 30, arbitrary: fc.constant("application/json") },
        { weight: 1, arbitrary: fc.constant("text/plain") },
      ),
    })
    .map(({ values: givenValues, body: sentBody, key: apiKey, type }) => {
      const parametersIn = (location: string) =>
        parameters.flatMap(({ name, in: parameterLocation }) =>
          parameterLocation === location && givenValues[name] !== undefined ? [[name, givenValues[name]] as const] : [],
        )
      const path = parametersIn("path").reduce(
        (path, [name, value]) => path.replace(`{${name}}`, toUrlValue(value)),
        operation.path,
      )
      const query = parametersIn("query").map(([name, value]) => `${name}=${toUrlValue(value)}`)
      const headers = Object.fromEntries(parametersIn("header").map(([name, value]) => [name, toHeaderValue(value)]))
      const hasBody = sentBody !== undefined && operation.method !== "GET"
      return {
        method: operation.method,
        path: query.length > 0 ? `${path}?${query.join("&")}` : path,
        key: apiKey,
        headers: { ...headers, ...(hasBody && { "Content-Type": type }) },
        ...(hasBody && { body: sentBody }),
      }
    })
}

it(`the API answers ${REQUESTS} valid, nearly valid and hostile requests as documented, and never with a 5xx`, async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  const ids = ["inv_00000000000000000000000000"]
  for (let n = 0; n < INVITES; n++) {
    const created = await callApi({
      key,
      path: "/invites",
      body: { ...CUSTOMER, contact_email: `first${n}@b.example` },
    })
    ids.push((await created.json<{ id: string }>()).id)
  }
  const env: Env = {
    ...testEnv,
    INVITE_MAILS_PER_HOUR: "100000",
    RESEND_COOLDOWN_SECONDS: "0",
    RESENDS_PER_DAY: "1000",
  }
  const errorSpy = vi.spyOn(console, "error")
  const statusCounts: Record<string, number> = {}
  const request = fc
    .constantFrom(...operations)
    .chain((operation) => requestsFor(operation, key, ids).map((call) => ({ operation, call })))
  await fc.assert(
    fc.asyncProperty(request, async ({ operation, call }) => {
      const response = await callApi({ ...call, env })
      statusCounts[response.status] = (statusCounts[response.status] ?? 0) + 1
      expect(response.status, await response.clone().text()).toBeLessThan(500)
      const body = await expectDocumented(operation, response)
      if (response.status === 201 && body.id) ids.push(body.id)
      if (response.status === 204) ids.splice(ids.indexOf(call.path.split("/").at(-1) ?? ""), 1)
    }),
    { numRuns: REQUESTS, seed: SEED },
  )
  expect(errorSpy.mock.calls).toEqual([])
  console.log(`responses: ${JSON.stringify(statusCounts)}; invites created: ${await count("invites")}`)
  for (const status of [200, 201, 202, 204, 401, 404, 409, 412, 415, 422])
    expect(statusCounts[status], `${status}`).toBeGreaterThan(0)
}, 240_000)
