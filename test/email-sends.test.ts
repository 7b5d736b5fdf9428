import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { beforeEach, expect, it, vi } from "vitest"
import type { AccountLimiter } from "../src/limiters/account-limiter.ts"
import { formatDuration } from "../src/text/dates.ts"
import { en } from "../src/text/en.ts"
import { resetStorage } from "./support/storage.ts"

const LIMITS = { resendCooldownSeconds: 60, resendsPerDay: 5, mailsPerHour: 500 }
const UNLIMITED = { ...LIMITS, mailsPerHour: 1_000_000 }
const DAY_MS = 86_400_000
const limiter = () => env.ACCOUNT_LIMITER.getByName("res_test")
const resend = (at: number) => limiter().reserve({ inviteId: "inv_1", kind: "resend", at, limits: LIMITS })

beforeEach(resetStorage) // the limiter has the same name in each test

it("an invite can be resent once a minute and five times a day", async () => {
  const start = Date.now()
  expect(await resend(start)).toMatchObject({ allowed: true })
  expect(await resend(start + 59_999)).toMatchObject({
    allowed: false,
    scope: "resend_cooldown",
    remaining: 4,
    resetAt: start + 60_000,
  })
  for (let n = 1; n < 5; n++) expect(await resend(start + n * 60_000)).toMatchObject({ allowed: true })
  expect(await resend(start + 300_000)).toMatchObject({
    allowed: false,
    scope: "resend_daily_limit",
    limit: 5,
    resetAt: start + DAY_MS,
  })
  expect(await resend(start + DAY_MS)).toMatchObject({ allowed: true })
})

it("a released send doesn't count against the limits", async () => {
  const first = await resend(Date.now())
  if (first.allowed) await limiter().releaseSends(first.sendId)
  expect(await resend(Date.now())).toMatchObject({ allowed: true })
})

const firstSend = (at: number) =>
  limiter().reserve({ inviteId: `inv_${at}`, kind: "first", at, limits: { ...LIMITS, mailsPerHour: 3 } })

it("as many emails as the limit leave within any hour, also across restarts, releases and clocks that differ", async () => {
  const start = Date.now()
  const minutes = async (n: number) => {
    const decision = await firstSend(start + n * 60_000)
    return decision.allowed || (decision.resetAt - start) / 60_000
  }
  expect([await minutes(0), await minutes(20), await minutes(40), await minutes(59)]).toEqual([true, true, true, 60])
  await runInDurableObject(limiter(), (_, state) => state.abort()).catch(() => undefined)
  expect([await minutes(59), await minutes(60), await minutes(61)]).toEqual([60, true, 80])
  expect(await minutes(58)).toBe(60)
  const decision = await firstSend(start + 80 * 60_000)
  expect(await minutes(81)).toBe(100)
  if (decision.allowed) await limiter().releaseSends(decision.sendId)
  expect([await minutes(82), await minutes(83)]).toEqual([true, 100])
})

/** First emails within a second. In one turn of the object, so that no timer of it runs in between. */
const burst = (count: number, limits = UNLIMITED) =>
  runInDurableObject(limiter(), (object: AccountLimiter, { storage }) => {
    const at = Date.now()
    const send = (_: unknown, n: number) => object.reserve({ inviteId: "inv_1", kind: "first", at: at + n, limits })
    const decisions = Array.from({ length: count }, send)
    return { decisions, stored: countSends(storage) }
  })
const countSends = ({ sql }: DurableObjectStorage) => sql.exec<{ n: number }>("SELECT count(*) AS n FROM sends").one().n
const storedSends = () => runInDurableObject(limiter(), (_, { storage }) => countSends(storage))

it("first emails of a burst are stored in growing blocks, and what no email needs isn't counted", async () => {
  const { decisions, stored } = await burst(9)
  expect(new Set(decisions.map((decision) => decision.allowed && decision.sendId)).size).toBe(9)
  expect(stored).toBe(1 + 2 + 4 + 8)
  const limits = { ...UNLIMITED, jobMailsPerHour: 20 }
  expect(await limiter().jobAllowance({ at: Date.now(), limits })).toMatchObject({ now: 11 })
  expect(await storedSends()).toBe(9)
})

it("what is free of a block is released after a moment if nothing follows", async () => {
  expect((await burst(2)).stored).toBe(3)
  await vi.waitFor(async () => expect(await storedSends()).toBe(2), { timeout: 10_000, interval: 100 })
})

it("exactly the hourly limit is allowed in a burst, and after a crash no email of it is forgotten", async () => {
  const limits = { ...LIMITS, mailsPerHour: 12 }
  const allowedOf = async (count: number) => (await burst(count, limits)).decisions.filter(({ allowed }) => allowed)
  expect(await allowedOf(20)).toHaveLength(12)
  await resetStorage()
  expect(await allowedOf(10)).toHaveLength(10)
  await runInDurableObject(limiter(), (_, state) => state.abort()).catch(() => undefined)
  expect(await allowedOf(3)).toEqual([]) // two count that nobody sent
})

it("deciding about an email reads as few rows after a thousand emails of this hour as after ten", async () => {
  const start = Date.now()
  const rowsReadAfter = (count: number) =>
    runInDurableObject(env.ACCOUNT_LIMITER.getByName(`res_${count}`), (object: AccountLimiter, { storage }) => {
      const send = (n: number) =>
        object.reserve({ inviteId: `inv_${n}`, kind: "first", at: start + n * 1_000, limits: UNLIMITED })
      for (let n = 0; n < count; n++) send(n)
      const exec = vi.spyOn(storage.sql, "exec")
      send(count)
      const rowsRead = exec.mock.results.reduce((sum, { value }) => sum + value.rowsRead, 0)
      exec.mockRestore()
      return rowsRead
    })
  const [few, many] = [await rowsReadAfter(10), await rowsReadAfter(1_000)]
  expect([few > 0, many]).toEqual([true, few])
})

it("an alarm deletes sends older than a day, and the table once it is empty", async () => {
  await resend(Date.now() - DAY_MS - 1)
  await resend(Date.now() - DAY_MS + 60_000)
  expect(await runDurableObjectAlarm(limiter())).toBe(true)
  const remaining = () =>
    runInDurableObject(limiter(), (_, { storage }) => storage.sql.exec("SELECT count(*) AS n FROM sends").one().n)
  expect(await remaining()).toBe(1)
  await runInDurableObject(limiter(), (_, { storage }) => {
    storage.sql.exec("UPDATE sends SET at = 0")
  })
  expect(await runDurableObjectAlarm(limiter())).toBe(true)
  const tables = await runInDurableObject(limiter(), (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_schema WHERE name = 'sends'").toArray(),
  )
  expect(tables).toEqual([])
})

it("a wait is shown in seconds, minutes or hours, rounded up", () => {
  const waits = [1, 45, 119, 120, 121, 7199, 7200, 86_400].map((seconds) => formatDuration(en, seconds))
  expect(waits).toEqual([
    "1 second",
    "45 seconds",
    "119 seconds",
    "2 minutes",
    "3 minutes",
    "120 minutes",
    "2 hours",
    "24 hours",
  ])
})
