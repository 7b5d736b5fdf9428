import { env } from "cloudflare:workers"
import crypto from "node:crypto"
import { beforeEach, describe, expect, it, vi } from "vitest"
import { deleteExpiredGuessCounts } from "../src/domain/access/guess-limit.ts"
import { createDeps } from "../src/http/bindings.ts"
import { addStaff, Browser, count, createReseller, PASSWORD, sendDueEmails, signInAs, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { addPasskey } from "./support/factors.ts"
import { enterPassword, enterWrongPasswords, takeHashCount, times, WRONG } from "./support/guesses.ts"
import { hashAllAtOnce } from "./support/hashing.ts"
import { travel } from "./support/time.ts"

const EMAIL = "dana@acme.example"

let resellerId: string
let userId: string
beforeEach(async () => {
  ;({ resellerId } = await createReseller())
  ;({ userId } = await addStaff(resellerId, { name: "Dana Ortiz", email: EMAIL, role: "admin" }))
  takeHashCount()
})

/** A browser in which this person has signed in and out. */
async function knownBrowser(): Promise<Browser> {
  const browser = new Browser()
  expect((await enterPassword(EMAIL, PASSWORD, browser)).status).toBe(303)
  await browser.post("/sign-out")
  takeHashCount()
  return browser
}

const failures = async () => {
  const { results } = await env.DB.prepare("SELECT failures FROM guess_counts ORDER BY failures").all()
  return results.map((row) => row.failures)
}

describe("a thousand wrong passwords against one account from 20 addresses", () => {
  beforeEach(hashAllAtOnce) // so that the limit alone refuses

  it("reach the hash function ten times, while the owner signs in by passkey, known browser and reset", async () => {
    const known = await knownBrowser()
    const { authenticator } = await addPasskey(await signInAs(userId))

    const addresses = Array.from({ length: 20 }, (_, n) => `203.0.113.${n}`)
    const statuses: number[] = []
    const attackFrom = async (address: string, guesses: number) => {
      const attacker = new Browser()
      attacker.address = address
      for (let n = 0; n < guesses; n++) statuses.push((await enterPassword(EMAIL, `guess ${n}`, attacker)).status)
    }
    const attack = (guesses: number) => Promise.all(addresses.map((address) => attackFrom(address, guesses)))

    await attack(25)
    expect(takeHashCount()).toBe(10)
    const passkeyBrowser = new Browser()
    const passkey = await authenticator.get(await (await passkeyBrowser.get("/sign-in/passkey")).json())
    expect((await passkeyBrowser.post("/sign-in/passkey", { passkey })).headers.get("Location")).toBe("/")
    const secondStep = "/sign-in/second-factor?next=%2F"
    expect((await enterPassword(EMAIL, PASSWORD, known)).headers.get("Location")).toBe(secondStep)
    expect((await enterPassword(EMAIL)).status).toBe(429)
    expect(takeHashCount()).toBe(1)

    await attack(25)
    expect([takeHashCount(), statuses.length]).toEqual([0, 1_000])
    expect(statuses.filter((status) => status === 422)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(990)

    const owner = new Browser()
    expect((await owner.post("/forgot-password", { email: EMAIL })).status).toBe(202)
    const link = /\/reset-password\/\S+/.exec((await sendDueEmails()).at(-1)?.text ?? "")?.[0] ?? ""
    const newPassword = "a river under seven bridges"
    expect((await owner.post(link, { password: newPassword })).status).toBe(303)
    takeHashCount()
    await attack(1)
    expect(takeHashCount()).toBe(10) // the reset has cleared the count
    expect((await enterPassword(EMAIL, newPassword)).status).toBe(429)
    expect((await enterPassword(EMAIL, newPassword, owner)).headers.get("Location")).toBe(secondStep)
  })

  it("at once let exactly ten through, and count each once", async () => {
    const responses = await Promise.all(Array.from({ length: 100 }, () => enterPassword(EMAIL, WRONG)))
    expect(takeHashCount()).toBe(10)
    expect(responses.filter(({ status }) => status === 429)).toHaveLength(90)
    expect(await failures()).toEqual([...times(10, 1), 10])
  })
})

describe("after ten wrong passwords", () => {
  it("each further one waits twice as long, up to an hour, and is one", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    await enterWrongPasswords(EMAIL, 10)
    for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
      const refused = await enterPassword(EMAIL)
      expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, String(minutes * 60)])
      travel({ minutes: minutes - 1, seconds: 59 })
      takeHashCount()
      expect([await enterWrongPasswords(EMAIL, 1), takeHashCount()]).toEqual([[429], 0])
      travel({ seconds: 1 })
      expect([await enterWrongPasswords(EMAIL, 2), takeHashCount()]).toEqual([[422, 429], 1])
    }
    travel({ minutes: 60 })
    expect((await enterPassword(EMAIL)).status).toBe(303)
    expect(await enterWrongPasswords(EMAIL, 10)).toEqual(times(10, 422))
  })

  it("the page keeps what was entered except the password, says how long, and what works meanwhile", async () => {
    await enterWrongPasswords(EMAIL, 10)
    const response = await new Browser().post("/sign-in", { email: EMAIL, password: PASSWORD, next: "/billing" })
    const page = await response.text()
    expect(response.status).toBe(429)
    expect(page).toContain(`value="${EMAIL}"`)
    expect(page).toContain('name="next" value="/billing"')
    expect(page).not.toContain(PASSWORD)
    expect(page).toMatch(
      /Try again in \d+ seconds\. A passkey still works, and you can <a href="\/forgot-password\?next=%2Fbilling">/,
    )
    const german = { "Accept-Language": "de" }
    const translated = await new Browser().post("/sign-in", { email: EMAIL, password: PASSWORD }, german)
    expect(await translated.text()).toMatch(/Versuchen Sie es in \d+ Sekunden noch einmal\..*Passwort zurücksetzen/)
  })

  it("the refusal is logged, without the address", async () => {
    await enterWrongPasswords(EMAIL, 10)
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined)
    const browser = new Browser()
    await enterPassword(EMAIL, WRONG, browser)
    const lines = log.mock.calls.map(([line]) => String(line))
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: "limit_reached", limit: "guess_limit" },
      { level: "request" },
    ])
    expect(lines.join()).not.toMatch(new RegExp(`${EMAIL}|${browser.address}|${userId}`))
  })

  it("an address that nobody has is refused alike, at the same cost", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const answers = []
    for (const email of [EMAIL, "nobody@acme.example"]) {
      for (const [n, expected] of [...times(10, 422), 429].entries()) {
        const { database, costs } = countingD1(env.DB)
        const browser = new Browser()
        browser.env = { ...testEnv, DB: database }
        const response = await enterPassword(email, WRONG, browser)
        expect([email, n, response.status]).toEqual([email, n, expected])
        const page = (await response.text()).replaceAll(email, "?")
        answers.push([n, page, response.headers.get("Retry-After"), costs.roundTrips, takeHashCount()])
      }
    }
    expect(answers.slice(0, 11)).toEqual(answers.slice(11))
    // One for the guess, and one after the response for the audit log.
    expect(answers.map(([, , , roundTrips]) => roundTrips)).toEqual(times(22, 2))
  })
})

