import type { Context } from "hono"
import * as z from "zod"
import type { Failure, FieldError } from "../domain/failure.ts"
import type { AppEnv } from "../http/context.ts"
import { PROBLEMS, retryAfterSeconds, toProblem } from "../http/problems.ts"
import { withSchemaName } from "./schema-name.ts"

const {
  forbidden: _,
  api_key_limit: __,
  last_admin: ___,
  no_active_account: ____,
  wrong_account: _____,
  ...SHARED_PROBLEMS
} = PROBLEMS

/** Every cause of a refusal, by its code. Codes are for ever; titles and details may be worded better. */
export const API_PROBLEMS = {
  ...SHARED_PROBLEMS,
  malformed_json: { status: 400, title: "Malformed JSON" },
  idempotency_key_invalid: { status: 400, title: "Unusable Idempotency-Key" },
  api_key_missing: { status: 401, title: "No key" },
  insufficient_scope: { status: 403, title: "Scope missing" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  invite_pending: { status: 409, title: "Already invited" },
  already_customer: { status: 409, title: "Already a customer" },
  billing_email_taken: { status: 409, title: "Address taken" },
  slug_taken: { status: 409, title: "Slug taken" },
  already_member: { status: 409, title: "Already there" },
  idempotency_in_progress: { status: 409, title: "Still running" },
  body_too_large: { status: 413, title: "Body too large" },
  unsupported_media_type: { status: 415, title: "Unsupported media type" },
  invalid_fields: { status: 422, title: "Invalid fields" },
  idempotency_key_reused: { status: 422, title: "Idempotency-Key used for something else" },
  too_many_requests: { status: 429, title: "Too many requests" },
  internal_error: { status: 500, title: "Not your fault" },
} as const

/** What each code means and what to do about it, for the document. */
export const PROBLEM_DESCRIPTIONS: Record<ProblemCode, string> = {
  not_found: "There is nothing at this address, or it belongs to another reseller.",
  invalid_cursor: "The cursor is none of this list. Start again without one.",
  invite_not_pending: "Only a pending invite can be revoked, or its link copied.",
  invite_not_resendable: "The invite is accepted or revoked, and that is final.",
  newer_invite_pending: "A newer invite to the same address is pending. Resend that one.",
  email_suppressed: "Mail to this address bounced, was marked as spam, or was declined. Correct the address.",
  resend_cooldown: "This invite was sent again a moment ago. `reset_at` says when it may be sent again.",
  resend_daily_limit:
    "This invite was sent again as often as it may be in 24 hours. `reset_at` says when it may be sent again.",
  email_hourly_limit:
    "The reseller has sent as many invites as it may in an hour. Nothing was written; try again at `reset_at`.",
  billing_account_is_default: "Make another billing account the default first.",
  billing_account_in_use:
    "Pending invites use this billing account. Name another with `move_to`, revoke them, or wait until they are accepted.",
  secret_rotation_pending: "The secret before still signs too. When it no longer does there may be another.",
  webhook_disabled: "The webhook is switched off. Switch it on with PATCH first.",
  delivery_in_progress: "The event is being sent at this very moment. Look at its attempts.",
  already_resent: "Somebody sent the invite again at this very moment. Read it again.",
  billing_account_not_found: "`move_to` is no other billing account of yours.",
  billing_account_removed: "The invite's billing account was removed. Correct it with PATCH.",
  webhook_limit: "A reseller may have 20 webhooks. Remove one first.",
  version_conflict: "`If-Match` names an older version. Read it again and make your change to what is there now.",
  api_key_invalid: "The key is not one of this deployment's. Check that it was copied whole.",
  api_key_revoked: "Staff revoked the key. Make a new one.",
  api_key_expired: "The key's time is up. Make a new one.",
  reseller_suspended: "The operator suspended the reseller. Its keys work again when that is undone.",
  slug_taken: "Another reseller has this slug.",
  malformed_json: "The body cannot be read as JSON.",
  idempotency_key_invalid: "An `Idempotency-Key` has 1 to 255 printable ASCII characters.",
  api_key_missing: "Send `Authorization: Bearer vst_…`.",
  insufficient_scope: "The key may not do this. `detail` names the scope that it lacks.",
  method_not_allowed: "The address does not take this method. `Allow` names those that it takes.",
  invite_pending: "The address has a pending invite already. `errors` names it.",
  already_customer: "The address belongs to a customer of yours. `errors` names it.",
  billing_email_taken: "Another billing account has this address.",
  already_member: "Somebody with this address is there already.",
  idempotency_in_progress: "The first request of this `Idempotency-Key` is still running. Ask again for its answer.",
  body_too_large: "A body may have 64 KiB.",
  unsupported_media_type: "Send the body as `application/json`, and say so in `Content-Type`.",
  invalid_fields: "`errors` lists every field or parameter that is wrong, and how to mend it.",
  idempotency_key_reused: "This `Idempotency-Key` was used for a request with another body or path. Make a new one.",
  too_many_requests: "The key has no requests left. `Retry-After` says in how many seconds it has.",
  internal_error:
    "A fault of ours. Name the `request_id` when you report it. A POST may be repeated with its `Idempotency-Key`.",
}

export type ProblemCode = keyof typeof API_PROBLEMS
type ProblemStatus = (typeof API_PROBLEMS)[ProblemCode]["status"]

/** Codes of single fields, in `errors`. The first three are a form's; the others are known by their problem's name too. */
const FIELD_CODES = [
  "required",
  "invalid",
  "unknown_field",
  "billing_account_not_found",
  "billing_phone_mismatch",
  "invite_pending",
  "already_customer",
  "billing_email_taken",
  "slug_taken",
  "already_member",
  "email_suppressed",
  "url_not_allowed",
] as const
const CONFLICT_CODES: readonly string[] = [
  "invite_pending",
  "already_customer",
  "already_member",
  "billing_email_taken",
  "slug_taken",
  "email_suppressed",
]

const ProblemFieldError = z
  .object({
    field: z.string().meta({ description: "The field of the body, the query parameter or the header." }),
    code: z.enum(FIELD_CODES),
    detail: z.string(),
    invite_id: z.string().optional().meta({ description: "With `invite_pending`: the invite that is." }),
    customer_id: z.string().optional().meta({ description: "With `already_customer`: the customer that it is." }),
  })
  .apply(withSchemaName("ProblemFieldError"))

export const ProblemDetails = z
  .object({
    type: z.url().meta({ description: "Where the code is explained." }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: "What happened this time, in words for a person." }),
    code: z.string().meta({ description: "The cause, for a program. It never changes." }),
    errors: z.array(ProblemFieldError).optional(),
    limit: z.int().optional().meta({ description: "With a limit on e-mails: how many are let through." }),
    remaining: z.int().optional().meta({ description: "How many are left." }),
    reset_at: z.iso.datetime().optional().meta({ description: "When the next one is let through." }),
    request_id: z.string().optional().meta({ description: "With `internal_error`: name it when you report this." }),
  })
  .meta({ description: "RFC 9457 problem details. One `code` for each cause." })
  .apply(withSchemaName("ProblemDetails"))

