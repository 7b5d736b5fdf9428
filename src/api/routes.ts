import { type Context, Hono } from "hono"
import { HTTPException } from "hono/http-exception"
import { OPENAPI } from "../../.generated/openapi.ts"
import { Failure } from "../domain/failure.ts"
import type { Vestibule } from "../http/context.ts"
import { logError } from "../http/log.ts"
import type { ApiDocument } from "./examples.ts"
import { calls } from "./operations.ts"
import { isHidden } from "./operator-guard.ts"
import { answerProblem, answerRefusal, type ProblemCode, Refusal } from "./problems.ts"
import { resellerCalls } from "./resellers.ts"

/** Everything under /api; `docs` is the page about it. */
export function apiRoutes(docs: Hono<Vestibule>) {
  const routes = new Hono<Vestibule>()
  routes.get("/v1/openapi.json", (c) => {
    c.header("Cache-Control", "no-cache")
    return c.json(apiDocument(c.var.deps.config.baseUrl))
  })
  routes.route("/v1", docs)
  routes.route("/v1", calls)
  routes.route("/v1", resellerCalls)
  routes.all("*", (c) => {
    const allowed = isHidden(c) ? [] : methodsOf(routes, c)
    if (allowed.length === 0) return answerRefusal(c, new Failure({ kind: "not_found" }))
    c.header("Allow", allowed.join(", "))
    return answerProblem(
      c,
      "method_not_allowed",
      `${c.req.method} is not for this address. It takes ${allowed.join(", ")}.`,
    )
  })
  routes.onError(answerError)
  return routes
}

const HTTP_PROBLEMS: Record<number, [ProblemCode, string]> = {
  400: ["malformed_json", "The body is not JSON."],
  415: ["unsupported_media_type", "Send the body as `application/json`, and say so in `Content-Type`."],
}

function answerError(error: Error, c: Context<Vestibule>): Response {
  if (error instanceof Refusal || error instanceof Failure) return answerRefusal(c, error)
  const known = error instanceof HTTPException ? HTTP_PROBLEMS[error.status] : undefined
  if (known) return answerProblem(c, ...known)
  logError("an API request failed", error, { requestId: c.var.requestId })
  const detail =
    "Something went wrong on our side. Try again in a moment, with the same Idempotency-Key if it was a POST."
  return answerProblem(c, "internal_error", detail, { request_id: c.var.requestId })
}

let described: ApiDocument | undefined

/** The OpenAPI document that the build wrote, with the origin of this deployment. */
export function apiDocument(baseUrl: string): ApiDocument {
  described ??= JSON.parse(OPENAPI) as ApiDocument
  const servers = (described.servers ?? []).map(({ url }) => ({ url: baseUrl + url }))
  return { ...described, servers }
}

/** The methods that an address takes (RFC 9110, 10.2.1), none when there is nothing. */
function methodsOf({ routes }: Hono<Vestibule>, c: Context): string[] {
  const path = c.req.path.replace(/^\/api/, "")
  const methods = routes
    .filter(({ method }) => method !== "ALL")
    .filter((route) => new RegExp(`^${route.path.replace(/:[^/]+/g, "[^/]+")}$`).test(path))
    .map(({ method }) => method)
  return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))]
}
