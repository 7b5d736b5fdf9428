import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
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
} from "./support/app.ts"
import { visibleText } from "./support/visible-text.ts"

const NEW_PASSWORD = "a river under seven bridges"

const text = async (response: Response) => visibleText(await response.text())

/** A staff user with two sessions. */
async function createDana() {
  const { resellerId } = await createReseller()
  const { userId } = await addStaff(resellerId, { name: "Dana Ortiz", email: "admin@acme.example", role: "admin" })
  return { resellerId, userId, browser: await signInAs(userId), other: await signInAs(userId) }
}

async function createMember(fields: object = {}): Promise<Browser> {
  const { browser } = await signInStaff()
  await invite(browser, fields)
  const member = new Browser()
  await member.post(await latestRegistrationLink(), REGISTRATION_FORM)
  return member
}

const auditEntries = async () =>
  (await env.DB.prepare("SELECT action, detail FROM audit_log WHERE action GLOB '*_changed' ORDER BY id").all()).results

it("the layout links a person's name to their profile, for staff and members", async () => {
  const { browser } = await createDana()
  expect(await (await browser.get("/")).text()).toContain('<a href="/profile">Your profile</a>')
  expect(await text(await browser.get("/profile"))).toContain("You sign in with admin@acme.example.")
})

it("theme and time zone are the person's, in all their accounts, and only what we know is stored", async () => {
  const { browser } = await createDana()
  const stored = () => env.DB.prepare("SELECT theme, time_zone FROM users WHERE email = 'admin@acme.example'").first()
  await browser.post("/profile/preferences", { theme: "dark", time_zone: "Europe/Berlin" })
  expect(await stored()).toEqual({ theme: "dark", time_zone: "Europe/Berlin" })
  const root = async () => /<html[^>]*>/.exec(await (await browser.get("/billing")).text())?.[0]
  expect(await root()).toBe('<html lang="en" dir="ltr" data-theme="dark" data-time-zone="Europe/Berlin">')
  await browser.post("/profile/preferences", { theme: "blue" })
  expect(await stored()).toEqual({ theme: "dark", time_zone: "Europe/Berlin" })
  const refused = await browser.post("/profile/preferences", { theme: "light", time_zone: "Mars/Base" })
  const refusal = await refused.text()
  expect(refused.status).toBe(422)
  expect(refusal).toMatch(
    /value="Mars\/Base" id="time_zone"[^>]* aria-invalid="true"[^>]* aria-describedby="time_zone-hint"/,
  )
  expect(refusal).toContain(
    '<p class="error" id="time_zone-hint">Enter the name of a time zone, such as Europe/Berlin.',
  )
  expect(refusal).not.toContain("Your preferences have been saved.")
  expect(await stored()).toEqual({ theme: "dark", time_zone: "Europe/Berlin" })
  const menu = await browser.post(
    "/profile/preferences",
    { theme: "system" },
    { Referer: "http://localhost:8787/billing" },
  )
  expect([menu.status, menu.headers.get("Location")]).toEqual([303, "/billing"])
  const card = await browser.post("/profile/preferences", { theme: "system", time_zone: "" })
  expect(await text(await browser.get(card.headers.get("Location") ?? ""))).toContain(
    "Your preferences have been saved.",
  )
  expect(await stored()).toEqual({ theme: "system", time_zone: null })
})

it("a member's profile is in the member's language", async () => {
  const member = await createMember({ locale: "de" })
  expect(await (await member.get("/account")).text()).toContain('<a href="/profile">Ihr Profil</a>')
  const page = await member.get("/profile")
  expect(await text(page)).toContain("Sie melden sich mit priya@northwind.example an.")
  const refused = await member.post("/profile/password", { current_password: "", password: "kurz" })
  expect([refused.status, await text(refused)]).toEqual([
    422,
    expect.stringMatching(/Geben Sie Ihr aktuelles Passwort ein\. .*Verwenden Sie mindestens 15 Zeichen/),
  ])
})

it("a person with two accounts stays in the one that the profile was opened from", async () => {
  const { browser } = await signInStaff()
  await invite(browser, { contact_email: "admin@acme.example" })
  await browser.post(await latestRegistrationLink(), { accept_terms: "on" })
  const path = /href="(\/profile\?account=cus_\w+)"/.exec(await (await browser.get("/account")).text())?.[1] ?? ""
  const page = await (await browser.get(path)).text()
  expect(page).toContain("Northwind Logistics</span>")
  const action = /action="(\/profile\/name\?account=cus_\w+)"/.exec(page)?.[1] ?? ""
  const response = await browser.post(action, { name: "Dana O." })
  expect(response.headers.get("Location")).toMatch(/^\/profile\?flash=name_changed&account=cus_\w+$/)
  expect(await (await browser.get("/profile")).text()).toContain("Acme Networks</span>")
  const links = [...page.matchAll(/<a class="button secondary" href="(\/profile\/[^"]*)"/g)].map(
    ([, link = ""]) => link,
  )
  expect(links.map((link) => link.split("?")[0])).toEqual(["/profile/passkeys/new", "/profile/authenticator/new"])
  for (const link of links) {
    const linked = await (await browser.get(link)).text()
    expect(linked).toContain("Northwind Logistics</span>")
    expect(linked).toMatch(/<a href="\/profile\?account=cus_\w+">Cancel<\/a>/)
  }
})

