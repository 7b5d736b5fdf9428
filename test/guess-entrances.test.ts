/// <reference types="vite/types/importMeta.d.ts" />
import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, it } from "vitest"
import {
  addStaff,
  Browser,
  callApi,
  createApiKey,
  createReseller,
  invite,
  latestRegistrationLink,
  PASSWORD,
  sendDueEmails,
  signInAs,
} from "./support/app.ts"
import { ageSessions, codeAt, setUpAuthenticator } from "./support/factors.ts"
import { enterPassword, enterWrongPasswords, takeHashCount, times, WRONG } from "./support/guesses.ts"
import { travel } from "./support/time.ts"

const EMAIL = "priya@northwind.example"

let resellerId: string
let userId: string
let admin: Browser
beforeEach(async () => {
  ;({ resellerId } = await createReseller())
  ;({ userId } = await addStaff(resellerId, { name: "Priya Nair", email: EMAIL, role: "sales" }))
  const dana = await addStaff(resellerId, { name: "Dana Ortiz", email: "dana@acme.example", role: "admin" })
  admin = await signInAs(dana.userId)
})

type Entrance = {
  /** A page where the person can enter their password, ready to be submitted. */
  open: () => Promise<(password: string) => Promise<Response>>
  /** What the page keeps. */
  kept: string
}

/** Every place where a password is checked. */
const ENTRANCES: Record<string, Entrance> = {
  "signing in": {
    open: async () => (password) => enterPassword(EMAIL, password),
    kept: `value="${EMAIL}"`,
  },
  "accepting an invite": {
    open: async () => {
      await invite(admin)
      const link = await latestRegistrationLink()
      return (password) => new Browser().post(link, { password, accept_terms: "on" })
    },
    kept: 'value="on" checked',
  },
  "changing the password": {
    open: async () => {
      const browser = await signInAs(userId)
      return (password) =>
        browser.post("/profile/password", { current_password: password, password: "a river under seven bridges" })
    },
    kept: "Nothing was changed.",
  },
  "changing the address": {
    open: async () => {
      const browser = await signInAs(userId)
      return (password) => browser.post("/profile/email", { current_password: password, email: "new@b.example" })
    },
    kept: 'value="new@b.example"',
  },
  "confirming one's identity": {
    open: async () => {
      const browser = await signInAs(userId)
      await ageSessions(11)
      return (password) => browser.post("/confirm-identity", { password, next: "/settings" })
    },
    kept: 'name="next" value="/settings"',
  },
}

describe.each(Object.entries(ENTRANCES))("%s", (_, { open, kept }) => {
  it("is refused after ten wrong passwords elsewhere, before the password is hashed", async () => {
    const submit = await open()
    await enterWrongPasswords(EMAIL, 10)
    takeHashCount()
    const response = await submit(PASSWORD)
    expect([response.status, takeHashCount()]).toEqual([429, 0])
    expect(Number(response.headers.get("Retry-After"))).toBeGreaterThan(50)
    const page = await response.text()
    expect(page).toContain("Too many wrong passwords or codes were entered. Try again in")
    expect(page).toContain(kept)
    expect(page).not.toContain(PASSWORD)
    travel({ minutes: 1 })
    expect((await submit(PASSWORD)).status).toBe(303)
  })

  it("counts a wrong password once, and a right one clears the count", async () => {
    const submit = await open()
    const failures = () => env.DB.prepare("SELECT max(failures) AS n FROM guess_counts").first("n")
    const statuses = [(await submit(WRONG)).status, (await submit(WRONG)).status]
    expect([statuses, await failures()]).toEqual([[422, 422], 2])
    await enterWrongPasswords(EMAIL, 7)
    expect([(await submit(PASSWORD)).status, await enterWrongPasswords(EMAIL, 11)]).toEqual([
      303,
      [...times(10, 422), 429],
    ])
  })
})

