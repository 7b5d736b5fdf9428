import { Validator } from "@cfworker/json-schema"
import { expect, it } from "vitest"
import { document, operations } from "./api-document.ts"

const bodies = operations.flatMap(({ operationId, requestBody, responses }) => [
  { name: `the body of ${operationId}`, content: requestBody?.content ?? {} },
  ...Object.entries(responses).map(([status, { content = {} }]) => ({ name: `${operationId}, ${status}`, content })),
])
const examples = bodies.flatMap(({ name, content }) =>
  Object.values(content).flatMap(({ schema, example, examples = {} }) =>
    [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)].map(
      (value) => ({
        name,
        schema,
        value,
      }),
    ),
  ),
)

it("each body of the API has an example that fits its schema, without placeholders", () => {
  expect(examples.length).toBeGreaterThan(operations.length)
  for (const { name, schema, value } of examples) {
    const { errors } = new Validator({ ...schema, components: document.components }, "2020-12").validate(value)
    expect(errors, name).toEqual([])
    expect(JSON.stringify(value), name).not.toContain('"…"')
  }
})
