import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { de } from "../src/text/de.ts"
import { en } from "../src/text/en.ts"
import { type Locale, messagesFor } from "../src/text/locales.ts"
import {
  Browser,
  CUSTOMER,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  registrationLinkIn,
  sendDueEmails,
  signInStaff,
} from "./support/app.ts"
import { tamper } from "./support/audit.ts"

const GERMAN = { locale: "de" }
const SAM = { contact_name: "Sam Reyes", contact_email: "sam@people.example", role: "member" }

/** A customer's invite in German, its links, and a browser for its contact. */
async function createGermanInvite() {
  const { browser } = await signInStaff()
  const response = await browser.post("/customers/invites/new", { ...CUSTOMER, ...GERMAN })
  const id = new URLSearchParams(response.headers.get("Location")?.split("?")[1]).get("invite")
  const [mail] = await sendDueEmails()
  const links = [...(mail?.text ?? "").matchAll(/http:\/\/localhost:8787(\/\w+\/\S+)/g)].map(([, path = ""]) => path)
  const [link = "", declineLink = ""] = links
  return { browser, id, link, declineLink, contact: new Browser() }
}

async function createGermanMember() {
  const { link, contact, browser } = await createGermanInvite()
  expect((await contact.post(link, REGISTRATION_FORM)).status).toBe(303)
  return { member: contact, browser }
}

/** The fixed parts of messages, without the values filled in. */
function fragments(messages: object): string[] {
  return Object.values(messages).flatMap((value: unknown) => {
    if (typeof value === "function") return toFragments(value(..."§§§§"))
    return typeof value === "object" && value !== null ? fragments(value) : toFragments(value)
  })
}
const toFragments = (value: unknown) =>
  [value]
    .flat()
    .join("")
    .split("§")
    .map((part) => part.trim())
    .filter((part) => /^\W*\w+\W+\w+/.test(part))

const GERMAN_FRAGMENTS = new Set(fragments(de))
const ENGLISH_FRAGMENTS = fragments({ ...en, emails: {}, phrases: {} }).filter((part) => !GERMAN_FRAGMENTS.has(part))

/** Expects a page or a fragment in German. Returns its text. */
async function expectGerman(response: Response, status = 200): Promise<string> {
  const html = await response.text()
  expect(response.status).toBe(status)
  if (html.startsWith("<!doctype")) expect(html).toContain('<html lang="de"')
  const text = html
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ")
  expect(ENGLISH_FRAGMENTS.filter((part) => text.includes(part))).toEqual([])
  return text
}

