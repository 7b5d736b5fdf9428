import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { beforeEach, expect, it } from "vitest"
import { app } from "../src/local/app.ts"
import { CUSTOMER, callApi, createApiKey, createReseller, ORIGIN, testEnv } from "./support/app.ts"
import { resetStorage } from "./support/storage.ts"

const START = 1_800_000_000_000
const limiter = () => env.ACCOUNT_LIMITER.getByName("res_test")
const acquire = (at: number, idempotencyKey?: string, keyId = "key_1") =>
  limiter().acquire({ keyId, at, quota: 2, windowMs: 10_000, idempotencyKey })

beforeEach(resetStorage) // the limiter has the same name in each test

it("the API limiter allows the quota of a window and starts a new window when it ends", async () => {
  expect(await acquire(START)).toMatchObject({ allowed: true, remaining: 1, resetAt: START + 10_000 })
  expect(await acquire(START + 9_999)).toMatchObject({ allowed: true, remaining: 0 })
  expect(await acquire(START + 9_999)).toMatchObject({ allowed: false, remaining: 0, resetAt: START + 10_000 })
  expect(await acquire(START + 10_000)).toMatchObject({ allowed: true, remaining: 1, resetAt: START + 20_000 })
})

it("the API limiter reports an idempotency key as running until it is released or a minute has passed", async () => {
  expect(await acquire(START, "one")).toMatchObject({ inProgress: false })
  expect(await acquire(START, "one")).toMatchObject({ inProgress: true })
  await limiter().releaseRequest("key_1", "one")
  expect(await acquire(START + 10_000, "one")).toMatchObject({ inProgress: false })
  expect(await acquire(START + 69_999, "one")).toMatchObject({ inProgress: true })
  expect(await acquire(START + 70_000, "one")).toMatchObject({ inProgress: false })
})

it("the API limiter doesn't reserve the idempotency key of a refused request", async () => {
  await acquire(START)
  await acquire(START)
  expect(await acquire(START, "late")).toMatchObject({ allowed: false })
  expect(await acquire(START + 10_000, "late")).toMatchObject({ allowed: true, inProgress: false })
})

it("keys of one reseller have a quota and idempotency keys of their own", async () => {
  for (const _ of [1, 2, 3]) await acquire(START, "one")
  expect(await acquire(START, "one", "key_2")).toMatchObject({ allowed: true, inProgress: false, remaining: 1 })
  await limiter().releaseRequest("key_1", "one")
  expect(await acquire(START, "one", "key_2")).toMatchObject({ inProgress: true })
  expect(await acquire(START + 10_000, "one", "key_1")).toMatchObject({ inProgress: false, remaining: 1 })
  expect(await acquire(START + 10_000, "one", "key_2")).toMatchObject({ inProgress: true, remaining: 1 })
})

type Limiter = ReturnType<Env["ACCOUNT_LIMITER"]["getByName"]>

/** The environment with this quota, and what requests call of its limiters. `answer` decides when GETs are counted. */
function observedEnv(quota: number, answer: Promise<void> = Promise.resolve()) {
  const calls: string[] = []
  const observe = (object: Limiter) => ({
    acquire: (request: Parameters<Limiter["acquire"]>[0]) => {
      calls.push("acquire")
      return object.acquire(request)
    },
    reserve: (request: Parameters<Limiter["reserve"]>[0]) => {
      calls.push(`reserve ${request.kind}`)
      return object.reserve(request)
    },
    releaseSends: (...sendIds: number[]) => {
      calls.push("releaseSends")
      return object.releaseSends(...sendIds)
    },
    releaseRequest: (keyId: string, key: string) => object.releaseRequest(keyId, key),
    countReads: async (use: Parameters<Limiter["countReads"]>[0]) => {
      calls.push(`countReads ${use.reads}`)
      await answer
      return object.countReads(use)
    },
  })
  const ACCOUNT_LIMITER = new Proxy(env.ACCOUNT_LIMITER, {
    get: (namespace, name) =>
      name === "getByName" ? (id: string) => observe(namespace.getByName(id)) : Reflect.get(namespace, name),
  })
  return { calls, env: { ...testEnv, ACCOUNT_LIMITER, API_REQUESTS_PER_10_SECONDS: String(quota) } as Env }
}

const remainingOf = (response: Response) => Number(/r=(\d+)/.exec(response.headers.get("RateLimit") ?? "")?.[1])

