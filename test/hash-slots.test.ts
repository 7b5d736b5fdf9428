import crypto from "node:crypto"
import { afterEach, describe, expect, it, vi } from "vitest"
import { withHashSlot } from "../src/domain/access/hash-slots.ts"
import {
  addStaff,
  Browser,
  createReseller,
  invite,
  latestRegistrationLink,
  PASSWORD,
  REGISTRATION_FORM,
  sendDueEmails,
  signInAs,
} from "./support/app.ts"
import { travel } from "./support/time.ts"

const EMAIL = "dana@acme.example"
const NEW_PASSWORD = "seven purple umbrellas in the rain"
const deps = { now: () => new Date() }

/** What holds the slots, until each test ends. */
const releases: (() => void)[] = []
afterEach(() => {
  for (const release of releases.splice(0)) release()
})

/** Pretends that two other requests hash passwords. */
function takeBothSlots() {
  for (let slot = 0; slot < 2; slot++) {
    const { promise, resolve } = Promise.withResolvers<void>()
    releases.push(resolve)
    void withHashSlot(deps, () => promise)
  }
}

async function releaseBothSlots() {
  for (const release of releases.splice(0)) release()
  await new Promise((resolve) => setTimeout(resolve, 5))
}

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
    expect(html).toContain("Too many people are signing in right now. Try again in 2 seconds.")
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

it("a hundred sign-ins at once hash two passwords, and a page beside them waits for at most these", async () => {
  await createAdmin()
  const hashes = vi.mocked(crypto.scrypt).mock.calls.length
  const signIn = (n: number) => new Browser().post("/sign-in", { email: `p${n}@acme.example`, password: "wrong" })
  const signIns = Array.from({ length: 100 }, (_, n) => signIn(n))
  await new Browser().get("/sign-in")
  expect(vi.mocked(crypto.scrypt).mock.calls.length - hashes).toBeLessThanOrEqual(2)
  const statuses = (await Promise.all(signIns)).map(({ status }) => status)
  expect(statuses.filter((status) => status === 503)).toHaveLength(98)
  expect(statuses.filter((status) => status === 422)).toHaveLength(2)
  expect(vi.mocked(crypto.scrypt).mock.calls.length - hashes).toBe(2)
})
