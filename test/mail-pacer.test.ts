import { runInDurableObject } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, it, vi } from "vitest"
import type { MailLimits, MailPacer } from "../src/limiters/mail-pacer.ts"

const NOON = new Date("2026-11-27T12:00:00Z")
const TEN_A_SECOND = { perSecond: 10, perDay: 0 }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance", "setTimeout", "clearTimeout"], now: NOON })
})

let objects = 0
const newName = () => `pacer ${++objects}`

/** Runs something with a pacer whose time only the test moves. */
function withPacer<T>(
  limits: MailLimits,
  use: (pacer: ReturnType<typeof createAsker>) => Promise<T>,
  name = newName(),
) {
  return runInDurableObject(env.MAIL_PACER.getByName(name), (object: MailPacer, state) =>
    use(createAsker(object, limits, state.storage)),
  )
}

function createAsker(object: MailPacer, limits: MailLimits, storage: DurableObjectStorage) {
  const started = Date.now()
  /** Who was answered, when in milliseconds, and after how many seconds to ask again. */
  const answers: { who: string; at: number; seconds: number }[] = []
  async function ask(who: string, isBulk = false) {
    const seconds = await object.take({ resellerId: who.slice(0, 1), isBulk, limits })
    answers.push({ who, at: Date.now() - started, seconds })
    return seconds
  }
  const askAll = (...names: string[]) => names.map((who) => ask(who))
  const askBulk = (...names: string[]) => names.map((who) => ask(who, true))
  return { object, storage, answers, ask, askAll, askBulk, release: () => object.release(limits) }
}

const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1_000)
const numbered = (reseller: string, count: number) => Array.from({ length: count }, (_, n) => `${reseller}${n + 1}`)

describe("emails leave", () => {
  it("in steady spacing, after a small burst", async () => {
    await withPacer(TEN_A_SECOND, async ({ askAll, answers }) => {
      askAll(...numbered("a", 6))
      await pass(2)
      askAll("b1", "b2", "b3")
      await pass(1)
      expect(answers.map(({ at }) => at)).toEqual([0, 0, 100, 200, 300, 400, 2_000, 2_000, 2_100])
      expect(answers.every(({ seconds }) => seconds === 0)).toBe(true)
    })
  })

  it("single ones before bulk ones, and resellers in turn, however many each has waiting", async () => {
    await withPacer(TEN_A_SECOND, async ({ askAll, askBulk, answers }) => {
      askAll("x1", "x2") // the burst
      askBulk("a1", "a2", "a3", "b1", "c1")
      askAll("a4", "a5", "a6", "d1")
      await pass(2)
      expect(answers.map(({ who }) => who).slice(2)).toEqual(["a4", "d1", "a5", "a6", "a1", "b1", "c1", "a2", "a3"])
    })
  })

  it("at once where there is no limit", async () => {
    await withPacer({ perSecond: 0, perDay: 0 }, async ({ askBulk, answers }) => {
      askBulk(...numbered("a", 500))
      await pass(0)
      expect(answers.map(({ seconds }) => seconds)).toEqual(Array(500).fill(0))
    })
  })

  it("not for ten seconds after the provider has refused one", async () => {
    await withPacer(TEN_A_SECOND, async ({ object, ask, answers }) => {
      object.pause(10)
      expect(await ask("a1")).toBe(10)
      await pass(9.5)
      ask("a2")
      await pass(1)
      expect(answers.at(-1)).toEqual({ who: "a2", at: 10_000, seconds: 0 })
    })
  })

  it("minutes after the provider has refused the deployment, and none asks in between", async () => {
    await withPacer(TEN_A_SECOND, async ({ object, askBulk, answers }) => {
      object.pause(300)
      askBulk(...numbered("a", 2_000))
      await pass(0)
      const waits = answers.map(({ seconds }) => seconds)
      expect([answers.length, Math.min(...waits), Math.max(...waits)]).toEqual([2_000, 300, 360])
    })
  })

  it("in the place of one that wasn't needed", async () => {
    await withPacer(TEN_A_SECOND, async ({ askAll, release, answers }) => {
      askAll("a1", "a2", "a3")
      await pass(0.05)
      release()
      await pass(0)
      expect(answers.at(-1)).toEqual({ who: "a3", at: 50, seconds: 0 })
    })
  })
})

