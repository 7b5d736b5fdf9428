import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, it } from "vitest"
import { signToken } from "../src/domain/access/signed-token.ts"
import { recordDeliveryEvent } from "../src/domain/mail/delivery-events.ts"
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
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { insertPasskey } from "./support/factors.ts"
import { interruptNextHash } from "./support/hashing.ts"
import { travel } from "./support/time.ts"

const DANA = { name: "Dana Ortiz", email: "admin@acme.example", role: "admin" } as const
const NEW_PASSWORD = "a river under seven bridges"
const LINK = /http:\/\/localhost:8787(\/reset-password\/\S+)/

const request = (email: string, fields: Record<string, string> = {}) =>
  new Browser().post("/forgot-password", { email, ...fields })

async function requestLink(email: string = DANA.email, fields: Record<string, string> = {}): Promise<string> {
  expect((await request(email, fields)).status).toBe(202)
  const mail = (await sendDueEmails()).at(-1)
  const path = LINK.exec(mail?.text ?? "")?.[1]
  if (!path) throw new Error("no email has a reset link")
  return path
}

const signInStatus = async (email: string, password: string) =>
  (await new Browser().post("/sign-in", { email, password })).status

let userId: string
let resellerId: string
beforeEach(async () => {
  ;({ resellerId } = await createReseller())
  ;({ userId } = await addStaff(resellerId, DANA))
})

it("a new password can't be little more than the names of one's accounts", async () => {
  const link = await requestLink()
  const refused = await new Browser().post(link, { password: "acme networks 2026" })
  expect([refused.status, (await refused.text()).includes("little more than names")]).toEqual([422, true])
  expect((await new Browser().post(link, { password: NEW_PASSWORD })).status).toBe(303)
})

it("a new password is judged in the background as it is when the form is sent, and the link stays usable", async () => {
  const link = await requestLink()
  const page = await (await new Browser().get(link)).text()
  expect(page).toContain(`data-password-check="${link}/password-checks"`)
  const check = (password: string, path = link, language = "en") =>
    new Browser().post(`${path}/password-checks`, { password }, { "Accept-Language": language })
  for (const [password, expected] of [
    ["acme networks 2026", "such as “Acme Networks”"],
    ["sunshine/sunshine/1", "“sunshine” is one of the first words"],
    ["", "Enter a password."],
  ] as const) {
    const { detail } = await (await check(password)).json<{ detail: string }>()
    expect([password, detail]).toEqual([password, expect.stringContaining(expected)])
    const refused = await (await new Browser().post(link, { password })).text()
    expect(refused).toContain(detail.replaceAll("'", "&#39;"))
  }
  expect(await (await check("kurz", link, "de")).json()).toEqual({ detail: expect.stringContaining("Zeichen") })
  expect(await (await check(NEW_PASSWORD)).json()).toEqual({})
  expect((await new Browser().post(link, { password: NEW_PASSWORD })).status).toBe(303)
  expect((await check(NEW_PASSWORD)).status).toBe(410)
})