describe("the pages of a German link", () => {
  it("show the registration form and its errors in German", async () => {
    const { link, contact } = await createGermanInvite()
    expect(await expectGerman(await contact.get(link))).toContain(
      "Dana Ortiz von Acme Networks hat Sie eingeladen. Sie werden Admin des neuen Kontos",
    )
    const post = async (form: Record<string, string>) =>
      expectGerman(await contact.post(link, { ...REGISTRATION_FORM, ...form }), 422)
    expect(await post({ name: "" })).toContain("Geben Sie Ihren Namen ein.")
    expect(await post({ name: "x".repeat(101) })).toContain("Verwenden Sie höchstens 100 Zeichen.")
    expect(await post({ password: "" })).toContain("Geben Sie ein Passwort ein.")
    expect(await post({ password: "kurz" })).toContain("Verwenden Sie mindestens 15 Zeichen.")
    expect(await post({ password: "x".repeat(129) })).toContain("Verwenden Sie höchstens 128 Zeichen.")
    expect(await post({ password: "passwordpassword" })).toContain(
      "„password“ gehört zu den ersten Wörtern, die Angreifer ausprobieren.",
    )
    expect(await post({ password: "Northwind Logistics!" })).toContain("fast nur aus Namen")
    expect(await post({ accept_terms: "" })).toContain("Akzeptieren Sie die Nutzungsbedingungen")
    expect(await post({ terms_shown: "0 https://old.example" })).toContain("haben sich geändert")
  })

  it("ask a contact with an account for its password in German", async () => {
    const { browser, link, contact } = await createGermanInvite()
    await contact.post(link, REGISTRATION_FORM)
    await browser.post("/settings/staff/invites/new", {
      ...SAM,
      ...GERMAN,
      role: "support",
      contact_email: CUSTOMER.contact_email,
    })
    const second = await latestRegistrationLink()
    expect(await expectGerman(await new Browser().get(second))).toContain("Sie haben bereits einen Zugang.")
    const wrong = await new Browser().post(second, { password: "not this one at all", accept_terms: "on" })
    expect(await expectGerman(wrong, 422)).toContain("nicht das Passwort Ihres Zugangs")
    expect(await expectGerman(await contact.get(second))).toContain("Sie sind als Priya Nair angemeldet.")
  })

  it("explain in German why the link can't be used", async () => {
    const { browser, id, link, contact } = await createGermanInvite()
    expect(await expectGerman(await browser.get(link), 409)).toContain("Sie sind mit einem anderen Zugang angemeldet")
    await browser.post(`/customers/invites/${id}/resends`)
    await sendDueEmails()
    expect(await expectGerman(await contact.get(link), 410)).toMatch(
      /Es gibt einen neueren Link .* gesendet \( gerade eben \)/,
    )
    expect(await expectGerman(await contact.post(`${link}/renewal`), 202)).toContain("Der neueste Link ist unterwegs")
    await sendDueEmails()
    expect(await expectGerman(await contact.post(`${link}/renewal`), 429)).toContain("gerade erst einen Link gesendet")
    await env.DB.prepare("UPDATE invites SET expires_at = ?").bind(Date.parse("2026-03-05")).run()
    expect(await expectGerman(await contact.get(link), 410)).toMatch(/Er galt bis zum 5\. März, 00:00 UTC/)
    await env.DB.prepare("UPDATE resellers SET suspended_at = 1").run()
    expect(await expectGerman(await contact.get(link), 403)).toContain("Vorübergehend nicht verfügbar")
    await env.DB.prepare("UPDATE resellers SET suspended_at = NULL").run()
    for (const [status, title] of [
      ["revoked", "Diese Einladung wurde zurückgezogen"],
      ["declined", "Diese Einladung wurde abgelehnt"],
    ] as const) {
      await env.DB.prepare("UPDATE invites SET status = ?").bind(status).run()
      expect(await expectGerman(await contact.get(link), 410)).toContain(title)
    }
  })

  it("confirm in German that a new link was sent", async () => {
    const { link, contact } = await createGermanInvite()
    await env.DB.prepare("UPDATE invites SET expires_at = 1").run()
    expect(await expectGerman(await contact.post(`${link}/renewal`), 202)).toContain("Ein neuer Link ist unterwegs")
  })

  it("ask for a code in German", async () => {
    const { browser, id } = await createGermanInvite()
    const copied = await (await browser.post(`/customers/invites/${id}/links`)).text()
    const link = /\/r\/[\w.-]+/.exec(copied)?.[0] ?? ""
    const visitor = new Browser()
    expect(await expectGerman(await visitor.get(link))).toContain("senden wir zuerst einen sechsstelligen Code")
    await visitor.post(`${link}/codes`)
    expect(await expectGerman(await visitor.get(link))).toContain("senden wir eine E-Mail an p")
    expect(await expectGerman(await visitor.post(`${link}/verification`, { code: "12" }), 422)).toContain(
      "sechs Ziffern",
    )
    const code = /\d{6}/.exec((await sendDueEmails())[0]?.subject ?? "")?.[0]
    const wrong = code === "000000" ? "111111" : "000000"
    expect(await expectGerman(await visitor.post(`${link}/verification`, { code: wrong }), 422)).toContain(
      "noch 4 Versuche",
    )
    expect(await expectGerman(await visitor.post(`${link}/codes`), 429)).toMatch(/in \d+ Sekunden anfordern/)
  })

  it("let the contact decline in German", async () => {
    const { declineLink, contact } = await createGermanInvite()
    expect(await expectGerman(await contact.get(declineLink))).toContain("Nicht für Sie bestimmt?")
    expect(await expectGerman(await contact.post(declineLink))).toContain("Acme Networks sendet nichts mehr an")
  })

  it("are English for an English invite, even if the browser prefers German", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const page = await new Browser().get(await latestRegistrationLink(), { "Accept-Language": "de" })
    expect(await page.text()).toContain('<html lang="en"')
  })
})

