import { describe, expect, it } from "vitest"
import { accountInviteEmail } from "../.generated/emails.ts"
import { fillTemplate } from "../src/emails/template.ts"
import { LINK_BREAK, preventAutolink, sanitizeLine } from "../src/text/sanitize.ts"
import { CUSTOMER, invite, sendDueEmails, signInStaff } from "./support/app.ts"

const HOSTS = [
  "evil.example",
  "http://evil.example/path",
  "https://user@evil.example:8443",
  "www.evil.example",
  "mallory@evil.example",
  "mailto:mallory",
  "tel:+14155550132",
  "192.0.2.1",
  "1.1.1.1",
  "127.1",
  "http://2130706433/",
  "пример.рф",
  "例え.テスト",
  "例え。テスト",
  "evil．example",
  "evil｡example",
  "उदाहरण.परीक्षा",
  "உதாரணம்.பரிட்சை",
  "مثال.إختبار",
  "דוגמה.טעסט",
  "ตัวอย่าง.ไทย",
  "😀.example",
  "a.de",
  "t.co/x",
]

/** What a mail program could take for a link: a dot, an at sign or a colon between characters that aren't spaces. */
const LINKABLE = /[^\s\u2060][.。．｡](?=[^\s\u2060])|@(?=[^\s\u2060])|:(?=[^\s\u2060])/u

const inElements = (value: string) => {
  const slots = Object.fromEntries(accountInviteEmail.slots.map((slot) => [slot, "x"]))
  const { html } = fillTemplate(
    { subject: "", text: "", html: "<p>{{inviter}}</p>", slots: accountInviteEmail.slots },
    { ...slots, inviter: value } as Record<(typeof accountInviteEmail.slots)[number], string>,
  )
  return html.slice("<p>".length, -"</p>".length)
}

const unescapeHtml = (html: string) => html.replaceAll("&lt;", "<").replaceAll("&#39;", "'").replaceAll("&amp;", "&")

describe("a name that a mail program could make a link", () => {
  it.each(HOSTS)("is broken in text and in HTML: %s", (host) => {
    const broken = preventAutolink(`x ${host} y`)
    expect(broken).not.toMatch(LINKABLE)
    const html = inElements(broken)
    expect(html.includes(LINK_BREAK)).toBe(false)
    for (const textNode of html.split(/<[^>]+>/)) expect(textNode).not.toMatch(/\S[.。．｡@:]\S|^[.。．｡@:]\S/u)
    expect(unescapeHtml(html.replace(/<\/?span[^>]*>/g, ""))).toBe(`x ${host} y`) // what a reader copies
  })

  it("can't contain a break of its own", () => {
    expect(sanitizeLine(`evil.${LINK_BREAK}example`)).toBe("evil.example")
  })

  it("stays as it is if nothing in it could be a link", () => {
    for (const name of ["Priya Nair", "Acme Networks, Inc.", "Dr. No", "Q & A: it works", "Who? Me!"]) {
      expect(preventAutolink(name)).toBe(name)
    }
  })
})

it("an email's plain text quotes the note, breaks names only, and leaves every address as it is", async () => {
  const { browser } = await signInStaff()
  await browser.post("/settings", { name: "Acme.example", support_email: "support@acme.example" })
  await invite(browser, { contact_name: "O'Brien.example", ...{ note: "See evil.example\nBye <b>&" } })
  const [mail] = await sendDueEmails()
  expect(mail?.text).toContain(`\n> See evil.${LINK_BREAK}example\n> Bye <b>&\n\n`)
  expect(mail?.text).toContain(`O'Brien.${LINK_BREAK}example`)
  expect(mail?.text).toContain(CUSTOMER.contact_email)
  expect(mail?.text.match(/http:\/\/localhost:8787\/\S+/g)?.join()).not.toContain(LINK_BREAK)
  expect(mail?.html).toContain("O&#39;Brien<span>.</span>example")
  expect(mail?.html).toContain("See evil<span>.</span>example<br>Bye &lt;b&gt;&amp;")
  expect(mail?.html).toContain(CUSTOMER.contact_email)
  expect(mail?.html.replace(/<title>[^<]*|alt="[^"]*"/g, "")).not.toContain(LINK_BREAK)
})