describe("asking for a reset link", () => {
  it("answers every address alike, and writes the same row in one round trip", async () => {
    const answers = []
    for (const email of [DANA.email, "nobody@acme.example"]) {
      const { database, costs } = countingD1(env.DB)
      const browser = new Browser()
      browser.env = { ...testEnv, DB: database }
      const response = await browser.post("/forgot-password", { email })
      answers.push([response.status, (await response.text()).replaceAll(email, "?"), costs])
    }
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]?.[0]).toBe(202)
    const { results } = await env.DB.prepare(
      "SELECT reseller_id, kind, status, payload, invite_id FROM outbox ORDER BY id",
    ).all()
    expect(results).toHaveLength(2)
    expect(results[0]).toEqual(results[1])
  })

  it("sends a link to the person alone, and drops the row of an unknown address", async () => {
    await request(" Admin@ACME.example ")
    await request("nobody@acme.example")
    const mails = await sendDueEmails()
    expect(mails.map(({ to, subject }) => [to, subject])).toEqual([
      [DANA.email, "Choose a new password for PacketFabric"],
    ])
    expect(mails[0]?.text).toContain("Hello Dana Ortiz,")
    expect(mails[0]?.text.split("\n").find((line) => LINK.test(line))).toMatch(
      /^http:\/\/localhost:8787\/reset-password\/[\w-]{42}$/,
    )
    expect(await count("outbox", "status = 'cancelled' AND recipient = '' AND payload IS NULL")).toBe(1)
    expect(
      await count("outbox", "status = 'sent' AND recipient = '' AND json_extract(payload, '$.userId') IS NOT NULL"),
    ).toBe(1)
  })

  it("forgets the address once the link is sent or has failed, with the provider's events, but not the limit", async () => {
    await request(DANA.email)
    await sendDueEmails()
    const messageId = await env.DB.prepare("SELECT message_id FROM outbox").first<string>("message_id")
    const payload = { messageId, recipient: DANA.email, bounce: { type: "hard", reason: `${DANA.email} is unknown` } }
    const deps = createDeps(testEnv, () => undefined)
    await recordDeliveryEvent(deps, { type: "cf.email.sending.message.bounced", payload }, "e1")
    await request(DANA.email)
    await sendDueEmails(() =>
      Promise.reject(Object.assign(new Error(`${DANA.email} is no address`), { code: "E_INVALID" })),
    )
    const { results } = await env.DB.prepare(
      "SELECT status, recipient, last_error, payload FROM outbox ORDER BY id",
    ).all()
    const { id } = (await env.DB.prepare("SELECT id FROM users").first<{ id: string }>()) ?? {}
    const forgotten = { recipient: "", last_error: null, payload: JSON.stringify({ userId: id }) }
    expect(results).toEqual([
      { status: "sent", ...forgotten },
      { status: "failed", ...forgotten },
    ])
    expect(await count("email_events")).toBe(0)
    for (let n = 0; n < 3; n++) await request(DANA.email)
    expect(await count("outbox")).toBe(4)
  })

  it("writes four emails a day for an address, then one every twenty minutes, and always answers alike", async () => {
    const answers = new Set<string>()
    const written: number[] = []
    for (let minutes = 0; minutes < 90; minutes += 5) {
      for (const email of [DANA.email, "nobody@acme.example"]) {
        const response = await request(email)
        answers.add(`${response.status} ${(await response.text()).replaceAll(email, "?")}`)
      }
      written.push(await count("outbox"))
      travel({ minutes: 5 })
    }
    expect([answers.size, [...answers][0]?.startsWith("202 ")]).toEqual([1, true])
    // Each time two rows, one for each address: at 0, 5, 10, 15, 35, 55 and 75 minutes.
    expect(written.map((n) => n / 2)).toEqual([1, 2, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7])
    travel({ minutes: 24 * 60 })
    for (let n = 0; n < 5; n++) await request(DANA.email)
    expect((await count("outbox")) - (written.at(-1) ?? 0)).toBe(4)
  })

  it.each([1, 3, 7, 11, 19, 30])(
    "leaves the owner a link that works while a stranger asks each %i minutes",
    async (gap) => {
      const links: { sentAt: number }[] = []
      const ask = async () => {
        expect((await request(DANA.email)).status).toBe(202)
        for (const _ of await sendDueEmails()) links.push({ sentAt: Date.now() })
      }
      for (let minutes = 0; minutes < 120; minutes += gap) {
        await ask()
        travel({ minutes: gap / 2 })
        await ask() // the owner
        const minutesLeft = 30 - (Date.now() - (links.at(-1)?.sentAt ?? 0)) / 60_000
        expect([minutes, minutesLeft >= 10]).toEqual([minutes, true])
        travel({ minutes: gap / 2 })
      }
    },
  )

  it("sends the next link at once when the earlier ones no longer work", async () => {
    await signInAs(userId)
    for (let n = 0; n < 5; n++) {
      const link = await requestLink()
      const password = `a sentence that is number ${n}`
      expect((await new Browser().post(link, { password })).status).toBe(303)
    }
  })

  it("leaves the owner a link that works while somebody with the password changes it again and again", async () => {
    const thief = await signInAs(userId)
    let password = PASSWORD
    let link = ""
    for (let round = 0; round < 12; round++) {
      await request(DANA.email)
      for (const { text } of await sendDueEmails()) link = LINK.exec(text)?.[1] ?? link
      const next = `a stolen sentence number ${round}`
      const changed = await thief.post("/profile/password", { current_password: password, password: next })
      if (changed.status === 303) password = next
      travel({ minutes: 10 })
    }
    expect((await new Browser().post(link, { password: NEW_PASSWORD })).status).toBe(303)
    expect((await thief.get("/")).status).toBe(303)
  })

  it("reads and writes the same for an address that nobody has, also after its emails were dropped", async () => {
    const costsOf = async (email: string) => {
      const { database, costs } = countingD1(env.DB)
      const browser = new Browser()
      browser.env = { ...testEnv, DB: database }
      await browser.post("/forgot-password", { email })
      await sendDueEmails()
      return { ...costs }
    }
    await request("other@acme.example")
    await env.DB.prepare("UPDATE outbox SET recipient_hash = '~'").run() // an entry of the index after both
    for (let n = 0; n < 7; n++) {
      const [known, unknown] = [await costsOf(DANA.email), await costsOf("nobody@acme.example")]
      expect([n, unknown]).toEqual([n, known])
    }
    expect(await count("outbox")).toBe(9)
  })

  it("refuses what isn't an address, and writes nothing", async () => {
    expect((await request("dana")).status).toBe(422)
    expect(await count("outbox")).toBe(0)
  })

  it("sends no link that is too late", async () => {
    await request(DANA.email)
    travel({ minutes: 31 })
    expect(await sendDueEmails()).toEqual([])
    expect(await count("outbox", "status = 'cancelled'")).toBe(1)
  })
})

