import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { addStaff, Browser, count, createReseller, PASSWORD, sendDueEmails, signInAs } from "./support/app.ts"
import { addPasskey, ageSessions, codeAt, recoveryCodesIn, setUpAuthenticator } from "./support/factors.ts"
import { hashAllAtOnce } from "./support/hashing.ts"
import { travel } from "./support/time.ts"

const EMAIL = "dana@acme.example"

async function createPerson() {
  const { resellerId } = await createReseller()
  const { userId } = await addStaff(resellerId, { name: "Dana Ortiz", email: EMAIL, role: "admin" })
  return { resellerId, userId, browser: await signInAs(userId) }
}

/** A browser in which the password was right, and where it was sent. */
async function enterPassword() {
  const browser = new Browser()
  const response = await browser.post("/sign-in", { email: EMAIL, password: PASSWORD, next: "/customers" })
  return { browser, location: response.headers.get("Location") }
}

const enterCode = (browser: Browser, code: string) =>
  browser.post("/sign-in/second-factor", { code, next: "/customers" })

describe("signing in with an authenticator app", () => {
  it("needs a code after the password, and opens nothing before", async () => {
    const { browser: profile } = await createPerson()
    const { secret } = await setUpAuthenticator(profile)
    const sessions = await count("sessions")
    const { browser, location } = await enterPassword()
    expect([location, await count("sessions")]).toEqual(["/sign-in/second-factor?next=%2Fcustomers", sessions])
    for (const path of ["/", "/profile", "/confirm-identity"]) {
      expect((await browser.get(path)).headers.get("Location")).toMatch(/^\/sign-in/)
    }
    travel({ seconds: 60 })
    expect(await (await browser.get(location ?? "")).text()).toContain('name="next" value="/customers"')
    const wrong = await enterCode(browser, "000000")
    expect([wrong.status, await count("sessions")]).toEqual([422, sessions])
    expect(await wrong.text()).toContain('name="next" value="/customers"')
    const right = await enterCode(browser, codeAt(secret).replace(/^.../, "$& "))
    expect([right.status, right.headers.get("Location"), await count("sessions")]).toEqual([303, "/customers", 2])
    expect((await browser.get("/customers")).status).toBe(200)
    expect(await count("pending_sign_ins")).toBe(0)
  })

  it("accepts codes of a clock that drifts by 30 seconds, each code once", async () => {
    const { browser: profile } = await createPerson()
    const { secret } = await setUpAuthenticator(profile)
    travel({ minutes: 5 })
    for (const [drift, status] of [
      [-2, 422],
      [2, 422],
      [-1, 303],
      [-1, 422],
      [1, 303],
      [1, 422],
      [0, 422], // earlier than the last accepted one
    ] as const) {
      const { browser } = await enterPassword()
      expect([drift, (await enterCode(browser, codeAt(secret, drift))).status]).toEqual([drift, status])
      await env.DB.prepare("DELETE FROM pending_sign_ins").run()
    }
  })

  it("uses SHA-1 for an app that showed such a code at the setup, and then no other", async () => {
    const { browser: profile } = await createPerson()
    const { response, secret } = await setUpAuthenticator(profile, "sha1")
    expect(response.status).toBe(200)
    travel({ minutes: 1 })
    const { browser } = await enterPassword()
    expect((await enterCode(browser, codeAt(secret, 0, "sha256"))).status).toBe(422)
    expect((await enterCode(browser, codeAt(secret, 0, "sha1"))).status).toBe(303)
  })

  it("accepts a code only once of eight simultaneous sign-ins", async () => {
    hashAllAtOnce()
    const { browser: profile } = await createPerson()
    const { secret } = await setUpAuthenticator(profile)
    travel({ minutes: 1 })
    const browsers = (await Promise.all(Array.from({ length: 8 }, enterPassword))).map(({ browser }) => browser)
    const responses = await Promise.all(browsers.map((browser) => enterCode(browser, codeAt(secret))))
    expect(responses.filter(({ status }) => status === 303)).toHaveLength(1)
  })

  it("allows five attempts, ten over all sign-ins without a pause, and expires after ten minutes", async () => {
    const { browser: profile } = await createPerson()
    const { secret } = await setUpAuthenticator(profile)
    travel({ minutes: 1 })
    const { browser } = await enterPassword()
    for (let attempt = 1; attempt <= 5; attempt++) expect((await enterCode(browser, "000000")).status).toBe(422)
    const page = await (await browser.get("/sign-in/second-factor?next=/customers")).text()
    expect(page).toContain("That was your last attempt.")
    expect(page).not.toContain('name="code"')
    expect(page).toContain('<a href="/sign-in?next=%2Fcustomers">Start over</a>')
    expect((await enterCode(browser, codeAt(secret))).status).toBe(422)
    const { browser: second } = await enterPassword()
    for (let attempt = 1; attempt <= 5; attempt++) await enterCode(second, "000000")
    const { browser: third } = await enterPassword()
    expect((await enterCode(third, codeAt(secret))).status).toBe(429)
    travel({ minutes: 11 })
    const late = await enterCode(third, codeAt(secret))
    expect(late.headers.get("Location")).toBe("/sign-in?flash=second_factor_expired&next=%2Fcustomers")
    const { browser: fourth } = await enterPassword()
    expect((await enterCode(fourth, codeAt(secret))).status).toBe(303)
  })

  it("ends when the person signs out everywhere else, or an Admin ends their sessions", async () => {
    const { browser: profile, resellerId, userId } = await createPerson()
    const { secret } = await setUpAuthenticator(profile)
    const { userId: adminId } = await addStaff(resellerId, { name: "Kim", email: "kim@acme.example", role: "admin" })
    const admin = await signInAs(adminId)
    travel({ minutes: 1 })
    for (const end of [
      () => profile.post("/profile/sessions/removal"),
      () => admin.post(`/settings/staff/people/${userId}/sessions/removal`),
    ]) {
      const { browser } = await enterPassword()
      expect((await end()).status).toBe(303)
      const late = await enterCode(browser, codeAt(secret))
      expect(late.headers.get("Location")).toBe("/sign-in?flash=second_factor_expired&next=%2Fcustomers")
    }
  })

  it("is not possible with the cookie of someone else's sign-in or an invented one", async () => {
    const { browser } = await createPerson()
    await setUpAuthenticator(browser)
    const stranger = new Browser()
    stranger.storeCookies(new Headers([["Set-Cookie", "vestibule.second_factor=guess"]]))
    const late = "/sign-in?flash=second_factor_expired&next=%2Fcustomers"
    expect((await enterCode(stranger, "123456")).headers.get("Location")).toBe(late)
  })
})

