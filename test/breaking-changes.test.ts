import { describe, expect, it } from "vitest"
import { type ApiDocument, breakingChanges } from "./openapi/breaking-changes.ts"

const TODAY = new Date("2026-11-27")

/** A value for a place in the document, whose keys have spaces between them; `undefined` removes what is there. */
type Change = [place: string, value?: unknown]

/** What is found in a copy of the document after these changes. */
function changesOf(changes: Change[]): string[] {
  const [before, after] = [structuredClone(DOCUMENT), structuredClone(DOCUMENT)]
  for (const [place, value] of changes) put(after, place.split(" "), value)
  return breakingChanges(before, after, TODAY)
}

function put(target: unknown, [key = "", ...rest]: string[], value: unknown): void {
  if (typeof target !== "object" || target === null) throw new Error(`there is nothing to change at ${key}`)
  if (rest.length > 0) put(Reflect.get(target, key), rest, value)
  else if (value !== undefined) Reflect.set(target, key, value)
  else if (!Reflect.has(target, key)) throw new Error(`there is no ${key} to remove`)
  else if (Array.isArray(target)) target.splice(Number(key), 1)
  else Reflect.deleteProperty(target, key)
}

const json = (schema: object) => ({ "application/json": { schema } })
const INVITE_REF = { $ref: "#/components/schemas/Invite" }

/** A small document with one of everything. */
const DOCUMENT: ApiDocument = {
  servers: [{ url: "/api/v1" }],
  paths: {
    "/invites": {
      get: {
        operationId: "listInvites",
        security: [{ apiKey: ["invites:read"] }],
        parameters: [
          { name: "limit", in: "query", schema: { type: "integer", minimum: 1, maximum: 100, default: 25 } },
          { name: "status", in: "query", schema: { type: "string", enum: ["pending", "expired"] } },
          { name: "q", in: "query", schema: { type: "string" } },
        ],
        responses: {
          200: { headers: { ETag: {} }, content: json({ type: "array", items: INVITE_REF }) },
          422: { content: json({}) },
        },
      },
      post: {
        operationId: "createInvite",
        requestBody: {
          required: true,
          content: { ...json({ $ref: "#/components/schemas/NewInvite" }), "application/merge-patch+json": {} },
        },
        responses: { 201: { content: json(INVITE_REF) } },
      },
    },
    "/invites/{id}": {
      get: { operationId: "getInvite", parameters: [{ name: "id", in: "path", required: true, schema: {} }] },
      delete: { operationId: "deleteInvite", "x-sunset": "2026-11-27" },
      patch: { operationId: "updateInvite", "x-sunset": "2026-11-28" },
    },
  },
  webhooks: {
    "invite.sent": { post: { requestBody: { content: json({ $ref: "#/components/schemas/InviteSent" }) } } },
  },
  components: {
    schemas: {
      Entity: { type: "object", properties: { id: { type: "string", pattern: "^inv_" } }, required: ["id"] },
      Invite: {
        allOf: [
          { $ref: "#/components/schemas/Entity" },
          {
            type: "object",
            properties: {
              status: { type: "string", enum: ["pending", "expired"] },
              created_at: { type: "string", format: "date-time" },
              note: { type: "string" },
              parent: { $ref: "#/components/schemas/Invite" },
              metadata: { type: "object", additionalProperties: { type: "string" } },
            },
            required: ["status", "created_at"],
          },
        ],
      },
      NewInvite: {
        type: "object",
        properties: {
          name: { type: "string", minLength: 1, maxLength: 100 },
          note: { type: ["string", "null"] },
          days: { type: "number" },
          contact: { anyOf: [{ type: "string" }, { type: "object" }] },
          tags: { type: "array", items: { type: "string" }, maxItems: 5 },
          extra: { type: "object" },
        },
        required: ["name"],
        additionalProperties: false,
      },
      InviteSent: {
        type: "object",
        properties: { type: { type: "string", const: "invite.sent" }, send_count: { type: "integer" } },
        required: ["type", "send_count"],
      },
    },
  },
  "x-problems": [{ code: "not_found", status: 404 }],
}

