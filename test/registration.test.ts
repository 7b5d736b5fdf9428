import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { expireOverdueInvites } from "../src/domain/invites/expire.ts"
import { claim } from "../src/domain/outbox/claim.ts"
import { sendEmail } from "../src/emails/send.ts"
import { createDeps } from "../src/http/bindings.ts"
import {
  Browser,
  count,
  invite,
  latestRegistrationLink,
  PASSWORD,
  REGISTRATION_FORM,
  sendDueEmails,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { hashAllAtOnce } from "./support/hashing.ts"
import { travel } from "./support/time.ts"

const hex = (char: string) => char.charCodeAt(0).toString(16)

describe("a registration link", () => {
  it("changes nothing when it is opened", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const link = await latestRegistrationLink()
    const before = await env.DB.prepare("SELECT * FROM invites").first()
    const page = await new Browser().get(link)
    expect(page.status).toBe(200)
    expect(page.headers.get("Referrer-Policy")).toBe("no-referrer")
    expect(page.headers.get("Cache-Control")).toBe("no-store")
    const text = await page.text()
    expect(text).toContain("Set up Northwind Logistics")
    expect(text).toContain('value="Priya Nair"')
    expect(await env.DB.prepare("SELECT * FROM invites").first()).toEqual(before)
    expect([await count("customers"), await count("audit_log", "action = 'invite.accepted'")]).toEqual([0, 0])
  })

  it("creates the customer and its Admin, signs in, and marks the invite as accepted", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const contact = new Browser()
    const accepted = await contact.post(await latestRegistrationLink(), REGISTRATION_FORM)
    expect([accepted.status, accepted.headers.get("Location")]).toEqual([303, "/account"])
    expect(await (await contact.get("/account")).text()).toContain("This is the account of")
    expect(await count("members", "role = 'admin'")).toBe(1)
    expect(await (await browser.get("/customers/invites")).text()).toContain("Accepted")
    expect(await (await browser.get("/customers")).text()).toContain("Priya Nair")
  })

  it("creates one account from fifty concurrent posts, and the others get 409", async () => {
    hashAllAtOnce()
    const { browser } = await signInStaff()
    await invite(browser)
    const link = await latestRegistrationLink()
    const responses = await Promise.all(Array.from({ length: 50 }, () => new Browser().post(link, REGISTRATION_FORM)))
    const statuses = responses.map(({ status }) => status)
    expect(statuses.filter((status) => status === 303)).toHaveLength(1)
    expect(statuses.filter((status) => status === 409)).toHaveLength(49)
    expect([
      await count("customers"),
      await count("members"),
      await count("audit_log", "action = 'invite.accepted'"),
    ]).toEqual([1, 1, 1])
  }, 60_000)

  it("refuses a short password, a missing name and unaccepted terms with an error at each field", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const refused = await new Browser().post(await latestRegistrationLink(), { name: " ", password: "too short" })
    expect(refused.status).toBe(422)
    const page = await refused.text()
    for (const text of ["Enter your name.", "Use 15 characters or more.", "Accept the terms"])
      expect(page).toContain(text)
    expect(await count("customers")).toBe(0)
  })

  it("explains that a newer one was sent, and masks the address", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    const oldLink = await latestRegistrationLink()
    await browser.post(`/customers/invites/${id}/resends`)
    const page = await new Browser().get(oldLink)
    expect(page.status).toBe(410)
    const text = await page.text()
    expect(text).toContain("There is a newer link")
    expect(text).toContain("p••••@n••••••••.example")
    expect(text).not.toContain("priya@northwind.example")
    expect((await new Browser().post(oldLink, REGISTRATION_FORM)).status).toBe(410)
    expect((await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)).status).toBe(303)
  })

  it.each([
    ["expired", 14, 410, "This link has expired"],
    ["revoked", "UPDATE invites SET status = 'revoked'", 410, "This invite was withdrawn"],
    ["declined", "UPDATE invites SET status = 'declined'", 410, "This invite was declined"],
    ["accepted", "UPDATE invites SET status = 'accepted'", 409, "You already have an account"],
  ])("has its own page when the invite is %s, and can't register", async (_state, change, status, text) => {
    const { browser } = await signInStaff()
    await invite(browser)
    const link = await latestRegistrationLink()
    if (typeof change === "number") travel({ days: change })
    else await env.DB.prepare(change).run()
    const page = await new Browser().get(link)
    expect(page.status).toBe(status)
    expect(await page.text()).toContain(text)
    expect((await new Browser().post(link, REGISTRATION_FORM)).status).toBe(status)
    expect(await count("customers")).toBe(0)
  })

  it("is refused without reading the database when it is forged or truncated", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const link = await latestRegistrationLink()
    const stranger = new Browser()
    stranger.env = {
      ...stranger.env,
      DB: new Proxy(env.DB, {
        get: () => {
          throw new Error("the database was read")
        },
      }),
    }
    for (const token of [link.slice(3, -1), `${link.slice(3, -3)}xxA`, `A${link.slice(4)}`, "x", "%00"]) {
      const page = await stranger.get(`/r/${token}`)
      expect(page.status).toBe(404)
      expect(await page.text()).toContain("Broken link")
    }
  })

  it.each([
    [(link: string) => `${link}.`],
    [(link: string) => `${link})`],
    [(link: string) => `${link}%3E`],
    [(link: string) => `${link}%22%5D,`],
    [(link: string) => `${link.slice(0, 30)}%20${link.slice(30)}`],
    [(link: string) => `${link.slice(0, 30)}%3D%0D%0A${link.slice(30)}`],
    [(link: string) => link.replace("/r/", "/r/%3C")],
    [(link: string) => `${link.slice(0, 30)}%250D%250A${link.slice(30)}`],
    [(link: string) => `${link.slice(0, 30)}=0a${link.slice(30)}`],
    [(link: string) => `/r/${Array.from(link.slice(3), (char) => `=${hex(char)}`).join("")}`],
    [(link: string) => `/r/${Array.from(link.slice(3), (char) => `%25${hex(char)}`).join("")}`],
    [(link: string) => `/r/${Array.from(link.slice(3), (char) => `%26%23${char.charCodeAt(0)};`).join("")}`],
    [(link: string) => `/r/${Array.from(link.slice(3), (char) => `%26%23x${hex(char)};`).join("")}`],
    [(link: string) => `${link.slice(0, 30)}%0D%0A%3E%20${link.slice(30)}`],
    [(link: string) => `/r/%22${link.slice(3)}%22%20(Link)`],
    [(link: string) => link.replace("/r/", "/r/3D")],
    [(link: string) => `${link.replace("/r/", "/r/_")}_`],
    [(link: string) => `/r/http://localhost:8787${link}`],
    [(link: string) => `${link}/`],
    [(link: string) => `${link}&utm_source=mail`],
    [(link: string) => `${link}=3D`],
    [(link: string) => `/${link}`],
    [(link: string) => link.replace("/r/", "/R//")],
    [(link: string) => link.replace("/r/", "/R%2F")],
    [(link: string) => `${link}/renewal`],
  ])("is repaired by a redirect when an email program changed it: %s", async (alterLink) => {
    const { browser } = await signInStaff()
    await invite(browser)
    const link = await latestRegistrationLink()
    const response = await new Browser().get(alterLink(link))
    expect([response.status, response.headers.get("Location"), response.headers.get("Referrer-Policy")]).toEqual([
      303,
      link,
      "no-referrer",
    ])
  })

  it("answers a form posted to a damaged link with 404, and accepts forms with Origin: null", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const link = await latestRegistrationLink()
    for (const path of ["/r", "/r/", `${link}/`, `${link}/x/y`, link.replace("/r/", "/R/"), "/decline"]) {
      const response = await new Browser().post(path, REGISTRATION_FORM)
      expect([path, response.status, response.headers.get("Location")]).toEqual([path, 404, null])
    }
    const headers = { Origin: "null" }
    expect((await browser.post("/settings/notifications/digests", {}, headers)).status).toBe(403)
    expect((await new Browser().post(link, REGISTRATION_FORM, headers)).status).toBe(303)
  })

  it.each([
    ["expired", "SELECT 1", 1],
    ["replaced", "UPDATE invites SET link_version = link_version + 1", 1],
    ["valid", "SELECT 1", 0],
    ["revoked", "UPDATE invites SET status = 'revoked'", 0],
    ["declined", "UPDATE invites SET status = 'declined'", 0],
    ["accepted", "UPDATE invites SET status = 'accepted'", 0],
    [
      "expired with a suppressed address",
      "INSERT INTO suppressions SELECT reseller_id, contact_email, 'bounced', NULL, 0 FROM invites",
      0,
    ],
  ])("that is %s sends a new link, if at all, only to the invite's own address", async (state, sql, mails) => {
    const { browser } = await signInStaff()
    const id = await invite(browser, { expires_in_days: "3" })
    const link = await latestRegistrationLink()
    await env.DB.prepare(sql).run()
    if (state.startsWith("expired")) travel({ days: 3 })
    const renewal = await new Browser().post(`${link}/renewal`)
    const sent = await sendDueEmails()
    expect([sent.map(({ to }) => to), renewal.status === 202]).toEqual([
      Array(mails).fill("priya@northwind.example"),
      mails === 1,
    ])
    const text = await renewal.text()
    if (sql.startsWith("INSERT")) {
      expect([renewal.status, text]).toEqual([409, expect.stringContaining("t send email to p••••")])
      return
    }
    if (mails === 0) {
      expect([renewal.status, renewal.headers.get("Location")]).toEqual([303, link])
      return
    }
    expect(text).toContain("p••••@n••••••••.example")
    expect((await new Browser().post(`${link}/renewal`)).status).toBe(429)
    expect(await (await browser.get(`/customers/invites/${id}`)).text()).toContain(
      state === "replaced" ? "newest link sent again" : "Renewed by the contact",
    )
    const newLink = /localhost:8787(\/r\/\S+)/.exec(sent[0]?.text ?? "")?.[1] ?? ""
    expect((await new Browser().get(link)).status).toBe(410)
    expect((await new Browser().post(newLink, REGISTRATION_FORM)).status).toBe(303)
  })

  it("keeps working after a key rotation until its key is removed", async () => {
    const { browser } = await signInStaff()
    const linkKey = (kid: number) => ({ kid, secret: Buffer.alloc(32, kid + 1).toString("base64url") })
    const envWithKeys = (...kids: number[]): Env => ({ ...testEnv, LINK_KEYS: JSON.stringify(kids.map(linkKey)) })
    const links: string[] = []
    for (const kids of [[7], [0, 7], [1, 0, 7]]) {
      const n = links.length
      await invite(browser, { contact_email: `c${n}@northwind.example` })
      const id = await env.DB.prepare("SELECT id FROM outbox WHERE status = 'queued'").first<string>("id")
      const deps = createDeps(envWithKeys(...kids), () => undefined)
      const mail = await claim(deps, id ?? "")
      if (mail?.kind !== "invite") throw new Error("the email was not claimed")
      await sendEmail(
        deps,
        async ({ text }) => {
          links.push(/localhost:8787(\/r\/\S+)/.exec(text)?.[1] ?? "none")
          return { messageId: `m${n}` }
        },
        mail,
      )
    }
    const statuses = (kids: number[]) =>
      Promise.all(
        links.flatMap((link) =>
          Array.from({ length: 10 }, async () => {
            const contact = new Browser()
            contact.env = envWithKeys(...kids)
            return (await contact.get(link)).status
          }),
        ),
      )
    expect(new Set(await statuses([2, 1, 0, 7]))).toEqual(new Set([200]))
    expect((await statuses([2, 1, 0])).filter((status) => status === 404)).toHaveLength(10)
  })

  it("can be accepted with the password of an existing account, without creating a second user", async () => {
    const acme = await signInStaff()
    await invite(acme.browser)
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    const globex = await signInStaff("globex")
    await invite(globex.browser, { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" })
    const link = await latestRegistrationLink()
    expect(await (await new Browser().get(link)).text()).toContain("You already have an account")
    expect((await new Browser().post(link, { password: "somebody else's guess", accept_terms: "on" })).status).toBe(422)
    const contact = new Browser()
    expect((await contact.post(link, { password: REGISTRATION_FORM.password, accept_terms: "on" })).status).toBe(303)
    expect(await (await contact.get("/account")).text()).toContain(" with Globex Connect. Your role is")
    expect(await count("users", "email = 'priya@northwind.example'")).toBe(1)
    expect(await count("customers")).toBe(2)
  })

  it("creates one customer when a user with an account accepts it ten times at once", async () => {
    const acme = await signInStaff()
    await invite(acme.browser, { contact_email: "admin@acme.example" })
    const link = await latestRegistrationLink()
    const form = { password: PASSWORD, accept_terms: "on" }
    const responses = await Promise.all(Array.from({ length: 10 }, () => new Browser().post(link, form)))
    expect(responses.filter(({ status }) => status === 303)).toHaveLength(1)
    expect([await count("customers"), await count("members")]).toEqual([1, 1])
  })

  it("flags the customer for review when the billing account has changed", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    await env.DB.prepare("UPDATE billing_accounts SET phone = '+14155550199'").run()
    expect((await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)).status).toBe(303)
    expect(await count("customers", "billing_needs_review = 1")).toBe(1)
  })
})

