import type { Context } from "hono"
import * as z from "zod"
import type { FieldError } from "../domain/failure.ts"
import type { ProblemCode } from "./problems.ts"
import { ApiError, throwFieldErrors } from "./problems.ts"
import { withSchemaName } from "./schema-name.ts"

const ID_PATTERN = "[0-9a-z]{26}"

/** An id as it looks: a prefix, then time and randomness. */
export const idSchema = (prefix: string, example = `${prefix}_01kc3ym7a2f8q0v5r9d4t6w1zx`) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_${ID_PATTERN}$`))
    .meta({ examples: [example] })

export const timestamp = z.iso
  .datetime()
  .meta({ description: "RFC 3339, UTC.", examples: ["2026-11-24T10:00:00.000Z"] })

/** The id in a path. Whatever it looks like, one that does not exist is a 404. */
export const idParam = (what: string) => z.object({ id: z.string().meta({ description: `The id of the ${what}.` }) })

const PAGE_SIZE_MAX = 100
const PAGE_SIZE_DEFAULT = 25
const PAGE_SIZE_RULE = `Use a whole number from 1 to ${PAGE_SIZE_MAX}.`

/** How every list is asked for: a page, newest first. `kind` is the prefix of what is listed, and so of its cursors. */
export const listParams = (kind: string) =>
  z.object({
    limit: z.coerce
      .number(PAGE_SIZE_RULE)
      .int(PAGE_SIZE_RULE)
      .min(1, PAGE_SIZE_RULE)
      .max(PAGE_SIZE_MAX, PAGE_SIZE_RULE)
      .default(PAGE_SIZE_DEFAULT)
      .meta({ description: "How many at most." }),
    cursor: z
      .string()
      .regex(new RegExp(`^${kind}_[0-9a-z_]{26,60}$`), "Use the `next_cursor` of the page before.")
      .optional()
      .meta({ description: "The `next_cursor` of the page before." }),
  })

export function listSchema<T extends z.ZodType>(name: string, item: T) {
  return z
    .object({
      data: z.array(item),
      next_cursor: z.string().nullable().meta({ description: "Where the next page begins; null on the last one." }),
    })
    .apply(withSchemaName(name))
}

type HeaderDocs = Record<string, { description: string; schema: { type: "string"; example?: string; enum?: string[] } }>

/** The headers of every answer to a key. */
const rateLimitHeaders = {
  RateLimit: {
    description:
      "Requests left to this key, and seconds until they are all back (draft-ietf-httpapi-ratelimit-headers).",
    schema: { type: "string", example: '"key";r=299;t=10' },
  },
  "RateLimit-Policy": {
    description: "How many requests a key has in how many seconds.",
    schema: { type: "string", example: '"key";q=300;w=10' },
  },
} satisfies HeaderDocs

const responseHeaders = {
  ETag: { description: "The version of what is in the body, for `If-Match`.", schema: { type: "string" } },
  Location: { description: "The path of what was made.", schema: { type: "string" } },
  "Idempotency-Replayed": {
    description: "`true` when this is the answer to an earlier request of the same Idempotency-Key.",
    schema: { type: "string", enum: ["true"] },
  },
} satisfies HeaderDocs

/** A response of the document, to a key. */
export function jsonResponse<T extends z.ZodType>(
  schema: T,
  description: string,
  ...headers: (keyof typeof responseHeaders)[]
) {
  const { headers: extraHeaders, ...response } = unmeteredJsonResponse(schema, description, ...headers)
  return { ...response, headers: { ...rateLimitHeaders, ...extraHeaders } }
}

/** A response to somebody whose requests are not counted. */
export function unmeteredJsonResponse<T extends z.ZodType>(
  schema: T,
  description: string,
  ...headers: (keyof typeof responseHeaders)[]
) {
  const documentedHeaders = Object.fromEntries(headers.map((name) => [name, responseHeaders[name]]))
  return { description, headers: documentedHeaders as HeaderDocs, content: { "application/json": { schema } } }
}

/** What any call by key may be refused for. */
export const COMMON_ERRORS = [
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
export const BODY_ERRORS = [
  "malformed_json",
  "body_too_large",
  "unsupported_media_type",
  "invalid_fields",
] as const satisfies ProblemCode[]

/** What a POST may be refused for besides. */
export const POST_ERRORS = [
  "idempotency_key_invalid",
  "idempotency_in_progress",
  "idempotency_key_reused",
] as const satisfies ProblemCode[]

/** The guard reads the header itself, before anything else; here it is for the document and the client. */
export const idempotencyKeyHeader = z.object({
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
export const ifMatchHeader = z.object({
  "If-Match": z
    .string()
    .optional()
    .meta({ description: "The `ETag` of the version to change.", examples: ['"3"'] }),
})

export const toEtag = ({ version }: { version: number | string }) => `"${version}"`

/**
 * The versions that If-Match names; undefined asks for any (RFC 9110, 13.1.1). A tag names a change, not bytes, so that one
 * which a proxy made weak by compressing the answer is as good.
 */
export function ifMatchVersions(c: Context): string[] | undefined {
  const header = c.req.header("If-Match")
  if (header === undefined || header.trim() === "*") return undefined
  const tags = header.split(",").map((tag) => /^(?:W\/)?"(\w{1,64})"$/.exec(tag.trim())?.[1])
  return tags.filter((version) => version !== undefined)
}

/** The object that was sent, as it was sent: a merge is between what callers wrote. */
export async function readRawJson(c: Context): Promise<Record<string, unknown>> {
  if ((await c.req.text()) === "") throw new ApiError("malformed_json", "There is no body.")
  return c.req.json()
}

type ValidationResult = { success: boolean; data?: unknown; error?: { issues: readonly z.core.$ZodIssue[] } }

/** Turns what a schema found wrong with `data` into the problem that tells of it. */
export function validationHook({ success, data, error }: ValidationResult): void {
  if (!success && error) throwFieldErrors(error.issues.flatMap((issue) => toFieldErrors(issue, data)))
}

function toFieldErrors(issue: z.core.$ZodIssue, input: unknown): FieldError[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((field) => ({ field, code: "unknown_field", detail: "There is no such field." }))
  }
  if (issue.path.length === 0) return [{ field: "body", code: "invalid", detail: "Send one JSON object." }]
  const sentValue = issue.path.reduce<unknown>(
    (value, key) => (isObject(value) ? Reflect.get(value, key) : undefined),
    input,
  )
  const isMissing =
    sentValue === undefined || sentValue === null || (typeof sentValue === "string" && sentValue.trim() === "")
  return [{ field: issue.path.join("."), code: isMissing ? "required" : "invalid", detail: issue.message }]
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null
