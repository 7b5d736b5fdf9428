import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { LOCALES, matchLocale } from "../src/text/locales.ts"
import {
  Browser,
  CUSTOMER,
  hiddenField,
  invite,
  latestRegistrationLink,
  PASSWORD,
  REGISTRATION_FORM,
  sendDueEmails,
  signInStaff,
} from "./support/app.ts"
import { ageSessions } from "./support/factors.ts"

const langOf = async (response: Response) => /<html lang="([^"]*)" dir="ltr"/.exec(await response.text())?.[1]

/** The contact of an invite, in a browser of its own. */
async function createContact(locale = "en") {
  const { browser } = await signInStaff()
  await invite(browser, { ...({ locale } as object) })
  return { staff: browser, link: await latestRegistrationLink(), contact: new Browser() }
}

async function createMember() {
  const { staff, link, contact: member } = await createContact()
  expect((await member.post(link, REGISTRATION_FORM)).status).toBe(303)
  return { staff, member }
}

const storedLocale = () =>
  env.DB.prepare("SELECT locale FROM users WHERE email = ?").bind(CUSTOMER.contact_email).first("locale")

describe("the language switch of a page for visitors", () => {
  it("offers every language by its own name, and marks that of the page", async () => {
    const html = await (await new Browser().get("/sign-in", { "Accept-Language": "ja" })).text()
    const buttons = [...html.matchAll(/<button type="submit" formaction="\?language=[^>]*lang="([^"]*)"[^>]*>/g)]
    expect(buttons.map(([, lang]) => lang)).toEqual(LOCALES)
    expect(buttons.filter(([tag]) => tag.includes('aria-current="true"')).map(([, lang]) => lang)).toEqual(["ja"])
  })

  it("shows the page again with what was entered, but no password, and is remembered on other pages", async () => {
    const { link, contact } = await createContact()
    const fields = { name: "Priya N.", password: "not to be sent back", accept_terms: "on", terms_shown: "x" }
    const response = await contact.post(`${link}?language=fr`, fields)
    const html = await response.clone().text()
    expect([response.status, await langOf(response)]).toEqual([200, "fr"])
    expect(response.headers.get("Referrer-Policy")).toBe("no-referrer")
    expect(html).toContain('value="Priya N." id="name" name="name"')
    expect(html).toMatch(/name="accept_terms" value="on" checked/)
    expect(html).not.toContain("not to be sent back")
    expect(html).not.toContain('aria-invalid="true"')
    expect(await langOf(await contact.get(link))).toBe("fr")
    expect(await langOf(await contact.get("/sign-in", { "Accept-Language": "de" }))).toBe("fr")
    expect(await env.DB.prepare("SELECT count(*) AS n FROM users WHERE name = 'Priya N.'").first("n")).toBe(0)
  })

  it("decides the language of the account that is signed in to next", async () => {
    await createMember()
    const browser = new Browser()
    await browser.post("/sign-in?language=fr")
    await browser.post("/sign-in", { email: CUSTOMER.contact_email, password: REGISTRATION_FORM.password })
    expect([await langOf(await browser.get("/account")), await storedLocale()]).toEqual(["fr", "fr"])
  })

  it("keeps what a page continues to", async () => {
    const browser = new Browser()
    const page = await browser.post("/sign-in?language=es", { next: "/billing", email: "a@b.example", password: "x" })
    const html = await page.text()
    expect(html).toContain('name="next" value="/billing"')
    expect(html).toContain('name="email"')
    expect(html).toContain('value="a@b.example"')
    const forgot = await (await browser.post("/forgot-password?language=de", { invite: "inv_1", email: "a@" })).text()
    expect(forgot).toContain('name="invite" value="inv_1"')
    expect(forgot).toContain('value="a@"')
  })

  it("returns from the response to a form to the page of the form", async () => {
    const { link, contact } = await createContact()
    for (const [path, page] of [
      [`${link}/renewal?language=ja`, link],
      [`${link.replace("/r/", "/decline/")}?language=ja`, link.replace("/r/", "/decline/")],
      ["/profile/name?language=ja", "/profile"],
      ["/account/people/usr_1/role?language=ja", "/account/people/usr_1"],
      ["/no/such/page?language=ja", "/no/such/page"],
    ] as const) {
      const response = await contact.post(path)
      expect([response.status, response.headers.get("Location")]).toEqual([303, page])
    }
    const referer = { Referer: "http://localhost:8787/profile?account=cus_1" }
    const response = await contact.post("/profile?language=de", {}, referer)
    expect(response.headers.get("Location")).toBe("/profile?account=cus_1")
  })

  it("sets a cookie that no script reads and that holds one of our languages", async () => {
    const response = await new Browser().post("/sign-in?language=pt-BR")
    expect(response.headers.getSetCookie()).toEqual([
      "vestibule.language=pt-BR; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax",
    ])
    for (const cookie of ["xx", "EN", "fr.de", "__proto__", "%00"]) {
      const browser = new Browser()
      browser.storeCookies(new Headers({ "Set-Cookie": `vestibule.language=${cookie}; Path=/` }))
      expect(await langOf(await browser.get("/sign-in", { "Accept-Language": "ja" }))).toBe("ja")
    }
    const unknown = await new Browser().post("/sign-in?language=xx", { email: "" })
    expect([unknown.status, unknown.headers.getSetCookie()]).toEqual([422, []])
    const foreign = await new Browser().post("/sign-in?language=fr", {}, { Origin: "https://evil.example" })
    expect([foreign.status, foreign.headers.getSetCookie()]).toEqual([403, []])
  })

  it("decides the language of the account that the visitor creates, rather than the invite's", async () => {
    const { link, contact } = await createContact("de")
    await contact.post(`${link}?language=fr`)
    expect((await contact.post(link, REGISTRATION_FORM)).status).toBe(303)
    expect([await storedLocale(), await langOf(await contact.get("/account"))]).toEqual(["fr", "fr"])
  })
})

describe("the language of an invite", () => {
  it("is that of the pages for a forgotten password that the invite leads to", async () => {
    const { staff, link, contact } = await createContact()
    await contact.post(link, REGISTRATION_FORM)
    await staff.post("/settings/staff/invites/new", {
      contact_name: "Priya Nair",
      contact_email: CUSTOMER.contact_email,
      role: "support",
      locale: "ja",
    })
    const second = await latestRegistrationLink()
    const visitor = new Browser()
    const page = await (await visitor.get(second)).text()
    const forgot = /href="(\/forgot-password\?invite=[^"]*)"/.exec(page)?.[1] ?? ""
    expect(await langOf(await visitor.get(forgot))).toBe("ja")
    const inviteId = forgot.split("=")[1] ?? ""
    const sent = await visitor.post("/forgot-password", { email: CUSTOMER.contact_email, invite: inviteId })
    expect([sent.status, await langOf(sent)]).toEqual([202, "ja"])
    const reset = /(\/reset-password\/\S+)/.exec((await sendDueEmails()).at(-1)?.text ?? "")?.[1] ?? ""
    expect(await langOf(await visitor.get(reset))).toBe("ja")
    expect(await langOf(await visitor.post(reset.split("?")[0] ?? "", { invite: inviteId, password: "x" }))).toBe("ja")
    expect(await langOf(await visitor.get("/forgot-password?invite=inv_00000000000000000000000000"))).toBe("en")
  })
})

