import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import {
  Browser,
  count,
  invite,
  latestRegistrationLink,
  PASSWORD,
  REGISTRATION_FORM,
  signInStaff,
} from "./support/app.ts"
import { Authenticator, passkeyOptions } from "./support/authenticator.ts"
import { countingD1 } from "./support/counting-d1.ts"

const CONTACT = "priya@northwind.example"
const BACKGROUND = { Accept: "application/json" }

async function openInvite() {
  const { browser } = await signInStaff()
  const id = await invite(browser)
  return { staff: browser, id, link: await latestRegistrationLink() }
}

const withoutLastCharacters = (link: string) => `${link.slice(0, -6)}AAAAAA`

it("of a hundred simultaneous registrations with a passkey, one creates an account, with one passkey and ten codes", async () => {
  const { link } = await openInvite()
  const passkeys = await Promise.all(
    Array.from({ length: 100 }, async (_, n) => {
      // Half of them are the same answer, the others come from devices of their own.
      const authenticator = n < 50 ? shared : await Authenticator.start()
      return authenticator === shared ? sharedAnswer(link) : authenticator.create(await optionsOf(link))
    }),
  )
  const form = { name: "Priya Nair", accept_terms: "on" }
  const statuses = await Promise.all(
    passkeys.map(async (passkey) => (await new Browser().post(link, { ...form, passkey })).status),
  )
  expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  expect(statuses.filter((status) => status >= 500)).toEqual([])
  expect([await count("users", `email = '${CONTACT}'`), await count("customers"), await count("members")]).toEqual([
    1, 1, 1,
  ])
  expect([await count("passkeys"), await count("recovery_codes"), await count("used_challenges")]).toEqual([1, 10, 1])
  expect(await count("credentials", "user_id IN (SELECT user_id FROM passkeys)")).toBe(0)
})

const optionsOf = async (link: string) => passkeyOptions(await new Browser().get(link))

const shared = await Authenticator.start()
let answer: Promise<string> | undefined
const sharedAnswer = (link: string) => (answer ??= optionsOf(link).then((options) => shared.create(options)))

it("an answer that registered one person registers nobody else, and one for an older link nobody", async () => {
  const { staff, id, link } = await openInvite()
  const authenticator = await Authenticator.start()
  const older = await authenticator.create(await optionsOf(link))
  await env.DB.prepare("UPDATE invites SET last_sent_at = 0").run()
  await staff.post(`/customers/invites/${id}/resends`)
  const newer = await latestRegistrationLink()
  const form = { name: "Priya Nair", accept_terms: "on" }
  expect((await new Browser().post(newer, { ...form, passkey: older })).status).toBe(422)
  const passkey = await authenticator.create(await optionsOf(newer))
  expect((await new Browser().post(newer, { ...form, passkey })).status).toBe(200)
  await invite(staff, { contact_email: "kim@contoso.example", company_name: "Contoso" })
  expect((await new Browser().post(await latestRegistrationLink(), { ...form, passkey })).status).toBe(422)
  expect([await count("passkeys"), await count("customers")]).toEqual([1, 1])
})

it("a password is judged in the background as it is when the form is sent, and nothing is stored", async () => {
  const { link } = await openInvite()
  const check = async (fields: Record<string, string>) =>
    (await new Browser().post(`${link}/password-checks`, fields)).json<{ detail?: string }>()
  const send = async (fields: Record<string, string>) =>
    (await new Browser().post(link, { accept_terms: "on", ...fields }, BACKGROUND)).json<{ errors: object[] }>()
  const before = await env.DB.prepare("SELECT * FROM invites").first()
  await check({ password: "northwind logistics", name: "Priya Nair" })
  expect(await env.DB.prepare("SELECT * FROM invites").first()).toEqual(before)
  for (const [password, expected] of [
    ["northwind logistics", "such as “Northwind Logistics”"],
    ["N0rthwind 2026 2026", "such as “Northwind”"],
    ["sunshine/sunshine/1", "“sunshine” is one of the first words"],
    ["abcabcabcabcabcabc", "too easy to guess"],
    ["short", "15 characters or more"],
    ["", "Enter a password."],
  ] as const) {
    const { detail } = await check({ password, name: "Priya Nair" })
    expect([password, detail]).toEqual([password, expect.stringContaining(expected)])
    expect(await send({ password, name: "Priya Nair" })).toEqual({ errors: [{ field: "password", detail }] })
  }
  const { detail } = await check({ password: "vestibule-vestibule", name: "Priya Nair" })
  expect(detail).toContain("name")
  expect(detail).not.toMatch(/vestibule/i) // only the operator sees the name of the product
  expect((await check({ password: "packetfabric-vestibule", name: "Priya Nair" })).detail).toContain("“PacketFabric”")
  expect(await check({ password: "Katarzyna katarzyna", name: "Katarzyna" })).not.toEqual({})
  expect(await check({ password: PASSWORD, name: "Priya Nair" })).toEqual({})
  expect(await count("users", `email = '${CONTACT}'`)).toBe(0)
})

