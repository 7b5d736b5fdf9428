import { env } from "cloudflare:workers"
import { inspectRoutes } from "hono/dev"
import { describe, expect, it, vi } from "vitest"
import { API_PROBLEMS } from "../src/api/problems.ts"
import { app } from "../src/app.ts"
import { SCOPES } from "../src/storage/schema.ts"
import { codesOf, document, expectDocumented, type Operation, operations } from "./api-document.ts"
import {
  type ApiCall,
  Browser,
  callApi,
  changing,
  count,
  NORTHWIND,
  newestLink,
  openKey,
  openTenant,
  REGISTRATION,
  testEnv,
} from "./house.ts"

const ACCOUNT = { po_number: "PO-2", email: "second@acme.example", phone: "+1 212 555 0187" }
const HOOK = { url: "https://crm.example.com/hooks", events: ["invite.created"] }
const GHOST = {
  inv: "inv_00000000000000000000000000",
  cus: "cus_0000",
  bil: "bil_none",
  whk: "whk_none",
  res: "res_none",
}
const OPERATOR = "local-operator"
const RESELLER = { name: "Initech", slug: "initech", admin_name: "Bill Lumbergh", admin_email: "bill@initech.example" }
const ADMIN = { admin_name: "Peter Gibbons", admin_email: "peter@initech.example" }

type World = { resellerId: string; billingId: string; key: string }

async function openWorld(): Promise<World> {
  const tenant = await openTenant()
  return { ...tenant, key: await openKey(tenant.resellerId) }
}

async function made({ key }: World, path: string, body: unknown): Promise<string> {
  const answer = await callApi({ key, path, body })
  expect(answer.status).toBe(201)
  return (await answer.json<{ id: string }>()).id
}

const anInvite = (world: World) => made(world, "/invites", NORTHWIND)
const anAccount = (world: World) => made(world, "/billing_accounts", ACCOUNT)

const OTHER = { ...NORTHWIND, contact_email: "other@northwind.example" }

/** The body by which an operation would name this contact. */
function contactOf({ operationId }: Operation, contact: typeof NORTHWIND) {
  if (operationId === "createInvite") return contact
  if (operationId === "inviteResellerAdmin") return { ...ADMIN, admin_email: contact.contact_email }
  return { contact_email: contact.contact_email }
}

const aWebhook = (world: World) => made(world, "/webhooks", HOOK)

async function aDelivery(world: World): Promise<string> {
  const webhook = await aWebhook(world)
  await anInvite(world)
  const list = await callApi({ key: world.key, path: `/webhooks/${webhook}/deliveries` })
  return `/webhooks/${webhook}/deliveries/${(await list.json<{ data: { id: string }[] }>()).data[0]?.id}`
}

async function aCustomer(world: World): Promise<string> {
  await anInvite(world)
  await new Browser().post(await newestLink(), REGISTRATION)
  const list = await callApi({ key: world.key, path: "/customers" })
  return (await list.json<{ data: { id: string }[] }>()).data[0]?.id ?? "none"
}

