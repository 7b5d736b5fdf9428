import { expect, it } from "vitest"
import type { Scope } from "../src/storage/schema.ts"
import { callApi, createApiKey, createReseller } from "./support/app.ts"

const URL = "https://crm.example.com/hooks"

it("a key subscribes a webhook only to events that it could read", async () => {
  const { resellerId } = await createReseller()
  const send = async (scopes: Scope[], path: string, body: object, method = "POST") => {
    const response = await callApi({ key: await createApiKey(resellerId, { scopes }), method, path, body })
    return { status: response.status, ...(await response.json<{ id: string; detail?: string }>()) }
  }
  const refused = await send(["webhooks:write"], "/webhooks", { url: URL, events: ["invite.sent"] })
  expect([refused.status, refused.detail]).toEqual([403, expect.stringContaining("invites:read")])
  const invites: Scope[] = ["webhooks:write", "invites:read"]
  const { id, status } = await send(invites, "/webhooks", { url: URL, events: ["invite.sent"] })
  expect(status).toBe(201)
  for (const event of ["customer.updated", "member.joined"]) {
    const change = await send(invites, `/webhooks/${id}`, { events: ["invite.sent", event] }, "PATCH")
    expect([change.status, change.detail]).toEqual([403, expect.stringContaining("customers:read")])
  }
  const moved = await send(["webhooks:write"], `/webhooks/${id}`, { url: "https://other.example/" }, "PATCH")
  expect(moved.status).toBe(403) // it would receive the events there
})
