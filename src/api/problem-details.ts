import type { Context } from "hono"
import * as z from "zod"
import { isAdminScope } from "../domain/access/api-keys.ts"
import type { Failure, FieldError } from "../domain/failure.ts"
import type { AppEnv } from "../http/context.ts"
import { retryAfterSeconds, SHARED_PROBLEMS, toProblem } from "../http/problems.ts"
import { href } from "../routes.ts"
import { hideOwner } from "./hidden-owners.ts"
import { PROBLEM_DESCRIPTIONS } from "./problem-descriptions.ts"
import { withSchemaName } from "./schema-name.ts"

/** Every error of the API, by its code. Codes never change; titles and details can. */
export const API_PROBLEMS = {
  ...SHARED_PROBLEMS,
  malformed_json: { status: 400, title: "Malformed JSON" },
  idempotency_key_invalid: { status: 400, title: "Invalid Idempotency-Key" },
  api_key_missing: { status: 401, title: "API key missing" },
  insufficient_scope: { status: 403, title: "Insufficient scope" },
  https_required: { status: 403, title: "HTTPS required" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  invite_pending: { status: 409, title: "Already invited" },
  already_customer: { status: 409, title: "Already a customer" },
  billing_email_taken: { status: 409, title: "Email address taken" },
  slug_taken: { status: 409, title: "Slug taken" },
  already_member: { status: 409, title: "Already joined" },
  idempotency_in_progress: { status: 409, title: "Request in progress" },
  body_too_large: { status: 413, title: "Body too large" },
  url_too_long: { status: 414, title: "URL too long" },
  unsupported_media_type: { status: 415, title: "Unsupported media type" },
  unsupported_content_encoding: { status: 415, title: "Unsupported content encoding" },
  invalid_fields: { status: 422, title: "Invalid fields" },
  idempotency_key_reused: { status: 422, title: "Idempotency-Key reused" },
  too_many_requests: { status: 429, title: "Too many requests" },
  headers_too_large: { status: 431, title: "Headers too large" },
  internal_error: { status: 500, title: "Internal error" },
  misconfigured: { status: 503, title: "Service misconfigured" },
} as const

export type ProblemCode = keyof typeof API_PROBLEMS
type ProblemStatus = (typeof API_PROBLEMS)[ProblemCode]["status"]

/** Codes of single fields, in `errors`. */
const FIELD_CODES = [
  "required",
  "invalid",
  "unknown_field",
  "repeated",
  "not_found",
  "billing_account_not_found",
  "billing_phone_mismatch",
  "invite_pending",
  "external_id_taken",
  "already_customer",
  "billing_email_taken",
  "slug_taken",
  "already_member",
  "email_suppressed",
  "url_not_allowed",
  "email_several",
  "email_quoted",
  "email_letters",
  "email_local_part",
  "email_local_part_too_long",
  "email_domain",
  "phone_extension",
  "not_visible",
  "duplicate_row",
] as const
const CONFLICT_CODES = [
  "invite_pending",
  "external_id_taken",
  "already_customer",
  "already_member",
  "billing_email_taken",
  "slug_taken",
  "email_suppressed",
] as const satisfies ProblemCode[]

export const ProblemFieldError = z
  .object({
    field: z.string().meta({ description: "The field of the body, the query parameter or the header." }),
    code: z.enum(FIELD_CODES),
    detail: z.string(),
    invite_id: z
      .string()
      .optional()
      .meta({ description: "With `invite_pending` or `external_id_taken`: the pending invite." }),
    customer_id: z
      .string()
      .optional()
      .meta({ description: "With `already_customer` or `external_id_taken`: the customer." }),
    staff_invite_id: z.string().optional().meta({ description: "With `invite_pending` to staff: the pending invite." }),
    staff_id: z.string().optional().meta({ description: "With `already_member`: the staff user." }),
  })
  .apply(withSchemaName("ProblemFieldError"))

const ProblemDetails = z
  .object({
    type: z.url().meta({ description: "A link to the description of the code." }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: "What went wrong with this request, for people." }),
    code: z.string().meta({ description: "The cause, for programs. It never changes." }),
    errors: z.array(ProblemFieldError).optional(),
    limit: z.int().optional().meta({ description: "With an email limit: the number of emails allowed." }),
    remaining: z.int().optional().meta({ description: "The number of emails left." }),
    reset_at: z.iso.datetime().optional().meta({ description: "When the next email is allowed." }),
    request_id: z.string().optional().meta({ description: "With `internal_error`: include it if you contact us." }),
  })
  .meta({ description: "RFC 9457 problem details. One `code` for each cause." })
  .apply(withSchemaName("ProblemDetails"))