/** A request of each operation that is let through. */
const VALID: Record<string, (world: World) => Promise<ApiCall>> = {
  listInvites: async () => ({ path: "/invites" }),
  createInvite: async () => ({ path: "/invites", body: NORTHWIND }),
  getInvite: async (world) => ({ path: `/invites/${await anInvite(world)}` }),
  resendInvite: async (world) => ({ method: "POST", path: `/invites/${await anInvite(world)}/resends` }),
  revokeInvite: async (world) => ({ method: "POST", path: `/invites/${await anInvite(world)}/revocation` }),
  correctInvite: async (world) => ({
    method: "PATCH",
    path: `/invites/${await anInvite(world)}`,
    body: { contact_email: "right@northwind.example" },
  }),
  copyInviteLink: async (world) => ({ method: "POST", path: `/invites/${await anInvite(world)}/links` }),
  makeDefaultBillingAccount: async (world) => ({
    method: "POST",
    path: `/billing_accounts/${await anAccount(world)}/default`,
  }),
  listCustomers: async () => ({ path: "/customers" }),
  getCustomer: async (world) => ({ path: `/customers/${await aCustomer(world)}` }),
  listBillingAccounts: async () => ({ path: "/billing_accounts" }),
  createBillingAccount: async () => ({ path: "/billing_accounts", body: ACCOUNT }),
  getBillingAccount: async ({ billingId }) => ({ path: `/billing_accounts/${billingId}` }),
  changeBillingAccount: async ({ billingId }) => ({
    method: "PATCH",
    path: `/billing_accounts/${billingId}`,
    body: { address: "1 Main St" },
  }),
  listWebhooks: async () => ({ path: "/webhooks" }),
  createWebhook: async () => ({ path: "/webhooks", body: HOOK }),
  getWebhook: async (world) => ({ path: `/webhooks/${await aWebhook(world)}` }),
  changeWebhook: async (world) => ({
    method: "PATCH",
    path: `/webhooks/${await aWebhook(world)}`,
    body: { enabled: false },
  }),
  removeWebhook: async (world) => ({ method: "DELETE", path: `/webhooks/${await aWebhook(world)}` }),
  rotateWebhookSecret: async (world) => ({ method: "POST", path: `/webhooks/${await aWebhook(world)}/secrets` }),
  listWebhookDeliveries: async (world) => ({ path: /^.*deliveries/.exec(await aDelivery(world))?.[0] ?? "" }),
  redeliverWebhook: async (world) => ({ method: "POST", path: `${await aDelivery(world)}/redeliveries` }),
  removeBillingAccount: async (world) => ({ method: "DELETE", path: `/billing_accounts/${await anAccount(world)}` }),
  openReseller: async () => ({ path: "/resellers", body: RESELLER }),
  listResellers: async () => ({ path: "/resellers" }),
  getReseller: async ({ resellerId }) => ({ path: `/resellers/${resellerId}` }),
  inviteResellerAdmin: async ({ resellerId }) => ({ path: `/resellers/${resellerId}/admin_invites`, body: ADMIN }),
  revokeResellerAdminInvite: async ({ resellerId }) => {
    const path = `/resellers/${resellerId}/admin_invites`
    const { id } = await (await callApi({ key: OPERATOR, path, body: ADMIN })).json<{ id: string }>()
    return { method: "POST", path: `${path}/${id}/revocation` }
  },
  suspendReseller: async ({ resellerId }) => ({ method: "POST", path: `/resellers/${resellerId}/suspension` }),
  reinstateReseller: async ({ resellerId }) => ({ method: "DELETE", path: `/resellers/${resellerId}/suspension` }),
}

const isOperators = ({ security }: Operation) => security?.[0]?.operatorToken !== undefined

async function valid(operation: Operation, world: World): Promise<ApiCall> {
  const call = await VALID[operation.operationId]?.(world)
  if (!call) throw new Error(`there is no valid request of ${operation.operationId}`)
  return { method: operation.method, key: isOperators(operation) ? OPERATOR : world.key, ...call }
}

const scopeOf = (operation: Operation) => operation.security?.[0]?.apiKey?.[0]

