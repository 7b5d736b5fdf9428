/// <reference types="vite/types/importMeta.d.ts" />
import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { findRoute, type RouteName } from "../src/routes.ts"
import {
  addStaff,
  Browser,
  count,
  createReseller,
  invite,
  latestRegistrationLink,
  PASSWORD,
  signInAs,
} from "./support/app.ts"
import { type Authenticator, passkeyOptions } from "./support/authenticator.ts"
import { addPasskey, codeAt, setUpAuthenticator } from "./support/factors.ts"
import { travel } from "./support/time.ts"

const sources = import.meta.glob<string>("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true })

const EMAIL = "priya@northwind.example"

type Person = { link: string; secret: Uint8Array; authenticator: Authenticator; recoveryCode: string }
type Attempt = (browser: Browser, person: Person) => Promise<Response>

/**
 * Every route that can start a session for an existing user, the file that serves it, and ways through it: with the password
 * alone, which opens the second step, and with both factors, which starts the session.
 */
const ENTRANCES: Partial<Record<RouteName, { file: string; passwordAlone: Attempt[]; bothFactors: Attempt[] }>> = {
  "session.create": {
    file: "web/session/sign-in.tsx",
    passwordAlone: [(browser) => browser.post("/sign-in", { email: EMAIL, password: PASSWORD })],
    bothFactors: [],
  },
  "registration.accept": {
    file: "web/registration/accept.tsx",
    passwordAlone: [(browser, { link }) => browser.post(link, { password: PASSWORD, accept_terms: "on" })],
    bothFactors: [
      async (browser, { link, authenticator }) => {
        const passkey = await authenticator.get(await passkeyOptions(await browser.get(link)))
        return browser.post(link, { passkey, accept_terms: "on" })
      },
    ],
  },
  "session.createWithPasskey": {
    file: "web/session/passkey.tsx",
    passwordAlone: [],
    bothFactors: [
      async (browser, { authenticator }) => {
        const passkey = await authenticator.get(await (await browser.get("/sign-in/passkey")).json())
        return browser.post("/sign-in/passkey", { passkey })
      },
    ],
  },
  "session.verifySecondFactor": {
    file: "web/session/second-factor.tsx",
    passwordAlone: [],
    bothFactors: [
      async (browser, { secret }) => {
        await browser.post("/sign-in", { email: EMAIL, password: PASSWORD })
        return browser.post("/sign-in/second-factor", { code: codeAt(secret) })
      },
      async (browser, { recoveryCode }) => {
        await browser.post("/sign-in", { email: EMAIL, password: PASSWORD })
        return browser.post("/sign-in/second-factor", { code: recoveryCode })
      },
      async (browser, { authenticator }) => {
        await browser.post("/sign-in", { email: EMAIL, password: PASSWORD })
        const passkey = await authenticator.get(await passkeyOptions(await browser.get("/sign-in/second-factor")))
        return browser.post("/sign-in/second-factor", { passkey })
      },
    ],
  },
}

/** A person with both kinds of factors, and an invite to one more account. */
async function createPerson(): Promise<Person> {
  const { resellerId } = await createReseller()
  const { userId } = await addStaff(resellerId, { name: "Priya Nair", email: EMAIL, role: "sales" })
  const browser = await signInAs(userId)
  const { secret, codes } = await setUpAuthenticator(browser)
  const { authenticator } = await addPasskey(browser)
  const admin = await addStaff(resellerId, { name: "Dana Ortiz", email: "dana@acme.example", role: "admin" })
  await invite(await signInAs(admin.userId))
  travel({ minutes: 1 }) // so that the app shows a new code
  return { link: await latestRegistrationLink(), secret, authenticator, recoveryCode: codes[0] ?? "" }
}

const attempts = (kind: "passwordAlone" | "bothFactors") =>
  Object.entries(ENTRANCES).flatMap(([route, entrance]) =>
    entrance[kind].map((attempt, i) => [route, i, attempt] as const),
  )

it.each(attempts("passwordAlone"))("%s asks for the second factor after the password (%i)", async (_, __, attempt) => {
  const person = await createPerson()
  const sessions = await count("sessions")
  const browser = new Browser()
  const response = await attempt(browser, person)
  expect(response.status).toBe(303)
  expect(response.headers.get("Location")).toMatch(/^\/sign-in\/second-factor\?next=/)
  expect(await count("sessions")).toBe(sessions)
  for (const path of ["/", "/account", "/profile"]) {
    expect((await browser.get(path)).headers.get("Location")).toMatch(/^\/sign-in/)
  }
  await browser.post("/sign-in/second-factor", { code: codeAt(person.secret) })
  expect([await count("sessions"), (await browser.get("/")).status]).toEqual([sessions + 1, 200])
})

it("an invite is accepted after the second factor, not by the password alone", async () => {
  const { link, secret } = await createPerson()
  const browser = new Browser()
  const location = (await browser.post(link, { password: PASSWORD, accept_terms: "on" })).headers.get("Location")
  expect(await count("invites", "status = 'accepted'")).toBe(0)
  const page = await (await browser.get(location ?? "")).text()
  expect(page).toContain(`name="next" value="${link}"`)
  const signedIn = await browser.post("/sign-in/second-factor", { code: codeAt(secret), next: link })
  expect(signedIn.headers.get("Location")).toBe(link)
  const isTicked = async (visitor: Browser) =>
    /id="accept_terms"[^>]*checked/.test(await (await visitor.get(link)).text())
  expect(await isTicked(browser)).toBe(true) // the terms were accepted with the password
  await env.DB.prepare("UPDATE resellers SET terms_url = 'https://new.example/terms', terms_version = '2'").run()
  expect(await isTicked(browser)).toBe(false)
  await env.DB.prepare("UPDATE resellers SET terms_url = NULL, terms_version = NULL").run()
  expect((await browser.post(link, { accept_terms: "on" })).headers.get("Location")).toBe("/account")
  expect(await count("invites", "status = 'accepted'")).toBe(1)
})

it.each(attempts("bothFactors"))("%s starts a session after both factors (%i)", async (_, __, attempt) => {
  const person = await createPerson()
  const sessions = await count("sessions")
  const browser = new Browser()
  expect((await attempt(browser, person)).status).toBe(303)
  expect([await count("sessions"), (await browser.get("/")).status]).toEqual([sessions + 1, 200])
})

it("sessions start only at these entrances", () => {
  const usersOf = (pattern: RegExp) =>
    Object.entries(sources)
      .filter(([, source]) => pattern.test(source))
      .map(([file]) => file.replace("../src/", ""))
  expect(usersOf(/from "[^"]*\/start-session\.ts"/).sort()).toEqual(
    Object.values(ENTRANCES)
      .map(({ file }) => file)
      .sort(),
  )
  expect(usersOf(/signInAccepted\(\{/)).toEqual(["http/start-session.ts"])
  expect(usersOf(/createSession\(|setSessionCookie\(/)).toEqual(["http/better-auth.ts"])
  expect(usersOf(/insert\(sessions\)|insertSelect\(\w+, sessions|signInEmail|signUpEmail/)).toEqual([])
  for (const route of Object.keys(ENTRANCES)) expect(findRoute(route as RouteName).area).toBe("public")
})