type ProblemExtensions = Partial<z.infer<typeof ProblemDetails>>

/** A refusal that only the API knows. The domain's own are `Failure`s. */
export class ApiError extends Error {
  readonly code: ProblemCode
  readonly extensions: ProblemExtensions

  constructor(code: ProblemCode, detail: string, extensions: ProblemExtensions = {}) {
    super(detail)
    this.code = code
    this.extensions = extensions
  }
}

/** Answers with what went wrong, as RFC 9457 has it. */
export function errorResponse(c: Context<AppEnv>, error: ApiError | Failure): Response {
  if (error instanceof ApiError) return problemResponse(c, error.code, error.message, error.extensions)
  const { reason } = error
  if (reason.kind === "forbidden")
    return problemResponse(c, "insufficient_scope", missingScopeDetail(reason.permission))
  const { status, code, detail } = toProblem(reason)
  if (status === 401) setWwwAuthenticate(c)
  if (reason.kind !== "rate_limited") return problemResponse(c, code as ProblemCode, detail)
  const { limit, remaining, resetAt } = reason
  c.header("Retry-After", String(retryAfterSeconds(resetAt, c.var.deps.now())))
  return problemResponse(c, reason.scope, detail, { limit, remaining, reset_at: resetAt.toISOString() })
}

/** RFC 6750, 3: how a caller learns which scheme to use. */
export function setWwwAuthenticate(c: Context<AppEnv>): void {
  c.header("WWW-Authenticate", 'Bearer realm="vestibule"')
}

