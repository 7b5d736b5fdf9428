import { eq, sql } from "drizzle-orm"
import { expect, it, vi } from "vitest"
import { logError } from "../src/http/log.ts"
import { users } from "../src/storage/schema.ts"
import { db } from "./support/app.ts"

it("a failed query is logged with its statement and cause, and without its values", async () => {
  const query = db.select({ id: sql`nowhere.id` }).from(users).where(eq(users.email, "priya@northwind.example"))
  const error = await query.catch((failure: unknown) => failure)
  const errorSpy = vi.spyOn(console, "error").mockImplementation(() => undefined)
  logError("a request failed", error, { requestId: "req_1" })
  const [line] = errorSpy.mock.calls.map(([text]) => String(text))
  errorSpy.mockRestore()
  expect(line).not.toContain("priya")
  expect(JSON.parse(line ?? "{}")).toMatchObject({
    requestId: "req_1",
    error: expect.stringContaining('where "users"."email" = ?'),
    stack: expect.stringContaining(" at "),
    causes: [{ error: expect.stringContaining("no such column: nowhere.id") }],
  })
})