type ProblemExtensions = Partial<z.infer<typeof ProblemDetails>>

/** An error of the API itself. Errors of the domain are `Failure`s. */
export class ApiError extends Error {
  readonly code: ProblemCode
  readonly extensions: ProblemExtensions

  constructor(code: ProblemCode, detail: string, extensions: ProblemExtensions = {}) {
    super(detail)
    this.code = code
    this.extensions = extensions
  }
}

const isProblemCode = (code: string): code is ProblemCode => code in API_PROBLEMS

/** Responds with the problem details of an error (RFC 9457). */
export function errorResponse(c: Context<AppEnv>, error: ApiError | Failure): Response {
  if (error instanceof ApiError) return fieldsResponse(c, error.code, error.message, error.extensions)
  const { reason } = error
  if (reason.kind === "forbidden")
    return problemResponse(c, "insufficient_scope", missingScopeDetail(reason.permission))
  if (reason.kind === "version_conflict") return problemResponse(c, reason.kind, PROBLEM_DESCRIPTIONS.version_conflict)
  const { status, code, detail } = toProblem(reason)
  if (status === 401) setWwwAuthenticate(c)
  if (!isProblemCode(code)) throw new Error(`the API has no code for ${code}`, { cause: error })
  if (reason.kind === "external_id_taken") {
    const { owner } = reason
    const errors = toProblemErrors([{ field: "external_id", code: reason.kind, detail, link: owner }])
    return fieldsResponse(c, code, detail, { errors })
  }
  if (reason.kind !== "rate_limited") return problemResponse(c, code, detail)
  const { limit, remaining, resetAt } = reason
  c.header("Retry-After", String(retryAfterSeconds(resetAt, c.var.deps.now())))
  return problemResponse(c, code, detail, { limit, remaining, reset_at: resetAt.toISOString() })
}

/** Responds with an error, without what the key can't read of the records that the request conflicts with. */
function fieldsResponse(
  c: Context<AppEnv>,
  code: ProblemCode,
  detail: string,
  extensions: ProblemExtensions,
): Response {
  const { apiKey } = c.var
  const [first] = extensions.errors ?? []
  if (!apiKey || !first) return problemResponse(c, code, detail, extensions)
  const errors = extensions.errors?.map((error) => hideOwner(apiKey, error))
  return problemResponse(c, code, detail === first.detail ? hideOwner(apiKey, first).detail : detail, {
    ...extensions,
    errors,
  })
}

/** Tells the caller which authentication scheme to use (RFC 6750, 3). */
export function setWwwAuthenticate(c: Context<AppEnv>): void {
  c.header("WWW-Authenticate", 'Bearer realm="vestibule"')
}

export const missingScopeDetail = (scope: string) =>
  `This API key lacks the scope ${scope}. Use one that has it${isAdminScope(scope) ? ", and whose creator is still an Admin" : ""}.`

/** Field errors as responses have them. */
export const toProblemErrors = (errors: FieldError[]): z.infer<typeof ProblemFieldError>[] =>
  errors.map(({ field, code, detail, link }) => ({
    field,
    code: FIELD_CODES.find((fieldCode) => fieldCode === code) ?? "invalid",
    detail,
    ...(link && { [`${link.kind}_id`]: link.id }),
  }))

