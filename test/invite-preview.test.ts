import { env } from "cloudflare:workers"
import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { LOCALES } from "../src/text/locales.ts"
import { Browser, CUSTOMER, count, invite, sendDueEmails, signInStaff, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"

const PATH = "/customers/invites/preview"
const FORM = { ...CUSTOMER, note: "See you on Monday.", expires_in_days: "30", locale: "en" }

/** The text of an email as its reader sees it. */
const toText = (html: string) =>
  html
    .replace(/<(style|head|!--)[\s\S]*?(<\/\1>|-->)/g, "")
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&#x27;", "'")
    .replace(/\s+/g, " ")

describe("the preview of an invite email", () => {
  it.each(LOCALES)("has the same text as the email that is then sent, in %s, except for its links", async (locale) => {
    const { browser } = await signInStaff()
    const preview = await (await browser.post(PATH, { ...FORM, locale })).text()
    await browser.post("/customers/invites/new", { ...FORM, locale })
    const [mail] = await sendDueEmails()
    const sent = toText(mail?.html ?? "")
      .replace(/http\S*\/r\/\S+/, "LINK")
      .trim()
    const shown = toText(preview)
      .replace(/http\S*\/r\/\S+/, "LINK")
      .trim()
    expect(shown).toContain(sent)
    expect(shown).toContain(`${mail?.subject} `)
    expect(shown).toContain(`Acme Networks &lt;${mail?.from.email}&gt;`)
    expect(preview).toContain(`<html lang="${locale}"`)
    expect(preview).not.toContain("{{")
  })

  it("names the headers in the language of the page, and the rest in that of the invite", async () => {
    const { browser } = await signInStaff()
    await browser.post("/profile?language=de")
    const text = toText(await (await browser.post(PATH, { ...FORM, locale: "fr" })).text())
    expect(text).toMatch(/^\s*Von\s*: Acme Networks .* An\s*: \S+ Betreff\s*: .* Bonjour /)
  })

  it.each<[string, Record<string, string>]>([
    ["empty", {}],
    [
      "invalid",
      { contact_email: "nobody", expires_in_days: "1e9", locale: "xx", note: "x".repeat(501), contact_name: " " },
    ],
  ])("shows placeholders for %s fields", async (_, form) => {
    const { browser } = await signInStaff()
    const response = await browser.post(PATH, form)
    const text = toText(await response.text())
    expect(response.status).toBe(200)
    for (const words of ["Dear Contact Name,", "name@company.com as the contact of Company Name"]) {
      expect(text).toContain(words)
    }
  })

  it("contains no working link, markup or script from the form", async () => {
    const { browser } = await signInStaff()
    const form = { ...FORM, contact_name: "<script>alert(1)</script>", note: "https://evil.example\u202e" }
    const response = await browser.post(PATH, form)
    const html = await response.text()
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;")
    expect(html).not.toMatch(/<script|href=|\u202e|https:\/\/evil\.example/)
    const policy = response.headers.get("Content-Security-Policy") ?? ""
    expect(policy.split("; ").map((directive) => directive.split(" ")[0])).toEqual([
      "default-src",
      "img-src",
      "style-src",
      "base-uri",
      "form-action",
      "frame-ancestors",
      "sandbox",
    ])
    expect(policy).toMatch(/default-src 'none'; .*frame-ancestors 'self'; sandbox$/)
    expect(policy).not.toContain("unsafe-inline")
    const styles = [...html.matchAll(/style="([^"]*)"/g)].map(([, style = ""]) => style.replaceAll("&#x27;", "'"))
    expect(styles.length).toBeGreaterThan(10)
    for (const style of styles) {
      expect(policy).toContain(`'sha256-${createHash("sha256").update(style).digest("base64")}'`)
    }
    expect(response.headers.get("X-Frame-Options")).toBe("SAMEORIGIN")
    expect(response.headers.get("Cache-Control")).toBe("no-store")
  })

  it("needs one round trip, writes nothing and doesn't count against the sending limit", async () => {
    const { browser } = await signInStaff()
    const auditEntries = await count("audit_log")
    const { database, costs } = countingD1(env.DB)
    browser.env = { ...testEnv, DB: database, INVITE_MAILS_PER_HOUR: "1" }
    for (let n = 0; n < 3; n++) expect((await browser.post(PATH, FORM)).status).toBe(200)
    expect(costs.roundTrips).toBe(3)
    expect([await count("invites"), await count("outbox"), await count("audit_log")]).toEqual([0, 0, auditEntries])
    expect((await browser.post("/customers/invites/new", FORM)).status).toBe(303)
  })

  it("has the reseller's accent color, and requires permission to invite", async () => {
    const { browser } = await signInStaff()
    await env.DB.prepare("UPDATE resellers SET accent_color = '#8a1c1c'").run()
    expect(await (await browser.post(PATH, FORM)).text()).toContain("#8a1c1c")
    const readOnly = await signInStaff("globex", "read_only")
    expect((await readOnly.browser.post(PATH, FORM)).status).toBe(403)
    const signedOut = await new Browser().post(PATH, FORM)
    expect([signedOut.status, await signedOut.text()]).toEqual([403, expect.stringContaining("You were signed out.")])
    expect((await browser.post(PATH, FORM, { Origin: "https://evil.example" })).status).toBe(403)
  })

  it("ends with the plain text of the email", async () => {
    const { browser } = await signInStaff()
    const preview = await (await browser.post(PATH, FORM)).text()
    await browser.post("/customers/invites/new", FORM)
    const [mail] = await sendDueEmails()
    const sent = (mail?.text ?? "").replaceAll(/(\/r|\/decline)\/\S+/g, "$1/…")
    const shown = /<pre[^>]*>([^<]*)<\/pre>/.exec(preview)?.[1]?.replaceAll("&gt;", ">").replaceAll("&#39;", "'")
    const withoutMinutes = (text = "") => text.replace(/\d\d:\d\d UTC/, "TIME")
    expect(withoutMinutes(shown)).toBe(withoutMinutes(sent))
    expect(sent).toContain("Connect Here:\nhttp://localhost:8787/r/…\n")
  })

  it("has a frame beside the form and a button that posts to it in the form's account", async () => {
    const { browser, resellerId } = await signInStaff()
    const page = await (await browser.get("/customers/invites/new")).text()
    expect(page).toContain('<iframe name="preview" title="Preview of the email" sandbox=""')
    const button = /<button[^>]*data-preview-button[^>]*>/.exec(page)?.[0]
    expect(button).toContain('form="invite-form"')
    expect(button).toContain(`formaction="${PATH}?account=${resellerId}"`)
    expect(button).toContain('formtarget="preview"')
  })
})

describe("a test of an invite email", () => {
  const TEST_PATH = `${PATH}/tests`

  it("is the previewed email with sample links, sent to who fills in the form", async () => {
    const { browser } = await signInStaff()
    const response = await browser.post(TEST_PATH, FORM)
    expect(await response.text()).toContain("We&#39;re sending this email to admin@acme.example.")
    expect(response.headers.get("Content-Security-Policy")).toMatch(/; sandbox$/)
    const [test, ...others] = await sendDueEmails()
    expect(others).toEqual([])
    expect([test?.to, test?.subject]).toEqual([
      "admin@acme.example",
      "Test: You have been invited to join Acme Networks",
    ])
    const preview = await (await browser.post(PATH, FORM)).text()
    const withoutMinutes = (text: string) => text.replaceAll(/\d\d:\d\d UTC/g, "TIME")
    expect(withoutMinutes(toText(preview))).toContain(withoutMinutes(toText(test?.html ?? "")).trim())
    expect(test?.text).not.toMatch(/\/(r|decline)\/[\w-]/)
    expect(await count("invites")).toBe(0)
    expect(await count("outbox", "kind = 'test' AND status = 'sent' AND payload IS NULL")).toBe(1)
  })

  it("keeps no data of the contact when it fails or its recipient has left", async () => {
    const { browser } = await signInStaff()
    await browser.post(TEST_PATH, FORM)
    await sendDueEmails(() => Promise.reject(Object.assign(new Error("no"), { code: "E_VALIDATION_ERROR" })))
    await browser.post(TEST_PATH, FORM)
    await env.DB.prepare("DELETE FROM staff").run()
    expect(await sendDueEmails()).toEqual([])
    expect(await count("outbox", "kind = 'test' AND payload IS NULL AND status IN ('failed', 'cancelled')")).toBe(2)
  })

  it("can be sent ten times an hour, and requires permission to invite", async () => {
    const { browser } = await signInStaff()
    for (let n = 0; n < 10; n++) await browser.post(TEST_PATH, FORM)
    expect(await (await browser.post(TEST_PATH, FORM)).text()).toContain("ten tests in the last hour")
    expect(await count("outbox", "kind = 'test'")).toBe(10)
    await env.DB.prepare("UPDATE outbox SET created_at = created_at - 3600001").run()
    await browser.post(TEST_PATH, FORM)
    expect(await count("outbox", "kind = 'test'")).toBe(11)
    const readOnly = await signInStaff("globex", "read_only")
    expect((await readOnly.browser.post(TEST_PATH, FORM)).status).toBe(403)
  })
})

describe("the emails on an invite's page", () => {
  it("are those that were or will be sent, with its data and sample links", async () => {
    const { browser } = await signInStaff()
    const id = await invite(browser, { expires_in_days: "14" })
    const page = await (await browser.get(`/customers/invites/${id}`)).text()
    const [mail] = await sendDueEmails()
    for (const [kind, subject] of [
      ["invite", mail?.subject],
      ["reminder", "Your invite from Acme Networks expires on"],
    ]) {
      const path = `/customers/invites/${id}/emails/${kind}`
      expect(page).toContain(`src="${path}"`)
      const response = await browser.get(path)
      const html = await response.text()
      expect([response.status, response.headers.get("X-Frame-Options")]).toEqual([200, "SAMEORIGIN"])
      expect(toText(html)).toContain(`Subject: ${subject}`)
      expect(html).toContain("Dear Priya Nair,")
      expect(html).toContain("http://localhost:8787/r/…")
      expect(html).not.toMatch(/ href=|\/r\/[\w-]/)
    }
    const html = await (await browser.get(`/customers/invites/${id}/emails/invite`)).text()
    const withoutLinks = (text = "") =>
      toText(text)
        .replaceAll(/http\S*\/r\/\S+/g, "LINK")
        .trim()
    expect(withoutLinks(html)).toContain(withoutLinks(mail?.html))
  })

  it("aren't there for an invite that isn't emailed, another kind or another reseller", async () => {
    const { browser } = await signInStaff()
    const created = await browser.post("/customers/invites/new", { ...FORM, expires_in_days: "1", send_email: "false" })
    const page = created.headers.get("Location")?.split("?")[0] ?? ""
    expect(await (await browser.get(page)).text()).not.toContain("<iframe")
    expect((await browser.get(`${page}/emails/code`)).status).toBe(404)
    expect((await browser.get(`${page}/emails/toString`)).status).toBe(404)
    const other = await signInStaff("globex")
    expect((await other.browser.get(`${page}/emails/invite`)).status).toBe(404)
    await env.DB.prepare("UPDATE invites SET purged_at = 1").run()
    expect((await browser.get(`${page}/emails/invite`)).status).toBe(404)
  })
})