describe("a reset link", () => {
  it("changes the password once, ends all sessions and starts none", async () => {
    const signedIn = await signInAs(userId)
    const link = await requestLink()
    expect((await new Browser().get(link)).status).toBe(200)
    expect(await count("sessions")).toBe(1)

    const browser = new Browser()
    const response = await browser.post(link, { password: NEW_PASSWORD })
    expect([response.status, response.headers.get("Location")]).toEqual([303, "/sign-in?flash=password_reset"])
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^vestibule\.known_browser=/),
      expect.stringMatching(/^vestibule\.bookmark=/),
    ])
    expect(await count("sessions")).toBe(0)
    expect((await signedIn.get("/")).headers.get("Location")).toBe("/sign-in")
    expect(await (await browser.get("/sign-in?flash=password_reset")).text()).toContain("Sign in with the new one.")
    expect(await signInStatus(DANA.email, PASSWORD)).toBe(422)
    expect(await signInStatus(DANA.email, NEW_PASSWORD)).toBe(303)

    expect((await browser.get(link)).status).toBe(410)
    expect((await browser.post(link, { password: "quite another sentence" })).status).toBe(410)
    expect(await signInStatus(DANA.email, NEW_PASSWORD)).toBe(303)
  })

  it("is recorded, and the person is told", async () => {
    const link = await requestLink()
    await new Browser().post(link, { password: NEW_PASSWORD })
    const { results } = await env.DB.prepare(
      "SELECT reseller_id, action, subject_id, actor_kind, actor_id, detail FROM audit_log WHERE action LIKE 'staff.%'",
    ).all()
    expect(results).toEqual([
      {
        reseller_id: resellerId,
        action: "staff.password_reset",
        subject_id: userId,
        actor_kind: "staff",
        actor_id: userId,
        detail: "Dana Ortiz",
      },
    ])
    const [notice] = await sendDueEmails()
    expect([notice?.to, notice?.subject]).toEqual([
      DANA.email,
      "Security notice: Your password was reset with an emailed link",
    ])
  })

  it("of two that are used at once, only one sets the password", async () => {
    const link = await requestLink()
    const passwords = [NEW_PASSWORD, "the second of two sentences"]
    const responses = await Promise.all(passwords.map((password) => new Browser().post(link, { password })))
    expect(responses.map(({ status }) => status).sort()).toEqual([303, 410])
    expect(await count("audit_log", "action = 'staff.password_reset'")).toBe(1)
    const winner = passwords[responses.findIndex(({ status }) => status === 303)] ?? ""
    expect(await signInStatus(DANA.email, winner)).toBe(303)
  })

  it.each([
    ["without a second factor", async () => undefined],
    ["with a second factor", () => insertPasskey(userId)],
  ])("also ends a sign-in %s that was checking the earlier password", async (_, prepare) => {
    await prepare()
    const link = await requestLink()
    interruptNextHash(async () => {
      expect((await new Browser().post(link, { password: NEW_PASSWORD })).status).toBe(303)
    })
    const thief = new Browser()
    const response = await thief.post("/sign-in", { email: DANA.email, password: PASSWORD, next: "/customers" })
    expect(response.headers.get("Location")).toBe("/sign-in?next=%2Fcustomers")
    expect([(await thief.get("/")).headers.get("Location"), await count("sessions")]).toEqual(["/sign-in", 0])
    expect(await count("pending_sign_ins")).toBe(0)
  })

  it("works for 30 minutes", async () => {
    const link = await requestLink()
    travel({ minutes: 29 })
    expect((await new Browser().get(link)).status).toBe(200)
    travel({ minutes: 1, seconds: 1 })
    expect((await new Browser().get(link)).status).toBe(410)
    expect((await new Browser().post(link, { password: NEW_PASSWORD })).status).toBe(410)
    expect(await signInStatus(DANA.email, PASSWORD)).toBe(303)
  })

  it("is void after the password changed in another way", async () => {
    const link = await requestLink()
    const browser = await signInAs(userId)
    const form = { current_password: PASSWORD, password: "changed on the profile page" }
    expect((await browser.post("/profile/password", form)).status).toBe(303)
    expect((await new Browser().post(link, { password: NEW_PASSWORD })).status).toBe(410)
  })

  it("must be signed for this purpose, and a forged one reads no storage", async () => {
    const { reference } = (await env.DB.prepare("SELECT reference FROM users").first<{ reference: string }>()) ?? {}
    const claims = {
      via: "email",
      reference: reference ?? "",
      version: 1,
      expiresAt: new Date(Date.now() + 60_000),
    } as const
    const { linkKeys } = createDeps(testEnv, () => undefined)
    const right = await signToken(linkKeys, { ...claims, purpose: "password_reset" })
    expect((await new Browser().get(`/reset-password/${right}`)).status).toBe(200)
    const { database, costs } = countingD1(env.DB)
    const browser = new Browser()
    browser.env = { ...testEnv, DB: database }
    const forged = `${right.slice(0, 30)}${right[30] === "A" ? "B" : "A"}${right.slice(31)}`
    const otherPurpose = await signToken(linkKeys, { ...claims, purpose: "registration" })
    for (const token of [forged, otherPurpose, "x", "%00", right.slice(1)]) {
      expect([token, (await browser.get(`/reset-password/${token}`)).status]).toEqual([token, 410])
      const response = await browser.post(`/reset-password/${token}`, { password: NEW_PASSWORD })
      expect([token, response.status]).toEqual([token, 410])
    }
    expect(costs.roundTrips).toBe(0)
    expect((await browser.get("/reset-password/")).status).toBe(410)
  })

  it("keeps its URL secret, and asks for a good password", async () => {
    const link = await requestLink()
    const page = await new Browser().get(link)
    expect([page.headers.get("Referrer-Policy"), page.headers.get("Cache-Control")]).toEqual([
      "no-referrer",
      "no-store",
    ])
    const weak = await new Browser().post(link, { password: "short" })
    expect([weak.status, (await weak.text()).includes("Use 15 characters or more")]).toEqual([422, true])
    expect((await new Browser().post(link, { password: NEW_PASSWORD })).status).toBe(303)
  })

  it("is repaired when an email program has bent it", async () => {
    const link = await requestLink()
    const response = await new Browser().get(`${link}%3D%0A.`)
    expect(response.headers.get("Location")).toBe(link)
  })
})