describe("wrong passwords", () => {
  it("of one address count together in every spelling that signs in", async () => {
    const spellings = [EMAIL, "DANA@ACME.EXAMPLE", " Dana@acme.example\t", "dana@ACME.example"]
    for (let n = 0; n < 10; n++) {
      expect((await enterPassword(spellings[n % 4] ?? "", WRONG)).status).toBe(422)
    }
    for (const spelling of spellings) expect((await enterPassword(spelling)).status).toBe(429)
    expect((await enterPassword("dana@globex.example", WRONG)).status).toBe(422)
  })

  it("are forgotten after fifteen minutes, and when the right one is entered", async () => {
    await enterWrongPasswords(EMAIL, 9)
    travel({ minutes: 15 })
    expect(await enterWrongPasswords(EMAIL, 9)).toEqual(times(9, 422))
    expect((await enterPassword(EMAIL)).status).toBe(303)
    expect(await enterWrongPasswords(EMAIL, 11)).toEqual([...times(10, 422), 429])
  })

  it("count once, and a right one not at all", async () => {
    const browser = new Browser()
    for (let n = 0; n < 3; n++) await enterPassword(EMAIL, WRONG, browser)
    expect(await failures()).toEqual([3, 3])
    await enterPassword(EMAIL, PASSWORD, browser)
    expect(await failures()).toEqual([3]) // of the network, whose other people may guess
  })

  it("don't count if they couldn't be compared", async () => {
    await enterWrongPasswords(EMAIL, 9)
    vi.spyOn(console, "error").mockImplementation(() => undefined)
    const browser = new Browser()
    for (let n = 0; n < 5; n++) {
      vi.mocked(crypto.scrypt).mockImplementationOnce(() => {
        throw new Error("busy")
      })
      expect((await enterPassword(EMAIL, PASSWORD, browser)).status).toBe(500)
    }
    expect(await failures()).toEqual([0, ...times(9, 1), 9])
    expect((await enterPassword(EMAIL, WRONG, browser)).status).toBe(422)
    expect((await enterPassword(EMAIL)).status).toBe(429)
  })

  it("are stored without the address, the network or the user", async () => {
    const known = await knownBrowser()
    await enterPassword(EMAIL, WRONG, known)
    await enterPassword(EMAIL, WRONG)
    const { results } = await env.DB.prepare("SELECT * FROM guess_counts").all()
    expect(results.map(({ subject }) => subject)).toEqual(times(4, expect.stringMatching(/^[\w-]{22}$/)))
    expect(JSON.stringify(results)).not.toMatch(new RegExp(`${EMAIL}|${known.address}|${userId}`))
  })

  it("are deleted when they no longer count", async () => {
    const sweep = () => deleteExpiredGuessCounts(createDeps(testEnv, () => undefined))
    await enterWrongPasswords(EMAIL, 10)
    travel({ minutes: 15 })
    await sweep()
    expect(await failures()).toEqual([10]) // of the account, whose pauses last
    travel({ days: 1 })
    await sweep()
    expect(await count("guess_counts")).toBe(0)
  })
})

