import { env } from "cloudflare:workers"
import { beforeEach, expect, it } from "vitest"
import { resetStorage } from "./support/storage.ts"

const START = 1_800_000_000_000
const limiter = () => env.API_LIMITER.getByName("key_test")
const acquire = (at: number, idempotencyKey?: string) =>
  limiter().acquire({ at, quota: 2, windowMs: 10_000, idempotencyKey })

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
  await limiter().release("one")
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
