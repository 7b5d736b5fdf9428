import { afterEach, beforeEach, expect, it, vi } from "vitest"
import {
  createClient,
  createInvite,
  getInvite,
  listInvites,
  type NewInvite,
} from "../.generated/client-source/index.ts"

const INVITE = { id: "inv_1" }

type Result = Response | Error

const problem = (code: string, status: number, headers: Record<string, string> = {}) =>
  Response.json({ type: "about:blank", title: code, status, detail: code, code }, { status, headers })

/** A client of a service that responds with these results in turn. */
function clientOf(...results: Result[]) {
  const sent: Request[] = []
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    sent.push(new Request(input, init))
    const result = results.shift() ?? Response.json(INVITE)
    if (result instanceof Error) throw result
    return result
  }
  return { sent, client: createClient({ baseUrl: "https://vestibule.example", apiKey: "vst_live_1", fetch }) }
}

/** The result of a call, and the milliseconds for which it waited. */
async function timed(call: Promise<unknown>) {
  const started = Date.now()
  const result = call.then(
    (value) => value,
    (error: unknown) => error,
  )
  await vi.runAllTimersAsync()
  return { result: await result, waited: Date.now() - started }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }))
afterEach(() => void vi.useRealTimers())

it("a call is retried after failures of the network and of the service, with the same idempotency key", async () => {
  const { client, sent } = clientOf(
    new TypeError("network"),
    new Response("<h1>Bad gateway</h1>", { status: 502 }),
    problem("misconfigured", 503),
    new Response("", { status: 504 }),
  )
  const { result, waited } = await timed(createInvite(client, {} as NewInvite))
  expect(result).toEqual(INVITE)
  expect(new Set(sent.map(({ headers }) => headers.get("Idempotency-Key"))).size).toBe(1)
  expect(sent).toHaveLength(5)
  expect(waited).toBeGreaterThan(3_700) // at least half of 0.5 + 1 + 2 + 4 seconds
  expect(waited).toBeLessThanOrEqual(7_500)
})

it("a call waits as long as Retry-After asks, in seconds or as a date", async () => {
  const inTwentySeconds = new Date(Date.now() + 20_000).toUTCString()
  const { client } = clientOf(
    problem("too_many_requests", 429, { "Retry-After": "7" }),
    new Response("", { status: 503, headers: { "Retry-After": inTwentySeconds } }),
    problem("idempotency_in_progress", 409, { "Retry-After": "1" }),
  )
  const { result, waited } = await timed(getInvite(client, "inv_1"))
  expect(result).toEqual(INVITE)
  expect(Math.round(waited / 1_000)).toBeGreaterThanOrEqual(20)
  expect(Math.round(waited / 1_000)).toBeLessThanOrEqual(21)
})

it("a call fails rather than wait for more than a minute", async () => {
  const { client, sent } = clientOf(problem("too_many_requests", 429, { "Retry-After": "61" }))
  const { result, waited } = await timed(getInvite(client, "inv_1"))
  expect(result).toMatchObject({ code: "too_many_requests", status: 429, retryAfterSeconds: 61 })
  expect({ calls: sent.length, waited }).toEqual({ calls: 1, waited: 0 })
})

it("a call isn't retried after other problems, such as a limit of emails", async () => {
  for (const [code, status] of [
    ["resend_cooldown", 429],
    ["invalid_fields", 422],
    ["version_conflict", 412],
    ["internal_error", 500],
  ] as const) {
    const { client, sent } = clientOf(problem(code, status, { "Retry-After": "1" }))
    expect((await timed(createInvite(client, {} as NewInvite))).result).toMatchObject({ code, status })
    expect(sent).toHaveLength(1)
  }
})

it("a call fails with the last result after four retries", async () => {
  const { client, sent } = clientOf(...Array.from({ length: 5 }, () => new TypeError("network")))
  expect((await timed(getInvite(client, "inv_1"))).result).toEqual(new TypeError("network"))
  expect(sent).toHaveLength(5)
})

it("a cancelled call neither waits nor sends another request", async () => {
  const { client, sent } = clientOf(problem("too_many_requests", 429, { "Retry-After": "30" }))
  const controller = new AbortController()
  const call = getInvite(client, "inv_1", { signal: controller.signal }).catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(1_000)
  controller.abort(new Error("stopped"))
  expect(await call).toEqual(new Error("stopped"))
  await vi.runAllTimersAsync()
  expect(sent).toHaveLength(1)
})

it("a response that isn't from the API is an error, whatever its status", async () => {
  for (const status of [200, 403]) {
    const { client } = clientOf(new Response("<h1>Proxy</h1>", { status, headers: { "X-Request-Id": "r1" } }))
    const { result } = await timed(getInvite(client, "inv_1"))
    expect(result).toMatchObject({ code: "unexpected_response", status, requestId: "r1", problem: undefined })
  }
})

it("an iteration ends where the cursor of a list stays the same", async () => {
  const page = (id: string) => Response.json({ data: [{ id }], next_cursor: "evt_2", prev_cursor: null })
  const { client, sent } = clientOf(page("a"), page("b"), page("c"))
  const ids: string[] = []
  for await (const { id } of listInvites(client)) ids.push(id)
  expect(ids).toEqual(["a", "b"])
  expect(sent.map(({ url }) => new URL(url).search)).toEqual(["", "?cursor=evt_2"])
})