describe("the account of a German member", () => {
  it("is in German on every page", async () => {
    const { member } = await createGermanMember()
    expect(await env.DB.prepare("SELECT locale FROM users WHERE email LIKE 'priya%'").first("locale")).toBe("de")
    expect(await expectGerman(await member.get("/account"))).toContain("Willkommen, Priya Nair")
    expect(await expectGerman(await member.get("/account/invites/new"))).toContain("Einladung senden")
    await member.post("/account/invites/new", { ...SAM, ...GERMAN })
    const id = await env.DB.prepare("SELECT id FROM invites WHERE kind = 'member'").first("id")
    expect(await expectGerman(await member.get(`/account?flash=invite_sent&invite=${id}`))).toContain(
      "Die Einladung an Sam Reyes ist unterwegs.",
    )
    await sendDueEmails()
    const path = `/account/invites/${id}`
    const page = await expectGerman(await member.get(path))
    expect(page).toMatch(/Offen Gesendet · gerade eben · gilt bis/)
    expect(page).toMatch(/Verlauf E-Mail gesendet an sam@people\.example .* Eingeladen sam@people\.example/)
    expect(await expectGerman(await member.get(path, { "HX-Request": "true" }))).toContain("Zurückziehen")
    expect(await expectGerman(await member.get(`${path}/edit`))).toContain("Einladung bearbeiten")
    expect(await expectGerman(await member.post(`${path}/links`), 201)).toMatch(
      /Für Sam Reyes .* Der Link gilt bis zum \d+\. \S+ \d\d:\d\d UTC \./,
    )
    expect(await expectGerman(await member.get(`${path}?flash=invite_resent&invite=${id}`))).toContain(
      "Die Einladung an Sam Reyes ist unterwegs, mit einem neuen Link.",
    )
    await member.post(`${path}/resends`)
    const early = await member.post(`${path}/resends`, {}, { "HX-Request": "true" })
    expect(await expectGerman(early, 429)).toMatch(/Erneut in \d+:\d\d .* Versuchen Sie es in \d+ Sekunden noch einmal/)
    const self = await env.DB.prepare("SELECT user_id AS id FROM members").first("id")
    expect(await expectGerman(await member.get(`/account/people/${self}`))).toContain("Außer Ihnen ist niemand Admin")
    expect(await expectGerman(await member.get("/account/invites/none"), 404)).toContain("Nicht gefunden")
  })

  it("shows form errors in German", async () => {
    const { member } = await createGermanMember()
    const post = async (form: Record<string, string>) =>
      expectGerman(await member.post("/account/invites/new", { ...SAM, ...form }), 422)
    expect(await post({ contact_name: "" })).toContain("Geben Sie den Namen der Person ein.")
    expect(await post({ contact_email: "sam" })).toContain("zum Beispiel name@firma.de")
    expect(await post({ role: "boss" })).toContain("Wählen Sie eine Rolle.")
    expect(await post({ locale: "xx" })).toContain("Wählen Sie eine Sprache.")
    expect(await post({ note: "x".repeat(501) })).toContain("Verwenden Sie höchstens 500 Zeichen.")
    expect(await post({ contact_email: CUSTOMER.contact_email })).toMatch(
      /Priya Nair ist mit dieser Adresse schon .* Person anzeigen/,
    )
    await member.post("/account/invites/new", SAM)
    expect(await post({})).toMatch(/Für Sam Reyes ist .* schon eine Einladung offen\. Einladung öffnen/)
  })

  it("says in German what was edited, and why an email bounced or wasn't sent", async () => {
    const { member } = await createGermanMember()
    await member.post("/account/invites/new", { ...SAM, ...GERMAN })
    const id = await env.DB.prepare("SELECT id FROM invites WHERE kind = 'member'").first("id")
    const path = `/account/invites/${id}`
    await sendDueEmails()
    await member.post(`${path}/edit`, { ...SAM, role: "admin", locale: "en", note: "Bis bald" })
    expect(await expectGerman(await member.get(path))).toContain(
      "Bearbeitet: Rolle: Mitglied → Admin, Nachricht und Sprache: Deutsch → English",
    )
    for (const [stored, german] of [
      ["Mailbox is full: 552 5.2.2", "Das Postfach ist voll: 552 5.2.2"],
      ["We don't send email to this address", "An diese Adresse senden wir keine E-Mails"],
      ["Kein Platz: oh nein", "Kein Platz: oh nein"],
    ] as const) {
      await tamper(
        env.DB.prepare("UPDATE invites SET email_status = 'bounced', email_error = ? WHERE id = ?").bind(stored, id),
        env.DB.prepare("UPDATE audit_entries SET action = 'invite.bounced' WHERE action = 'invite.sent'"),
        env.DB.prepare(
          "UPDATE audit_values SET detail = ? WHERE entry_id IN (SELECT id FROM audit_entries WHERE action = 'invite.bounced')",
        ).bind(stored),
      )
      expect((await expectGerman(await member.get(path))).split(german)).toHaveLength(3)
      expect(await expectGerman(await member.get("/account"))).toContain(german)
    }
  })

  it("doesn't make the staff's page of the same invite German", async () => {
    const { browser, id } = await createGermanInvite()
    const page = await (await browser.get(`/customers/invites/${id}`)).text()
    expect(page).toContain('<html lang="en"')
    expect(page).toContain('<h2 id="timeline">Timeline</h2>')
  })
})