const LIST = "paths /invites get"
const PARAMETERS = `${LIST} parameters`
const CREATE = "paths /invites post"
const NEW_INVITE = "components schemas NewInvite"
const NEW_FIELDS = `${NEW_INVITE} properties`
const INVITE = "components schemas Invite allOf 1"
const SENT = "components schemas InviteSent properties"

/** Each with the end of what is found. */
const BREAKING: [name: string, changes: Change[], ...found: string[]][] = [
  ["another base path", [["servers 0 url", "/api/v2"]], "the path of the API is /api/v2"],
  ["a removed path", [["paths /invites"]], "GET /invites: removed", "POST /invites: removed"],
  ["a removed operation", [["paths /invites/{id} get"]], "GET /invites/{}: removed"],
  ["an operation removed before its sunset", [["paths /invites/{id} patch"]], "PATCH /invites/{}: removed"],
  ["another operationId", [[`${LIST} operationId`, "invites"]], "GET /invites: the client calls it invites"],
  [
    "another scope",
    [[`${LIST} security 0 apiKey 1`, "billing:read"]],
    'GET /invites: now needs [{"apiKey":["invites:read","billing:read"]}]',
  ],
  ["a removed parameter", [[`${PARAMETERS} 2`]], "GET /invites query q: removed"],
  [
    "a new required parameter",
    [[`${PARAMETERS} 3`, { name: "since", in: "query", required: true }]],
    "GET /invites query since: now required",
  ],
  ["a parameter made required", [[`${PARAMETERS} 2 required`, true]], "GET /invites query q: now required"],
  ["a lower maximum", [[`${PARAMETERS} 0 schema maximum`, 50]], "GET /invites query limit: maximum is now 50"],
  ["a higher minimum", [[`${PARAMETERS} 0 schema minimum`, 2]], "GET /invites query limit: minimum is now 2"],
  ["another default", [[`${PARAMETERS} 0 schema default`, 10]], "GET /invites query limit: the default is now 10"],
  [
    "a removed value of a parameter",
    [[`${PARAMETERS} 1 schema enum 1`]],
    'GET /invites query status: no longer accepts "expired"',
  ],
  [
    "certain values for what took any",
    [[`${PARAMETERS} 2 schema enum`, ["a"]]],
    "GET /invites query q: now accepts only certain values",
  ],
  ["a new pattern", [[`${PARAMETERS} 2 schema pattern`, "^a"]], "GET /invites query q: pattern is now ^a"],
  [
    "a removed media type",
    [[`${CREATE} requestBody content application/merge-patch+json`]],
    "POST /invites body: application/merge-patch+json removed",
  ],
  [
    "a body where none was required",
    [["paths /invites/{id} get requestBody", { required: true }]],
    "GET /invites/{}: now requires a body",
  ],
  ["a removed field of a request", [[`${NEW_FIELDS} note`]], "POST /invites body.note: removed"],
  ["a new required field", [[`${NEW_INVITE} required 1`, "days"]], "POST /invites body: now requires days"],
  ["less room for a text", [[`${NEW_FIELDS} name maxLength`, 99]], "POST /invites body.name: maxLength is now 99"],
  ["null refused", [[`${NEW_FIELDS} note type`, "string"]], "POST /invites body.note: no longer accepts null"],
  ["only whole numbers", [[`${NEW_FIELDS} days type`, "integer"]], "POST /invites body.days: no longer accepts number"],
  [
    "another format of a request",
    [[`${NEW_FIELDS} name format`, "email"]],
    "POST /invites body.name: format is now email",
  ],
  [
    "a removed alternative",
    [[`${NEW_FIELDS} contact anyOf 1`]],
    'POST /invites body.contact: no longer accepts {"type":"object"}',
  ],
  ["fewer items", [[`${NEW_FIELDS} tags maxItems`, 4]], "POST /invites body.tags: maxItems is now 4"],
  [
    "another type of items",
    [[`${NEW_FIELDS} tags items type`, "integer"]],
    "POST /invites body.tags[]: no longer accepts string",
  ],
  [
    "other fields refused",
    [[`${NEW_FIELDS} extra additionalProperties`, false]],
    "POST /invites body.extra: no longer accepts other fields",
  ],
  [
    "another status of success",
    [[`${CREATE} responses 200`, {}], [`${CREATE} responses 201`]],
    "POST /invites: can now answer 200",
    "POST /invites: no longer answers 201",
  ],
  [
    "a removed header of a response",
    [[`${LIST} responses 200 headers ETag`]],
    "GET /invites 200: no longer has the header ETag",
  ],
  [
    "a removed field of a response",
    [[`${INVITE} properties note`]],
    "GET /invites 200[].note: removed",
    "POST /invites 201.note: removed",
  ],
  [
    "a field of a response that can be missing",
    [[`${INVITE} required 1`]],
    "GET /invites 200[]: can now be without created_at",
    "POST /invites 201: can now be without created_at",
  ],
  [
    "a field of a response that can be null",
    [[`${INVITE} properties status type`, ["string", "null"]]],
    "GET /invites 200[].status: can now be null",
    "POST /invites 201.status: can now be null",
  ],
  [
    "another format of a response",
    [[`${INVITE} properties created_at format`]],
    "GET /invites 200[].created_at: format is now undefined",
    "POST /invites 201.created_at: format is now undefined",
  ],
  [
    "another type in an inherited schema",
    [["components schemas Entity properties id type", "integer"]],
    "GET /invites 200[].id: can now be integer",
    "POST /invites 201.id: can now be integer",
  ],
  [
    "another type of the values of a map",
    [[`${INVITE} properties metadata additionalProperties type`, "number"]],
    "GET /invites 200[].metadata.*: can now be number",
    "POST /invites 201.metadata.*: can now be number",
  ],
  ["a removed event", [["webhooks invite.sent"]], "POST invite.sent: removed"],
  ["a removed field of an event", [[`${SENT} send_count`]], "POST invite.sent.send_count: removed"],
  ["another name of an event", [[`${SENT} type const`, "sent"]], 'POST invite.sent.type: is now "sent"'],
  ["a removed problem code", [["x-problems 0"]], "problem not_found: removed"],
  ["another status of a problem", [["x-problems 0 status", 410]], "problem not_found: the status is now 410"],
]