/** Throws field errors as one problem: a single conflict under its own code, anything else as `invalid_fields`. */
export function throwFieldErrors(errors: FieldError[]): never {
  const [first, ...rest] = errors
  const conflictCode = rest.length === 0 ? CONFLICT_CODES.find((code) => code === first?.code) : undefined
  const fieldErrors = toProblemErrors(errors)
  const invalidFields = fieldErrors.length === 1 ? "One field is" : `${fieldErrors.length} fields are`
  const detail = conflictCode && first ? first.detail : `${invalidFields} invalid.`
  throw new ApiError(conflictCode ?? "invalid_fields", detail, { errors: fieldErrors })
}

export function problemResponse(
  c: Context<AppEnv>,
  code: ProblemCode,
  detail: string,
  extensions: ProblemExtensions = {},
): Response {
  const { status, title } = API_PROBLEMS[code]
  const type = `${c.var.deps.config.baseUrl}${href("api.docs")}#${code}`
  return c.json({ type, title, status, detail, code, ...extensions }, status, {
    "Content-Type": "application/problem+json",
  })
}

/** The problem of a service whose settings are invalid. It has no `type`, because the base URL may be one of them. */
export function misconfiguredProblem(c: Context<AppEnv>, detail: string): Response {
  const { status, title } = API_PROBLEMS.misconfigured
  return c.json({ type: "about:blank", title, status, detail, code: "misconfigured" }, status, {
    "Content-Type": "application/problem+json",
  })
}

type ProblemResponses = Record<
  ProblemStatus,
  { description: string; content: { "application/problem+json": { schema: typeof ProblemDetails } } }
>

/** The documented responses for these codes, grouped by status, with an example for each code. */
export function problems(...codes: ProblemCode[]): ProblemResponses {
  const byStatus = Map.groupBy(new Set(codes), (code) => API_PROBLEMS[code].status)
  const responses = [...byStatus].map(([status, causes]) => [
    status,
    {
      description: causes.map((code) => `\`${code}\`: ${API_PROBLEMS[code].title}.`).join(" "),
      ...(STATUS_HEADERS[status] && { headers: STATUS_HEADERS[status] }),
      content: {
        "application/problem+json": {
          // Only the document needs it: the Worker would build two hundred schemas at its start.
          get schema() {
            return ProblemDetails.extend({ code: z.enum(causes) })
          },
          examples: Object.fromEntries(causes.map((code) => [code, { value: toExample(code) }])),
        },
      },
    },
  ])
  return Object.fromEntries(responses)
}

const retryAfterHeader = {
  description: "The number of seconds to wait before trying again.",
  schema: { type: "integer", minimum: 1 },
} as const
const STATUS_HEADERS: Partial<Record<number, Record<string, object>>> = {
  401: { "WWW-Authenticate": { description: "`Bearer`.", schema: { type: "string" } } },
  409: {
    "Retry-After": {
      ...retryAfterHeader,
      description: "With `idempotency_in_progress`: the number of seconds to wait before sending the request again.",
    },
  },
  415: {
    "Accept-Encoding": {
      description: "With `unsupported_content_encoding`: `identity`.",
      schema: { type: "string", enum: ["identity"] },
    },
  },
  429: { "Retry-After": retryAfterHeader },
}

const LIMIT_EXAMPLE = { limit: 5, remaining: 0, reset_at: "2026-11-25T10:00:00.000Z" }
const EXAMPLES: Partial<Record<ProblemCode, ProblemExtensions>> = {
  resend_cooldown: { ...LIMIT_EXAMPLE, remaining: 4, reset_at: "2026-11-24T10:01:00.000Z" },
  resend_daily_limit: LIMIT_EXAMPLE,
  email_hourly_limit: { ...LIMIT_EXAMPLE, limit: 500 },
  internal_error: { request_id: "8e03978e-40d5-43e8-bc93-6894a57f9324" },
  invalid_fields: {
    errors: [{ field: "billing_phone", code: "required", detail: "Enter the phone number of that billing account." }],
  },
}

function toExample(code: ProblemCode) {
  const { status, title } = API_PROBLEMS[code]
  const type = `https://vestibule.example${href("api.docs")}#${code}`
  return { type, title, status, detail: PROBLEM_DESCRIPTIONS[code], code, ...EXAMPLES[code] }
}
