import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { beforeEach, expect, it } from "vitest"
import { formatDuration } from "../src/text/dates.ts"
import { en } from "../src/text/en.ts"
import { resetStorage } from "./support/storage.ts"

const LIMITS = { resendCooldownSeconds: 60, resendsPerDay: 5, mailsPerHour: 500 }
const DAY_MS = 86_400_000
const limiter = () => env.EMAIL_LIMITER.getByName("res_test")
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
  if (first.allowed) await limiter().release(first.sendId)
  expect(await resend(Date.now())).toMatchObject({ allowed: true })
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
