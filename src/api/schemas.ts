import type { Context } from "hono"
import * as z from "zod"
import type { FieldError } from "../domain/failure.ts"
import { issueParams } from "../domain/validation.ts"
import type { AppEnv } from "../http/context.ts"
import type { Page, PageRequest } from "../storage/paging.ts"
import { isVisible } from "../text/invisible.ts"
import type { ProblemCode } from "./problem-details.ts"
import { ApiError, throwFieldErrors } from "./problem-details.ts"
import { withSchemaName } from "./schema-name.ts"

const ID_PATTERN = "[0-9a-z]{26}"

/** The format of an id: a prefix, then a timestamp and random characters. */
export const idSchema = (prefix: string, example = `${prefix}_01kc3ym7a2f8q0v5r9d4t6w1zx`) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_${ID_PATTERN}$`))
    .meta({ examples: [example] })

export const timestamp = z.iso
  .datetime()
  .meta({ description: "RFC 3339, UTC.", examples: ["2026-11-24T10:00:00.000Z"] })

const describedId = (description: string) => z.object({ id: z.string().meta({ description }) })

/** The id in a path. Its format isn't checked: an unknown id is a 404. */
export const idParam = (what: string) => describedId(`The id of the ${what}.`)

export const inviteParam = describedId(
  "The id of the invite, or `external:` followed by its percent-encoded `external_id`. If several invites have that, the pending one is meant, else the newest.",
)
export const customerParam = describedId(
  "The id of the customer, or `external:` followed by its percent-encoded `external_id`.",
)

const PAGE_SIZE_MAX = 100
const PAGE_SIZE_DEFAULT = 25
const PAGE_SIZE_RULE = `Use a whole number from 1 to ${PAGE_SIZE_MAX}.`

/** Before the id in a cursor that leads to the newer items. */
const NEWER = "after_"

/**
 * The query parameters of a list. `kind` is the id prefix of its items, and so of its cursors; `rest` is the pattern of what can follow
 * the id.
 */
export const listParams = (kind: string, rest = "") =>
  z.object({
    limit: z.coerce
      .number(PAGE_SIZE_RULE)
      .int(PAGE_SIZE_RULE)
      .min(1, PAGE_SIZE_RULE)
      .max(PAGE_SIZE_MAX, PAGE_SIZE_RULE)
      .default(PAGE_SIZE_DEFAULT)
      .meta({ description: "The maximum number of items." }),
    cursor: z
      .string()
      .regex(
        new RegExp(`^(${NEWER})?${kind}_[0-9a-z_]{26,60}${rest}$`),
        "Use the `next_cursor` or `prev_cursor` of another page.",
      )
      .optional()
      .meta({ description: "The `next_cursor` or `prev_cursor` of another page." }),
  })

export function listSchema<T extends z.ZodType>(name: string, item: T) {
  return z
    .object({
      data: z.array(item),
      next_cursor: z.string().nullable().meta({ description: "The cursor of the next page; null on the last page." }),
      prev_cursor: z.string().nullable().meta({
        description: "The cursor of the previous page, with the items before these; null on the first page.",
      }),
    })
    .apply(withSchemaName(name))
}

type ListContext = Context<AppEnv, string, { out: { query: z.output<ReturnType<typeof listParams>> } }>

/** Responds with the page of a list that the request asks for. */
export async function listResponse<Row, Item>(
  c: ListContext,
  list: (request: PageRequest) => Promise<Page<Row>>,
  toItem: (row: Row) => Item,
) {
  const { limit, cursor } = c.req.valid("query")
  const start = cursor?.startsWith(NEWER) ? { after: cursor.slice(NEWER.length) } : { before: cursor }
  const { rows, next, prev } = await list({ ...start, size: limit })
  const cursors = { next_cursor: next ?? null, prev_cursor: prev ? NEWER + prev : null }
  return c.json({ data: rows.map((row) => toItem(row)), ...cursors }, 200)
}

type HeaderDocs = Record<string, { description: string; schema: { type: "string"; example?: string; enum?: string[] } }>

/** The headers of every response to an API key. */
const rateLimitHeaders = {
  RateLimit: {
    description:
      "The requests left for this key, and the seconds until its quota resets; approximate for a GET (draft-ietf-httpapi-ratelimit-headers).",
    schema: { type: "string", example: '"key";r=299;t=10' },
  },
  "RateLimit-Policy": {
    description: "The quota of requests per key, and its window in seconds.",
    schema: { type: "string", example: '"key";q=300;w=10' },
  },
} satisfies HeaderDocs

const responseHeaders = {
  ETag: {
    description: "The version of the resource and of this response, for `If-Match` and `If-None-Match`.",
    schema: { type: "string", example: '"3.8f14e45fceea167a"' },
  },
  Location: { description: "The path of the created resource.", schema: { type: "string" } },
  "Idempotency-Replayed": {
    description: "`true` if this is the response to an earlier request with the same `Idempotency-Key`.",
    schema: { type: "string", enum: ["true"] },
  },
} satisfies HeaderDocs

/** A documented response to a request with an API key. */
export function jsonResponse<T extends z.ZodType>(
  schema: T,
  description: string,
  ...headers: (keyof typeof responseHeaders)[]
) {
  const { headers: extraHeaders, ...response } = unmeteredJsonResponse(schema, description, ...headers)
  return { ...response, headers: { ...rateLimitHeaders, ...extraHeaders } }
}

/** A documented response to a request that isn't rate limited. */
export function unmeteredJsonResponse<T extends z.ZodType>(
  schema: T,
  description: string,
  ...headers: (keyof typeof responseHeaders)[]
) {
  const documentedHeaders = Object.fromEntries(headers.map((name) => [name, responseHeaders[name]]))
  return { description, headers: documentedHeaders as HeaderDocs, content: { "application/json": { schema } } }
}

/** A documented JSON body. */
export function jsonBody<T extends z.ZodType>(schema: T) {
  return { content: { "application/json": { schema } }, required: true as const }
}

/** A documented JSON merge patch, which can also be sent as plain JSON. */
export function mergePatchBody<T extends z.ZodType>(schema: T) {
  const { content, required } = jsonBody(schema)
  return { content: { ...content, "application/merge-patch+json": { schema } }, required }
}

/** Errors of every request. */
export const SERVICE_ERRORS = [
  "invalid_fields",
  "url_too_long",
  "headers_too_large",
  "internal_error",
  "misconfigured",
  "https_required",
] as const satisfies ProblemCode[]

/** Errors of every request with an API key. */
export const COMMON_ERRORS = [
  "api_key_missing",
  "api_key_invalid",
  "api_key_revoked",
  "api_key_expired",
  "reseller_suspended",
  "insufficient_scope",
  "too_many_requests",
  ...SERVICE_ERRORS,
] as const satisfies ProblemCode[]

/** Further errors of requests with a body. */
export const BODY_ERRORS = [
  "malformed_json",
  "body_too_large",
  "unsupported_media_type",
  "unsupported_content_encoding",
] as const satisfies ProblemCode[]

/** Further errors of POST requests. */
export const POST_ERRORS = [
  "idempotency_key_invalid",
  "idempotency_in_progress",
  "idempotency_key_reused",
] as const satisfies ProblemCode[]

/** For the document and the client. Authentication reads the header, before the body is validated. */
export const idempotencyKeyHeader = z.object({
  "Idempotency-Key": z
    .string()
    .optional()
    .meta({
      description:
        "A unique value that you choose for this request, such as a UUID. For 24 hours, repeating the request with the same key and body has no further effect and returns the first response.",
      examples: ["8e03978e-40d5-43e8-bc93-6894a57f9324"],
    }),
})

/** For the document and the client. `ifMatchVersions` reads the header. */
export const ifMatchHeader = z.object({
  "If-Match": z
    .string()
    .optional()
    .meta({
      description:
        "An `ETag` of the resource, or several. The request is refused with 412 if the resource has changed since.",
      examples: ['"3.8f14e45fceea167a"'],
    }),
})

/** The headers of a POST that changes a resource with an ETag. */
export const conditionalPostHeaders = idempotencyKeyHeader.extend(ifMatchHeader.shape)

/**
 * The versions in If-Match; undefined means any (RFC 9110, 13.1.1). Weak tags count too: a proxy that compresses a response may
 * weaken its ETag.
 */
export function ifMatchVersions(c: Context): string[] | undefined {
  const header = c.req.header("If-Match")
  if (header === undefined || header.trim() === "*") return undefined
  const tags = header.split(",").map((tag) => /^(?:W\/)?"(\w{1,64})(?:\.[0-9a-f]*)?"$/.exec(tag.trim())?.[1])
  return tags.filter((version) => version !== undefined)
}

/** The body as it was sent, without defaults: a merge patch changes only the fields that it names. */
export async function readRawJson(c: Context): Promise<Record<string, unknown>> {
  if ((await c.req.text()) === "") throw new ApiError("malformed_json", "Send a JSON body.")
  return c.req.json()
}

type ValidationResult = { success: boolean; data?: unknown; error?: { issues: readonly z.core.$ZodIssue[] } }

/** Throws the problem that lists what is wrong with `data`. */
export function validationHook({ success, data, error }: ValidationResult): void {
  if (!success && error) throwFieldErrors(issueErrors(error.issues, data))
}

/** What is wrong with `input`, as field errors. */
export const issueErrors = (issues: readonly z.core.$ZodIssue[], input: unknown): FieldError[] =>
  issues.flatMap((issue) => toFieldErrors(issue, input))

function toFieldErrors(issue: z.core.$ZodIssue, input: unknown): FieldError[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((field) => ({ field, code: "unknown_field", detail: "This field doesn't exist." }))
  }
  if (issue.path.length === 0) return [{ field: "body", code: "invalid", detail: "Send one JSON object." }]
  const sentValue = issue.path.reduce<unknown>(
    (value, key) => (isObject(value) ? Reflect.get(value, key) : undefined),
    input,
  )
  const { code } = issueParams(issue)
  const isMissing =
    sentValue === undefined || sentValue === null || (typeof sentValue === "string" && !isVisible(sentValue))
  return [
    {
      field: issue.path.join("."),
      code: isMissing && code !== "not_visible" ? "required" : code,
      detail: issue.message,
    },
  ]
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null
