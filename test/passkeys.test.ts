import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import {
  addStaff,
  Browser,
  count,
  createReseller,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  sendDueEmails,
  signInAs,
  signInStaff,
} from "./support/app.ts"
import { Authenticator, type Forgery, passkeyOptions } from "./support/authenticator.ts"
import { addPasskey, ageSessions, recoveryCodesIn } from "./support/factors.ts"
import { travel } from "./support/time.ts"

async function createPerson(email = "dana@acme.example", resellerId?: string) {
  const id = resellerId ?? (await createReseller()).resellerId
  const { userId } = await addStaff(id, { name: "Dana Ortiz", email, role: "admin" })
  const browser = await signInAs(userId)
  return { resellerId: id, userId, browser, ...(await addPasskey(browser)) }
}

const signInOptions = async (browser: Browser) =>
  (await browser.get("/sign-in/passkey")).json<Parameters<Authenticator["get"]>[0]>()

/** Signs in with a passkey in a new browser. */
async function signInWithPasskey(authenticator: Authenticator, forgery?: Forgery) {
  const browser = new Browser()
  const passkey = await authenticator.get(await signInOptions(browser), forgery)
  const response = await browser.post("/sign-in/passkey", { passkey, next: "/customers" })
  return { browser, passkey, response }
}

describe("signing in with a passkey", () => {
  it("needs neither an address nor a password nor a second step", async () => {
    const { authenticator } = await createPerson()
    const { browser, response } = await signInWithPasskey(authenticator)
    expect([response.status, response.headers.get("Location")]).toEqual([303, "/customers"])
    expect((await browser.get("/customers")).status).toBe(200)
    const passkey = await env.DB.prepare("SELECT name, sign_count, last_used_at FROM passkeys").first()
    expect(passkey).toEqual({ name: "Phone", sign_count: 1, last_used_at: expect.any(Number) })
  })

  const forgeries: [what: string, forgery: Forgery][] = [
    ["of another site", { origin: "https://evil.example" }],
    ["of the same host with another port", { origin: "http://localhost:9999" }],
    ["of a frame of another site", { crossOrigin: true }],
    ["for another relying party", { rpId: "evil.example" }],
    ["without user verification", { isUserVerified: false }],
    ["made to register", { type: "webauthn.create" }],
    ["of a passkey that we don't know", { credentialId: "unknown" }],
  ]
  it.each(forgeries)("refuses an answer %s", async (_, forgery) => {
    const { authenticator } = await createPerson()
    const sessions = await count("sessions")
    const { response } = await signInWithPasskey(authenticator, forgery)
    expect([response.status, await count("sessions"), await count("used_challenges")]).toEqual([422, sessions, 1])
    expect((await signInWithPasskey(authenticator)).response.status).toBe(303)
  })

  it("accepts a passkey with an RSA key of 2048 bits, as Windows Hello makes, and refuses a shorter one", async () => {
    const { browser } = await signInStaff()
    const { authenticator, response } = await addPasskey(browser, "Windows", Authenticator.startWithRsa(2048))
    expect([response.status, await count("passkeys")]).toEqual([200, 1])
    expect((await signInWithPasskey(authenticator)).response.status).toBe(303)
    const impostor = await Authenticator.startWithRsa(2048)
    const forged = await signInWithPasskey(impostor, { credentialId: authenticator.credentialId })
    expect(forged.response.status).toBe(422)
    const short = await addPasskey(browser, "Old", Authenticator.startWithRsa(1024))
    expect([short.response.status, await count("passkeys")]).toEqual([422, 1])
  })

  it("isn't stored with a key that isn't a point of its curve, which nothing could verify", async () => {
    const { browser } = await signInStaff()
    const authenticator = await Authenticator.start()
    const options = await passkeyOptions(await browser.get("/profile/passkeys/new"))
    const passkey = await authenticator.create(options, { publicKey: { y: "A".repeat(43) } })
    const response = await browser.post("/profile/passkeys/new", { name: "Forged", passkey })
    expect([response.status, await count("passkeys")]).toEqual([422, 0])
  })

  it("refuses an answer that was used, is late, or belongs to another browser", async () => {
    const { authenticator } = await createPerson()
    const { browser, passkey } = await signInWithPasskey(authenticator)
    const sessions = await count("sessions")
    expect((await browser.post("/sign-in/passkey", { passkey })).status).toBe(422)
    const [victim, attacker] = [new Browser(), new Browser()]
    await signInOptions(attacker)
    const answer = await authenticator.get(await signInOptions(victim))
    expect((await attacker.post("/sign-in/passkey", { passkey: answer })).status).toBe(422)
    expect((await new Browser().post("/sign-in/passkey", { passkey: answer })).status).toBe(422)
    travel({ minutes: 11 })
    expect((await victim.post("/sign-in/passkey", { passkey: answer })).status).toBe(422)
    expect(await count("sessions")).toBe(sessions)
  })

  it("starts one session when the same answer arrives ten times at once", async () => {
    const { authenticator } = await createPerson()
    const sessions = await count("sessions")
    const browser = new Browser()
    const passkey = await authenticator.get(await signInOptions(browser))
    const responses = await Promise.all(Array.from({ length: 10 }, () => browser.post("/sign-in/passkey", { passkey })))
    expect(responses.filter(({ status }) => status === 303)).toHaveLength(1)
    expect(await count("sessions")).toBe(sessions + 1)
  })

  it("refuses a counter that isn't higher than the last one: the passkey may have been copied", async () => {
    const { authenticator } = await createPerson()
    expect((await signInWithPasskey(authenticator, { counter: 7 })).response.status).toBe(303)
    for (const counter of [7, 6, 0]) {
      expect((await signInWithPasskey(authenticator, { counter })).response.status).toBe(422)
    }
    expect((await signInWithPasskey(authenticator, { counter: 8 })).response.status).toBe(303)
  })

  it("accepts an authenticator that doesn't count", async () => {
    const { authenticator } = await createPerson()
    for (let i = 0; i < 2; i++) {
      expect((await signInWithPasskey(authenticator, { counter: 0 })).response.status).toBe(303)
    }
  })

  it("refuses a signature that the passkey didn't make, and anything malformed", async () => {
    const { authenticator } = await createPerson()
    const impostor = await Authenticator.start()
    const { response } = await signInWithPasskey(impostor, { credentialId: authenticator.credentialId })
    expect(response.status).toBe(422)
    const { passkey } = await signInWithPasskey(authenticator)
    const answer: Record<string, string> = JSON.parse(passkey)
    const changes = Object.keys(answer).map((key) => ({ ...answer, [key]: "AAAA" }))
    for (const text of [
      "",
      "x",
      "{}",
      "[]",
      "null",
      "x".repeat(20_000),
      ...changes.map((one) => JSON.stringify(one)),
    ]) {
      const browser = new Browser()
      await signInOptions(browser)
      expect((await browser.post("/sign-in/passkey", { passkey: text })).status).toBe(422)
    }
  })

  it("says on the form that the reseller is suspended, as for a password", async () => {
    const { authenticator } = await createPerson()
    await env.DB.prepare("UPDATE resellers SET suspended_at = 1").run()
    const sessions = await count("sessions")
    const { response } = await signInWithPasskey(authenticator)
    expect([response.status, await count("sessions")]).toEqual([403, sessions])
    const page = await response.text()
    expect(page).toContain("Acme Networks is suspended, so nobody can sign in")
    expect(page).toContain('name="next" value="/customers"')
  })

  it("writes nothing when the page is shown", async () => {
    const { database, costs } = (await import("./support/counting-d1.ts")).countingD1(env.DB)
    const browser = new Browser()
    browser.env = { ...browser.env, DB: database }
    await browser.get("/sign-in")
    const options = await signInOptions(browser)
    expect([options.rpId, options.challenge.length, costs.roundTrips]).toEqual(["localhost", 48, 0])
  })
})