it("a GET by API key asks no limiter, which is told afterwards of a tenth of the quota at once", async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  const { promise, resolve } = Promise.withResolvers<void>()
  const { calls, env: limited } = observedEnv(30, promise)
  const context = createExecutionContext()
  const get = () =>
    app.fetch(
      new Request(`${ORIGIN}/api/v1/invites`, { headers: { Authorization: `Bearer ${key}` } }),
      limited,
      context,
    )
  expect([remainingOf(await get()), remainingOf(await get()), calls]).toEqual([29, 28, []])
  expect([remainingOf(await get()), calls]).toEqual([27, ["countReads 3"]]) // although the limiter hasn't answered
  resolve()
  await waitOnExecutionContext(context)
})

it("changes are counted exactly, together with the GETs of each isolate that come before them", async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  const { calls, env: limited } = observedEnv(100)
  const change = (n: number) =>
    callApi({ key, path: "/invites", body: { ...CUSTOMER, contact_email: `a${n}@b.example` }, env: limited })
  for (let n = 0; n < 3; n++) await callApi({ key, path: "/invites", env: limited })
  const responses = [await change(1), await change(2)]
  expect(responses.map((response) => [response.status, remainingOf(response)])).toEqual([
    [201, 96],
    [201, 95],
  ])
  expect(calls).toEqual(["acquire", "acquire"])
  expect(remainingOf(await callApi({ key, path: "/invites", env: limited }))).toBe(94)
})

it("of simultaneous changes, exactly the quota is allowed, and GETs are refused after them", async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  const { env: limited } = observedEnv(5)
  const change = (_: unknown, n: number) =>
    callApi({ key, path: "/invites", body: { ...CUSTOMER, contact_email: `a${n}@b.example` }, env: limited })
  const statuses = (await Promise.all(Array.from({ length: 9 }, change))).map(({ status }) => status)
  expect(statuses.filter((status) => status === 201)).toHaveLength(5)
  expect(statuses.filter((status) => status === 429)).toHaveLength(4)
  const refused = await callApi({ key, path: "/invites", env: limited })
  expect([refused.status, remainingOf(refused), Number(refused.headers.get("Retry-After")) > 0]).toEqual([429, 0, true])
})

const usedSends = async (resellerId: string) => {
  const limits = { resendCooldownSeconds: 0, resendsPerDay: 5, mailsPerHour: 100, jobMailsPerHour: 100 }
  return 100 - (await env.ACCOUNT_LIMITER.getByName(resellerId).jobAllowance({ at: Date.now(), limits })).now
}

it("creating an invite asks the limiter once, and what sends no email is not counted as one", async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  const { calls, env: limited } = observedEnv(100)
  const create = async (body: object, idempotencyKey = "", keyOfCall = key) => {
    calls.length = 0
    const headers = idempotencyKey ? { "Idempotency-Key": idempotencyKey } : {}
    const { status } = await callApi({ key: keyOfCall, path: "/invites", body, headers, env: limited })
    return [status, ...calls, await usedSends(resellerId)]
  }
  const other = { ...CUSTOMER, contact_email: "other@northwind.example" }
  expect(await create(CUSTOMER, "one")).toEqual([201, "acquire", 1])
  expect(await create(CUSTOMER, "one")).toEqual([201, "acquire", 1]) // replayed
  expect(await create(CUSTOMER)).toEqual([409, "acquire", "releaseSends", 1]) // invited already
  expect(await create({ ...other, contact_name: 1 })).toEqual([422, "acquire", "releaseSends", 1])
  expect(await create({ ...other, send_email: false })).toEqual([201, "acquire", "releaseSends", 1])
  const readOnlyKey = await createApiKey(resellerId, { scopes: ["invites:read"] })
  expect(await create(other, "", readOnlyKey)).toEqual([403, "acquire", "releaseSends", 1])
})

it("a request that sends no email succeeds when no more can be sent, and an invite is refused", async () => {
  const { resellerId } = await createReseller()
  const key = await createApiKey(resellerId)
  const limited = { ...testEnv, INVITE_MAILS_PER_HOUR: "1" } as Env
  const create = async (body: object, headers = {}) => {
    const response = await callApi({ key, path: "/invites", body, headers, env: limited })
    return [response.status, response.headers.get("Idempotency-Replayed")]
  }
  const other = { ...CUSTOMER, contact_email: "other@northwind.example" }
  expect(await create(CUSTOMER, { "Idempotency-Key": "one" })).toEqual([201, null])
  expect(await create(CUSTOMER, { "Idempotency-Key": "one" })).toEqual([201, "true"])
  expect(await create(other)).toEqual([429, null])
  expect(await create({ ...other, send_email: false })).toEqual([201, null])
})