describe("the page that a person wanted to sign in for", () => {
  const NEXT = "/customers/invites?status=pending"
  const encoded = encodeURIComponent(NEXT)

  it("comes after the reset in the same browser, and is neither stored nor emailed", async () => {
    const browser = new Browser()
    const signIn = await (await browser.get(`/sign-in?next=${encoded}`)).text()
    const path = /href="(\/forgot-password[^"]*)"/.exec(signIn)?.[1] ?? ""
    const page = await (await browser.get(path.replaceAll("&amp;", "&"))).text()
    expect(page).toContain(`name="next" value="${NEXT}"`)
    expect(page).toContain(`href="/sign-in?next=${encoded}"`)
    const sent = await browser.post("/forgot-password", { email: DANA.email, next: NEXT })
    expect(await sent.text()).toContain(`href="/sign-in?next=${encoded}"`)
    expect(await count("outbox", "payload LIKE '%customers%'")).toBe(0)
    const mail = (await sendDueEmails()).at(-1)
    expect(mail?.text).not.toContain("next")
    const link = LINK.exec(mail?.text ?? "")?.[1] ?? ""
    const reset = await browser.post(link, { password: NEW_PASSWORD })
    expect(reset.headers.get("Location")).toBe(`/sign-in?flash=password_reset&next=${encoded}`)
    const again = await browser.get(reset.headers.get("Location") ?? "")
    expect(await again.text()).toContain(`name="next" value="${NEXT}"`)
    const signedIn = await browser.post("/sign-in", { email: DANA.email, password: NEW_PASSWORD, next: NEXT })
    expect(signedIn.headers.get("Location")).toBe(NEXT)
    const expired = await browser.get(link)
    expect([expired.status, (await expired.text()).includes("next=")]).toEqual([410, false])
  })

  it("is offered again where too many passwords were wrong, and where the link no longer works", async () => {
    const browser = new Browser()
    for (let n = 0; n < 10; n++) await browser.post("/sign-in", { email: DANA.email, password: "wrong", next: NEXT })
    const limited = await browser.post("/sign-in", { email: DANA.email, password: "wrong", next: NEXT })
    const resetPath = `href="/forgot-password?next=${encoded}"`
    expect((await limited.text()).split(resetPath)).toHaveLength(3) // in the message and below the form
    await browser.post("/forgot-password", { email: DANA.email, next: NEXT })
    expect(await (await browser.get("/reset-password/x")).text()).toContain(resetPath)
  })

  it("can't be another site, and isn't that of an earlier request", async () => {
    for (const next of ["https://evil.example", "//evil.example", "/\\evil.example"]) {
      const browser = new Browser()
      await browser.post("/forgot-password", { email: DANA.email, next: NEXT })
      expect(await (await browser.get(`/forgot-password?next=${encodeURIComponent(next)}`)).text()).not.toContain(
        "evil",
      )
      await browser.post("/forgot-password", { email: DANA.email, next })
      const link = LINK.exec((await sendDueEmails()).at(-1)?.text ?? "")?.[1] ?? ""
      const reset = await browser.post(link, { password: `${NEW_PASSWORD} ${next.length}` })
      expect(reset.headers.get("Location")).toBe("/sign-in?flash=password_reset")
      travel({ hours: 5 })
    }
  })
})

