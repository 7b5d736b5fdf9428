import { env } from "cloudflare:workers"
import { describe, expect, it, vi } from "vitest"
import { deleteExpiredCodes } from "../src/domain/invites/email-codes.ts"
import { createDeps } from "../src/http/bindings.ts"
import {
  Browser,
  callApi,
  count,
  createApiKey,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  sendDueEmails,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { travel } from "./support/time.ts"

/** A reseller with an invite, its emailed link and a copied link. */
async function createFixture(fields: { expires_in_days?: string } = {}) {
  const reseller = await signInStaff()
  const id = await invite(reseller.browser, fields)
  const emailedPath = await latestRegistrationLink()
  const key = await createApiKey(reseller.resellerId)
  const response = await callApi({ key, method: "POST", path: `/invites/${id}/links` })
  const copyLinkPath = new URL((await response.json<{ registration_url: string }>()).registration_url).pathname
  return { ...reseller, id, emailedPath, copyLinkPath, key }
}

/** Requests a code and reads it from the email. */
async function requestCode(path: string): Promise<string> {
  expect((await new Browser().post(`${path}/codes`)).headers.get("Location")).toBe(path)
  const [mail] = await sendDueEmails()
  expect([mail?.to, mail?.replyTo]).toEqual(["priya@northwind.example", "support@acme.example"])
  const code = /\b\d{6}\b/.exec(mail?.text ?? "")?.[0] ?? "none"
  expect(mail?.subject).toBe(`${code} is your code`)
  expect(mail?.html).toContain(code)
  return code
}

const differentCode = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, "0")

describe("a copied link", () => {
  it("registers with a code that is emailed to the contact, and the emailed link keeps working", async () => {
    const { copyLinkPath, emailedPath } = await createFixture()
    const stranger = new Browser()
    expect((await stranger.post(copyLinkPath, REGISTRATION_FORM)).status).toBe(403)
    expect(await count("customers")).toBe(0)
    const code = await requestCode(copyLinkPath)
    expect(await (await stranger.get(copyLinkPath)).text()).toContain('name="code"')
    const verification = await stranger.post(`${copyLinkPath}/verification`, {
      code: ` ${code.slice(0, 3)} ${code.slice(3)} `,
    })
    const verifiedPath = verification.headers.get("Location") ?? ""
    expect([verification.status, verifiedPath]).toEqual([303, expect.stringMatching(/^\/r\/[\w.-]+$/)])
    expect((await new Browser().get(emailedPath)).status).toBe(200)
    expect((await stranger.post(verifiedPath, REGISTRATION_FORM)).headers.get("Location")).toBe("/account")
    expect(await count("members", "role = 'admin'")).toBe(1)
  })

  it("reveals no name, no full address, and not whether an account exists", async () => {
    const { copyLinkPath } = await createFixture()
    await env.DB.prepare(
      "INSERT INTO users (id, name, email, reference, created_at, updated_at) VALUES ('usr_1', 'Priya Nair', 'priya@northwind.example', 'r', 0, 0)",
    ).run()
    const page = await (await new Browser().get(copyLinkPath)).text()
    for (const secret of ["Priya", "priya@", "account already", "password"]) expect(page).not.toContain(secret)
  })

  it("can be created often without invalidating the emailed link, but not for an ended invite", async () => {
    const { key, id, emailedPath, browser } = await createFixture({ expires_in_days: "3" })
    for (let n = 0; n < 3; n++) {
      expect((await callApi({ key, method: "POST", path: `/invites/${id}/links` })).status).toBe(201)
    }
    expect((await browser.post(`/customers/invites/${id}/links`)).status).toBe(201)
    expect(await count("audit_log", "action = 'invite.link_issued'")).toBe(5)
    expect((await new Browser().get(emailedPath)).status).toBe(200)
    const setStatus = (status: string) => env.DB.prepare("UPDATE invites SET status = ?").bind(status).run()
    for (const status of ["declined", "revoked", "accepted", "pending"]) {
      await setStatus(status)
      if (status === "pending") travel({ days: 3 })
      expect((await callApi({ key, method: "POST", path: `/invites/${id}/links` })).status).toBe(409)
      expect((await browser.post(`/customers/invites/${id}/links`)).status).toBe(409)
    }
    expect(await count("audit_log", "action = 'invite.link_issued'")).toBe(5)
  })

  it("can be created only with permission to invite, and appears in no list, log or other page", async () => {
    const consoleSpies = (["log", "info", "warn", "error", "debug"] as const).map((level) => vi.spyOn(console, level))
    const { browser, copyLinkPath, id } = await createFixture()
    const signature = copyLinkPath.split(".").at(-1) ?? "none"
    await requestCode(copyLinkPath)
    for (const path of ["/customers/invites", `/customers/invites/${id}`, "/", `/customers/invites/${id}/edit`]) {
      expect(await (await browser.get(path)).text()).not.toContain(signature)
    }
    const page = await browser.post(`/customers/invites/${id}/links`)
    expect([page.headers.get("Cache-Control"), page.headers.get("Referrer-Policy")]).toEqual([
      "no-store",
      "no-referrer",
    ])
    for (const table of [
      "audit_log",
      "events",
      "outbox",
      "invites",
      "email_codes",
      "notifications",
      "idempotent_responses",
    ]) {
      const { results } = await env.DB.prepare(`SELECT * FROM ${table}`).all()
      expect(JSON.stringify(results)).not.toContain(signature)
    }
    expect(JSON.stringify(consoleSpies.map(({ mock }) => mock.calls))).not.toContain(signature)
    const reader = await signInStaff("globex", "read_only")
    expect((await reader.browser.post(`/customers/invites/${id}/links`)).status).toBe(403)
  })
})