describe("resending", () => {
  it("sends one email for twenty concurrent requests, and the others get 429 with Retry-After", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    await sendDueEmails()
    const responses = await Promise.all(
      Array.from({ length: 20 }, () => browser.post(`/customers/invites/${id}/resends`)),
    )
    expect(responses.filter(({ status }) => status === 303)).toHaveLength(1)
    const refused = responses.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(19)
    expect(Number(refused[0]?.headers.get("Retry-After"))).toBeGreaterThan(50)
    expect((await sendDueEmails()).length).toBe(1)
    expect(await count("invites", "send_count = 2 AND link_version = 2")).toBe(1)
    expect(await count("audit_log", "action = 'invite.resent'")).toBe(1)
  })

  it("makes an expired invite pending with a new expiry, and answers htmx with its row", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser, { expires_in_days: "3" })
    travel({ days: 3 })
    await expireOverdueInvites(createDeps(testEnv, () => undefined))
    expect(await count("invites", "status = 'expired'")).toBe(1)
    const row = await browser.post(`/customers/invites/${id}/resends`, {}, { "HX-Request": "true" })
    const html = await row.text()
    expect(html.startsWith(`<tr role="row" id="${id}"`)).toBe(true)
    expect(html).toContain("Resend in 1:00")
    expect(await count("invites", `status = 'pending' AND expires_at = ${Date.now() + 3 * 86_400_000}`)).toBe(1)
  })

  it("is refused for a revoked invite, which can't be revoked again", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser)
    expect((await browser.post(`/customers/invites/${id}/revocation`)).status).toBe(303)
    expect((await browser.post(`/customers/invites/${id}/revocation`)).status).toBe(409)
    expect((await browser.post(`/customers/invites/${id}/resends`)).status).toBe(409)
    expect(await count("audit_log", "action = 'invite.revoked'")).toBe(1)
  })

  it("is refused at the reseller's hourly limit, as are new invites, and nothing is written", async () => {
    const { browser } = await signInStaff()
    browser.env = { ...browser.env, INVITE_MAILS_PER_HOUR: "1" }
    const id = await invite(browser)
    const second = await browser.post("/customers/invites/new", {
      company_name: "Contoso",
      contact_name: "Marta",
      contact_email: "marta@contoso.example",
      billing_email: "billing@acme.example",
      billing_phone: "+1 415 555 0132",
    })
    expect(second.status).toBe(429)
    expect((await browser.post(`/customers/invites/${id}/resends`)).status).toBe(429)
    expect([await count("invites"), await count("outbox")]).toEqual([1, 1])
  })
})
