import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { href, ROUTES } from "../src/routes.ts"
import { LOCALES, messagesFor } from "../src/text/locales.ts"
import { addStaff, Browser, count, PASSWORD, REGISTRATION_FORM, signInStaff } from "./support/app.ts"
import { setUpAuthenticator } from "./support/factors.ts"
import { formsOf, hiddenFieldsOf, openEveryPage, type PageForm } from "./support/page-forms.ts"

const HTMX = { "HX-Request": "true", "HX-Request-Type": "partial" }
const ORIGIN = "http://localhost:8787"
const EMAIL = "admin@acme.example"
const SECRET = "never to be sent back 7"

const endSessions = () => env.DB.prepare("DELETE FROM sessions").run()
const invitePath = (resellerId: string) => `/customers/invites/new?account=${resellerId}`
const FIELDS = {
  form_token: "0123456789abcdef0123",
  company_name: 'Ñandú & "Söhne" <b> &lt;',
  contact_name: "דנה לוי",
  contact_email: "not an address",
  billing_account: "",
  billing_preset: "billing@acme.example +1 415 555 0132",
  billing_email: "b@",
  note: "\nfirst &amp; line\n\n  second </textarea>",
  locale: "fr",
  expires_in_days: "9",
}

/** The response to the sign-in form of a page. */
function signInOn(browser: Browser, html: string, fields: Record<string, string> = {}) {
  const action = /<form method="post" action="([^"]*sign_in=password)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? ""
  return browser.post(action, { email: EMAIL, password: PASSWORD, ...hiddenFieldsOf(html), ...fields })
}

/** What the fields of a form contain, as a browser reads them. */
const valuesOf = (html: string, action: string) =>
  formsOf(html, new Browser())
    .filter((form) => form.action.split("?")[0] === action.split("?")[0])
    .flatMap(({ fields }) => fields)

describe("a background request without a session", () => {
  it.each([
    [
      "of a row that polls",
      href("customers.invites.show", { id: "inv_1" }, { poll: 2 }),
      "/customers/invites?status=pending",
    ],
    ["of the search", "/customers/invites?q=acme", "/customers/invites?status=pending"],
    ["of a member's list", href("account.invites.show", { id: "inv_1" }, { poll: 1 }), "/account"],
  ])("%s makes the page say so", async (_, path, page) => {
    const response = await new Browser().get(path, { ...HTMX, Referer: ORIGIN + page })
    const selecting = await new Browser().get(path, { ...HTMX, "HX-Request-Type": "full", Referer: ORIGIN + page })
    for (const { status, headers } of [response, selecting]) {
      expect([status, headers.get("HX-Trigger"), headers.get("HX-Redirect")]).toEqual([204, "signed-out", null])
    }
  })

  it("continues only to our own pages", async () => {
    for (const referer of ["https://evil.example/billing", `${ORIGIN}//evil.example`, "x", ""]) {
      const response = await new Browser().post("/customers/invites/inv_1/resends", {}, { ...HTMX, Referer: referer })
      expect(response.headers.get("HX-Redirect")).toBe("/sign-in")
    }
  })

  it("of a button without fields returns to the page of the button", async () => {
    const headers = { ...HTMX, Referer: `${ORIGIN}/customers/invites` }
    const response = await new Browser().post("/customers/invites/inv_1/resends", {}, headers)
    expect(response.headers.get("HX-Redirect")).toBe("/sign-in?next=%2Fcustomers%2Finvites")
  })

  it("of a form with fields makes the page send it again without htmx", async () => {
    const response = await new Browser().post("/customers/invites/new", FIELDS, HTMX)
    expect([response.status, response.headers.get("HX-Trigger"), response.headers.get("HX-Redirect")]).toEqual([
      204,
      "signed-out",
      null,
    ])
  })

  it("of the preview says so in its frame, and leaves the form alone", async () => {
    const response = await new Browser().post("/customers/invites/preview", FIELDS, { "Sec-Fetch-Dest": "iframe" })
    expect([response.status, response.headers.get("X-Frame-Options")]).toEqual([403, "SAMEORIGIN"])
    expect(await response.text()).toContain("You were signed out.")
    expect(response.headers.get("Content-Security-Policy")).not.toContain("frame-ancestors")
  })
})

