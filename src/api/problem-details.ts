import type { Context } from "hono"
import * as z from "zod"
import { isAdminScope } from "../domain/access/api-keys.ts"
import type { Failure, FieldError } from "../domain/failure.ts"
import type { AppEnv } from "../http/context.ts"
import { retryAfterSeconds, SHARED_PROBLEMS, toProblem } from "../http/problems.ts"
import { href } from "../routes.ts"
import type { ProblemDetails } from "./documented-problems.ts"
import { hideOwner } from "./hidden-owners.ts"
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
export type ProblemStatus = (typeof API_PROBLEMS)[ProblemCode]["status"]

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

export type ProblemExtensions = Partial<z.infer<typeof ProblemDetails>>

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

export const VERSION_CONFLICT =
  "The resource is no longer at the version in `If-Match`. Get it again and repeat your change. If nobody can have changed it, check that `If-Match` has the whole `ETag`, with its quotes."
export const HTTPS_REQUIRED =
  "Send requests to an `https:` URL, with TLS 1.2 or newer. An API key that was sent in the clear must be replaced."

const isProblemCode = (code: string): code is ProblemCode => code in API_PROBLEMS

/** Responds with the problem details of an error (RFC 9457). */
export function errorResponse(c: Context<AppEnv>, error: ApiError | Failure): Response {
  if (error instanceof ApiError) return fieldsResponse(c, error.code, error.message, error.extensions)
  const { reason } = error
  if (reason.kind === "forbidden")
    return problemResponse(c, "insufficient_scope", missingScopeDetail(reason.permission))
  if (reason.kind === "version_conflict") return problemResponse(c, reason.kind, VERSION_CONFLICT)
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
  c.header("Cache-Control", "private, no-store") // a 404, 405, 410 or 414 could be cached without it (RFC 9110, 15.1)
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
