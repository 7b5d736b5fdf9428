import { expect, it } from "vitest"
import * as z from "zod"
import { ApiError } from "../src/api/problem-details.ts"
import { ApiHono } from "../src/api/router.ts"

const schema = z.object({
  q: z.string().optional(),
  limit: z.coerce.number().max(9).default(5),
  type: z.array(z.enum(["a", "b"])).optional(),
  metadata: z.record(z.string(), z.string()).optional(),
})

const ok = { description: "The query.", content: { "application/json": { schema } } }
const app = new ApiHono().openapi(
  { method: "get", path: "/", request: { query: schema }, responses: { 200: ok } },
  (c) => c.json(c.req.valid("query"), 200),
)
app.onError((error, c) =>
  c.json(error instanceof ApiError ? (error.extensions.errors ?? []).map(({ field, code }) => `${field} ${code}`) : []),
)

it.each([
  ["", { limit: 5 }],
  ["?q=a+b%26&limit=3", { q: "a b&", limit: 3 }],
  ["?type=a&type=b", { limit: 5, type: ["a", "b"] }],
  ["?type=a", { limit: 5, type: ["a"] }],
  ["?metadata[po]=7&metadata%5Bcost%20center%5D=x", { limit: 5, metadata: { po: "7", "cost center": "x" } }],
  ["?metadata[__proto__]=7", ["metadata[__proto__] unknown_field"]],
  ["?metadata[a][b]=7", ["metadata[a][b] unknown_field"]],
  ["?q=", { q: "", limit: 5 }],
  ["?Q=a&limit=99", ["Q unknown_field", "limit invalid"]],
  ["?limit=99&limit=99", ["limit repeated"]],
  ["?type=a&type=c", ["type.1 invalid"]],
  ["?metadata=7", ["metadata invalid"]],
  ["?q[a]=7&type[]=a", ["q[a] unknown_field", "type[] unknown_field"]],
  ["?metadata[po]=7&metadata[po]=8", ["metadata[po] repeated"]],
  ["?__proto__=1&constructor=2&=3", ["__proto__ unknown_field", "constructor unknown_field", " unknown_field"]],
])("the query '%s' becomes %j", async (query, expected) => {
  expect(await (await app.request(`/${query}`)).json()).toEqual(expected)
})
