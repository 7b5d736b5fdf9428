import type { MiddlewareHandler } from "hono"
import { cors } from "hono/cors"
import type { AppEnv } from "../http/context.ts"

const PREFLIGHT_SECONDS = 24 * 3600

const EXPOSED_HEADERS = [
  "Deprecation",
  "ETag",
  "Idempotency-Replayed",
  "Link",
  "Location",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "Sunset",
  "X-Request-Id",
].join(",")

const answerPreflight: MiddlewareHandler<AppEnv> = cors({
  origin: "*",
  allowMethods: ["GET", "HEAD", "POST", "PATCH", "DELETE"],
  allowHeaders: ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "X-Request-Id"],
  maxAge: PREFLIGHT_SECONDS,
})

/** Lets pages of any origin call the API. It takes no cookies, so a page can do only what it has a key for. */
export const allowOrigins: MiddlewareHandler<AppEnv> = (c, next) => {
  if (c.req.header("Origin") === undefined) return next()
  if (c.req.method === "OPTIONS") return answerPreflight(c, next)
  // `cors` would touch `c.res`, and Hono would copy its headers to the handler's response.
  c.header("Access-Control-Allow-Origin", "*")
  c.header("Access-Control-Expose-Headers", EXPOSED_HEADERS)
  return next()
}