/** For each code, a request of the operation that is refused for it. */
const PROVOKED: Record<string, (operation: Operation, world: World) => Promise<ApiCall>> = {
  api_key_missing: async (operation, world) => ({ ...(await valid(operation, world)), key: "" }),
  api_key_invalid: async (operation, world) => ({
    ...(await valid(operation, world)),
    key: `vst_local_${"0".repeat(64)}`,
  }),
  api_key_revoked: async (operation, world) => {
    const call = await valid(operation, world)
    await env.DB.prepare("UPDATE api_keys SET revoked_at = 1").run()
    return call
  },
  api_key_expired: async (operation, world) => {
    const key = await openKey(world.resellerId, { expiresAt: new Date(1) })
    return { ...(await valid(operation, world)), key }
  },
  reseller_suspended: async (operation, world) => {
    const call = await valid(operation, world)
    await callApi({ method: "POST", path: `/resellers/${world.resellerId}/suspension`, key: OPERATOR })
    return call
  },
  slug_taken: async (operation, world) => {
    await callApi({ key: OPERATOR, path: "/resellers", body: { ...RESELLER, name: "Initrode" } })
    return valid(operation, world)
  },
  already_member: async (operation, world) => {
    const call = await valid(operation, world)
    await callApi(call)
    await new Browser().post(await newestLink(), REGISTRATION)
    return call
  },
  insufficient_scope: async (operation, world) => {
    const key = await openKey(world.resellerId, { scopes: SCOPES.filter((scope) => scope !== scopeOf(operation)) })
    return { ...(await valid(operation, world)), key }
  },
  too_many_requests: async (operation, world) => ({
    ...(await valid(operation, world)),
    env: { ...testEnv, API_REQUESTS_PER_10_SECONDS: "0" },
  }),
  internal_error: async (operation, world) => ({ ...(await valid(operation, world)), env: { ...testEnv, DB: broken } }),
  not_found: async (operation, world) => {
    const call = await valid(operation, world)
    if (/^\/resellers$/.test(call.path)) return { ...call, key: world.key } // not there for anybody else
    return {
      ...call,
      path: call.path.replace(/(inv|cus|bil|whk|res)_[0-9a-z]+/, (_, kind: keyof typeof GHOST) => GHOST[kind]),
    }
  },
  invalid_cursor: async (operation, world) => ({
    ...(await valid(operation, world)),
    path: `/invites?cursor=${GHOST.inv}`,
  }),
  malformed_json: async (operation, world) => ({ ...(await valid(operation, world)), body: "{" }),
  body_too_large: async (operation, world) => ({
    ...(await valid(operation, world)),
    body: JSON.stringify({ note: "x".repeat(70_000) }),
  }),
  unsupported_media_type: async (operation, world) => ({
    ...(await valid(operation, world)),
    headers: { "Content-Type": "text/plain" },
  }),
  invalid_fields: async (operation, world) => {
    const call = await valid(operation, world)
    return call.body
      ? { ...call, body: { ...Object(call.body), nonsense: 1 } }
      : { ...call, path: `${call.path}?limit=0` }
  },
  idempotency_key_invalid: async (operation, world) => ({
    ...(await valid(operation, world)),
    headers: { "Idempotency-Key": '""' },
  }),
  idempotency_key_reused: async (operation, world) => {
    const headers = { "Idempotency-Key": "reused" }
    const first = { key: world.key, path: "/invites", body: OTHER, headers }
    expect((await callApi(first)).status).toBe(201)
    return { ...(await valid(operation, world)), headers }
  },
  idempotency_in_progress: async (operation, world) => {
    const call = { ...(await valid(operation, world)), headers: { "Idempotency-Key": "running" } }
    const key = await env.DB.prepare("SELECT id FROM api_keys").first<{ id: string }>()
    await env.API_LIMITER.getByName(key?.id ?? "").enter({
      at: Date.now(),
      quota: 10,
      windowMs: 10_000,
      idempotencyKey: "running",
    })
    return call
  },
  invite_pending: async (operation, world) => {
    await made(world, "/invites", OTHER)
    return { ...(await valid(operation, world)), body: contactOf(operation, OTHER) }
  },
  already_customer: async (operation, world) => {
    await aCustomer(world)
    const other = { ...NORTHWIND, contact_email: "typo@northwind.example" }
    if (operation.operationId === "createInvite") return { ...(await valid(operation, world)), body: NORTHWIND }
    const id = await made(world, "/invites", other)
    return { method: "PATCH", path: `/invites/${id}`, body: contactOf(operation, NORTHWIND), key: world.key }
  },
  already_resent: async (operation, world) => {
    const call = await valid(operation, world)
    return { ...call, env: { ...testEnv, DB: changing("UPDATE invites SET link_version = link_version + 1") } }
  },
  billing_account_removed: async (operation, world) => {
    const call = await valid(operation, world)
    await env.DB.prepare("DELETE FROM billing_accounts").run()
    return call
  },
  email_hourly_limit: async (operation, world) => {
    const call = await valid(operation, world) // which may have sent one, too
    await made(world, "/invites", { ...OTHER, contact_email: "third@northwind.example" })
    return { ...call, env: { ...testEnv, INVITE_MAILS_PER_HOUR: "1" } }
  },
  invite_not_resendable: async (operation, world) => {
    const call = await valid(operation, world)
    const invite = /\/invites\/\w+/.exec(call.path)?.[0]
    await callApi({ method: "POST", key: world.key, path: `${invite}/revocation` })
    return call
  },
  newer_invite_pending: async (operation, world) => {
    const call = await valid(operation, world)
    if (operation.operationId === "correctInvite") {
      await made(world, "/invites", OTHER) // and it is corrected to the same address at the same moment
      const race = "UPDATE invites SET contact_email = 'right@northwind.example' WHERE contact_email LIKE 'other@%'"
      return { ...call, env: { ...testEnv, DB: changing(race, 2) } }
    }
    await env.DB.prepare("UPDATE invites SET expires_at = 1").run()
    await anInvite(world)
    return call
  },
  resend_cooldown: async (operation, world) => {
    const call = await valid(operation, world)
    expect((await callApi(call)).status).toBeLessThan(300)
    if (isOperators(operation)) {
      expect((await callApi(call)).status).toBeLessThan(300) // sent again, and once more
      return call
    }
    return call.body ? { ...call, body: contactOf(operation, OTHER) } : call
  },
  resend_daily_limit: async (operation, world) => {
    const call = await valid(operation, world)
    const daily = { ...testEnv, RESEND_COOLDOWN_SECONDS: "0", RESENDS_PER_DAY: "1" }
    expect((await callApi({ ...call, env: daily })).status).toBeLessThan(300)
    if (isOperators(operation)) {
      expect((await callApi({ ...call, env: daily })).status).toBeLessThan(300) // sent again, and once more
      return { ...call, env: daily }
    }
    return { ...call, ...(call.body !== undefined && { body: contactOf(operation, OTHER) }), env: daily }
  },
  email_suppressed: async (operation, world) => {
    const call = await valid(operation, world)
    const contact = ["correctInvite", "inviteResellerAdmin"].includes(operation.operationId) ? OTHER : NORTHWIND
    if (call.body) call.body = contactOf(operation, contact)
    await env.DB.prepare("INSERT INTO suppressions VALUES (?, ?, 'bounced', 'Mailbox does not exist: 550 5.1.1', 0)")
      .bind(world.resellerId, contact.contact_email)
      .run()
    return call
  },
  webhook_limit: async (_, world) => {
    for (let n = 0; n < 20; n++) await made(world, "/webhooks", HOOK)
    return { path: "/webhooks", body: HOOK, key: world.key }
  },
  invite_not_pending: async (operation, world) => {
    const call = await valid(operation, world)
    await env.DB.prepare("UPDATE invites SET expires_at = 1").run()
    return call
  },
  billing_account_not_found: async (operation, world) => {
    const call = await valid(operation, world)
    return { ...call, path: `${call.path}?move_to=${GHOST.bil}` }
  },
  billing_email_taken: async (operation, world) => {
    await anAccount(world)
    const call = await valid(operation, world)
    return { ...call, body: { ...Object(call.body), email: ACCOUNT.email } }
  },
  version_conflict: async (operation, world) => ({
    ...(await valid(operation, world)),
    headers: { "If-Match": '"99"' },
  }),
  secret_rotation_pending: async (operation, world) => {
    const call = await valid(operation, world)
    expect((await callApi(call)).status).toBe(201)
    return call
  },
  webhook_disabled: async (operation, world) => {
    const call = await valid(operation, world)
    await callApi({
      key: world.key,
      method: "PATCH",
      path: call.path.replace(/\/deliveries.*/, ""),
      body: { enabled: false },
    })
    return call
  },
  delivery_in_progress: async (operation, world) => {
    const call = await valid(operation, world)
    await env.DB.prepare("UPDATE outbox SET status = 'sending', next_attempt_at = 4102444800000").run()
    return call
  },
  billing_account_is_default: async (_, { billingId, key }) => ({
    method: "DELETE",
    path: `/billing_accounts/${billingId}`,
    key,
  }),
  billing_account_in_use: async (operation, world) => {
    const call = await valid(operation, world)
    const { email: billing_email, phone: billing_phone } = ACCOUNT
    await made(world, "/invites", { ...NORTHWIND, billing_email, billing_phone })
    return call
  },
}

