import type { Context, Hono } from "hono"
import { HTTPException } from "hono/http-exception"
import { Failure } from "../domain/failure.ts"
import type { AppEnv } from "../http/context.ts"
import { logError } from "../http/log.ts"
import type { ApiDocument } from "../http/openapi.ts"
import { Router } from "../http/router.ts"
import { logRefusal } from "../http/security-log.ts"
import { API_BASE, API_ROOT } from "../routes.ts"
import { allowOrigins } from "./allow-origins.ts"
import { isHiddenOperatorPath } from "./authenticate-operator.ts"
import { deploymentRoutes } from "./deployment.ts"
import { hashBody, isNoneMatch } from "./etag.ts"
import { apiKeyRoutes } from "./operations.ts"
import { ApiError, errorResponse, type ProblemCode, problemResponse } from "./problem-details.ts"
import { resellerRoutes } from "./resellers.ts"

/** All routes under /api. `docs` is the API reference. */
export function apiRoutes(docs: Router) {
  const routes = new Router()
  routes.use(`${API_BASE}/*`, allowOrigins)
  routes.serve("api.openapi", async (c) => {
    const { text, etag } = await serializeDocument(c)
    c.header("Cache-Control", "no-cache")
    c.header("Access-Control-Allow-Origin", "*") // also without an Origin: a cache may serve the response to pages
    c.header("Access-Control-Expose-Headers", "ETag")
    c.header("ETag", etag)
    return isNoneMatch(c, etag) ? c.body(null, 304) : c.body(text, 200, { "Content-Type": "application/json" })
  })
  routes.route("/", docs)
  routes.route(API_BASE, apiKeyRoutes)
  routes.route(API_BASE, resellerRoutes)
  routes.route(API_BASE, deploymentRoutes)
  routes.all(`${API_ROOT}/*`, (c) => refuseUnknownRoute(routes, c))
  routes.onError(handleError)
  return routes
}

/** The response where no route has this path and method. The operator's paths are unknown to everybody else. */
function refuseUnknownRoute(routes: Hono<AppEnv>, c: Context<AppEnv>): Response {
  const isHidden = isHiddenOperatorPath(c)
  const location = isHidden ? undefined : withoutSlash(routes, c)
  if (location) return c.redirect(location, 308)
  const allowed = isHidden ? [] : allowedMethods(routes, c.req.path)
  if (allowed.length === 0) return errorResponse(c, new Failure({ kind: "not_found" }))
  c.header("Allow", allowed.join(", "))
  const detail = `This URL doesn't support ${c.req.method}. Use ${allowed.join(", ")}.`
  return problemResponse(c, "method_not_allowed", detail)
}

const BAD_REQUEST: [ProblemCode, string] = ["malformed_json", "The body isn't valid JSON."]
const HTTP_EXCEPTION_PROBLEMS: Record<number, [ProblemCode, string]> = {
  400: BAD_REQUEST,
  414: ["url_too_long", "This URL is too long."],
  415: ["unsupported_media_type", "Send the body as `application/json` and set `Content-Type` accordingly."],
  431: ["headers_too_large", "The headers of this request are too large."],
}

/** The problem of a request that Hono or our limits refused. */
export function httpExceptionProblem(c: Context<AppEnv>, status: number): Response {
  return problemResponse(c, ...(HTTP_EXCEPTION_PROBLEMS[status] ?? BAD_REQUEST))
}

function handleError(error: Error, c: Context<AppEnv>): Response {
  if (error instanceof ApiError || error instanceof Failure) {
    logRefusal(c, error instanceof ApiError ? { kind: error.code } : error.reason)
    return errorResponse(c, error)
  }
  if (error instanceof HTTPException && error.status in HTTP_EXCEPTION_PROBLEMS) {
    return httpExceptionProblem(c, error.status)
  }
  logError("an API request failed", error, { requestId: c.var.requestId })
  const detail =
    "Something went wrong on our side. Try again in a moment. If it was a POST, use the same Idempotency-Key."
  return problemResponse(c, "internal_error", detail, { request_id: c.var.requestId })
}

let cachedDocument: ApiDocument | undefined

/** The OpenAPI document with the origin of this deployment. The build made it a static asset, which is read once per isolate. */
export async function apiDocument({ env, var: { deps } }: Context<AppEnv>): Promise<ApiDocument> {
  cachedDocument ??= await readDocument(env.ASSETS)
  const servers = (cachedDocument.servers ?? []).map(({ url }) => ({ url: deps.config.baseUrl + url }))
  const info = { ...cachedDocument.info, title: `${deps.config.platformName} API` }
  return { ...cachedDocument, info, servers }
}

let serialized: { baseUrl: string; text: string; etag: string } | undefined

/** The document as it is sent, and its ETag: worked out once per isolate. */
async function serializeDocument(c: Context<AppEnv>) {
  const { baseUrl } = c.var.deps.config
  if (serialized?.baseUrl !== baseUrl) {
    const text = JSON.stringify(await apiDocument(c))
    serialized = { baseUrl, text, etag: `"${await hashBody(text)}"` }
  }
  return serialized
}

async function readDocument(assets: Fetcher): Promise<ApiDocument> {
  const response = await assets.fetch("https://assets.local/openapi.json")
  if (!response.ok) throw new Error(`the asset openapi.json answered ${response.status}`)
  return response.json()
}

/** The URL without a slash at the end of its path, if it is known then. Who asks makes no difference: the document lists these paths. */
function withoutSlash(routes: Hono<AppEnv>, c: Context): string | undefined {
  if (!c.req.path.endsWith("/") || allowedMethods(routes, c.req.path.slice(0, -1)).length === 0) return undefined
  const { pathname, search } = new URL(c.req.url)
  return pathname.slice(0, -1) + search
}

/** The methods that a URL supports (RFC 9110, 10.2.1); none for an unknown URL. */
function allowedMethods({ routes }: Hono<AppEnv>, path: string): string[] {
  const methods = routes
    .filter(({ method }) => method !== "ALL")
    .filter((route) => new RegExp(`^${route.path.replace(/:[^/]+/g, "[^/]+")}$`).test(path))
    .map(({ method }) => method)
  return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))]
}