describe("an email", () => {
  it("comes back if many of its reseller are waiting, at the pace of their turns; one of another reseller waits", async () => {
    await withPacer(TEN_A_SECOND, async ({ askBulk, ask, answers }) => {
      askBulk(...numbered("a", 50))
      await pass(0)
      const comeBacks = answers.filter(({ seconds }) => seconds > 0).map(({ seconds }) => seconds)
      expect(comeBacks).toHaveLength(38) // all but the burst and those whose turn is within a second
      expect(comeBacks).toEqual([...comeBacks].sort((one, other) => one - other))
      expect([comeBacks[0], comeBacks.at(-1)]).toEqual([2, 5])
      const before = answers.length
      ask("b1", true)
      await pass(1)
      const afterwards = answers.slice(before).map(({ who }) => who)
      expect(afterwards.indexOf("b1")).toBeLessThanOrEqual(1)
    })
  })

  it("comes back within a minute, however many are waiting", async () => {
    await withPacer(TEN_A_SECOND, async ({ askBulk, answers }) => {
      askBulk(...numbered("a", 2_000))
      await pass(0)
      expect(Math.max(...answers.map(({ seconds }) => seconds))).toBe(60)
    })
  })

  it("waits ten seconds at most while others overtake it", async () => {
    await withPacer(TEN_A_SECOND, async ({ ask, askAll, answers }) => {
      askAll("s1", "s2", "s3", "s4", "s5")
      ask("a1", true)
      for (let n = 0; n < 101; n++) {
        ask(`s${n}`)
        await pass(0.1)
      }
      expect(answers.find(({ who }) => who === "a1")).toEqual({ who: "a1", at: 10_000, seconds: 1 })
    })
  })
})

describe("the emails of a day", () => {
  const TEN_A_DAY = { perSecond: 0, perDay: 10 }

  it("end with single ones: bulk ones leave a tenth, and come back after midnight", async () => {
    await withPacer(TEN_A_DAY, async ({ ask, askBulk, release, answers }) => {
      askBulk(...numbered("a", 10))
      await pass(0)
      expect(answers.map(({ seconds }) => seconds > 0)).toEqual([...Array(9).fill(false), true])
      expect([await ask("b1"), (await ask("b2")) > 0]).toEqual([0, true])
      release()
      expect(await ask("b3")).toBe(0)
      const secondsLeft = answers.filter(({ seconds }) => seconds > 0).map(({ seconds }) => seconds)
      for (const seconds of secondsLeft) {
        expect(seconds).toBeGreaterThanOrEqual(12 * 3_600)
        expect(seconds).toBeLessThanOrEqual(12 * 3_600 + 60)
      }
      await pass(12 * 3_600)
      expect(await ask("a11", true)).toBe(0)
    })
  })

  it("are still counted after an eviction, exactly once a few seconds have passed", async () => {
    const name = newName()
    const evict = () =>
      runInDurableObject(env.MAIL_PACER.getByName(name), (_, state) => state.abort()).catch(() => undefined)
    await withPacer(TEN_A_DAY, ({ askAll }) => Promise.all(askAll(...numbered("a", 7))), name)
    await pass(5)
    await evict()
    const seconds = await withPacer(TEN_A_DAY, ({ askAll }) => Promise.all(askAll(...numbered("a", 4))), name)
    expect(seconds.map((one) => one > 0)).toEqual([false, false, false, true])
    await evict()
    expect(await withPacer(TEN_A_DAY, ({ ask }) => ask("a1"), name)).toBeGreaterThan(0)
  })

  it("are stored in blocks", async () => {
    await withPacer({ perSecond: 0, perDay: 100_000 }, async ({ askAll, storage }) => {
      const put = vi.spyOn(storage.kv, "put")
      await Promise.all(askAll(...numbered("a", 1_000)))
      await pass(5)
      expect(put.mock.calls.length).toBeLessThanOrEqual(11)
      expect(storage.kv.get("day")).toMatchObject({ used: 1_000 })
    })
  })
})
