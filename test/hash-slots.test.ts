import crypto from "node:crypto"
import { afterEach, describe, expect, it, vi } from "vitest"
import { HASH_SLOTS, withHashSlot } from "../src/domain/access/hash-slots.ts"
import { createDeps } from "../src/http/bindings.ts"
import {
  addStaff,
  Browser,
  count,
  createReseller,
  invite,
  latestRegistrationLink,
  PASSWORD,
  REGISTRATION_FORM,
  sendDueEmails,
  signInAs,
  testEnv,
} from "./support/app.ts"
import { enterPassword, enterWrongPasswords, times } from "./support/guesses.ts"
import { travel } from "./support/time.ts"

const EMAIL = "dana@acme.example"
const NEW_PASSWORD = "seven purple umbrellas in the rain"
const deps = createDeps(testEnv, () => undefined)

/** What holds the slots, until each test ends. */
const releases: (() => Promise<void>)[] = []
const releaseBothSlots = () => Promise.all(releases.splice(0).map((release) => release()))
afterEach(releaseBothSlots)

/** Pretends that two other requests hash passwords. */
function takeBothSlots() {
  for (let slot = 0; slot < 2; slot++) {
    const { promise, resolve } = Promise.withResolvers<void>()
    const operation = withHashSlot(deps, ({ takeHashSlot }) => {
      takeHashSlot()
      return promise
    })
    releases.push(() => {
      resolve()
      return operation
    })
  }
}

/** True if an operation that comes now may hash. */
const isAdmitted = () =>
  withHashSlot(deps, async () => true).catch((error) => {
    expect(error).toMatchObject({ reason: { kind: "rate_limited", scope: "busy" } })
    return false
  })

async function createAdmin() {
  const { resellerId } = await createReseller()
  const { userId } = await addStaff(resellerId, { name: "Dana Ortiz", email: EMAIL, role: "admin" })
  return signInAs(userId)
}

async function resetPath() {
  await new Browser().post("/forgot-password", { email: EMAIL })
  const [mail] = await sendDueEmails()
  return /(\/reset-password\/\S+)/.exec(mail?.text ?? "")?.[1] ?? ""
}

type Entrance = { path: string; form: Record<string, string>; browser: Browser }

/** Every form with a password, and what must still stand in it. */
const ENTRANCES: [name: string, kept: string, open: (admin: Browser) => Promise<Entrance>][] = [
  [
    "sign-in",
    EMAIL,
    async () => ({ path: "/sign-in", form: { email: EMAIL, password: PASSWORD }, browser: new Browser() }),
  ],
  [
    "registration",
    "Priya N. Nair",
    async (admin) => {
      await invite(admin)
      const form = { ...REGISTRATION_FORM, name: "Priya N. Nair" }
      return { path: await latestRegistrationLink(), form, browser: new Browser() }
    },
  ],
  [
    "an invite to an existing account",
    "Northwind Logistics",
    async (admin) => {
      await invite(admin, { contact_email: EMAIL })
      const form = { password: PASSWORD, accept_terms: "on" }
      return { path: await latestRegistrationLink(), form, browser: new Browser() }
    },
  ],
  [
    "a reset link",
    EMAIL,
    async () => ({ path: await resetPath(), form: { password: NEW_PASSWORD }, browser: new Browser() }),
  ],
  [
    "a change of password",
    "Current password",
    async (browser) => {
      const form = { current_password: PASSWORD, password: NEW_PASSWORD }
      return { path: "/profile/password", form, browser }
    },
  ],
  [
    "a change of address",
    "ortiz@acme.example",
    async (browser) => {
      const form = { email: "ortiz@acme.example", current_password: PASSWORD }
      return { path: "/profile/email", form, browser }
    },
  ],
  [
    "a confirmation of identity",
    "/settings/api-keys/new",
    async (browser) => {
      const form = { password: PASSWORD, next: "/settings/api-keys/new" }
      return { path: "/confirm-identity", form, browser }
    },
  ],
]

