import { beforeEach, describe, expect, it } from "vitest"
import { remindContacts } from "../src/domain/invites/remind.ts"
import { enqueueDigests } from "../src/domain/mail/digests.ts"
import { createDeps } from "../src/http/bindings.ts"
import { isolate, isolateParameters, splitIsolated } from "../src/text/direction.ts"
import { LOCALES, messagesFor } from "../src/text/locales.ts"
import {
  Browser,
  CUSTOMER,
  callApi,
  createApiKey,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  sendDueEmails,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { findMixedDirections, hasMixedText, NAMES } from "./support/directions.ts"
import { addPasskey } from "./support/factors.ts"
import { clearRows, runSql } from "./support/storage.ts"
import {
  createCustomerWithRole,
  createResellerWithRole,
  fillIds,
  memberRoutes,
  staffRoutes,
} from "./support/visitors.ts"

const [
  RESELLER = "",
  STAFF = "",
  COMPANY = "",
  CONTACT = "",
  SUPPORT = "",
  KEY = "",
  FIRST = "",
  PO = "",
  NEW = "",
  MEMBER = "",
  PASSKEY = "",
] = NAMES
const NOTE = "  שלום!\n\nTo you (א)."

/** Gives everything that has a name a Hebrew one. */
async function plantNames() {
  await runSql("UPDATE resellers SET name = ?1, support_name = ?2", RESELLER, SUPPORT)
  await runSql("UPDATE users SET name = iif(email LIKE '%@acme.example', ?1, ?2)", STAFF, MEMBER)
  await runSql("UPDATE customers SET name = ?1", COMPANY)
  await runSql(
    "UPDATE invites SET contact_name = ?1, company_name = iif(kind = 'staff', ?2, ?3), note = ?4",
    CONTACT,
    RESELLER,
    COMPANY,
    NOTE,
  )
  await runSql("UPDATE api_keys SET name = ?1", KEY)
  await runSql(
    "UPDATE billing_accounts SET first_name = ?1, last_name = NULL, po_number = ?2, address = ?3",
    FIRST,
    PO,
    FIRST,
  )
}

/** The note on a page, or one of its lines in an email. */
const isNote = (text: string) => text === NOTE.trim() || /^(שלום!|To you .*)$/.test(text)

async function expectIsolated(response: Response, isPage = true) {
  const html = await response.text()
  if (isPage) expect([response.status, html]).toEqual([expect.anything(), expect.stringMatching(/[\u0590-\u05ff]/)])
  expect([response.url, ...findMixedDirections(html, isNote)]).toEqual([response.url])
  return html
}

beforeEach(clearRows)

describe("isolation", () => {
  it("marks only what is written from right to left, once", () => {
    expect(isolate("Acme (1)")).toBe("Acme (1)")
    expect(isolate("שלום")).toBe("\u2068שלום\u2069")
    expect(isolate(isolate("מ"))).toBe("\u2068מ\u2069")
    expect(isolate("٣")).toBe("\u2068٣\u2069")
    const t = isolateParameters({ deep: { hello: (name: string, count: number) => `Hello ${name}, ${count}` } })
    expect([t.deep.hello("Kim", 2), t.deep.hello("מ", 2)]).toEqual(["Hello Kim, 2", "Hello \u2068מ\u2069, 2"])
    expect(splitIsolated("Kim")).toBeUndefined()
    expect(splitIsolated("a \u2068ב\u2069!")?.map(({ text, isIsolated }) => [text, isIsolated])).toEqual([
      ["a ", false],
      ["ב", true],
      ["!", false],
    ])
  })

  it.each(LOCALES)("is marked by the messages in %s", (locale) => {
    expect(messagesFor(locale).invite.toPerson(CONTACT)).toContain(isolate(CONTACT))
  })

  it("is found missing by this test", () => {
    expect(findMixedDirections(`<p>Hello ${CONTACT}</p>`)).toHaveLength(1)
    expect(findMixedDirections(`<p><bdi>Hello ${CONTACT}</bdi></p>`)).toHaveLength(1)
    expect(findMixedDirections(`<p>Hello <bdi>${CONTACT}</bdi></p>`)).toEqual([])
    expect(findMixedDirections(`<title>${CONTACT} · x</title>`)).toHaveLength(1)
    expect(findMixedDirections(`<input value="${CONTACT}"/>`)).toHaveLength(1)
    expect(findMixedDirections(`<input dir="auto" value="${CONTACT}"/>`)).toEqual([])
    expect(findMixedDirections(`<button aria-label="Revoke ${CONTACT}"></button>`)).toHaveLength(1)
  })
})

describe("names from right to left are isolated", () => {
  it("on every page of staff", async () => {
    const visitor = await createResellerWithRole("admin")
    await addPasskey(visitor.browser, PASSKEY)
    await plantNames()
    for (const route of staffRoutes.filter(({ method, name }) => method === "GET" && !/\.links$|export$/.test(name))) {
      await expectIsolated(await visitor.browser.get(fillIds(route, visitor.ids)))
    }
    for (const path of ["/profile", "/profile/passkeys/new", `/customers/invites?q=${encodeURIComponent(COMPANY)}`]) {
      await expectIsolated(await visitor.browser.get(path))
    }
    const link = await visitor.browser.post(`/customers/invites/${visitor.pending}/links`)
    expect([link.status, await expectIsolated(link)]).toEqual([201, expect.stringContaining("/r/")])
  })

  it("on every page of members", async () => {
    const visitor = await createCustomerWithRole("admin")
    await plantNames()
    for (const route of memberRoutes.filter(({ method, name }) => method === "GET" && !name.endsWith(".links"))) {
      await expectIsolated(await visitor.browser.get(fillIds(route, visitor.ids)))
    }
  })

  it("in forms with errors, messages after actions, and previews", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    await plantNames()
    const form = { ...CUSTOMER, company_name: NEW, contact_name: CONTACT, note: NOTE, contact_email: "new@x.example" }
    await expectIsolated(await browser.post("/customers/invites/preview", form))
    await expectIsolated(await browser.post("/customers/invites/new", { ...form, contact_email: "" }))
    const pending = await browser.post("/customers/invites/new", { ...form, contact_email: CUSTOMER.contact_email })
    expect([pending.status, await expectIsolated(pending)]).toEqual([
      422,
      expect.stringContaining("already has a pending invite"),
    ])
    const sent = await browser.post("/customers/invites/new", form)
    await expectIsolated(await browser.get(sent.headers.get("Location") ?? ""))
    await expectIsolated(await browser.get(sent.headers.get("Location") ?? "", { "HX-Request": "true" }))
  })

  it("in the activity, where a change reads from the old to the new name", async () => {
    const { browser, resellerId } = await signInStaff()
    const id = await invite(browser, { contact_name: CONTACT, company_name: COMPANY })
    await createApiKey(resellerId)
    await browser.post("/profile/name", { name: STAFF })
    await browser.post("/profile/name", { name: NEW })
    await browser.post("/settings/api-keys/new", { name: KEY, scopes: "invites:read" })
    await browser.post("/billing/new", {
      first_name: FIRST,
      po_number: PO,
      email: "b2@acme.example",
      phone: "+1 415 555 0199",
    })
    const edit = await browser.get(`/customers/invites/${id}/edit`)
    const version = /name="version" value="([^"]*)"/.exec(await edit.text())?.[1] ?? ""
    await browser.post(`/customers/invites/${id}/edit`, {
      ...CUSTOMER,
      contact_name: NEW,
      company_name: COMPANY,
      version,
    })
    await browser.post("/settings", { name: RESELLER, support_name: SUPPORT, support_email: "s@x.example" })
    const html = await expectIsolated(await browser.get("/activity"))
    expect(html).toContain(`<bdi>${STAFF}</bdi> → <bdi>${NEW}</bdi>`)
    expect(await expectIsolated(await browser.get(`/customers/invites/${id}`))).toContain(
      `<bdi>${CONTACT}</bdi> → <bdi>${NEW}</bdi>`,
    )
    const csv = await (await browser.get("/activity/export?format=csv")).text()
    expect(csv).toContain(`${STAFF} → ${NEW}`)
    expect(csv).not.toMatch(/[\u2066-\u2069]/)
  })

  it.each(["en", "de"])("on the pages and in the emails of an invite in %s", async (locale) => {
    const { browser } = await signInStaff()
    await browser.post("/settings", { name: RESELLER, support_name: SUPPORT, support_email: "s@x.example" })
    await browser.post("/profile/name", { name: STAFF })
    const fields = { company_name: COMPANY, contact_name: CONTACT, note: NOTE, locale }
    await invite(browser, fields)
    const [mail] = await sendDueEmails()
    expect(mail?.subject).toContain(`\u2068${RESELLER}\u2069`)
    expect(hasMixedText(mail?.subject ?? "")).toBe(false)
    expect(hasMixedText(mail?.text ?? "", [...NAMES, "  שלום!", "To you (א)."])).toBe(false)
    expect(mail?.text).toContain("\n> \u2068  שלום!\u2069\n>\n> \u2068To you (א).\u2069\n")
    expect(mail?.html).toContain(`<span dir="auto">${CONTACT}</span>`)
    expect(mail?.html).toMatch(/<td dir="auto"[^>]*>\u00a0 שלום!<br><br>To you/)
    expect(findMixedDirections(mail?.html ?? "", isNote)).toEqual([])

    const [link = "", decline = ""] = (mail?.text.match(/\/(r|decline)\/\S+/g) ?? []).map(String)
    await expectIsolated(await new Browser().get(link))
    await expectIsolated(await new Browser().get(decline))
    await runSql("UPDATE resellers SET logo_id = 'logo'")
    expect(await expectIsolated(await new Browser().get(link))).toContain(`alt="\u2068${RESELLER}\u2069"`)
    for (const status of ["expired", "revoked", "declined"]) {
      await runSql("UPDATE invites SET status = ?1", status)
      await expectIsolated(await new Browser().get(link))
    }
    await runSql("UPDATE invites SET status = 'pending'")
    expect((await new Browser().post(link, { ...REGISTRATION_FORM, name: MEMBER })).status).toBe(303)
    await expectIsolated(await new Browser().get(link))
    await expectIsolated(await browser.get(link))
  })

  it("in every other email", async () => {
    const { browser } = await signInStaff()
    await invite(browser)
    const contact = new Browser()
    await contact.post(await latestRegistrationLink(), REGISTRATION_FORM)
    await invite(browser, { contact_email: "second@northwind.example" })
    await plantNames()
    const password = "a much longer new sentence"
    const sam = { contact_name: CONTACT, contact_email: "sam@acme.example", role: "sales" }
    await browser.post("/settings/staff/invites/new", sam)
    await contact.post("/account/invites/new", { ...sam, contact_email: "lee@x.example", role: "member" })
    await contact.post("/profile/password", { current_password: REGISTRATION_FORM.password, password })
    await contact.post("/profile/email", { email: "priya2@northwind.example", current_password: password })
    await contact.post("/forgot-password", { email: CUSTOMER.contact_email })
    const deps = createDeps(testEnv, () => undefined)
    expect(await enqueueDigests(deps)).toBe(1)
    await runSql("UPDATE invites SET remind_at = 0, email_status = 'sent' WHERE contact_email LIKE 'second@%'")
    expect(await remindContacts(deps)).toBe(1)
    const mails = await sendDueEmails()
    expect(mails.map(({ subject }) => subject.replace(/\u2068.*?\u2069| on \d.*/g, "…")).sort()).toEqual([
      "Choose a new password for PacketFabric",
      "Confirm this email address for PacketFabric",
      "Confirm your new email address for PacketFabric",
      "Security notice: Your password was changed",
      "You have been invited to join …",
      "Your invite from … expires…",
      "Your invites at …: 1 accepted",
      "… of … invited you to …",
      "… of … invited you to …",
    ])
    for (const { subject, text, html } of mails) {
      expect([subject, hasMixedText(subject), hasMixedText(text, [...NAMES, "  שלום!", "To you (א)."])]).toEqual([
        subject,
        false,
        false,
      ])
      expect([subject, ...findMixedDirections(html, isNote)]).toEqual([subject])
    }
  })
})

it("the API adds nothing to names", async () => {
  const { resellerId } = await signInStaff()
  const key = await createApiKey(resellerId)
  const created = await callApi({ path: "/invites", key, body: { ...CUSTOMER, contact_name: CONTACT, note: NOTE } })
  expect(await created.json()).toMatchObject({ contact_name: CONTACT, note: NOTE })
})