it("no password is checked anywhere else", () => {
  const sources = import.meta.glob<string>("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true })
  const users = Object.entries(sources).filter(([, source]) => /\bcheckPassword\(/.test(source))
  expect(users.map(([file]) => file.replace("../src/domain/access/", "")).sort()).toEqual([
    "check-password.ts",
    "guess-password.ts",
  ])
})

describe("a second factor", () => {
  const enterCode = async (code: string) => {
    const browser = new Browser()
    expect((await enterPassword(EMAIL, PASSWORD, browser)).headers.get("Location")).toMatch(/^\/sign-in\/second-factor/)
    return browser.post("/sign-in/second-factor", { code })
  }

  /** Resets the password, and signs in with it as far as the second step. */
  async function resetAndSignIn(password: string): Promise<Browser> {
    await new Browser().post("/forgot-password", { email: EMAIL })
    const link = /\/reset-password\/\S+/.exec((await sendDueEmails()).at(-1)?.text ?? "")?.[0] ?? ""
    const browser = new Browser()
    await browser.post(link, { password })
    await enterPassword(EMAIL, password, browser)
    return browser
  }

  it("has ten wrong codes in a day over all sign-ins, however often the password is right", async () => {
    const { secret } = await setUpAuthenticator(await signInAs(userId))
    travel({ minutes: 1 })
    for (let n = 0; n < 10; n++) {
      travel({ hours: 2 })
      expect((await enterCode("000000")).status).toBe(422)
    }
    const refused = await enterCode(codeAt(secret))
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "60"])
    expect(await refused.text()).toContain("Too many wrong passwords or codes were entered. Try again in 60 seconds.")
    travel({ minutes: 1 })
    expect((await enterCode(codeAt(secret))).status).toBe(303)
  })

  it.each(["an authenticator code", "a recovery code"])(
    "takes %s at once after a reset, however many wrong ones somebody with the old password entered",
    async (kind) => {
      const { secret, codes } = await setUpAuthenticator(await signInAs(userId))
      travel({ minutes: 1 })
      for (let n = 0; n < 12; n++) {
        travel({ hours: 1 })
        await enterCode("000000")
      }
      expect((await enterCode(codes[0] ?? "")).status).toBe(429)
      const owner = await resetAndSignIn("a river under seven bridges")
      const code = kind === "a recovery code" ? (codes[0] ?? "") : codeAt(secret)
      expect((await owner.post("/sign-in/second-factor", { code })).status).toBe(303)
    },
  )

  it("is not open to somebody who reads the mailbox: the third reset of a day forgets no wrong codes", async () => {
    await setUpAuthenticator(await signInAs(userId))
    const statuses: number[] = []
    for (let reset = 0; reset < 4; reset++) {
      travel({ minutes: 31 })
      const browser = await resetAndSignIn(`a river under ${reset} seven bridges`)
      for (let n = 0; n < 14; n++) {
        if (n % 5 === 0) await enterPassword(EMAIL, `a river under ${reset} seven bridges`, browser)
        statuses.push((await browser.post("/sign-in/second-factor", { code: "000000" })).status)
      }
    }
    // Ten after each of the first two, then one after the pause.
    expect(statuses.filter((status) => status === 422)).toHaveLength(22)
  })

  it("lets ten of thirty simultaneous guesses through", async () => {
    await setUpAuthenticator(await signInAs(userId))
    const browsers = Array.from({ length: 30 }, () => new Browser())
    for (const browser of browsers) await enterPassword(EMAIL, PASSWORD, browser)
    const guesses = browsers.map((browser) => browser.post("/sign-in/second-factor", { code: "000000" }))
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    expect(statuses.sort()).toEqual([...times(10, 422), ...times(20, 429)])
  })

  it("isn't asked for any more if the password changes meanwhile", async () => {
    const { secret } = await setUpAuthenticator(await signInAs(userId))
    travel({ minutes: 1 })
    const attacker = new Browser()
    await enterPassword(EMAIL, PASSWORD, attacker)
    await new Browser().post("/forgot-password", { email: EMAIL })
    const link = /\/reset-password\/\S+/.exec((await sendDueEmails()).at(-1)?.text ?? "")?.[0] ?? ""
    await new Browser().post(link, { password: PASSWORD.toUpperCase() })
    const response = await attacker.post("/sign-in/second-factor", { code: codeAt(secret) })
    expect(response.headers.get("Location")).toBe("/sign-in?flash=second_factor_expired")
  })
})

