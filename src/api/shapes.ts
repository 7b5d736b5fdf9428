import type { Context } from "hono"
import * as z from "zod"
import type { FieldError } from "../domain/failure.ts"
import { named } from "./named.ts"
import type { ProblemCode } from "./problems.ts"
import { Refusal, refuseFields } from "./problems.ts"

const ID_LETTERS = "[0-9a-z]{26}"

/** An id as it looks: a prefix, then time and randomness. */
export const idOf = (prefix: string, example = `${prefix}_01kc3ym7a2f8q0v5r9d4t6w1zx`) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_${ID_LETTERS}$`))
    .meta({ examples: [example] })

export const time = z.iso.datetime().meta({ description: "RFC 3339, UTC.", examples: ["2026-11-24T10:00:00.000Z"] })

/** The id in a path. Whatever it looks like, one that does not exist is a 404. */
export const pathId = (what: string) => z.object({ id: z.string().meta({ description: `The id of the ${what}.` }) })

const LIMIT_MAX = 100
const LIMIT_DEFAULT = 25
const LIMIT_RULE = `Use a whole number from 1 to ${LIMIT_MAX}.`

/** How every list is asked for: a page, newest first. `kind` is the prefix of what is listed, and so of its cursors. */
export const listQuery = (kind: string) =>
  z.object({
    limit: z.coerce
      .number(LIMIT_RULE)
      .int(LIMIT_RULE)
      .min(1, LIMIT_RULE)
      .max(LIMIT_MAX, LIMIT_RULE)
      .default(LIMIT_DEFAULT)
      .meta({ description: "How many at most." }),
    cursor: z
      .string()
      .regex(new RegExp(`^${kind}_[0-9a-z_]{26,60}$`), "Use the `next_cursor` of the page before.")
      .optional()
      .meta({ description: "The `next_cursor` of the page before." }),
  })

export function listOf<T extends z.ZodType>(name: string, item: T) {
  return z
    .object({
      data: z.array(item),
      next_cursor: z.string().nullable().meta({ description: "Where the next page begins; null on the last one." }),
    })
    .apply(named(name))
}

type Headers = Record<string, { description: string; schema: { type: "string"; example?: string; enum?: string[] } }>

/** The headers of every answer to a key. */
const rateLimit = {
  RateLimit: {
    description:
      "Requests left to this key, and seconds until they are all back (draft-ietf-httpapi-ratelimit-headers).",
    schema: { type: "string", example: '"key";r=299;t=10' },
  },
  "RateLimit-Policy": {
    description: "How many requests a key has in how many seconds.",
    schema: { type: "string", example: '"key";q=300;w=10' },
  },
} satisfies Headers

const described = {
  ETag: { description: "The version of what is in the body, for `If-Match`.", schema: { type: "string" } },
  Location: { description: "The path of what was made.", schema: { type: "string" } },
  "Idempotency-Replayed": {
    description: "`true` when this is the answer to an earlier request of the same Idempotency-Key.",
    schema: { type: "string", enum: ["true"] },
  },
} satisfies Headers

/** A response of the document, to a key. */
export function json<T extends z.ZodType>(schema: T, description: string, ...headers: (keyof typeof described)[]) {
  const { headers: more, ...response } = unlimited(schema, description, ...headers)
  return { ...response, headers: { ...rateLimit, ...more } }
}

/** A response to somebody whose requests are not counted. */
export function unlimited<T extends z.ZodType>(schema: T, description: string, ...headers: (keyof typeof described)[]) {
  const named = Object.fromEntries(headers.map((name) => [name, described[name]]))
  return { description, headers: named as Headers, content: { "application/json": { schema } } }
}

/** What any call by key may be refused for. */
export const ANY_CALL = [
  "api_key_missing",
  "api_key_invalid",
  "api_key_revoked",
  "api_key_expired",
  "reseller_suspended",
  "insufficient_scope",
  "too_many_requests",
  "internal_error",
] as const satisfies ProblemCode[]

/** What a call with a body may be refused for besides. */
export const ANY_BODY = [
  "malformed_json",
  "body_too_large",
  "unsupported_media_type",
  "invalid_fields",
] as const satisfies ProblemCode[]

/** What a POST may be refused for besides. */
export const ANY_POST = [
  "idempotency_key_invalid",
  "idempotency_in_progress",
  "idempotency_key_reused",
] as const satisfies ProblemCode[]

/** The guard reads the header itself, before anything else; here it is for the document and the client. */
export const idempotencyKey = z.object({
  "Idempotency-Key": z
    .string()
    .optional()
    .meta({
      description:
        "A name of yours for this request, such as a UUID. For 24 hours the same name with the same body has one effect, and the first answer again.",
      examples: ["8e03978e-40d5-43e8-bc93-6894a57f9324"],
    }),
})

/** Which version to change, for the document; `versionsAsked` reads it. */
export const ifMatch = z.object({
  "If-Match": z
    .string()
    .optional()
    .meta({ description: "The `ETag` of the version to change.", examples: ['"3"'] }),
})

export const etagOf = ({ version }: { version: number | string }) => `"${version}"`

/**
 * The versions that If-Match names; undefined asks for any (RFC 9110, 13.1.1). A tag names a change, not bytes, so that one
 * which a proxy made weak by compressing the answer is as good.
 */
export function versionsAsked(c: Context): string[] | undefined {
  const asked = c.req.header("If-Match")
  if (asked === undefined || asked.trim() === "*") return undefined
  const tags = asked.split(",").map((tag) => /^(?:W\/)?"(\w{1,64})"$/.exec(tag.trim())?.[1])
  return tags.filter((version) => version !== undefined)
}

/** The object that was sent, as it was sent: a merge is between what callers wrote. */
export async function sentObject(c: Context): Promise<Record<string, unknown>> {
  if ((await c.req.text()) === "") throw new Refusal("malformed_json", "There is no body.")
  return c.req.json()
}

type Validated = { success: boolean; data?: unknown; error?: { issues: readonly z.core.$ZodIssue[] } }

/** Turns what a schema found wrong with `data` into the problem that tells of it. */
export function refuseInvalid({ success, data, error }: Validated): void {
  if (!success && error) refuseFields(error.issues.flatMap((issue) => fieldErrors(issue, data)))
}

function fieldErrors(issue: z.core.$ZodIssue, input: unknown): FieldError[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((field) => ({ field, code: "unknown_field", detail: "There is no such field." }))
  }
  if (issue.path.length === 0) return [{ field: "body", code: "invalid", detail: "Send one JSON object." }]
  const given = issue.path.reduce<unknown>(
    (value, key) => (isObject(value) ? Reflect.get(value, key) : undefined),
    input,
  )
  const isMissing = given === undefined || given === null || (typeof given === "string" && given.trim() === "")
  return [{ field: issue.path.join("."), code: isMissing ? "required" : "invalid", detail: issue.message }]
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null
