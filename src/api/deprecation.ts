import type { MiddlewareHandler } from "hono"
import type { AppEnv } from "../http/context.ts"
import { href } from "../routes.ts"

/** The days on which the removal of an operation is announced and takes place, such as `2027-01-31`. */
export type Deprecation = { announced: string; sunset: string }

const MONTHS_UNTIL_SUNSET = 12

/** Adds to each response of an operation that it will be removed, and when (RFC 9745, RFC 8594). */
export function announceDeprecation({ announced, sunset }: Deprecation, operationId = ""): MiddlewareHandler<AppEnv> {
  const earliest = new Date(announced)
  earliest.setUTCMonth(earliest.getUTCMonth() + MONTHS_UNTIL_SUNSET)
  if (new Date(sunset) < earliest)
    throw new Error(`${operationId} must not be removed before ${earliest.toISOString()}`)
  return async (c, next) => {
    c.header("Deprecation", `@${Date.parse(announced) / 1000}`)
    c.header("Sunset", new Date(sunset).toUTCString())
    c.header("Link", `<${c.var.deps.config.baseUrl}${href("api.docs")}#${operationId}>; rel="deprecation"`)
    await next()
  }
}

/** What the document says of the deprecation of an operation, if it has one. */
export const documentDeprecation = (deprecation: Deprecation | undefined) =>
  deprecation && { deprecated: true, "x-sunset": deprecation.sunset }