describe("an email code", () => {
  it("is stored nowhere in plain text", async () => {
    const { copyLinkPath } = await createFixture()
    const code = await requestCode(copyLinkPath)
    const { results } = await env.DB.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all<{
      name: string
    }>()
    const tables = results.map(({ name }) => name).filter((name) => !/^(_cf|sqlite|invite_search|d1_)/.test(name))
    expect(tables).toContain("email_codes")
    for (const table of tables) {
      const rows = JSON.stringify((await env.DB.prepare(`SELECT * FROM "${table}"`).all()).results)
      expect(rows.includes(`"${code}"`), table).toBe(false)
    }
  })

  it("allows five attempts, after which even the right digits are refused", async () => {
    const { copyLinkPath } = await createFixture()
    const code = await requestCode(copyLinkPath)
    const remainingTexts = [
      "You have 4 attempts left",
      "You have 3 attempts left",
      "You have 2 attempts left",
      "You have 1 attempt left",
      "your last attempt",
    ]
    for (const expectedText of remainingTexts) {
      const wrongResponse = await new Browser().post(`${copyLinkPath}/verification`, { code: differentCode(code) })
      expect([wrongResponse.status, await wrongResponse.text()]).toEqual([422, expect.stringContaining(expectedText)])
    }
    const lateResponse = await new Browser().post(`${copyLinkPath}/verification`, { code })
    expect([lateResponse.status, await lateResponse.text()]).toEqual([422, expect.stringContaining("no longer works")])
  })

  it("is compared with only five of fifty concurrent guesses", async () => {
    const { copyLinkPath } = await createFixture()
    const code = await requestCode(copyLinkPath)
    const guessResponses = await Promise.all(
      Array.from({ length: 50 }, () =>
        new Browser().post(`${copyLinkPath}/verification`, { code: differentCode(code) }),
      ),
    )
    const pages = await Promise.all(guessResponses.map((guessResponse) => guessResponse.text()))
    expect(pages.filter((page) => page.includes("t the code"))).toHaveLength(5)
    expect(await count("email_codes", "attempts = 5")).toBe(1)
  })

  it.each(["", "12345", "1234567", "abcdef", "１２３４５"])("doesn't count %o as an attempt", async (input) => {
    const { copyLinkPath } = await createFixture()
    await requestCode(copyLinkPath)
    const refused = await new Browser().post(`${copyLinkPath}/verification`, { code: input })
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("Enter the six digits")])
    expect(await count("email_codes", "attempts = 0")).toBe(1)
  })

  it("is accepted once when it is submitted five times at once", async () => {
    const { copyLinkPath } = await createFixture()
    const code = await requestCode(copyLinkPath)
    const verifications = await Promise.all(
      Array.from({ length: 5 }, () => new Browser().post(`${copyLinkPath}/verification`, { code })),
    )
    expect(verifications.map(({ status }) => status).sort()).toEqual([303, 422, 422, 422, 422])
  })

  it("works once, within ten minutes, for its own link version, and is deleted after it expires", async () => {
    const { copyLinkPath, browser, id } = await createFixture()
    const code = await requestCode(copyLinkPath)
    travel({ minutes: 10 })
    expect((await new Browser().post(`${copyLinkPath}/verification`, { code })).status).toBe(422)
    const inTime = await requestCode(copyLinkPath)
    travel({ minutes: 9, seconds: 59 })
    expect((await new Browser().post(`${copyLinkPath}/verification`, { code: inTime })).status).toBe(303)
    expect((await new Browser().post(`${copyLinkPath}/verification`, { code: inTime })).status).toBe(422)
    const next = await requestCodeLater(copyLinkPath)
    await browser.post(`/customers/invites/${id}/resends`)
    expect((await new Browser().post(`${copyLinkPath}/verification`, { code: next })).status).toBe(410)
    travel({ minutes: 10 })
    await deleteExpiredCodes(createDeps(testEnv, () => undefined))
    expect(await count("email_codes")).toBe(0)
  })

  it("sent to a former address doesn't verify the corrected one", async () => {
    const { copyLinkPath, browser, id, key } = await createFixture()
    const code = await requestCode(copyLinkPath)
    await browser.post(`/customers/invites/${id}/edit`, { contact_email: "right@northwind.example" })
    const response = await callApi({ key, method: "POST", path: `/invites/${id}/links` })
    const newPath = new URL((await response.json<{ registration_url: string }>()).registration_url).pathname
    expect(await (await new Browser().get(newPath)).text()).toContain("Send me a code")
    expect((await new Browser().post(`${newPath}/verification`, { code })).status).toBe(422)
    const codeResponse = await new Browser().post(`${newPath}/codes`) // the corrected address has no cooldown from the former one
    expect([codeResponse.status, (await sendDueEmails()).at(-1)?.to]).toEqual([303, "right@northwind.example"])
  })

  it("stops working when a newer one is sent", async () => {
    const { copyLinkPath } = await createFixture()
    const first = await requestCode(copyLinkPath)
    const second = await requestCodeLater(copyLinkPath)
    if (first !== second)
      expect((await new Browser().post(`${copyLinkPath}/verification`, { code: first })).status).toBe(422)
    expect((await new Browser().post(`${copyLinkPath}/verification`, { code: second })).status).toBe(303)
  })

  it("can't be requested during the cooldown nor six times a day, and delays no resend by staff", async () => {
    const { copyLinkPath, browser, id } = await createFixture()
    await requestCode(copyLinkPath)
    const early = await new Browser().post(`${copyLinkPath}/codes`)
    expect([early.status, await early.text()]).toEqual([429, expect.stringContaining("You can ask for another one in")])
    expect(Number(early.headers.get("Retry-After"))).toBeGreaterThan(50)
    for (let n = 2; n <= 5; n++) await requestCodeLater(copyLinkPath)
    travel({ minutes: 1 })
    const sixth = await new Browser().post(`${copyLinkPath}/codes`)
    expect([sixth.status, Number(sixth.headers.get("Retry-After"))]).toEqual([429, 86_400 - 5 * 60])
    expect(await sixth.text()).toContain("There are no more codes for this invite today.")
    expect(await count("outbox", "kind = 'code'")).toBe(5)
    expect((await browser.post(`/customers/invites/${id}/resends`)).status).toBe(303)
  })

  it("is sent once when twenty are requested at once", async () => {
    const { copyLinkPath } = await createFixture()
    const codeResponses = await Promise.all(
      Array.from({ length: 20 }, () => new Browser().post(`${copyLinkPath}/codes`)),
    )
    expect(codeResponses.filter(({ status }) => status === 303)).toHaveLength(1)
    expect((await sendDueEmails()).length).toBe(1)
  })

  it("isn't sent to a suppressed address, and the page names the support contact", async () => {
    const { copyLinkPath, resellerId } = await createFixture()
    await env.DB.prepare("INSERT INTO suppressions VALUES (?, 'priya@northwind.example', 'bounced', NULL, 0)")
      .bind(resellerId)
      .run()
    const refused = await new Browser().post(`${copyLinkPath}/codes`)
    const page = await refused.text()
    expect([refused.status, page.includes("t send email to this address")]).toEqual([409, true])
    expect(page).toContain("support@acme.example")
    expect(await count("outbox", "kind = 'code'")).toBe(0)
  })

  it("isn't sent if it expires in the outbox", async () => {
    const { copyLinkPath } = await createFixture()
    await new Browser().post(`${copyLinkPath}/codes`)
    travel({ minutes: 10 })
    expect(await sendDueEmails()).toEqual([])
    expect(await count("outbox", "kind = 'code' AND status = 'cancelled'")).toBe(1)
  })

  it("doesn't change the email status of the invite", async () => {
    const { copyLinkPath, key, id } = await createFixture()
    const before = await (await callApi({ key, path: `/invites/${id}` })).json()
    await requestCode(copyLinkPath)
    expect(await (await callApi({ key, path: `/invites/${id}` })).json()).toEqual(before)
    expect([
      await count("audit_log", "action = 'invite.sent'"),
      await count("audit_log", "action = 'invite.code_sent'"),
    ]).toEqual([1, 1])
  })
})

/** Requests another code, after the cooldown. */
async function requestCodeLater(path: string): Promise<string> {
  travel({ minutes: 1 })
  return requestCode(path)
}
