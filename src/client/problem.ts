import type { ProblemCode, ProblemDetails, ProblemFieldError } from "../../.generated/client-source/api.ts"
import { type ParsedResponse, problemCode, retryAfterSeconds } from "./retries.ts"

/** The service refused a call. `code` names the cause. */
export class ProblemError extends Error {
  override readonly name = "ProblemError"
  /** `unexpected_response` if the response isn't from the API, but from a proxy. */
  readonly code: ProblemCode | "unexpected_response"
  readonly status: number
  /** Each invalid field, and how to correct it. */
  readonly errors: ProblemFieldError[]
  /** Include it if you contact support. */
  readonly requestId: string | undefined
  /** How long to wait before the call can succeed, if the service says so. */
  readonly retryAfterSeconds: number | undefined
  /** The whole problem document (RFC 9457). */
  readonly problem: ProblemDetails | undefined

  constructor({ response, body }: ParsedResponse) {
    const problem = problemCode(body) === undefined ? undefined : (body as ProblemDetails)
    super(problem ? toMessage(problem) : `The response, with status ${response.status}, isn't from the API.`)
    this.code = (problem?.code as ProblemCode | undefined) ?? "unexpected_response"
    this.status = response.status
    this.errors = problem?.errors ?? []
    this.requestId = problem?.request_id ?? response.headers.get("X-Request-Id") ?? undefined
    this.retryAfterSeconds = retryAfterSeconds(response)
    this.problem = problem
  }
}

/** What is wrong, with each invalid field, so that a log of the error alone says it. */
function toMessage({ detail, errors = [] }: ProblemDetails): string {
  return [detail, ...errors.map(({ field, detail }) => `${field}: ${detail}`)].join("\n")
}