describe("adding a passkey", () => {
  it("is refused with a used challenge, one of another session, or a passkey that exists", async () => {
    const { browser, userId, authenticator, options, resellerId } = await createPerson()
    const add = async (visitor: Browser, passkey: string) =>
      (await visitor.post("/profile/passkeys/new", { name: "x", passkey })).status
    const fresh = () => browser.get("/profile/passkeys/new").then(passkeyOptions)
    expect(await add(browser, await (await Authenticator.start()).create(options))).toBe(422)
    expect(await add(browser, await authenticator.create(await fresh()))).toBe(422)
    const otherSession = await signInAs(userId)
    expect(await add(otherSession, await (await Authenticator.start()).create(await fresh()))).toBe(422)
    for (const forgery of [{ origin: "https://evil.example" }, { rpId: "evil.example" }, { isUserVerified: false }]) {
      expect(await add(browser, await (await Authenticator.start()).create(await fresh(), forgery))).toBe(422)
    }
    const stranger = await createPerson("kim@acme.example", resellerId)
    expect(await add(stranger.browser, await authenticator.create(await fresh()))).toBe(422)
    expect(await count("passkeys", `user_id = '${userId}'`)).toBe(1)
    expect(await add(browser, await (await Authenticator.start()).create(await fresh()))).toBe(303)
  })

  it("and removing it return to the profile, which says that other sessions ended", async () => {
    const { browser, resellerId } = await createPerson()
    const path = `/profile/passkeys/new?account=${resellerId}`
    const passkey = await (await Authenticator.start()).create(await passkeyOptions(await browser.get(path)))
    const added = await browser.post(path, { name: "Laptop", passkey })
    const id = await env.DB.prepare("SELECT id FROM passkeys WHERE name = 'Laptop'").first("id")
    const removed = await browser.post(`/profile/passkeys/${id}/removal?account=${resellerId}`)
    for (const { headers } of [added, removed]) {
      expect(headers.get("Location")).toBe(`/profile?flash=factors_changed&account=${resellerId}`)
    }
    const profile = await browser.get("/profile?flash=factors_changed")
    expect(await profile.text()).toContain("Saved. You&#39;re signed out everywhere else.")
  })

  it("shows recovery codes with the first factor only, and lists names and last use", async () => {
    const { browser, response } = await createPerson()
    expect([response.status, await count("recovery_codes")]).toEqual([200, 10])
    const second = await addPasskey(browser, "  <b>Laptop</b>  ")
    expect([second.response.status, await count("recovery_codes")]).toEqual([303, 10])
    const html = await (await browser.get("/profile")).text()
    expect(html).toContain("Phone")
    expect(html).toContain("&lt;b&gt;Laptop&lt;/b&gt;")
    expect(html.match(/never used/g)).toHaveLength(2)
  })

  it("is limited to twenty", async () => {
    const { browser, userId } = await createPerson()
    await env.DB.prepare(
      `INSERT INTO passkeys (id, user_id, credential_id, user_handle, public_key, sign_count, name, created_at)
       SELECT 'psk_' || value, ?1, 'id' || value, 'h', '{}', 0, 'x', 0 FROM json_each(?2)`,
    )
      .bind(userId, JSON.stringify(Array.from({ length: 19 }, (_, i) => i)))
      .run()
    expect((await addPasskey(browser)).response.status).toBe(409)
    expect(await count("passkeys")).toBe(20)
  })

  it("removes only one's own", async () => {
    const dana = await createPerson()
    const kim = await createPerson("kim@acme.example", dana.resellerId)
    const id = await env.DB.prepare("SELECT id FROM passkeys WHERE user_id = ?").bind(dana.userId).first("id")
    expect((await kim.browser.post(`/profile/passkeys/${id}/removal`)).status).toBe(404)
    expect((await dana.browser.post(`/profile/passkeys/${id}/removal`)).status).toBe(303)
    expect(await count("passkeys")).toBe(1)
    expect((await signInWithPasskey(dana.authenticator)).response.status).toBe(422)
  })
})