describe("a contact with an account who forgot the password", () => {
  it("comes back to the invite after the reset, and accepts it with the new password", async () => {
    const { browser } = await signInStaff("globex")
    const id = await invite(browser, {
      contact_email: DANA.email,
      billing_email: "billing@globex.example",
      billing_phone: "+1 212 555 0187",
    })
    const page = await (await new Browser().get(await latestRegistrationLink())).text()
    const path = /href="(\/forgot-password\?invite=[^"]+)"/.exec(page)?.[1]
    expect(path).toBe(`/forgot-password?invite=${id}`)
    expect(await (await new Browser().get(path ?? "")).text()).toContain(`name="invite" value="${id}"`)
    const link = await requestLink(DANA.email, { invite: id })
    const contact = new Browser()
    const form = { password: NEW_PASSWORD, invite: new URLSearchParams(link.split("?")[1]).get("invite") ?? "" }
    const registration = (await contact.post(link, form)).headers.get("Location") ?? ""
    expect(registration).toMatch(/^\/r\/[\w-]{42}$/)
    const accepted = await contact.post(registration, { password: NEW_PASSWORD, accept_terms: "on" })
    expect([accepted.status, accepted.headers.get("Location")]).toEqual([303, "/account"])
  })

  it("isn't led to an invite to another address", async () => {
    const { browser } = await signInStaff("globex")
    const billing = { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" }
    const id = await invite(browser, { contact_email: "other@northwind.example", ...billing })
    await sendDueEmails()
    const link = await requestLink(DANA.email, { invite: id })
    const response = await new Browser().post(link, { password: NEW_PASSWORD, invite: id })
    expect(response.headers.get("Location")).toBe("/sign-in?flash=password_reset")
  })
})

it("a member gets the emails about their password in the language of their account", async () => {
  const { browser } = await signInStaff("globex")
  const billing = { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" }
  await invite(browser, { ...billing, ...({ locale: "de" } as object) })
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  await request("priya@northwind.example")
  const [mail] = await sendDueEmails()
  expect(mail?.subject).toBe("Neues Passwort für PacketFabric wählen")
  const link = LINK.exec(mail?.text ?? "")?.[1] ?? ""
  expect((await new Browser().post(link, { password: NEW_PASSWORD })).status).toBe(303)
  expect(await count("audit_log", "action = 'member.password_reset' AND actor_kind = 'member'")).toBe(1)
  expect((await sendDueEmails())[0]?.subject).toContain("Sicherheitshinweis: Ihr Passwort wurde")
})