describe("the secret of an authenticator app", () => {
  it("is stored encrypted for its user", async () => {
    const { browser, resellerId } = await createPerson()
    const { setup } = await setUpAuthenticator(browser)
    const stored = await env.DB.prepare("SELECT encrypted_secret FROM authenticators").first("encrypted_secret")
    expect(stored).toBe(setup)
    const { userId } = await addStaff(resellerId, { name: "Kim", email: "kim@acme.example", role: "admin" })
    const other = await signInAs(userId)
    const response = await other.post("/profile/authenticator/new", { setup, code: "123456" })
    expect([response.status, await count("authenticators")]).toEqual([422, 1])
  })

  it("isn't stored before the app has shown a right code", async () => {
    const { browser } = await createPerson()
    const page = await (await browser.get("/profile/authenticator/new")).text()
    expect(page).toMatch(/<svg class="qr-code"[^>]*>.*<path d="M/s)
    expect(page).not.toContain("data:")
    const wrong = await browser.post("/profile/authenticator/new", { setup: "x", code: "123456" })
    expect([wrong.status, await count("authenticators")]).toEqual([422, 0])
  })

  it("can be given to another app, and the earlier app's codes stop working", async () => {
    const { browser } = await createPerson()
    const first = await setUpAuthenticator(browser)
    travel({ minutes: 1 })
    const second = await setUpAuthenticator(browser)
    expect([await count("authenticators"), second.codes]).toEqual([1, []])
    travel({ minutes: 1 })
    const { browser: one } = await enterPassword()
    expect((await enterCode(one, codeAt(first.secret))).status).toBe(422)
    expect((await enterCode(one, codeAt(second.secret))).status).toBe(303)
  })
})

describe("recovery codes", () => {
  it("are ten, shown once, stored hashed, and each works once", async () => {
    const { browser, userId } = await createPerson()
    const { codes } = await setUpAuthenticator(browser)
    expect(new Set(codes).size).toBe(10)
    const dump = JSON.stringify((await env.DB.prepare("SELECT * FROM recovery_codes").all()).results)
    for (const code of codes) expect(dump).not.toContain(code.replaceAll("-", ""))
    expect((await (await browser.get("/profile")).text()).includes(codes[0] ?? "")).toBe(false)
    for (const [index, code] of codes.entries()) {
      const { browser: visitor } = await enterPassword()
      const typed = index % 2 === 0 ? code : code.toUpperCase().replaceAll("-", " ")
      expect((await enterCode(visitor, typed)).status).toBe(303)
      const { browser: again } = await enterPassword()
      expect((await enterCode(again, code)).status).toBe(422)
      await env.DB.prepare("DELETE FROM pending_sign_ins").run()
    }
    expect(await count("recovery_codes", `user_id = '${userId}' AND used_at IS NULL`)).toBe(0)
  })

  it("are replaced by new ones", async () => {
    const { browser } = await createPerson()
    const { codes } = await setUpAuthenticator(browser)
    const newCodes = recoveryCodesIn(await (await browser.post("/profile/recovery-codes")).text())
    expect([newCodes.length, codes.filter((code) => newCodes.includes(code))]).toEqual([10, []])
    const { browser: visitor } = await enterPassword()
    expect((await enterCode(visitor, codes[0] ?? "")).status).toBe(422)
    expect((await enterCode(visitor, newCodes[0] ?? "")).status).toBe(303)
  })

  it("don't exist without a factor, and go with the last one", async () => {
    const { browser } = await createPerson()
    expect((await browser.post("/profile/recovery-codes")).status).toBe(303)
    expect(await count("recovery_codes")).toBe(0)
    await setUpAuthenticator(browser)
    await browser.post("/profile/authenticator/removal")
    expect([await count("recovery_codes"), await count("authenticators")]).toEqual([0, 0])
    expect((await enterPassword()).location).toBe("/customers")
  })
})

describe("a change of factors", () => {
  it("ends all other sessions, and is audited and emailed", async () => {
    const { browser, userId } = await createPerson()
    const changes: [notice: string, change: () => Promise<unknown>][] = [
      ["An authenticator app was set up for your account", () => setUpAuthenticator(browser)],
      ["A passkey was added to your account", () => addPasskey(browser)],
      ["New recovery codes were created for your account", () => browser.post("/profile/recovery-codes")],
      [
        "A passkey was removed from your account",
        async () => {
          const id = await env.DB.prepare("SELECT id FROM passkeys").first("id")
          return browser.post(`/profile/passkeys/${id}/removal`)
        },
      ],
      ["The authenticator app was removed from your account", () => browser.post("/profile/authenticator/removal")],
    ]
    for (const [notice, change] of changes) {
      const other = await signInAs(userId)
      const before = await count("audit_log", "action = 'staff.factors_changed'")
      await change()
      expect([notice, await count("sessions")]).toEqual([notice, 1])
      expect((await other.get("/")).headers.get("Location")).toBe("/sign-in")
      expect((await browser.get("/")).status).toBe(200)
      expect(await count("audit_log", "action = 'staff.factors_changed'")).toBe(before + 1)
      const [mail, ...rest] = await sendDueEmails()
      expect([mail?.to, mail?.text.includes(notice), rest]).toEqual([EMAIL, true, []])
    }
  })

  it("needs a recent proof of identity", async () => {
    const { browser } = await createPerson()
    await setUpAuthenticator(browser)
    await ageSessions(11)
    expect((await browser.post("/profile/authenticator/removal")).status).toBe(403)
    expect(await count("authenticators")).toBe(1)
  })
})
