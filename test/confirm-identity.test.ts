import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { ROUTES } from "../src/routes.ts"
import { Browser, count, PASSWORD, signInStaff } from "./support/app.ts"
import { passkeyOptions } from "./support/authenticator.ts"
import { addPasskey, ageSessions, codeAt, setUpAuthenticator } from "./support/factors.ts"
import { createCustomerWithRole, createResellerWithRole, fillIds, type PersonRoute } from "./support/visitors.ts"

const guarded = ROUTES.filter(({ isConfirmed }) => isConfirmed)
const KEY_FORM = { name: "CRM sync", scopes: "invites:read", expires_in_days: "30" }

describe("a route that changes keys, secrets, roles or factors, or deletes people", () => {
  it("is marked in the table of routes", () => {
    expect(guarded.map(({ name }) => name).sort()).toEqual([
      "account.invites.purge",
      "account.invites.update",
      "account.people.changeRole",
      "account.people.endSessions",
      "account.people.purge",
      "account.people.remove",
      "account.people.resetFactors",
      "activity.export",
      "apiKeys.create",
      "apiKeys.new",
      "apiKeys.revoke",
      "customers.invites.purge",
      "profile.authenticator.create",
      "profile.authenticator.delete",
      "profile.authenticator.new",
      "profile.endOtherSessions",
      "profile.endSession",
      "profile.passkeys.create",
      "profile.passkeys.delete",
      "profile.passkeys.new",
      "profile.recoveryCodes.create",
      "settings.privacy.export",
      "settings.security.edit",
      "settings.security.update",
      "staff.invites.create",
      "staff.invites.issueLink",
      "staff.invites.new",
      "staff.invites.purge",
      "staff.invites.update",
      "staff.people.changeRole",
      "staff.people.endSessions",
      "staff.people.purge",
      "staff.people.remove",
      "staff.people.resetFactors",
      "webhooks.create",
      "webhooks.delete",
      "webhooks.disable",
      "webhooks.enable",
      "webhooks.new",
      "webhooks.rotateSecret",
      "webhooks.update",
    ])
  })

  it.each([
    ["session", createResellerWithRole],
    ["staff", createResellerWithRole],
    ["member", createCustomerWithRole],
  ] as const)("asks who it is after ten minutes, and changes nothing: %s routes", async (area, createVisitor) => {
    const { browser, ids } = await createVisitor("admin")
    const tables = ["api_keys", "webhooks", "passkeys", "authenticators", "audit_log", "outbox"]
    const countRows = () => Promise.all(tables.map((table) => count(table)))
    await ageSessions(10.5)
    const before = await countRows()
    for (const route of guarded.filter((candidate) => candidate.area === area)) {
      const path = area === "session" ? route.path.replace(":id", "psk_x") : fillIds(route as PersonRoute, ids)
      const response = await (route.method === "GET" ? browser.get(path) : browser.post(path, KEY_FORM))
      if (route.method === "GET") {
        expect(response.headers.get("Location")).toBe(`/confirm-identity?next=${encodeURIComponent(path)}`)
      } else {
        expect([route.name, response.status]).toEqual([route.name, 403])
        expect(await response.text()).toContain("Confirm it")
      }
      expect([route.name, ...(await countRows())]).toEqual([route.name, ...before])
    }
  })
})

it("a member's invite asks for it if it makes an Admin", async () => {
  const { browser } = await createCustomerWithRole("admin")
  await ageSessions(11)
  const before = await count("invites")
  const form = { contact_name: "Sam Reyes", contact_email: "sam@people.example", locale: "en" }
  const post = async (path: string, role: string) => (await browser.post(path, { ...form, role })).status
  expect(await post("/account/invites/new", "admin")).toBe(403)
  expect([await count("invites"), await post("/account/invites/new", "member")]).toEqual([before, 303])
})