describe("a form that was sent without a session", () => {
  it("is shown again after signing in, with what was entered, and has changed nothing", async () => {
    const { browser, resellerId } = await signInStaff()
    await endSessions()
    const asked = await browser.post(invitePath(resellerId), FIELDS, { Referer: `${ORIGIN}/customers/invites/new` })
    const html = await asked.text()
    expect([asked.status, html.includes("You were signed out.")]).toEqual([403, true])
    expect(hiddenFieldsOf(html)["kept.note"]).toBe(FIELDS.note)
    const wrong = await signInOn(browser, html, { password: "wrong" })
    const again = await wrong.text()
    expect([wrong.status, hiddenFieldsOf(again)]).toEqual([422, { ...hiddenFieldsOf(html) }])
    const shown = await signInOn(browser, again)
    const page = await shown.text()
    expect([shown.status, shown.headers.get("Location")]).toEqual([200, null])
    const values = valuesOf(page, "/customers/invites/new")
    for (const [name, value] of Object.entries(FIELDS).filter(
      ([name]) => !["billing_account", "note", "locale"].includes(name),
    )) {
      expect([name, values.find((field) => field.name === name)?.value]).toEqual([name, value])
    }
    expect(page).toContain("\n\nfirst &amp;amp; line\n\n  second &lt;/textarea&gt;</textarea>")
    expect(page).toMatch(/<option value="fr" lang="fr" selected[^>]*>/)
    const selected = [...page.matchAll(/<option value="([^"]*)"[^>]* selected/g)].map(([, value]) => value)
    expect(selected.sort()).toEqual(["", "fr"]) // neither the account nor the language of the defaults
    expect(page).toMatch(/<details class="billing-details" open[^>]*>/)
    expect(page).toContain("Nothing has been changed or sent yet")
    expect(await count("invites")).toBe(0)
    expect((await browser.get("/customers/invites/new")).status).toBe(200)
  })

  it("survives the second step of the sign-in, wrong codes and starting over", async () => {
    const { browser, resellerId } = await signInStaff()
    const { codes } = await setUpAuthenticator(browser)
    await endSessions()
    const html = await (await browser.post(invitePath(resellerId), FIELDS)).text()
    const step = await (await signInOn(browser, html)).text()
    expect(step).toContain("Second step")
    const [action = ""] = /\/customers[^"]*sign_in=second_factor/.exec(step) ?? []
    const send = (code: string) => browser.post(action.replaceAll("&amp;", "&"), { ...hiddenFieldsOf(step), code })
    const wrong = await send("000000")
    expect([wrong.status, hiddenFieldsOf(await wrong.text())["kept.note"]]).toEqual([422, FIELDS.note])
    const [start = ""] = /\/customers[^"]*sign_in=start/.exec(step) ?? []
    const over = await (await browser.post(start.replaceAll("&amp;", "&"), hiddenFieldsOf(step))).text()
    expect(hiddenFieldsOf(over)["kept.note"]).toBe(FIELDS.note)
    const page = await (await send(codes[0] ?? "")).text()
    expect(valuesOf(page, "/customers/invites/new").find(({ name }) => name === "contact_email")?.value).toBe(
      FIELDS.contact_email,
    )
    expect(await count("sessions")).toBe(1)
  })

  it("is kept while the language of the sign-in page is switched, which says what happened in each", async () => {
    const { browser, resellerId } = await signInStaff()
    await endSessions()
    const html = await (await browser.post(invitePath(resellerId), FIELDS)).text()
    for (const locale of LOCALES) {
      const page = await (await browser.post(`/sign-in?language=${locale}`, hiddenFieldsOf(html))).text()
      expect(page).toContain(messagesFor(locale).signIn.signedOut)
      expect(hiddenFieldsOf(page)).toEqual(hiddenFieldsOf(html))
    }
  })

  it("isn't shown to somebody else, who isn't in its account", async () => {
    const { browser, resellerId } = await signInStaff()
    await signInStaff("globex")
    await endSessions()
    for (const path of [invitePath(resellerId), `/profile/name?account=${resellerId}`]) {
      const html = await (await browser.post(path, { ...FIELDS, name: FIELDS.company_name })).text()
      const landed = await signInOn(browser, html, { email: "admin@globex.example" })
      expect([landed.status, landed.headers.get("Location")]).toEqual([303, "/"])
      expect(await (await browser.get("/")).text()).toContain("Globex")
      await endSessions()
    }
  })

  it("about a person's own profile isn't shown to a colleague", async () => {
    const { browser, resellerId } = await signInStaff()
    await addStaff(resellerId, { name: "Kim Sato", email: "kim@acme.example", role: "sales" })
    const html = await (await browser.get("/profile")).text()
    const person = /name="person" value="(\w+)"/.exec(html)?.[1] ?? ""
    await endSessions()
    const path = `/profile/name?account=${resellerId}`
    for (const [email, name] of [
      ["kim@acme.example", "Kim Sato"],
      ["admin@acme.example", "Dana O."],
    ] as const) {
      const asked = await new Browser().post(path, { person, name: "Dana O." })
      const page = await (await signInOn(new Browser(), await asked.text(), { email })).text()
      expect(valuesOf(page, "/profile/name").find((field) => field.name === "name")?.value).toBe(name)
    }
  })

  it("is shown in its own account, whichever was chosen last", async () => {
    const acme = await signInStaff()
    const { resellerId } = await signInStaff("globex")
    const userId = await env.DB.prepare("SELECT id FROM users WHERE email = ?").bind(EMAIL).first<string>("id")
    await env.DB.prepare("INSERT INTO staff (user_id, reseller_id, role, created_at) VALUES (?1, ?2, 'admin', 1)")
      .bind(userId, resellerId)
      .run()
    await endSessions()
    const html = await (await acme.browser.post(invitePath(resellerId), FIELDS)).text()
    const page = await (await signInOn(acme.browser, html)).text()
    expect(page).toContain(`action="/customers/invites/new?account=${resellerId}"`)
    expect(page).toContain("not an address")
  })

  it("whose page the person may no longer open, or that no longer exists, gets the response of that page", async () => {
    const { browser, resellerId } = await signInStaff()
    await addStaff(resellerId, { name: "Sue", email: "sue@acme.example", role: "support" })
    await endSessions()
    const email = "sue@acme.example"
    const forbidden = await (await browser.post(`/settings?account=${resellerId}`, { name: "x" })).text()
    expect((await signInOn(browser, forbidden, { email })).status).toBe(403)
    await endSessions()
    const missing = await (await browser.post(`/billing/bil_none?account=${resellerId}`, { email: "x" })).text()
    expect((await signInOn(browser, missing)).status).toBe(404)
  })

  it("of another site is refused before anything is kept", async () => {
    const { resellerId } = await signInStaff()
    for (const path of [invitePath(resellerId), `${invitePath(resellerId)}&sign_in=password`, "/sign-in"]) {
      const planted = { ...FIELDS, kept_path: "/billing/new", "kept.email": "planted@evil.example" }
      const response = await new Browser().post(path, planted, { Origin: "https://evil.example" })
      expect(response.status).toBe(403)
      expect(await response.text()).not.toMatch(/kept|planted/)
    }
    for (const kept_path of ["https://evil.example", "//evil.example", "/\\evil.example"]) {
      const page = await (await new Browser().post("/sign-in", { kept_path, "kept.name": "x" })).text()
      expect(page).not.toContain("evil.example")
    }
  })

  it("with a file or nothing entered leads to the sign-in page and back to the form", async () => {
    const browser = new Browser()
    const uploaded = await browser.upload("/settings/logo", "logo", new File([new Uint8Array(200_000)], "logo.png"))
    expect([uploaded.status, uploaded.headers.get("Location")]).toEqual([303, "/sign-in"])
    const passwords = { username: EMAIL, current_password: SECRET, password: SECRET, code: SECRET, passkey: SECRET }
    const posted = await browser.post("/profile/password", passwords, { Referer: `${ORIGIN}/profile` })
    expect([posted.status, posted.headers.get("Location")]).toEqual([303, "/sign-in?next=%2Fprofile"])
  })

  it("that waited for a proof of identity is kept as the form that it was", async () => {
    const { browser, resellerId } = await signInStaff()
    await endSessions()
    const waiting = { kept_path: `/settings/api-keys/new?account=${resellerId}`, "kept.name": "CRM", password: SECRET }
    const html = await (await browser.post("/confirm-identity", waiting)).text()
    expect(html).not.toContain(SECRET)
    const page = await (await signInOn(browser, html)).text()
    expect(valuesOf(page, "/settings/api-keys/new").find(({ name }) => name === "name")?.value).toBe("CRM")
  })
})

const SECRET_FIELDS = ["password", "current_password", "passkey", "code", "setup"]

/** What somebody could have entered into the fields of a form: of options, the last one. */
function fillIn({ fields }: PageForm): [string, string][] {
  const chosen = fields.filter(({ type }) => !["button", "submit", "file"].includes(type))
  const values = chosen.map(({ name, value, type, lastOption = value }): [string, string] => {
    if (SECRET_FIELDS.includes(name)) return [name, SECRET]
    return [name, ["hidden", "radio", "checkbox", "select"].includes(type) ? lastOption : `words for ${name}`]
  })
  return [...new Map(values)]
}

const escapeAmpersands = (text: string) => text.replaceAll("&", "&amp;")

/** Whether a form shows this value in its field, and no other one. */
function shows(form: string, name: string, value: string): boolean {
  const controls = [...form.matchAll(/<(input|textarea|select) [^>]*>/g)]
  const own = controls.filter(([tag]) => tag.includes(` name="${name}"`))
  const [[tag = "", kind] = []] = own
  const content = form.split(tag)[1] ?? ""
  if (kind === "textarea") return content.startsWith(`${escapeAmpersands(value)}</textarea>`)
  if (kind === "select") {
    const selected = content.split("</select>")[0]?.match(/<option [^>]*selected[^>]*>/g) ?? []
    return selected.length === 1 && selected.every((option) => option.includes(`value="${escapeAmpersands(value)}"`))
  }
  const isOption = /type="(radio|checkbox)"/.test(tag)
  const shown = own.map(([input]) => input).filter((input) => !isOption || / checked/.test(input))
  return shown.length === 1 && shown.every((input) => input.includes(` value="${escapeAmpersands(value)}"`))
}

it("every form that needs a session keeps what was entered and no secret, and shows it after signing in", async () => {
  const { forms } = await openEveryPage()
  const sessionPosts = ROUTES.filter(
    ({ area, method }) => method === "POST" && ["session", "staff", "member"].includes(area),
  ).map(({ name, path }) => ({ name, pattern: new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`) }))
  const walked = new Set<string>()
  const isPreview = (path: string) => path.startsWith(href("customers.invites.preview"))
  for (const form of forms.filter(({ action }) => action.startsWith("/") && !isPreview(action))) {
    const route = sessionPosts.find(({ pattern }) => pattern.test(form.action.split("?")[0] ?? ""))
    const entered = fillIn(form)
    const words = entered.filter(([name]) => !SECRET_FIELDS.includes(name) && name !== "username")
    if (!route || words.length === 0) continue
    await endSessions()
    const visitor = new Browser()
    const headers = { Referer: `${ORIGIN}${form.page ?? "/"}` }
    const html = await (await visitor.post(form.action, entered, headers)).text()
    expect([form.action, html.includes(SECRET)]).toEqual([form.action, false])
    const kept = hiddenFieldsOf(html)
    for (const [name] of words)
      expect([form.action, name, kept[`kept.${name}`] !== undefined]).toEqual([form.action, name, true])
    const isMember = form.action.includes("account=cus_")
    const who = isMember
      ? { email: "sam@contoso.example", password: REGISTRATION_FORM.password }
      : { email: "admin.2@acme.example" }
    const shown = await signInOn(visitor, html, who)
    const page = await shown.text()
    expect([form.action, shown.status, page.includes(SECRET)]).toEqual([form.action, 200, false])
    const path = form.action.split("?")[0] ?? ""
    const ours = page
      .split("<form ")
      .find((part) => part.includes(`action="${path}?`) || part.includes(`action="${path}"`))
    const missing = words.filter(([name, value]) => !shows(ours ?? "", name, value)).map(([name]) => name)
    expect([form.action, missing]).toEqual([form.action, []])
    walked.add(route.name)
  }
  expect([...walked].sort()).toEqual([
    "account.invites.create",
    "account.invites.update",
    "account.people.changeRole",
    "apiKeys.create",
    "billing.create",
    "billing.update",
    "customers.changeBilling",
    "customers.imports.check",
    "customers.imports.create",
    "customers.invites.create",
    "customers.invites.update",
    "customers.update",
    "profile.changeEmail",
    "profile.changeName",
    "profile.passkeys.create",
    "settings.company.update",
    "settings.invites.update",
    "settings.notifications.update",
    "settings.privacy.export",
    "settings.privacy.update",
    "settings.security.update",
    "staff.invites.create",
    "staff.invites.update",
    "staff.people.changeRole",
    "webhooks.create",
    "webhooks.test",
    "webhooks.update",
  ])
})