const ADDITIVE: [name: string, ...changes: Change[]][] = [
  ["no change"],
  ["a new path", ["paths /customers", {}]],
  ["a new optional parameter", [`${PARAMETERS} 3`, { name: "sort", in: "query" }]],
  ["a new optional field of a request", [`${NEW_FIELDS} locale`, { type: "string" }]],
  ["a new field of a response", [`${INVITE} properties locale`, { type: "string" }]],
  ["a field of a response that is always there now", [`${INVITE} required 2`, "note"]],
  ["a new value of a request", [`${PARAMETERS} 1 schema enum 2`, "declined"]],
  ["a new value of a response", [`${INVITE} properties status enum 2`, "declined"]],
  ["more room for a text", [`${NEW_FIELDS} name maxLength`, 200]],
  ["any number of items", [`${NEW_FIELDS} tags maxItems`]],
  ["a field that is no longer required", [`${NEW_INVITE} required 0`]],
  ["null accepted", [`${NEW_FIELDS} name type`, ["string", "null"]]],
  ["a scope that is no longer needed", [`${LIST} security 0 apiKey 0`]],
  [
    "another name for a parameter of a path",
    ["paths /invites/{number}", { get: { operationId: "getInvite", parameters: [{ name: "number", in: "path" }] } }],
    ["paths /invites/{id} get"],
  ],
  ["a new problem", ["x-problems 1", { code: "gone", status: 410 }]],
  ["a new event", ["webhooks invite.failed", {}]],
  ["a new header of a response", [`${LIST} responses 200 headers Link`, {}]],
  ["an answer that isn't a success", [`${LIST} responses 304`, {}]],
  ["a description", [`${INVITE} properties status description`, "Its status."]],
  ["an operation removed after its sunset", ["paths /invites/{id} delete"]],
]

describe("the comparison of OpenAPI documents", () => {
  it.each(BREAKING)("finds %s", (_, changes, ...found) => expect(changesOf(changes)).toEqual(found))

  it.each(ADDITIVE)("allows %s", (_, ...changes) => expect(changesOf(changes)).toEqual([]))
})