describe("confirming one's identity", () => {
  it("with the password lasts ten minutes in this session, and continues to the page", async () => {
    const { browser } = await signInStaff()
    await ageSessions(11)
    const page = await browser.get("/confirm-identity?next=/settings/api-keys/new")
    expect(page.headers.get("Cache-Control")).toBe("no-store")
    const next = "/settings/api-keys/new"
    const wrong = await browser.post("/confirm-identity", { password: `${PASSWORD}.`, next })
    expect([wrong.status, (await browser.get(next)).status]).toEqual([422, 303])
    const right = await browser.post("/confirm-identity", { password: PASSWORD, next })
    expect([right.status, right.headers.get("Location")]).toEqual([303, next])
    expect((await browser.get(next)).status).toBe(200)
    await env.DB.prepare("UPDATE sessions SET confirmed_at = confirmed_at - 601000").run()
    expect((await browser.get(next)).status).toBe(303)
  })

  it("gives the session a new token, and the earlier one no longer counts", async () => {
    const { browser } = await signInStaff()
    const earlier = new Browser()
    const token = () => env.DB.prepare("SELECT token FROM sessions").first<string>("token")
    const before = await token()
    earlier.copyCookies(browser)
    expect((await earlier.get("/")).status).toBe(200)
    const response = await browser.post("/confirm-identity", { password: PASSWORD })
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^vestibule\.session_token=[^;]+; Max-Age=25\d{5}; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    expect([await count("sessions"), (await token()) === before]).toEqual([1, false])
    expect([(await earlier.get("/")).status, (await browser.get("/")).status]).toEqual([303, 200])
  })

  it("works with a passkey, once for each answer, and only with one's own", async () => {
    const dana = await signInStaff()
    const { authenticator } = await addPasskey(dana.browser)
    const other = await signInStaff("globex")
    const { authenticator: foreign } = await addPasskey(other.browser)
    await ageSessions(11)
    const ask = async () => passkeyOptions(await dana.browser.get("/confirm-identity"))
    const confirm = async (passkey: string) => (await dana.browser.post("/confirm-identity", { passkey })).status
    expect(await confirm(await foreign.get(await ask()))).toBe(422)
    const answer = await authenticator.get(await ask())
    expect(await confirm(answer)).toBe(303)
    expect((await dana.browser.get("/settings/api-keys/new")).status).toBe(200)
    await ageSessions(11)
    expect(await confirm(answer)).toBe(422)
    expect((await dana.browser.get("/settings/api-keys/new")).status).toBe(303)
  })

  it("needs a code beside the password from someone with a second factor, each code once", async () => {
    const { browser } = await signInStaff()
    const { secret, codes } = await setUpAuthenticator(browser)
    await env.DB.prepare("UPDATE authenticators SET last_step = 0").run()
    const confirm = async (fields: Record<string, string>) => {
      await ageSessions(11)
      const response = await browser.post("/confirm-identity", fields)
      const [, field] = /name="(\w+)"[^>]* aria-invalid/.exec(await response.text()) ?? []
      return [response.status, (await browser.get("/settings/api-keys/new")).status, field]
    }
    const password = PASSWORD
    const code = codeAt(secret)
    expect(await confirm({ password })).toEqual([422, 303, "code"])
    expect(await confirm({ password, code: "000000" })).toEqual([422, 303, "code"])
    expect(await confirm({ password: "wrong", code })).toEqual([422, 303, "password"])
    expect(await confirm({ code })).toEqual([422, 303, "password"])
    expect(await confirm({ password, code })).toEqual([303, 200, undefined])
    expect(await confirm({ password, code })).toEqual([422, 303, "code"])
    expect(await confirm({ password, code: codes[0] ?? "" })).toEqual([303, 200, undefined])
    expect(await confirm({ password, code: codes[0] ?? "" })).toEqual([422, 303, "code"])
  })

  it("stops guesses at codes, also with the right password", async () => {
    const { browser } = await signInStaff()
    await setUpAuthenticator(browser)
    const statuses: number[] = []
    for (let n = 0; n < 12; n++) {
      statuses.push((await browser.post("/confirm-identity", { password: PASSWORD, code: `00000${n % 10}` })).status)
    }
    expect(statuses).toEqual([...Array(10).fill(422), 429, 429])
  })

  it("is needed before an address changes if there is a second factor, and no password is kept", async () => {
    const { browser } = await signInStaff()
    const { codes } = await setUpAuthenticator(browser)
    await ageSessions(11)
    const form = { email: "new@acme.example", current_password: PASSWORD }
    const asked = await browser.post("/profile/email", form)
    expect([asked.status, await count("email_changes")]).toEqual([403, 0])
    const fields = hiddenFields(await asked.text())
    expect([fields["kept.email"], JSON.stringify(fields).includes(PASSWORD)]).toEqual(["new@acme.example", false])
    await browser.post("/confirm-identity", { password: PASSWORD, code: codes[0] ?? "" })
    expect([(await browser.post("/profile/email", form)).status, await count("email_changes")]).toEqual([303, 1])
  })

  it("is needed before a password changes if there is a second factor, and leads back to the form", async () => {
    const { browser } = await signInStaff()
    const { codes } = await setUpAuthenticator(browser)
    await ageSessions(11)
    const form = {
      username: "admin@acme.example",
      current_password: PASSWORD,
      password: "a river under seven bridges",
    }
    const stored = () => env.DB.prepare("SELECT password FROM credentials").first("password")
    const before = await stored()
    const asked = await browser.post("/profile/password", form, { Referer: "http://localhost:8787/profile" })
    const html = await asked.text()
    expect([asked.status, hiddenFields(html).next, await stored()]).toEqual([403, "/profile", before])
    expect([PASSWORD, form.password].filter((password) => html.includes(password))).toEqual([])
    const confirmed = await browser.post("/confirm-identity", {
      next: "/profile",
      password: PASSWORD,
      code: codes[0] ?? "",
    })
    expect(confirmed.headers.get("Location")).toBe("/profile")
    expect([(await browser.post("/profile/password", form)).status, (await stored()) === before]).toEqual([303, false])
  })

  it("continues only to our own pages", async () => {
    const { browser } = await signInStaff()
    for (const next of ["https://evil.example", "//evil.example", "/\\evil.example"]) {
      const response = await browser.post("/confirm-identity", { password: PASSWORD, next })
      expect(response.headers.get("Location")).toBe("/profile")
    }
    const kept = { password: PASSWORD, kept_path: "https://evil.example" }
    expect((await browser.post("/confirm-identity", kept)).headers.get("Location")).toBe("/profile")
  })

  it("keeps what was entered in a form that was open for too long", async () => {
    const { browser, resellerId } = await signInStaff()
    await ageSessions(11)
    const path = `/settings/api-keys/new?account=${resellerId}`
    const fields = { ...KEY_FORM, name: 'CRM "sync" <b>' }
    const stale = await browser.post(path, fields)
    const html = await stale.text()
    expect([stale.status, await count("api_keys")]).toEqual([403, 0])
    expect(html).toContain("we keep what you entered.")
    const hidden = hiddenFields(html)
    expect(hidden["kept.name"]).toBe(fields.name)
    const wrong = await browser.post("/confirm-identity", { ...hidden, password: "wrong" })
    expect([wrong.status, hiddenFields(await wrong.text())]).toEqual([422, hidden])
    const confirmed = await browser.post("/confirm-identity", { ...hidden, password: PASSWORD })
    const continuation = await confirmed.text()
    expect(/<form method="post" action="([^"]*)"/.exec(continuation)?.[1]).toBe(path)
    expect(hiddenFields(continuation)).toEqual(fields)
    expect(continuation).not.toContain(PASSWORD)
    expect((await browser.post(path, hiddenFields(continuation))).status).toBe(200)
    expect(await env.DB.prepare("SELECT name FROM api_keys").first("name")).toBe(fields.name)
  })

  it("returns htmx to the page that it posted from", async () => {
    const { browser } = await signInStaff()
    await ageSessions(11)
    const headers = {
      "HX-Request": "true",
      "HX-Request-Type": "partial",
      Referer: "http://localhost:8787/settings/api-keys",
    }
    const response = await browser.post("/settings/api-keys/key_x/revocation", {}, headers)
    expect(response.headers.get("HX-Redirect")).toBe("/confirm-identity?next=%2Fsettings%2Fapi-keys")
  })
})

function hiddenFields(html: string): Record<string, string> {
  const inputs = html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)
  const decode = (text: string) =>
    text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")
  return Object.fromEntries([...inputs].map(([, name = "", value = ""]) => [name, decode(value)]))
}