describe("a passkey as the second step", () => {
  it("completes the sign-in of its owner, and of nobody else", async () => {
    const dana = await createPerson()
    const kim = await createPerson("kim@acme.example", dana.resellerId)
    const browser = new Browser()
    await browser.post("/sign-in", { email: "dana@acme.example", password: "quiet-lantern-harbor" })
    const page = () => browser.get("/sign-in/second-factor").then(passkeyOptions)
    const post = async (passkey: string) => (await browser.post("/sign-in/second-factor", { passkey })).status
    expect(await post(await kim.authenticator.get(await page()))).toBe(422)
    const elsewhere = await signInOptions(new Browser())
    expect(await post(await dana.authenticator.get(elsewhere))).toBe(422)
    expect(await post(await dana.authenticator.get(await page()))).toBe(303)
    expect((await browser.get("/")).status).toBe(200)
  })
})

describe("a passkey on a registration link", () => {
  async function openLink() {
    const { browser } = await signInStaff()
    await invite(browser)
    return { staff: browser, link: await latestRegistrationLink() }
  }
  const { name } = REGISTRATION_FORM
  const CONTACT = "priya@northwind.example"

  it("registers a new user without a password, who signs in with it", async () => {
    const { link } = await openLink()
    const contact = new Browser()
    const authenticator = await Authenticator.start()
    const passkey = await authenticator.create(await passkeyOptions(await contact.get(link)))
    const withoutTerms = await contact.post(link, { name, passkey })
    expect([withoutTerms.status, await count("users", "name = 'Priya Nair'")]).toEqual([422, 0])
    const accepted = await contact.post(link, { name, passkey, accept_terms: "on" })
    expect(accepted.status).toBe(200)
    expect((await contact.get("/account")).status).toBe(200)
    const userId = await env.DB.prepare("SELECT id FROM users WHERE email = 'priya@northwind.example'").first("id")
    expect([await count("passkeys"), await count("credentials", `user_id = '${userId}'`)]).toEqual([1, 0])
    const { response, browser } = await signInWithPasskey(authenticator)
    expect(response.status).toBe(303)
    expect((await browser.get("/account")).status).toBe(200)
  })

  it.each(["customer", "member", "staff"])("gives a new %s ten recovery codes, once", async (kind) => {
    const { staff, link: customerLink } = await openLink()
    let link = customerLink
    const invitePerson = (inviter: Browser, path: string, role: string) =>
      inviter.post(path, { contact_name: "Kim Ito", contact_email: "kim@northwind.example", role })
    if (kind === "staff") await invitePerson(staff, "/settings/staff/invites/new", "admin")
    if (kind === "member") {
      const customerAdmin = new Browser()
      await customerAdmin.post(customerLink, REGISTRATION_FORM)
      await invitePerson(customerAdmin, "/account/invites/new", "member")
    }
    if (kind !== "customer") link = await latestRegistrationLink()
    const contact = new Browser()
    const authenticator = await Authenticator.start()
    const passkey = await authenticator.create(await passkeyOptions(await contact.get(link)))
    const form = { name: "Kim Ito", passkey, accept_terms: "on" }
    const accepted = await contact.post(link, form)
    const page = await accepted.text()
    const codes = recoveryCodesIn(page)
    expect([accepted.status, new Set(codes).size, await count("recovery_codes")]).toEqual([200, 10, 10])
    expect(accepted.headers.get("Cache-Control")).toContain("no-store")
    expect(page).toContain(`href="${kind === "staff" ? "/" : "/account"}"`)

    const reloaded = await contact.post(link, form)
    expect([reloaded.status, recoveryCodesIn(await reloaded.text())]).toEqual([409, []])
    expect(await count("recovery_codes")).toBe(10)

    // Without the passkey, one of them replaces it.
    await new Browser().post("/forgot-password", { email: kind === "customer" ? CONTACT : "kim@northwind.example" })
    const reset = /\/reset-password\/\S+/.exec((await sendDueEmails()).at(-1)?.text ?? "")?.[0] ?? ""
    const password = "a river under seven bridges"
    const later = new Browser()
    await later.post(reset, { password })
    await later.post("/sign-in", { email: kind === "customer" ? CONTACT : "kim@northwind.example", password })
    const signedIn = await later.post("/sign-in/second-factor", { code: codes[3] ?? "", next: "/profile" })
    expect([signedIn.status, signedIn.headers.get("Location")]).toEqual([303, "/profile"])
  })

  it("lets its user change the address without a password, after a recent confirmation", async () => {
    const { link } = await openLink()
    const contact = new Browser()
    const authenticator = await Authenticator.start()
    const passkey = await authenticator.create(await passkeyOptions(await contact.get(link)))
    await contact.post(link, { name, passkey, accept_terms: "on" })
    const page = await (await contact.get("/profile")).text()
    expect([page.includes('name="current_password"'), page.includes("you sign in with a passkey")]).toEqual([
      false,
      true,
    ])
    await ageSessions(11)
    const stale = await contact.post("/profile/email", { email: "nair@northwind.example" })
    expect([stale.status, await count("email_changes")]).toEqual([403, 0])
    const proof = await authenticator.get(await passkeyOptions(await contact.get("/confirm-identity")))
    await contact.post("/confirm-identity", { passkey: proof })
    const changed = await contact.post("/profile/email", { email: "nair@northwind.example" })
    expect(changed.headers.get("Location")).toBe("/profile?flash=email_requested")
  })

  it("is refused if it was made for another link or another site, and creates nothing", async () => {
    const { staff, link } = await openLink()
    await invite(staff, { contact_email: "kim@contoso.example", company_name: "Contoso" })
    const otherLink = await latestRegistrationLink()
    const authenticator = await Authenticator.start()
    const visitor = new Browser()
    const foreign = await authenticator.create(await passkeyOptions(await visitor.get(otherLink)))
    const forged = await authenticator.create(await passkeyOptions(await visitor.get(link)), {
      origin: "https://evil.example",
    })
    for (const passkey of [foreign, forged, "x"]) {
      expect((await visitor.post(link, { name, passkey, accept_terms: "on" })).status).toBe(422)
    }
    expect([await count("customers"), await count("passkeys"), await count("used_challenges")]).toEqual([0, 0, 0])
  })

  it("accepts the invite of an existing user, who needs no second step", async () => {
    const { resellerId, authenticator } = await createPerson("priya@northwind.example")
    const { userId } = await addStaff(resellerId, { name: "Robin", email: "robin@acme.example", role: "admin" })
    await invite(await signInAs(userId))
    const link = await latestRegistrationLink()
    const contact = new Browser()
    const passkey = await authenticator.get(await passkeyOptions(await contact.get(link)))
    const accepted = await contact.post(link, { passkey, accept_terms: "on" })
    expect([accepted.status, accepted.headers.get("Location")]).toEqual([303, "/account"])
    expect((await contact.get("/account")).status).toBe(200)
    expect(await count("customers")).toBe(1)
  })
})
