import * as z from "zod"
import { href } from "../routes.ts"
import { PROBLEM_DESCRIPTIONS } from "./problem-descriptions.ts"
import {
  API_PROBLEMS,
  type ProblemCode,
  type ProblemExtensions,
  ProblemFieldError,
  type ProblemStatus,
} from "./problem-details.ts"
import { withSchemaName } from "./schema-name.ts"

// What only the OpenAPI document has of problems. The Worker has api/undocumented.ts instead.

export const ProblemDetails = z
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