describe("while two passwords are hashed", () => {
  it.each(ENTRANCES)("%s is refused with 503, hashes nothing and keeps what was entered", async (_, kept, open) => {
    const { path, form, browser } = await open(await createAdmin())
    takeBothSlots()
    const hashes = vi.mocked(crypto.scrypt).mock.calls.length
    const refused = await browser.post(path, form)
    const html = await refused.text()
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([503, "2"])
    expect(html).toContain("We can&#39;t check passwords right now. Try again in 2 seconds.")
    expect([html.includes(kept), html.includes(form.password ?? PASSWORD)]).toEqual([true, false])
    expect(vi.mocked(crypto.scrypt).mock.calls.length).toBe(hashes)
    await releaseBothSlots()
    expect((await browser.post(path, form)).status).toBe(303)
  })

  it("a refused attempt isn't counted as a guess", async () => {
    await createAdmin()
    takeBothSlots()
    for (let attempt = 0; attempt < 12; attempt++) {
      expect((await new Browser().post("/sign-in", { email: EMAIL, password: "wrong" })).status).toBe(503)
    }
    await releaseBothSlots()
    expect((await new Browser().post("/sign-in", { email: EMAIL, password: PASSWORD })).status).toBe(303)
  })

  it("a slot that was never given back ends after two seconds", async () => {
    await createAdmin()
    takeBothSlots()
    const signIn = async () => (await new Browser().post("/sign-in", { email: EMAIL, password: PASSWORD })).status
    expect(await signIn()).toBe(503)
    travel({ seconds: 2 })
    expect(await signIn()).toBe(303)
  })
})

describe("the queue behind two hashes", () => {
  /** Two passwords that take 200 ms, and 30 ms later the first request of those that queued meanwhile. */
  async function startQueue() {
    vi.useFakeTimers({ toFake: ["Date", "setTimeout"] })
    HASH_SLOTS.restMs = 50
    takeBothSlots()
    await vi.advanceTimersByTimeAsync(200)
    void releaseBothSlots()
    await vi.advanceTimersByTimeAsync(30)
  }
  /** Requests that come one after the other: which of them may hash. */
  async function work(requests: number, everyMs: number) {
    const admitted: boolean[] = []
    for (let n = 0; n < requests; n++) {
      admitted.push(await isAdmitted())
      await vi.advanceTimersByTimeAsync(everyMs)
    }
    return admitted
  }

  it("is refused as a whole, so that a page behind it waits for no third hash", async () => {
    await startQueue()
    expect(await work(15, 40)).toEqual(times(15, false))
    await vi.advanceTimersByTimeAsync(50)
    expect(await isAdmitted()).toBe(true)
  })

  it("keeps the slots for four times as long as the hashes took", async () => {
    await startQueue()
    expect((await work(30, 40)).indexOf(true)).toBe(20)
  })

  it("doesn't exist if nobody was refused", async () => {
    await startQueue()
    await vi.advanceTimersByTimeAsync(50)
    expect(await isAdmitted()).toBe(true)
  })
})

it("a hundred sign-ins at once hash two passwords, ten of them read the database, and a page waits for the two", async () => {
  await createAdmin()
  const hashes = vi.mocked(crypto.scrypt).mock.calls.length
  const signIns = Array.from({ length: 100 }, (_, n) => enterPassword(`p${n}@acme.example`))
  await new Browser().get("/sign-in")
  expect(vi.mocked(crypto.scrypt).mock.calls.length - hashes).toBeLessThanOrEqual(2)
  const statuses = (await Promise.all(signIns)).map(({ status }) => status)
  expect(statuses.filter((status) => status === 503)).toHaveLength(98)
  expect(statuses.filter((status) => status === 422)).toHaveLength(2)
  expect(vi.mocked(crypto.scrypt).mock.calls.length - hashes).toBe(2)
  expect(await count("guess_counts")).toBe(10 * 2) // of the account and of the network
  expect(await count("guess_counts", "failures > 0")).toBe(2 * 2)
})

it("guesses that the limit refuses take no slot from others", async () => {
  const { resellerId } = await createReseller()
  await addStaff(resellerId, { name: "Dana Ortiz", email: EMAIL, role: "admin" })
  const nobody = "nobody@acme.example"
  await enterWrongPasswords(nobody, 10)
  const guesses = times(8, nobody).map((email) => enterPassword(email))
  const signIn = await enterPassword(EMAIL)
  expect((await Promise.all(guesses)).map(({ status }) => status)).toEqual(times(8, 429))
  expect(signIn.status).toBe(303)
})

it("people who sign in one after the other never meet the limit", async () => {
  await createAdmin()
  HASH_SLOTS.restMs = 50
  for (let n = 0; n < 6; n++) expect((await enterPassword(EMAIL)).status).toBe(303)
})