const broken: D1Database = new Proxy(env.DB, {
  get: () => () => {
    throw new Error("the storage is away: secret-detail")
  },
})

describe("the document", () => {
  it("has every route of the API, and no other", () => {
    const registered = inspectRoutes(app)
      .filter(({ isMiddleware, path, method }) => !isMiddleware && path.startsWith("/api/") && method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replace("/api/v1", "").replace(/:(\w+)/g, "{$1}")}`)
      .filter((route) => !["GET /docs", "GET /openapi.json"].includes(route))
    const documented = operations.map(({ method, path }) => `${method} ${path}`)
    expect([...new Set(registered)].sort()).toEqual(documented.sort())
    expect(documented.length).toBeGreaterThan(10)
  })

  it("has every code of every cause, and says what it means", () => {
    const documented = new Set(["method_not_allowed", ...operations.flatMap(codesOf)])
    expect([...documented].sort()).toEqual(Object.keys(API_PROBLEMS).sort())
    expect(document["x-problems"].map(({ code }: { code: string }) => code).sort()).toEqual([...documented].sort())
  })

  it("is served as it is, to anybody", async () => {
    const answer = await callApi({ path: "/openapi.json" })
    expect([answer.status, await answer.json()]).toEqual([200, document])
  })
})

describe("a call", () => {
  it.each(operations)("of $operationId answers as the document says", async (operation) => {
    const world = await openWorld()
    const answer = await callApi(await valid(operation, world))
    expect(answer.status).toBeLessThan(300)
    await expectDocumented(operation, answer)
    const isCounted = !isOperators(operation)
    expect(answer.headers.get("RateLimit-Policy")).toBe(isCounted ? '"key";q=100000;w=10' : null)
    expect(answer.headers.get("RateLimit") ?? "none").toMatch(isCounted ? /^"key";r=\d+;t=\d+$/ : /^none$/)
    expect(answer.headers.get("Cache-Control")).toBe("private, no-store")
  })

  it.each(
    operations.flatMap((operation) =>
      codesOf(operation).map((code) => ({ id: operation.operationId, code, operation })),
    ),
  )("of $id is refused with $code", async ({ code, operation }) => {
    const world = await openWorld()
    const call = await PROVOKED[code]?.(operation, world)
    if (!call) throw new Error(`nothing provokes ${code}`)
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined)
    const answer = await callApi({ method: operation.method, ...call })
    const logged = log.mock.calls.map(String)
    log.mockRestore()
    const body = await expectDocumented(operation, answer)
    expect(body).toMatchObject({ code, status: answer.status })
    if (answer.status === 429) expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0)
    if (answer.status === 401) expect(answer.headers.get("WWW-Authenticate")).toMatch(/^Bearer/)
    if (code === "internal_error") {
      expect(body.request_id).toBe(answer.headers.get("X-Request-Id"))
      expect(JSON.stringify(body)).not.toContain("secret-detail")
      expect(logged.join()).toContain(body.request_id)
    } else {
      expect(logged).toEqual([])
    }
  })

  it("to an address that takes other methods is told which", async () => {
    const answer = await callApi({ method: "PUT", path: "/billing_accounts/x" })
    expect([answer.status, answer.headers.get("Allow")]).toEqual([405, "GET, HEAD, PATCH, DELETE"])
    expect(await answer.json()).toMatchObject({ code: "method_not_allowed", status: 405 })
  })

  it.each(["/nowhere", "/", "/invites/x/y/z"])("to %s is answered by a problem", async (path) => {
    const answer = await callApi({ path })
    expect([answer.status, answer.headers.get("Content-Type")]).toEqual([404, "application/problem+json"])
  })

  it("that is refused writes nothing", async () => {
    const world = await openWorld()
    const before = [
      await count("invites"),
      await count("outbox"),
      await count("audit_log"),
      await count("idempotent_responses"),
    ]
    for (const body of [
      {},
      { ...NORTHWIND, billing_phone: "+1 415 555 0199" },
      { ...NORTHWIND, expires_in_days: 91 },
    ]) {
      const answer = await callApi({ key: world.key, path: "/invites", body, headers: { "Idempotency-Key": "x" } })
      expect(answer.status).toBe(422)
    }
    expect([
      await count("invites"),
      await count("outbox"),
      await count("audit_log"),
      await count("idempotent_responses"),
    ]).toEqual(before)
  })

  it("says which fields are wrong, each with a code and how to mend it", async () => {
    const { key } = await openWorld()
    const answer = await callApi({
      key,
      path: "/invites",
      body: { ...NORTHWIND, contact_email: "x", contact_name: " " },
    })
    expect((await answer.json<{ errors: unknown }>()).errors).toEqual([
      { field: "contact_name", code: "required", detail: "Enter the name of the person who sets up the account." },
      { field: "contact_email", code: "invalid", detail: expect.stringContaining("name@company.com") },
    ])
  })
})
