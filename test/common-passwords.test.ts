import { env } from "cloudflare:workers"
import crypto from "node:crypto"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { addCommonPasswords, isCommonPassword } from "../src/domain/access/common-passwords.ts"
import { loadCommonPasswords } from "../src/http/load-common-passwords.ts"
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
  testEnv,
} from "./support/app.ts"

const EMAIL = "dana@acme.example"
const NEW_PASSWORD = "seven purple umbrellas in the rain"

/** The assets of a deployment whose list of common passwords is answered so. */
const assetsWith = (answer: () => Response): Fetcher => ({ ...env.ASSETS, fetch: async () => answer() })

const BROKEN: [name: string, answer: () => Response][] = [
  ["doesn't answer", () => new Response("", { status: 503 })],
  ["isn't there", () => new Response("", { status: 404 })],
  ["is incomplete", () => new Response(new Uint8Array(100))],
  [
    "can't be reached",
    () => {
      throw new Error("network error")
    },
  ],
]

beforeEach(() => addCommonPasswords(undefined))
afterEach(() => loadCommonPasswords(env))

it.each(BROKEN)("a list that %s isn't used", async (_, answer) => {
  await expect(loadCommonPasswords({ ASSETS: assetsWith(answer) })).rejects.toMatchObject({
    reason: { kind: "rate_limited", scope: "busy" },
  })
  expect(() => isCommonPassword(NEW_PASSWORD)).toThrow("the common passwords aren't loaded")
})

it("the list is read once", async () => {
  const fetch = vi.fn(() => env.ASSETS.fetch("https://assets.local/common-passwords.bin"))
  const ASSETS: Fetcher = { ...env.ASSETS, fetch }
  await loadCommonPasswords({ ASSETS })
  await loadCommonPasswords({ ASSETS })
  expect([fetch.mock.calls.length, isCommonPassword("correcthorsebatterystaple")]).toEqual([1, true])
})

type Form = { path: string; form: Record<string, string>; browser: Browser }

/** Every form that sets a password. */
const FORMS: [name: string, open: (admin: Browser) => Promise<Form>][] = [
  [
    "registration",
    async (admin) => {
      await invite(admin)
      return { path: await latestRegistrationLink(), form: REGISTRATION_FORM, browser: new Browser() }
    },
  ],
  [
    "a reset link",
    async () => {
      await new Browser().post("/forgot-password", { email: EMAIL })
      const [mail] = await sendDueEmails()
      const path = /(\/reset-password\/\S+)/.exec(mail?.text ?? "")?.[1] ?? ""
      return { path, form: { password: NEW_PASSWORD }, browser: new Browser() }
    },
  ],
  [
    "a change of password",
    async (browser) => {
      const form = { current_password: PASSWORD, password: NEW_PASSWORD }
      return { path: "/profile/password", form, browser }
    },
  ],
]

/** All that setting a password writes. */
async function written() {
  const tables = ["users", "credentials", "customers", "members", "audit_log", "outbox", "sessions", "invites"]
  const rows = await env.DB.batch(tables.map((table) => env.DB.prepare(`SELECT * FROM ${table}`)))
  return rows.map(({ results }) => results)
}

describe("while the list can't be read", () => {
  it.each(FORMS)("%s is refused with 503 and writes nothing, and works afterwards", async (_, open) => {
    const { resellerId } = await createReseller()
    const { userId } = await addStaff(resellerId, { name: "Dana Ortiz", email: EMAIL, role: "admin" })
    const { path, form, browser } = await open(await signInAs(userId))
    await browser.get(path)
    const before = await written()
    const hashes = vi.mocked(crypto.scrypt).mock.calls.length
    const log = vi.spyOn(console, "error").mockReturnValue()
    browser.env = { ...testEnv, ASSETS: assetsWith(() => new Response("", { status: 503 })) }
    const refused = await browser.post(path, form)
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([503, "10"])
    expect(await refused.text()).toContain("We can&#39;t check passwords right now. Try again in 10 seconds.")
    expect(String(log.mock.calls)).toContain("the asset common-passwords.bin answered 503")
    log.mockRestore()
    expect([await written(), vi.mocked(crypto.scrypt).mock.calls.length]).toEqual([before, hashes])
    browser.env = testEnv
    expect((await browser.post(path, form)).status).toBe(303)
  })
})
