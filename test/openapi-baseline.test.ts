import { expect, it } from "vitest"
import current from "../.generated/public/openapi.json"
import { operations, selfContained } from "./api-document.ts"
import { type ApiDocument, breakingChanges } from "./openapi/breaking-changes.ts"
import baseline from "./openapi-baseline.json"

const toDocument = (json: object): ApiDocument => JSON.parse(JSON.stringify(json))

it("the OpenAPI document matches the accepted baseline", () => {
  const changes = changesBetween(baseline, current)
  expect(changes, "The OpenAPI document changed. If this is intended, run: npm run accept-openapi").toEqual([])
})

it("the OpenAPI document breaks no program that was written for the baseline", () => {
  expect(breakingChanges(toDocument(baseline), toDocument(current), new Date())).toEqual([])
})

it("a change of the OpenAPI document is reported with its path and the former value", () => {
  const before = { paths: { "/invites": { get: { tags: ["Invites"], summary: "List invites" } } } }
  const after = { paths: { "/invites": { get: { tags: ["Invites", "New"], deprecated: true } } } }
  expect(changesBetween(before, after)).toEqual([
    'added paths → /invites → get → tags → 1: "New"',
    'removed paths → /invites → get → summary: "List invites"',
    "added paths → /invites → get → deprecated: true",
  ])
  expect(changesBetween(before, before)).toEqual([])
  expect(changesBetween({ type: "string" }, { type: ["string", "null"] })).toEqual([
    'changed type: "string" to ["string","null"]',
  ])
})

it("no field of a request has a default, which generators take for a required field", () => {
  const bodies = operations.flatMap(({ operationId, requestBody }) =>
    Object.values(requestBody?.content ?? {}).map(({ schema }) => ({ operationId, schema })),
  )
  const withDefault = bodies.filter(({ schema }) => JSON.stringify(withoutReferences(schema)).includes('"default":'))
  expect(bodies.length).toBeGreaterThan(10)
  expect(withDefault.map(({ operationId }) => operationId)).toEqual([])
})

/** The schema with what its references point to in their place. */
function withoutReferences(schema: object): unknown {
  const { components } = selfContained({}) as { components: { schemas: Record<string, object> } }
  return JSON.parse(JSON.stringify(schema), (_, value) =>
    value?.$ref ? withoutReferences(components.schemas[value.$ref.split("/").at(-1)] ?? {}) : value,
  )
}

function changesBetween(before: unknown, after: unknown, path: string[] = []): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return []
  const at = path.join(" → ")
  if (before === undefined) return [`added ${at}: ${excerpt(after)}`]
  if (after === undefined) return [`removed ${at}: ${excerpt(before)}`]
  if (!isObject(before) || !isObject(after) || Array.isArray(before) !== Array.isArray(after))
    return [`changed ${at}: ${excerpt(before)} to ${excerpt(after)}`]
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].flatMap((key) => changesBetween(before[key], after[key], [...path, key]))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null
}

function excerpt(value: unknown) {
  const text = JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
