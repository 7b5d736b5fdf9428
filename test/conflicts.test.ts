import { env } from "cloudflare:workers"
import { expect, it, vi } from "vitest"
import { idempotent } from "../src/domain/idempotency.ts"
import { openDb } from "../src/storage/db.ts"
import { invites } from "../src/storage/schema.ts"
import { type ApiCall, callApi, count, createApiKey, invite, signInStaff, testEnv } from "./support/app.ts"

const BATCHES_MAX = 60

/** A database in which another request changes the rows after every batch. It fails if a request never gives up. */
function contestedDatabase(sql: string): { database: D1Database; batches: () => number } {
  let batches = 0
  const database = new Proxy(env.DB, {
    get: (target, name: keyof D1Database) => {
      if (name !== "batch") return Reflect.get(target, name).bind(target)
      return async (statements: D1PreparedStatement[]) => {
        batches += 1
        if (batches > BATCHES_MAX) throw new Error("too many batches")
        const results = await target.batch(statements)
        await target.prepare(sql).run()
        return results
      }
    },
  })
  return { database, batches: () => batches }
}

type Target = Record<"inviteId" | "billingId" | "webhookId", string>

it.each<[string, string, number, (ids: Target) => Partial<ApiCall> & { path: string }]>([
  [
    "an edit of an invite",
    "UPDATE invites SET last_change_id = hex(randomblob(8))",
    412,
    ({ inviteId }) => ({ method: "PATCH", path: `/invites/${inviteId}`, body: { company_name: "Northwind Ltd" } }),
  ],
  [
    "an edit of a billing account",
    "UPDATE billing_accounts SET version = version + 1",
    412,
    ({ billingId }) => ({ method: "PATCH", path: `/billing_accounts/${billingId}`, body: { po_number: "9" } }),
  ],
  [
    "an edit of a webhook",
    "UPDATE webhooks SET version = version + 1",
    412,
    ({ webhookId }) => ({ method: "PATCH", path: `/webhooks/${webhookId}`, body: { enabled: false } }),
  ],
  [
    "the rotation of a secret",
    "UPDATE webhooks SET version = version + 1",
    500,
    ({ webhookId }) => ({ method: "POST", path: `/webhooks/${webhookId}/secrets` }),
  ],
])("%s gives up after twenty attempts if the row changes every time", async (_, sql, status, target) => {
  const { browser, resellerId, billingId } = await signInStaff()
  const key = await createApiKey(resellerId)
  const inviteId = await invite(browser)
  const created = await callApi({
    key,
    path: "/webhooks",
    body: { url: "https://crm.example.com/", events: ["invite.sent"] },
  })
  const { id: webhookId } = await created.json<{ id: string }>()
  const entries = await count("audit_log")
  const { database, batches } = contestedDatabase(sql)
  const errorSpy = vi.spyOn(console, "error").mockImplementation(() => undefined)
  const call = target({ inviteId, billingId, webhookId })
  const response = await callApi({ key, ...call, env: { ...testEnv, DB: database } })
  errorSpy.mockRestore()
  expect([response.status, await count("audit_log")]).toEqual([status, entries])
  expect(batches()).toBeLessThanOrEqual(2 * 20 + 1)
})

it("an operation's error is kept when its stored response can't be read either", async () => {
  const brokenDatabase: D1Database = new Proxy(env.DB, {
    get: () => () => {
      throw new Error("the database is down")
    },
  })
  const request = { actorId: "key_x", idempotencyKey: "one", requestHash: "hash" }
  const deps = { db: openDb(brokenDatabase), now: () => new Date(), request }
  const original = new Error("the limiter is down")
  const failure = await idempotent(deps, invites, () => Promise.reject(original)).catch((error) => error)
  expect([failure.cause, String(failure.errors)]).toEqual([original, expect.stringContaining("the database is down")])
})
