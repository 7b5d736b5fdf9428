import { createExecutionContext, createScheduledController } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { describe, expect, it, vi } from "vitest"
import { keepAnswer } from "../src/domain/kept-answers.ts"
import worker from "../src/index.ts"
import { openDb } from "../src/storage/db.ts"
import { billingAccounts, invites, outbox, webhooks } from "../src/storage/schema.ts"
import { callApi, count, deliverDueMail, NORTHWIND, openKey, openTenant, testEnv } from "./house.ts"

const named = (name: string) => ({ "Idempotency-Key": name })

async function open() {
  const tenant = await openTenant()
  const key = await openKey(tenant.resellerId)
  return {
    ...tenant,
    key,
    create: (headers = named("one"), body: object = NORTHWIND) => callApi({ key, path: "/invites", body, headers }),
  }
}

describe("a request with an Idempotency-Key", () => {
  it("has one effect and the same answer, whatever became of the invite since", async () => {
    const { create, key } = await open()
    const first = await create()
    const text = await first.text()
    const id = JSON.parse(text).id
    await callApi({ key, method: "POST", path: `/invites/${id}/revocation` })
    const again = await create()
    expect([again.status, await again.text(), again.headers.get("Location")]).toEqual([
      201,
      text,
      first.headers.get("Location"),
    ])
    expect([first.headers.get("Idempotency-Replayed"), again.headers.get("Idempotency-Replayed")]).toEqual([
      null,
      "true",
    ])
    expect([
      await count("invites"),
      await count("outbox"),
      await count("audit_log", "action = 'invite.created'"),
    ]).toEqual([1, 1, 1])
  })

  it("may write the key with quotes or without", async () => {
    const { create } = await open()
    await create(named('"one"'))
    expect((await create(named("one"))).headers.get("Idempotency-Replayed")).toBe("true")
  })

  it("of a hundred at once makes one invite: each answer is that invite, or 409 and the invite on the next try", async () => {
    const { create } = await open()
    const answers = await Promise.all(Array.from({ length: 100 }, () => create()))
    const ids = new Set<string>()
    for (const answer of answers) {
      const body = await answer.json<{ id: string; code: string }>()
      if (answer.status === 201) ids.add(body.id)
      else
        expect([answer.status, body.code, answer.headers.get("Retry-After")]).toEqual([
          409,
          "idempotency_in_progress",
          "1",
        ])
    }
    const next = await create()
    expect(next.status).toBe(201)
    ids.add((await next.json<{ id: string }>()).id)
    expect(ids.size).toBe(1)
    expect([await count("invites"), (await deliverDueMail()).length, await count("idempotent_responses")]).toEqual([
      1, 1, 1,
    ])
  })

  it.each(["invites", "billing_accounts"])(
    "makes one of the %s even when nobody knows that another runs",
    async (kind) => {
      const { key } = await open()
      const body = kind === "invites" ? NORTHWIND : { po_number: "2", email: "b@acme.example", phone: "+12125550187" }
      const forgetful: Env = { ...testEnv, API_LIMITER: forgetfulLimiter() }
      const call = { key, path: `/${kind}`, body, headers: named("race"), env: forgetful }
      const before = await count(kind)
      const answers = await Promise.all(Array.from({ length: 20 }, () => callApi(call)))
      const bodies = await Promise.all(answers.map((answer) => answer.text()))
      expect([...new Set(answers.map(({ status }) => status))]).toEqual([201])
      expect(new Set(bodies).size).toBe(1)
      expect([(await count(kind)) - before, await count("idempotent_responses")]).toEqual([1, 1])
    },
  )

  it("repeats a resend and a revocation without doing them twice", async () => {
    const { create, key } = await open()
    const { id } = await (await create()).json<{ id: string }>()
    for (const [noun, status] of [
      ["resends", 202],
      ["revocation", 200],
    ] as const) {
      const call = { key, method: "POST", path: `/invites/${id}/${noun}`, headers: named(noun) }
      const first = await callApi(call)
      const again = await callApi(call)
      expect([first.status, again.status]).toEqual([status, status])
      expect(await again.text()).toBe(await first.text())
    }
    expect(await count("invites", "send_count = 2 AND status = 'revoked'")).toBe(1)
    expect(await count("audit_log", "action IN ('invite.resent', 'invite.revoked')")).toBe(2)
  })

  it("is another's when it comes by another key of the same reseller", async () => {
    const { create, resellerId } = await open()
    await create()
    const body = { ...NORTHWIND, contact_email: "marta@contoso.example" }
    const other = await callApi({ key: await openKey(resellerId), path: "/invites", body, headers: named("one") })
    expect([other.status, await count("invites")]).toEqual([201, 2])
  })

  it("that was refused is no answer: mended, it goes through under the same key", async () => {
    const { create } = await open()
    expect((await create(named("one"), { ...NORTHWIND, billing_phone: "+1 415 555 0199" })).status).toBe(422)
    expect((await create(named("one"))).status).toBe(201)
  })

  it("that was refused for its scope, or broke off, holds its name no longer than it runs", async () => {
    const { resellerId, create } = await open()
    const reading = await openKey(resellerId, { scopes: ["invites:read", "billing:write"] })
    const call = { key: reading, headers: named("x") }
    expect((await callApi({ ...call, path: "/invites", body: NORTHWIND })).status).toBe(403)
    const account = { po_number: "2", email: "b@acme.example", phone: "+12125550187" }
    expect((await callApi({ ...call, path: "/billing_accounts", body: account })).status).toBe(201)
    expect((await create()).status).toBe(201)
  })

  it("is let through, uncounted, when the limiter fails", async () => {
    const { key } = await open()
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined)
    const fail = () => Promise.reject(new Error("overloaded"))
    const API_LIMITER = Object.assign(Object.create(env.API_LIMITER), {
      getByName: () => ({ enter: fail, leave: fail }),
    })
    const call = { key, path: "/invites", body: NORTHWIND, headers: named("x"), env: { ...testEnv, API_LIMITER } }
    const answers = [await callApi(call), await callApi(call)]
    expect(answers.map(({ status }) => status)).toEqual([201, 201])
    expect(answers[0]?.headers.has("RateLimit")).toBe(false)
    expect([await count("invites"), log.mock.calls.length]).toEqual([1, 2])
    log.mockRestore()
  })

  it.each(["revocation", "resends"])("keeps nothing of a %s that changed nothing", async (noun) => {
    const { create, key } = await open()
    const { id } = await (await create()).json<{ id: string }>()
    const ask = (name: string) => callApi({ key, method: "POST", path: `/invites/${id}/${noun}`, headers: named(name) })
    expect((await ask("first")).status).toBeLessThan(300)
    expect((await ask("second")).status).toBeGreaterThan(399)
    expect(await count("idempotent_responses", "idempotency_key = 'second'")).toBe(0)
  })

  it("of two bodies at once answers one, and tells the other that its name is taken", async () => {
    const { key } = await open()
    const forgetful: Env = { ...testEnv, API_LIMITER: forgetfulLimiter() }
    const ask = (contact_email: string) =>
      callApi({ key, path: "/invites", body: { ...NORTHWIND, contact_email }, headers: named("x"), env: forgetful })
    const answers = await Promise.all([ask("a@northwind.example"), ask("b@northwind.example")])
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422])
    expect(await count("invites")).toBe(1)
  })

  it("keeps a row in statements that D1 takes: 100 parameters, and 32 arguments a function", async () => {
    const asked: string[] = []
    const prepare = (words: string) => {
      asked.push(words)
      return env.DB.prepare(words)
    }
    const database = new Proxy(env.DB, {
      get: (real, name) => (name === "prepare" ? prepare : Reflect.get(real, name).bind(real)),
    })
    const deps = {
      db: openDb(database),
      now: () => new Date(),
      request: { apiKeyId: "key_1", idempotencyKey: "x", requestHash: "y" },
    }
    for (const table of [invites, billingAccounts, webhooks, outbox]) {
      const [first, ...rest] = keepAnswer(deps, table, "id_1")
      if (first) await deps.db.batch([first, ...rest])
    }
    expect(asked.join()).toContain("json_object(")
    for (const words of asked) {
      expect(words.split("?").length - 1).toBeLessThanOrEqual(100)
      for (const [, inside = ""] of words.matchAll(/json_object\(([^()]*)\)/g)) {
        expect(inside.split(",").length).toBeLessThanOrEqual(32)
      }
    }
  })

  it("is forgotten after a day, by the answer at once and by the cron for good", async () => {
    const { create } = await open()
    await create()
    await env.DB.prepare(`UPDATE idempotent_responses SET created_at = ${Date.now() - 86_400_000}`).run()
    const again = await create(named("one"), { ...NORTHWIND, contact_email: "marta@contoso.example" })
    expect([again.status, await count("invites")]).toEqual([201, 2])
    await env.DB.prepare("UPDATE idempotent_responses SET created_at = 1").run()
    await worker.scheduled(createScheduledController(), testEnv, createExecutionContext())
    expect(await count("idempotent_responses")).toBe(0)
  })
})

/** A limiter that never knows of a request under way, as one that restarts between any two. */
function forgetfulLimiter(): Env["API_LIMITER"] {
  return new Proxy(env.API_LIMITER, {
    get: (namespace, name) => {
      if (name !== "getByName") return Reflect.get(namespace, name)
      return (id: string) => namespace.getByName(`${id}-${crypto.randomUUID()}`)
    },
  })
}
