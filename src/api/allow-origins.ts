import type { MiddlewareHandler } from "hono"
import { cors } from "hono/cors"
import type { AppEnv } from "../http/context.ts"

const PREFLIGHT_SECONDS = 24 * 3600

const allowAll: MiddlewareHandler<AppEnv> = cors({
  origin: "*",
  allowMethods: ["GET", "HEAD", "POST", "PATCH", "DELETE"],
  allowHeaders: ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "X-Request-Id"],
  exposeHeaders: [
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
  ],
  maxAge: PREFLIGHT_SECONDS,
})

/** Lets pages of any origin call the API. It takes no cookies, so a page can do only what it has a key for. */
export const allowOrigins: MiddlewareHandler<AppEnv> = (c, next) =>
  c.req.header("Origin") === undefined ? next() : allowAll(c, next)
