import { createExecutionContext, createScheduledController } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { describe, expect, it, vi } from "vitest"
import { deleteExpiredResponses, storeResponseStatements } from "../src/domain/idempotency.ts"
import { HOUR_MS } from "../src/domain/time.ts"
import worker from "../src/local/index.ts"
import { openDb } from "../src/storage/db.ts"
import { billingAccounts, invites, outbox, webhooks } from "../src/storage/schema.ts"
import { CUSTOMER, callApi, count, createApiKey, createReseller, sendDueEmails, testEnv } from "./support/app.ts"
import { travel } from "./support/time.ts"

const idempotencyKey = (name: string) => ({ "Idempotency-Key": name })

async function createFixture() {
  const reseller = await createReseller()
  const key = await createApiKey(reseller.resellerId)
  return {
    ...reseller,
    key,
    create: (headers = idempotencyKey("one"), body: object = CUSTOMER) =>
      callApi({ key, path: "/invites", body, headers }),
  }
}

describe("a request with an Idempotency-Key", () => {
  it("has one effect and the same response, even after the invite has changed", async () => {
    const { create, key } = await createFixture()
    const first = await create()
    const text = await first.text()
    const id = JSON.parse(text).id
    await callApi({ key, method: "POST", path: `/invites/${id}/revocation` })
    const repeatedResponse = await create()
    expect([repeatedResponse.status, await repeatedResponse.text(), repeatedResponse.headers.get("Location")]).toEqual([
      201,
      text,
      first.headers.get("Location"),
    ])
    expect([first.headers.get("Idempotency-Replayed"), repeatedResponse.headers.get("Idempotency-Replayed")]).toEqual([
      null,
      "true",
    ])
    expect([
      await count("invites"),
      await count("outbox"),
      await count("audit_log", "action = 'invite.created'"),
    ]).toEqual([1, 1, 1])
  })

  it("is recognized with or without quotes around the key", async () => {
    const { create } = await createFixture()
    await create(idempotencyKey('"one"'))
    expect((await create(idempotencyKey("one"))).headers.get("Idempotency-Replayed")).toBe("true")
  })

  it("creates one invite when sent a hundred times at once; the others get the invite or a 409 to retry", async () => {
    const { create } = await createFixture()
    const responses = await Promise.all(Array.from({ length: 100 }, () => create()))
    const ids = new Set<string>()
    for (const response of responses) {
      const body = await response.json<{ id: string; code: string }>()
      if (response.status === 201) ids.add(body.id)
      else
        expect([response.status, body.code, response.headers.get("Retry-After")]).toEqual([
          409,
          "idempotency_in_progress",
          "1",
        ])
    }
    const next = await create()
    expect(next.status).toBe(201)
    ids.add((await next.json<{ id: string }>()).id)
    expect(ids.size).toBe(1)
    expect([await count("invites"), (await sendDueEmails()).length, await count("idempotent_responses")]).toEqual([
      1, 1, 1,
    ])
  })

  it.each(["invites", "billing_accounts"])(
    "creates one row of %s even if the limiter doesn't detect concurrent requests",
    async (kind) => {
      const { key } = await createFixture()
      const body = kind === "invites" ? CUSTOMER : { po_number: "2", email: "b@acme.example", phone: "+12125550187" }
      const envWithoutMemory: Env = { ...testEnv, ACCOUNT_LIMITER: createForgetfulLimiter() }
      const call = { key, path: `/${kind}`, body, headers: idempotencyKey("race"), env: envWithoutMemory }
      const before = await count(kind)
      const responses = await Promise.all(Array.from({ length: 20 }, () => callApi(call)))
      const bodies = await Promise.all(responses.map((response) => response.text()))
      expect([...new Set(responses.map(({ status }) => status))]).toEqual([201])
      expect(new Set(bodies).size).toBe(1)
      expect([(await count(kind)) - before, await count("idempotent_responses")]).toEqual([1, 1])
    },
  )

  it("resends or revokes only once when it is repeated", async () => {
    const { create, key } = await createFixture()
    const { id } = await (await create()).json<{ id: string }>()
    for (const [action, status] of [
      ["resends", 202],
      ["revocation", 200],
    ] as const) {
      const call = { key, method: "POST", path: `/invites/${id}/${action}`, headers: idempotencyKey(action) }
      const first = await callApi(call)
      const repeatedResponse = await callApi(call)
      expect([first.status, repeatedResponse.status]).toEqual([status, status])
      expect(await repeatedResponse.text()).toBe(await first.text())
    }
    expect(await count("invites", "send_count = 2 AND status = 'revoked'")).toBe(1)
    expect(await count("audit_log", "action IN ('invite.resent', 'invite.revoked')")).toBe(2)
  })

  it("is independent of requests with another API key of the same reseller", async () => {
    const { create, resellerId } = await createFixture()
    await create()
    const body = { ...CUSTOMER, contact_email: "marta@contoso.example" }
    const other = await callApi({
      key: await createApiKey(resellerId),
      path: "/invites",
      body,
      headers: idempotencyKey("one"),
    })
    expect([other.status, await count("invites")]).toEqual([201, 2])
  })

  it("succeeds with the same idempotency key once its errors are corrected", async () => {
    const { create } = await createFixture()
    expect((await create(idempotencyKey("one"), { ...CUSTOMER, billing_phone: "+1 415 555 0199" })).status).toBe(422)
    expect((await create(idempotencyKey("one"))).status).toBe(201)
  })

  it("doesn't reserve the idempotency key after it was refused for a missing scope", async () => {
    const { resellerId, create } = await createFixture()
    const readOnlyKey = await createApiKey(resellerId, { scopes: ["invites:read", "billing:write"] })
    const call = { key: readOnlyKey, headers: idempotencyKey("x") }
    expect((await callApi({ ...call, path: "/invites", body: CUSTOMER })).status).toBe(403)
    const account = { po_number: "2", email: "b@acme.example", phone: "+12125550187" }
    expect((await callApi({ ...call, path: "/billing_accounts", body: account })).status).toBe(201)
    expect((await create()).status).toBe(201)
  })

  it("is processed without rate limiting when the limiter fails", async () => {
    const { key } = await createFixture()
    const errorSpy = vi.spyOn(console, "error").mockImplementation(() => undefined)
    const fail = () => Promise.reject(new Error("overloaded"))
    const ACCOUNT_LIMITER = Object.assign(Object.create(env.ACCOUNT_LIMITER), {
      getByName: (id: string) => {
        const limiter = env.ACCOUNT_LIMITER.getByName(id)
        const reserve = (request: Parameters<typeof limiter.reserve>[0]) => limiter.reserve(request)
        return { acquire: fail, releaseRequest: fail, reserve, releaseSends: (id: number) => limiter.releaseSends(id) }
      },
    })
    const call = {
      key,
      path: "/invites",
      body: CUSTOMER,
      headers: idempotencyKey("x"),
      env: { ...testEnv, ACCOUNT_LIMITER },
    }
    const responses = [await callApi(call), await callApi(call)]
    expect(responses.map(({ status }) => status)).toEqual([201, 201])
    expect(responses[0]?.headers.has("RateLimit")).toBe(false)
    expect([await count("invites"), errorSpy.mock.calls.length]).toEqual([1, 2])
    errorSpy.mockRestore()
  })

  it.each([
    ["revocation", 200, 409],
    ["resends", 202, 429],
  ])("stores no response when POST %s changed nothing", async (action, firstStatus, secondStatus) => {
    const { create, key } = await createFixture()
    const { id } = await (await create()).json<{ id: string }>()
    const sendRequest = (name: string) =>
      callApi({ key, method: "POST", path: `/invites/${id}/${action}`, headers: idempotencyKey(name) })
    expect((await sendRequest("first")).status).toBe(firstStatus)
    expect((await sendRequest("second")).status).toBe(secondStatus)
    expect(await count("idempotent_responses", "idempotency_key = 'second'")).toBe(0)
  })

  it("succeeds with one of two different bodies sent at once, and is refused with 422 with the other", async () => {
    const { key } = await createFixture()
    const envWithoutMemory: Env = { ...testEnv, ACCOUNT_LIMITER: createForgetfulLimiter() }
    const sendRequest = (contact_email: string) =>
      callApi({
        key,
        path: "/invites",
        body: { ...CUSTOMER, contact_email },
        headers: idempotencyKey("x"),
        env: envWithoutMemory,
      })
    const responses = await Promise.all([sendRequest("a@northwind.example"), sendRequest("b@northwind.example")])
    expect(responses.map(({ status }) => status).sort()).toEqual([201, 422])
    expect(await count("invites")).toBe(1)
  })

  it("stores a response of any table within D1's limits, which test/support/d1-limits.ts enforces", async () => {
    const deps = {
      db: openDb(env.DB),
      now: () => new Date(),
      request: { actorId: "key_1", idempotencyKey: "x", requestHash: "y" },
    }
    for (const table of [invites, billingAccounts, webhooks, outbox]) {
      const [first, ...rest] = storeResponseStatements(deps, table, "id_1")
      if (!first) throw new Error("no statement stores the response")
      await deps.db.batch([first, ...rest])
    }
  })

  it("is processed again after a day, and a cron job deletes its stored response", async () => {
    const { create } = await createFixture()
    await create()
    travel({ days: 1 })
    const repeatedResponse = await create(idempotencyKey("one"), {
      ...CUSTOMER,
      contact_email: "marta@contoso.example",
    })
    expect([repeatedResponse.status, await count("invites")]).toEqual([201, 2])
    travel({ days: 1 })
    await worker.scheduled(createScheduledController(), testEnv, createExecutionContext())
    expect(await count("idempotent_responses")).toBe(0)
  })

  it("keeps responses of the last day when older ones are deleted, also one that another clock dates back", async () => {
    const { resellerId } = await createReseller()
    const ages = [25, 23, 26, 22]
    const insert = `INSERT INTO idempotent_responses (actor_id, idempotency_key, request_hash, row, created_at) VALUES (?, ?, 'hash', '{}', ?)`
    const rows = ages.map((hours) => [resellerId, `${hours} h`, Date.now() - hours * HOUR_MS])
    await env.DB.batch(rows.map((values) => env.DB.prepare(insert).bind(...values)))
    await deleteExpiredResponses({ db: openDb(env.DB), now: () => new Date() })
    const left = await env.DB.prepare("SELECT idempotency_key FROM idempotent_responses ORDER BY seq").raw()
    expect(left).toEqual([["23 h"], ["22 h"]])
  })
})

/** A limiter that never detects a running request, as if it restarted between any two. */
function createForgetfulLimiter(): Env["ACCOUNT_LIMITER"] {
  return new Proxy(env.ACCOUNT_LIMITER, {
    get: (namespace, name) => {
      if (name !== "getByName") return Reflect.get(namespace, name)
      return (id: string) => namespace.getByName(`${id}-${crypto.randomUUID()}`)
    },
  })
}