it("a person without any account still has a profile", async () => {
  const { browser } = await createDana()
  await env.DB.prepare("DELETE FROM staff").run()
  expect([(await browser.get("/")).status, (await browser.get("/profile")).status]).toEqual([403, 200])
})

it("a changed name is shown, and recorded once", async () => {
  const { browser } = await createDana()
  expect((await browser.post("/profile/name", { name: " " })).status).toBe(422)
  for (let n = 0; n < 2; n++) {
    const response = await browser.post("/profile/name", { name: "Dana  Hale" })
    expect(response.headers.get("Location")).toBe("/profile?flash=name_changed")
  }
  expect(await text(await browser.get("/profile?flash=name_changed"))).toContain("Your name has been changed.")
  expect(await (await browser.get("/")).text()).toContain("Dana Hale")
  expect(await auditEntries()).toEqual([{ action: "staff.name_changed", detail: "Dana Ortiz → Dana Hale" }])
})

it("a password changes only with the current one, and ends all other sessions", async () => {
  const { browser, other } = await createDana()
  const refuse = async (form: Record<string, string>) => {
    const response = await browser.post("/profile/password", form)
    expect(response.status).toBe(422)
    return text(response)
  }
  expect(await refuse({ password: NEW_PASSWORD })).toContain("Enter your current password.")
  expect(await refuse({ current_password: "not this one at all", password: NEW_PASSWORD })).toContain(
    "This isn't the password for your account.".replace("'", "&#39;"),
  )
  expect(await refuse({ current_password: PASSWORD, password: "Acme Networks admin!" })).toContain(
    "little more than names",
  )
  expect(await count("sessions")).toBe(2)

  const response = await browser.post("/profile/password", { current_password: PASSWORD, password: NEW_PASSWORD })
  expect(response.headers.get("Location")).toBe("/profile?flash=password_changed")
  expect((await browser.get("/profile?flash=password_changed")).status).toBe(200)
  expect((await other.get("/")).headers.get("Location")).toBe("/sign-in")
  expect(await auditEntries()).toEqual([{ action: "staff.password_changed", detail: "Dana Ortiz" }])
  const form = { email: "admin@acme.example", password: NEW_PASSWORD }
  expect((await new Browser().post("/sign-in", form)).status).toBe(303)
  const [notice] = await sendDueEmails()
  expect([notice?.to, notice?.subject]).toEqual(["admin@acme.example", "Security notice: Your password was changed"])
})

it("a new password is judged in the background as it is when the form is sent, by the names of the person's accounts", async () => {
  const { browser } = await createDana()
  expect(await text(await browser.get("/profile"))).toContain("New password")
  const check = async (visitor: Browser, password: string) =>
    (await visitor.post("/profile/password-checks", { password })).json<{ detail?: string }>()
  const { detail = "none" } = await check(browser, "Acme Networks admin!")
  expect(detail).toContain("such as “Acme Networks”")
  const refused = await browser.post("/profile/password", {
    current_password: PASSWORD,
    password: "Acme Networks admin!",
  })
  expect(await text(refused)).toContain(detail)
  const [short, good] = [await check(browser, "short"), await check(browser, NEW_PASSWORD)]
  expect([short.detail, good]).toEqual([expect.stringContaining("15 characters"), {}])
  const signedOut = await new Browser().post("/profile/password-checks", { password: NEW_PASSWORD })
  expect(signedOut.status).toBe(303)
  expect((await new Browser().post("/sign-in", { email: "admin@acme.example", password: PASSWORD })).status).toBe(303)
})

it("of two changes of a password at once, one applies", async () => {
  const { browser, other } = await createDana()
  const change = (visitor: Browser, password: string) =>
    visitor.post("/profile/password", { current_password: PASSWORD, password })
  const responses = await Promise.all([change(browser, NEW_PASSWORD), change(other, "another sentence of mine")])
  expect(responses.filter(({ status }) => status === 303)).toHaveLength(1)
  expect(await count("audit_log", "action = 'staff.password_changed'")).toBe(1)
})