describe("the Accept-Language header", () => {
  it.each([
    ["de", "de"],
    ["de-AT,de;q=0.9,en;q=0.8", "de"],
    ["xx, de;q=0.5, en;q=0.4", "de"],
    ["zh-CN,zh;q=0.9,es-419;q=0.8,en;q=0.7", "es"],
    ["en;q=0.1, pt;q=0.9", "pt-BR"],
    ["fr;q=0, ja;q=0.2", "ja"],
    ["en-US,en;q=0.9,de;q=0.8", "en"],
    ["de;q=0, en", "en"],
    ["xx", "en"],
    ["*", "en"],
    ["%%%", "en"],
    [undefined, "en"],
  ])("%s gives a page without an invite or account the language “%s”, which Vary reports", async (header, locale) => {
    const visitor = new Browser()
    const headers: Record<string, string> = header ? { "Accept-Language": header } : {}
    for (const path of ["/sign-in", "/r/broken", "/decline/broken", "/R"]) {
      const response = await visitor.get(path, headers)
      if (response.status === 303) continue
      expect(response.headers.get("Vary")).toContain("Accept-Language")
      expect(await response.text()).toContain(`<html lang="${locale}"`)
    }
  })

  it("decides the language in which a sign-in is refused", async () => {
    const form = { email: "nobody@acme.example", password: "not this one at all" }
    const response = await new Browser().post("/sign-in", form, { "Accept-Language": "de" })
    expect(await expectGerman(response, 422)).toContain("E-Mail-Adresse oder Passwort ist falsch.")
  })

  it("has no effect on a member's pages, which don't vary by it", async () => {
    const { member } = await createGermanMember()
    const response = await member.get("/account/invites/none", { "Accept-Language": "en" })
    expect(response.headers.get("Vary")).not.toContain("Accept-Language")
    await expectGerman(response, 404)
  })
})

it.each([
  ["en", ": ", " "],
  ["fr", "\u00a0: ", " "],
  ["ja", "：", ""],
])("labels and sentences end as %s writes them", async (locale, colon, space) => {
  const { browser } = await signInStaff()
  await browser.post("/customers/invites/new", { ...CUSTOMER, locale })
  const [mail] = await sendDueEmails()
  expect(mail?.text).toMatch(new RegExp(`[^\\s:：]${colon.trimEnd()}\nhttp://localhost:8787/r/`))
  expect(mail?.text).toMatch(/[^\s:：]\nhttp:\/\/localhost:8787\/decline\//)
  const page = await (await new Browser().get(registrationLinkIn(mail))).text()
  const { questions } = messagesFor(locale as Locale).layout
  expect(page).toContain(`<p>${questions}${space}Acme Networks${colon}<a href="mailto:`)
})
