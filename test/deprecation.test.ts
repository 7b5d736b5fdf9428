import { Hono } from "hono"
import { expect, it } from "vitest"
import * as z from "zod"
import { announceDeprecation, documentDeprecation } from "../src/api/deprecation.ts"
import { ApiError, errorResponse } from "../src/api/problem-details.ts"
import { ApiHono } from "../src/api/router.ts"
import { unmeteredJsonResponse } from "../src/api/schemas.ts"
import { createDeps } from "../src/http/bindings.ts"
import type { AppEnv } from "../src/http/context.ts"
import { testEnv } from "./support/app.ts"

const responses = { 200: unmeteredJsonResponse(z.object({}), "Nothing.") }
const DEPRECATION = { announced: "2026-12-01", sunset: "2027-12-01" }

it("every response of a deprecated operation says since when, until when and where to read more", async () => {
  const operation = { method: "get", operationId: "listOldInvites", deprecation: DEPRECATION, responses } as const
  const routes = new ApiHono()
    .openapi({ ...operation, path: "/old" }, (c) => c.json({}, 200))
    .openapi({ ...operation, path: "/failing" }, () => {
      throw new ApiError("not_found", "No.")
    })
    .openapi({ method: "get", path: "/new", responses }, (c) => c.json({}, 200))
  const app = new Hono<AppEnv>()
  app.use(async (c, next) => {
    c.set(
      "deps",
      createDeps(testEnv, () => undefined),
    )
    await next()
  })
  app.route("/", routes)
  app.onError((error, c) => {
    if (error instanceof ApiError) return errorResponse(c, error)
    throw error
  })

  for (const [path, status] of [
    ["/old", 200],
    ["/failing", 404],
  ] as const) {
    const { headers, status: answered } = await app.request(path)
    expect(answered).toBe(status)
    expect(headers.get("Deprecation")).toBe("@1796083200")
    expect(headers.get("Sunset")).toBe("Wed, 01 Dec 2027 00:00:00 GMT")
    expect(headers.get("Link")).toBe('<http://localhost:8787/api/v1/docs#listOldInvites>; rel="deprecation"')
  }
  expect((await app.request("/new")).headers.has("Deprecation")).toBe(false)
})

it("an operation can't be announced as removed within less than a year", () => {
  const announce = (sunset: string) => announceDeprecation({ announced: "2026-12-01", sunset }, "listOldInvites")
  expect(() => announce("2027-11-30")).toThrow("listOldInvites must not be removed before 2027-12-01")
  expect(announce("2027-12-01")).toBeTypeOf("function")
})

it("the document marks a deprecated operation, with the day of its removal", () => {
  expect(documentDeprecation(DEPRECATION)).toEqual({ deprecated: true, "x-sunset": "2027-12-01" })
  expect(documentDeprecation(undefined)).toBeUndefined()
})