describe("the language of a person", () => {
  it("is switched on their pages for all their accounts and for emails about their sign-in", async () => {
    const { member } = await createMember()
    const response = await member.post("/account?language=es")
    expect([response.status, response.headers.get("Location")]).toEqual([303, "/account"])
    expect([await storedLocale(), await langOf(await member.get("/profile"))]).toEqual(["es", "es"])
    expect(await langOf(await member.get("/account/invites/none"))).toBe("es")
    const passwords = { current_password: REGISTRATION_FORM.password, password: PASSWORD }
    expect((await member.post("/profile/password", passwords)).status).toBe(303)
    const [notice] = await sendDueEmails()
    expect(notice?.html).toContain('<html lang="es" dir="ltr"')
    const other = new Browser()
    expect((await other.post("/sign-in", { email: CUSTOMER.contact_email, password: PASSWORD })).status).toBe(303)
    expect(await langOf(await other.get("/account", { "Accept-Language": "fr" }))).toBe("es")
  })

  it("is switched without losing an invite that was being written", async () => {
    const { member } = await createMember()
    const fields = { form_token: crypto.randomUUID(), contact_name: "Sam", contact_email: "sam@", role: "admin" }
    const response = await member.post("/account/invites/new?language=ja", { ...fields, locale: "fr", note: "Hi\nyou" })
    const html = await response.clone().text()
    expect(await langOf(response)).toBe("ja")
    expect(await hiddenField(new Response(html), "form_token")).toBe(fields.form_token)
    for (const part of ['value="Sam"', 'value="sam@"', "Hi\nyou</textarea>", 'lang="fr" selected']) {
      expect(html).toContain(part)
    }
    expect(html).toMatch(/value="admin" checked/)
  })

  it("is switched without losing a form that waits for a proof of identity", async () => {
    const { member } = await createMember()
    const self = await env.DB.prepare("SELECT user_id AS id FROM members").first("id")
    await ageSessions(20)
    const asked = await member.post(`/account/people/${self}/role`, { role: "member" })
    expect(asked.status).toBe(403)
    const hidden = { kept_path: `/account/people/${self}/role`, "kept.role": "member" }
    const switched = await member.post("/confirm-identity?language=fr", hidden)
    expect(await langOf(switched.clone())).toBe("fr")
    expect(await hiddenField(switched, "kept.role")).toBe("member")
    const confirmed = await member.post("/confirm-identity", { ...hidden, password: REGISTRATION_FORM.password })
    expect(await langOf(confirmed.clone())).toBe("fr")
    const continued = await (await member.post("/confirm-identity?language=de", hidden)).text()
    expect(continued).toContain(`action="/account/people/${self}/role"`)
    expect(continued).toContain('name="role" value="member"')
  })

  it("is English or German for staff, who choose it in the menu of every page", async () => {
    const { browser } = await signInStaff()
    for (const path of ["/", "/settings", "/profile"]) {
      const page = await (await browser.get(path)).text()
      const [languages = ""] = /<form [^>]*action="\?language=.*?<\/form>/s.exec(page) ?? []
      expect([...languages.matchAll(/ lang="([^"]*)"/g)].map(([, locale]) => locale)).toEqual(["en", "de"])
    }
    await browser.post("/?language=de")
    expect(await (await browser.get("/settings")).text()).toContain("<h1>Einstellungen</h1>")
  })
})

it.each([
  ["en", "en"],
  ["en-GB", "en"],
  ["es", "es"],
  ["es-419", "es"],
  ["es-MX", "es"],
  ["fr-CA", "fr"],
  ["de-AT", "de"],
  ["pt", "pt-BR"],
  ["pt-br", "pt-BR"],
  ["PT-PT", "pt-BR"],
  ["ja-JP", "ja"],
  ["JA", "ja"],
  ["zh", undefined],
  ["zh-Hant-TW", undefined],
  ["*", undefined],
  ["e", undefined],
  ["", undefined],
  ["-", undefined],
])("the language range %s is matched by %s", (range, locale) => {
  expect(matchLocale(range)).toBe(locale)
})