describe("an email code", () => {
  /** A new invite and the path of a copied link to it. */
  async function createCopiedLink(email: string) {
    const id = await invite(admin, { contact_email: email })
    const key = await createApiKey(resellerId)
    const copy = async () => {
      const response = await callApi({ key, method: "POST", path: `/invites/${id}/links` })
      return new URL((await response.json<{ registration_url: string }>()).registration_url).pathname
    }
    return { id, copy, link: await copy() }
  }

  /** Requests a code, and returns it. */
  async function requestCode(link: string): Promise<string> {
    travel({ minutes: 1 })
    expect((await new Browser().post(`${link}/codes`)).status).toBe(303)
    return /\b\d{6}\b/.exec((await sendDueEmails()).at(-1)?.text ?? "")?.[0] ?? "none"
  }
  const guess = async (link: string, code: string) =>
    (await new Browser().post(`${link}/verification`, { code })).status
  const wrong = (code: string) => (code === "000000" ? "111111" : "000000")

  async function useUp(link: string, guesses: number) {
    while (guesses > 0) {
      const code = await requestCode(link)
      for (let n = 0; n < 5 && guesses > 0; n++, guesses--) expect(await guess(link, wrong(code))).toBe(422)
    }
  }

  it("has ten wrong guesses over all codes of an invite, and one after each pause", async () => {
    const { link } = await createCopiedLink("contact@b.example")
    await useUp(link, 10)
    const code = await requestCode(link)
    expect(await guess(link, code)).toBe(303) // the pause of a minute is over
    const other = await createCopiedLink("other@b.example")
    await useUp(other.link, 10)
    const refused = await new Browser().post(`${other.link}/verification`, { code: "000000" })
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "60"])
    const next = await requestCode(other.link)
    expect(await guess(other.link, wrong(next))).toBe(422)
    const paused = await new Browser().post(`${other.link}/verification`, { code: next })
    expect(paused.status).toBe(429)
    expect(Number(paused.headers.get("Retry-After"))).toBeGreaterThan(100)
    expect(await paused.text()).toContain("Too many wrong passwords or codes were entered. Try again in")
  })

  it("isn't locked by wrong guesses at another invite to the same address", async () => {
    const first = await createCopiedLink("contact@b.example")
    await useUp(first.link, 11)
    await admin.post(`/customers/invites/${first.id}/revocation`)
    const second = await createCopiedLink("contact@b.example")
    expect(await guess(second.link, await requestCode(second.link))).toBe(303)
  })

  it("has 25 guesses a day over all invites to an address, however many there are", async () => {
    const guesses: number[] = []
    for (let invites = 0; invites < 8; invites++) {
      const { id, link } = await createCopiedLink("contact@b.example")
      await new Browser().post(`${link}/codes`)
      const { email_id } = (await env.DB.prepare("SELECT email_id FROM email_codes WHERE invite_id = ?")
        .bind(id)
        .first<{ email_id: string | null }>()) ?? { email_id: null }
      for (let n = 0; n < 6; n++) guesses.push(await guess(link, "000000"))
      if (email_id) expect(invites).toBeLessThan(5)
      await admin.post(`/customers/invites/${id}/revocation`)
    }
    const { n } = (await env.DB.prepare("SELECT count(*) AS n FROM email_codes WHERE email_id IS NOT NULL").first<{
      n: number
    }>()) ?? { n: -1 }
    expect([n, guesses.every((status) => status === 422)]).toEqual([5, true])
    expect(await env.DB.prepare("SELECT max(attempts) AS n FROM email_codes").first("n")).toBe(5)
  })

  it("counts in a browser that is known for the address as in any other", async () => {
    const known = new Browser()
    await enterPassword(EMAIL, PASSWORD, known)
    await known.post("/sign-out")
    const { link } = await createCopiedLink(EMAIL)
    await useUp(link, 9)
    const code = await requestCode(link)
    expect(await guess(link, wrong(code))).toBe(422)
    expect((await known.post(`${link}/verification`, { code })).status).toBe(429)
  })

  it("counts by invite too: another address starts no new count", async () => {
    const { id, link, copy } = await createCopiedLink("contact@b.example")
    await useUp(link, 9)
    await admin.post(`/customers/invites/${id}/edit`, { contact_email: "other@b.example" })
    const newLink = await copy()
    const code = await requestCode(newLink)
    expect([await guess(newLink, wrong(code)), await guess(newLink, code)]).toEqual([422, 429])
  })

  it("lets five of fifteen simultaneous guesses through, and counts each once", async () => {
    const links = await Promise.all(["a", "b"].map((name) => createCopiedLink(`${name}@b.example`)))
    const statuses: number[] = []
    for (const { link } of links) {
      await requestCode(link)
      statuses.push(...(await Promise.all(Array.from({ length: 15 }, () => guess(link, "000000")))))
    }
    expect(statuses).toHaveLength(30)
    expect(
      await env.DB.prepare("SELECT group_concat(failures) AS n FROM guess_counts WHERE failures > 1").first("n"),
    ).toBe("5,5")
  })
})