describe("a browser in which the person signed in before", () => {
  it("has ten guesses of its own, then shares those of the account", async () => {
    const known = await knownBrowser()
    await enterWrongPasswords(EMAIL, 9)
    const guess = () => enterPassword(EMAIL, WRONG, known)
    for (let n = 0; n < 11; n++) expect((await guess()).status).toBe(422)
    expect((await guess()).status).toBe(429)
    expect((await enterPassword(EMAIL, PASSWORD, known)).status).toBe(429)
    travel({ minutes: 15 })
    expect((await enterPassword(EMAIL, PASSWORD, known)).status).toBe(303)
  })

  it("clears its own count when it signs in, and leaves that of the account", async () => {
    const known = await knownBrowser()
    await enterWrongPasswords(EMAIL, 10)
    for (let n = 0; n < 9; n++) await enterPassword(EMAIL, WRONG, known)
    expect((await enterPassword(EMAIL, PASSWORD, known)).status).toBe(303)
    for (let n = 0; n < 10; n++) expect((await enterPassword(EMAIL, WRONG, known)).status).toBe(422)
    expect((await enterPassword(EMAIL)).status).toBe(429)
  })

  it("is known only for this person", async () => {
    const known = await knownBrowser()
    await addStaff(resellerId, { name: "Kim Sato", email: "kim@acme.example", role: "admin" })
    await enterWrongPasswords("kim@acme.example", 10)
    expect((await enterPassword("kim@acme.example", PASSWORD, known)).status).toBe(429)
  })

  it("is recognized only by a cookie that we signed", async () => {
    const browser = new Browser()
    const response = await enterPassword(EMAIL, PASSWORD, browser)
    const cookie = response.headers.getSetCookie().find((line) => line.includes("known_browser")) ?? ""
    const [, name, id = "", signature = ""] = /^([\w.]+)=([\w-]{22})\.([\w-]{43});/.exec(cookie) ?? []
    expect(cookie).toMatch(/; Max-Age=31536000; Path=\/; HttpOnly; SameSite=Lax$/)
    await enterWrongPasswords(EMAIL, 10)
    const other = (text: string) => (text.startsWith("A") ? "B" : "A") + text.slice(1)
    const signIn = async (value: string) => {
      const visitor = new Browser()
      visitor.storeCookies(new Headers({ "Set-Cookie": `${name}=${value}` }))
      return (await enterPassword(EMAIL, PASSWORD, visitor)).status
    }
    const forged = [
      `${other(id)}.${signature}`,
      `${id}.${other(signature)}`,
      id,
      `.${signature}`,
      `${id}.${signature}x`,
    ]
    for (const value of forged) expect([value, await signIn(value)]).toEqual([value, 429])
    expect(await signIn(`${id}.${signature}`)).toBe(303)
  })
})

describe("a network", () => {
  const guessFrom = (address: string, email: string, password = WRONG) => {
    const browser = new Browser()
    browser.address = address
    return enterPassword(email, password, browser)
  }
  const useUp = async (address: string) => {
    for (let n = 0; n < 50; n++) expect((await guessFrom(address, `user${n}@acme.example`)).status).toBe(422)
  }

  it("has fifty wrong guesses in fifteen minutes over all accounts, and others aren't affected", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const known = await knownBrowser()
    await useUp("198.51.100.7")
    takeHashCount()
    const refused = await guessFrom("198.51.100.7", EMAIL, PASSWORD)
    expect([refused.status, refused.headers.get("Retry-After"), takeHashCount()]).toEqual([429, "900", 0])
    for (let n = 0; n < 20; n++) await guessFrom("198.51.100.7", EMAIL)
    expect((await guessFrom("198.51.100.8", EMAIL, PASSWORD)).status).toBe(303) // those didn't count for the account
    known.address = "198.51.100.7"
    expect((await enterPassword(EMAIL, PASSWORD, known)).status).toBe(303)
    travel({ minutes: 15 })
    expect((await guessFrom("198.51.100.7", EMAIL, PASSWORD)).status).toBe(303)
  })

  it("may sign in as often as its people like", async () => {
    for (let n = 0; n < 49; n++) await guessFrom("198.51.100.9", `user${n}@acme.example`)
    for (let n = 0; n < 20; n++) expect((await guessFrom("198.51.100.9", EMAIL, PASSWORD)).status).toBe(303)
  })

  it("is the first half of an IPv6 address", async () => {
    await useUp("2001:db8:0:7::1")
    expect((await guessFrom("2001:db8::7:ffff:0:0:2", EMAIL, PASSWORD)).status).toBe(429)
    expect((await guessFrom("2001:db8:0:8::1", EMAIL, PASSWORD)).status).toBe(303)
  })
})
