import { expect, it } from "vitest"
import { clientTypes, toType } from "../src/build/client/types.ts"

it.each([
  [{}, "unknown"],
  [{ type: "integer" }, "number"],
  [{ type: ["string", "null"] }, "string | null"],
  [{ type: ["string", "null"], enum: ["a", null] }, '"a" | null'],
  [{ type: "string", const: "invite.sent" }, '"invite.sent"'],
  [{ $ref: "#/components/schemas/Invite" }, "api.Invite"],
  [{ type: "array", items: { $ref: "#/components/schemas/Invite" } }, "api.Invite[]"],
  [{ type: "array", items: { type: ["string", "null"] } }, "(string | null)[]"],
  [{ anyOf: [{ type: "string" }, { type: "object" }] }, "(string | Record<string, unknown>)"],
  [{ type: "object", additionalProperties: { type: "string" } }, "{\n  [name: string]: string\n}"],
  [
    { type: "object", properties: { a: { type: "string" }, b: {} }, required: ["a"] },
    "{\n  a: string\n  b?: unknown | undefined\n}",
  ],
  [
    { allOf: [{ $ref: "#/components/schemas/Invite" }, { type: "object", properties: { a: {} }, required: ["a"] }] },
    "api.Invite & {\n  a: unknown\n}",
  ],
])("the client's type of %j is %s", (schema, type) => expect(toType(schema, "api.")).toBe(type))

it("the type of events is the union of those that the document has", () => {
  const event = (name: string) => ({
    post: { requestBody: { content: { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } } } },
  })
  const types = clientTypes({
    openapi: "3.1.0",
    info: { title: "API", version: "1.0.0" },
    servers: [{ url: "/api/v1" }],
    webhooks: { "invite.sent": event("InviteSent"), "invite.failed": event("InviteFailed") },
    "x-problems": [{ code: "not_found" }, { code: "version_conflict" }],
  })
  expect(types).toContain("export type WebhookEvent = InviteSent | InviteFailed")
  expect(types).toContain('export type ProblemCode = "not_found" | "version_conflict"')
})
