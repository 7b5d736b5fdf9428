import type { RouteConfig, RouteHandler } from "@hono/zod-openapi"
import { zValidator } from "@hono/zod-validator"
import type { MiddlewareHandler } from "hono"
import { HTTPException } from "hono/http-exception"
import { Hono } from "hono/tiny"
import type * as z from "zod"
import type { AppEnv } from "../http/context.ts"
import { announceDeprecation, type Deprecation } from "./deprecation.ts"
import { checkJson } from "./json-body.ts"
import { validationHook } from "./schemas.ts"
import { strictQuery } from "./strict-query.ts"

/** An operation as the document describes it. Its schemas validate requests. */
export type Operation = Omit<RouteConfig, "request"> & {
  /** Of an operation that takes more than others: how many bytes and values its body can have. */
  bodyLimits?: { bytes: number; values: number }
  /** Of an operation that will be removed. */
  deprecation?: Deprecation
  request?: {
    query?: z.ZodObject
    params?: z.ZodObject
    headers?: z.ZodObject
    body?: { content: Record<string, { schema: z.ZodType }>; required: true }
  }
}

/**
 * Serves operations as `OpenAPIHono` does. The Worker doesn't import that class: it brings the document generator and all of zod,
 * 80 kB gzipped, which only the build needs (api/openapi.ts).
 */
export class ApiHono extends Hono<AppEnv> {
  readonly operations: Operation[] = []

  openapi<R extends Operation>(operation: R, handler: RouteHandler<R, AppEnv>): this {
    this.operations.push(operation)
    const path = operation.path.replaceAll(/\/{(.+?)}/g, "/:$1")
    const { deprecation, operationId } = operation
    const announcement = deprecation ? [announceDeprecation(deprecation, operationId)] : []
    const guards = [...announcement, ...[operation.middleware ?? []].flat()]
    this.on([operation.method], [path], ...guards, ...validators(operation), handler)
    return this
  }
}

function validators({ request = {}, bodyLimits }: Operation): MiddlewareHandler[] {
  const { query, params, headers, body } = request
  const bodies = new Set(Object.values(body?.content ?? {}).map(({ schema }) => schema))
  return [
    strictQuery(query),
    ...(params ? [zValidator("param", params, validationHook)] : []),
    ...(headers ? [zValidator("header", headers, validationHook)] : []),
    ...(body ? [requireContentType, checkJson(bodyLimits?.values)] : []),
    ...[...bodies].map((schema) => zValidator("json", schema, validationHook)),
  ]
}

/** A body needs a media type. `limitBody` has already rejected unsupported ones. */
const requireContentType: MiddlewareHandler = async (c, next) => {
  if (!c.req.header("Content-Type") && (await c.req.arrayBuffer()).byteLength > 0) throw new HTTPException(415)
  await next()
}