it("a form that is sent in the background gets the path to continue to, its errors, or the page", async () => {
  const { link } = await openInvite()
  const contact = new Browser()
  const refused = await contact.post(link, { ...REGISTRATION_FORM, accept_terms: "", name: " " }, BACKGROUND)
  expect([refused.status, await refused.json()]).toEqual([
    422,
    {
      errors: [
        { field: "name", detail: "Enter your name." },
        { field: "accept_terms", detail: "Accept the terms of service to continue." },
      ],
    },
  ])
  const changed = await contact.post(link, { ...REGISTRATION_FORM, terms_shown: "1 https://old.example" }, BACKGROUND)
  expect([changed.status, changed.headers.get("Content-Type")]).toEqual([422, expect.stringContaining("text/html")])
  const accepted = await contact.post(link, REGISTRATION_FORM, BACKGROUND)
  expect([accepted.status, await accepted.json()]).toEqual([200, { location: "/account" }])
  expect((await contact.get("/account")).status).toBe(200)
})

it("only a link from an email fills in the address at the sign-in, and a forged one reads no storage", async () => {
  const { staff, id, link } = await openInvite()
  const signInPage = async (next: string) => {
    const { database, costs } = countingD1(env.DB)
    const browser = new Browser()
    browser.env = { ...browser.env, DB: database }
    const text = await (await browser.get(`/sign-in?next=${encodeURIComponent(next)}`)).text()
    return { text, roundTrips: costs.roundTrips }
  }
  const fromEmail = await signInPage(link)
  expect(fromEmail.text).toContain(`value="${CONTACT}"`)
  expect(fromEmail.text).toContain("support@acme.example")
  const copied = /\/r\/[\w-]+/.exec(await (await staff.post(`/customers/invites/${id}/links`)).text())?.[0] ?? ""
  expect((await signInPage(copied)).text).not.toContain(CONTACT)
  const forged = await signInPage(withoutLastCharacters(link))
  expect([forged.text.includes(CONTACT), forged.text.includes("Acme Networks"), forged.roundTrips]).toEqual([
    false,
    false,
    0,
  ])
})

it("errors keep the brand of the link or account that they happen in, and a forged link stays neutral", async () => {
  const { staff, link } = await openInvite()
  const tooLarge = { ...REGISTRATION_FORM, note: "x".repeat(70_000) }
  const atLink = await new Browser().post(link, tooLarge)
  const html = await atLink.text()
  expect([atLink.status, html.includes("support@acme.example"), html.includes(`href="${link}"`)]).toEqual([
    413,
    true,
    true,
  ])
  const forged = await (await new Browser().post(withoutLastCharacters(link), tooLarge)).text()
  expect([forged.includes("Acme Networks"), forged.includes("PacketFabric")]).toEqual([false, true])

  const notFound = await staff.get("/customers/invites/inv_none")
  expect([notFound.status, (await notFound.text()).includes('href="/customers"')]).toEqual([404, true])
  const member = new Browser()
  await member.post(link, REGISTRATION_FORM)
  const missing = await member.get("/account/people/usr_none")
  const page = await missing.text()
  expect([missing.status, page.includes('href="/account"'), page.includes("Northwind Logistics")]).toEqual([
    404,
    true,
    true,
  ])
})

it("pages outside of an account load no htmx", async () => {
  const { link } = await openInvite()
  for (const path of [link, `/decline${link.slice(2)}`, "/sign-in", "/forgot-password", "/reset-password/x"]) {
    const html = await (await new Browser().get(path)).text()
    const scripts = [...html.matchAll(/<script src="\/assets\/([a-z]+)\./g)].map(([, name]) => name)
    expect([path, scripts.slice(0, 2), html.includes("hx-")]).toEqual([path, ["early", "guest"], false])
    expect(scripts).not.toContain("htmx")
  }
})