export const missingScopeDetail = (scope: string) => `This key lacks the scope ${scope}. Make one that has it.`

/** Wrong fields as one refusal: a conflict by its own name when that is all, else `invalid_fields`. */
export function throwFieldErrors(errors: FieldError[]): never {
  const [first, ...rest] = errors
  const conflict = first && rest.length === 0 && CONFLICT_CODES.includes(first.code) ? first : undefined
  const fieldErrors = errors.map(({ field, code, detail, link }) => ({
    field,
    code: FIELD_CODES.find((fieldCode) => fieldCode === code) ?? "invalid",
    detail,
    ...(link && { [`${link.kind}_id`]: link.id }),
  }))
  const detail =
    conflict?.detail ??
    `${fieldErrors.length === 1 ? "One field needs" : `${fieldErrors.length} fields need`} a change.`
  throw new ApiError((conflict?.code as ProblemCode | undefined) ?? "invalid_fields", detail, { errors: fieldErrors })
}

export function problemResponse(
  c: Context<AppEnv>,
  code: ProblemCode,
  detail: string,
  extensions: ProblemExtensions = {},
): Response {
  const { status, title } = API_PROBLEMS[code]
  const type = `${c.var.deps.config.baseUrl}/api/v1/docs#${code}`
  return c.json({ type, title, status, detail, code, ...extensions }, status, {
    "Content-Type": "application/problem+json",
  })
}

type ProblemResponses = Record<
  ProblemStatus,
  { description: string; content: { "application/problem+json": { schema: typeof ProblemDetails } } }
>

/** The document's responses for these causes, grouped by status, each cause with an example. */
export function problems(...codes: ProblemCode[]): ProblemResponses {
  const byStatus = Map.groupBy(codes, (code) => API_PROBLEMS[code].status)
  const responses = [...byStatus].map(([status, causes]) => [
    status,
    {
      description: causes.map((code) => `\`${code}\`: ${API_PROBLEMS[code].title}.`).join(" "),
      ...(STATUS_HEADERS[status] && { headers: STATUS_HEADERS[status] }),
      content: {
        "application/problem+json": {
          schema: ProblemDetails.extend({ code: z.enum(causes) }),
          examples: Object.fromEntries(causes.map((code) => [code, { value: toExample(code) }])),
        },
      },
    },
  ])
  return Object.fromEntries(responses)
}

const retryAfterHeader = {
  description: "In how many seconds to try again.",
  schema: { type: "integer", minimum: 1 },
} as const
const STATUS_HEADERS: Partial<Record<number, Record<string, object>>> = {
  401: { "WWW-Authenticate": { description: "`Bearer`.", schema: { type: "string" } } },
  409: {
    "Retry-After": {
      ...retryAfterHeader,
      description: "With `idempotency_in_progress`: in how many seconds to ask again.",
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
  const type = `https://vestibule.example/api/v1/docs#${code}`
  return { type, title, status, detail: PROBLEM_DESCRIPTIONS[code], code, ...EXAMPLES[code] }
}
