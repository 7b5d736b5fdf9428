import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, it } from "vitest"
import { href } from "../src/routes.ts"
import { LOCALES, type Locale } from "../src/text/locales.ts"
import { STAFF_LOCALES } from "../src/text/staff/locales.ts"
import {
  Browser,
  CUSTOMER,
  latestRegistrationLink,
  REGISTRATION_FORM,
  registrationLinkIn,
  sendDueEmails,
  signInStaff,
} from "./support/app.ts"
import { customerPages } from "./support/customer-pages.ts"
import { confirmIdentityOfAll, setUpAuthenticator } from "./support/factors.ts"
import { settingsPages } from "./support/settings-pages.ts"
import { resetStorage } from "./support/storage.ts"

// Shows the same pages in every language and compares what people read on them. What is the same as in English is a value, a name, or
// wasn't translated.

type Pages = Record<string, Response>

/** The same word in English and in this language. */
const SHARED: Record<Exclude<Locale, "en">, string[]> = {
  es: ["Admin"],
  fr: ["Admin"],
  de: [
    ...[
      "Admin",
      "Code",
      "Name",
      "Person",
      "System",
      "Logo",
      "Status",
      "Support",
      "URL",
      "Webhook",
      "Webhooks",
      "Sandbox",
    ],
    "← Webhooks",
    ": authenticator app added", // a detail of the audit log, as it is stored
    "Version …-",
  ],
  "pt-BR": ["Admin"],
  ja: [],
}

/** Names of products, and what people entered. */
const VALUES = [
  ...["PacketFabric", "Acme Networks", "Acme Help", "Northwind Logistics", "Priya Nair", "Dana Ortiz", "Sam Reyes"],
  ...["Lee Wong", "Qzx", "Qzy", "Globex Connect", "UTC", "English", "Français", "日本語"],
]

const ATTRIBUTES =
  /\s(?:aria-label|title|alt|placeholder|hx-confirm|data-(?:label|countdown|copied|other-label|just-now))="([^"]*)"/g

/** Options that are values: languages, countries and billing accounts. */
const VALUE_OPTIONS = /<select id="country".*?<\/select>|<option [^>]*(?:lang=|data-email|"bil_).*?<\/option>/gs

/** What people read in a page: its texts and attributes, without values, addresses and numbers. */
function wordsOf(html: string): string[] {
  const page = html.replace(/<form [^>]*action="[^"]*\?language=.*?<\/form>/s, "").replace(VALUE_OPTIONS, "")

  const texts = [
    ...page.replace(/<(script|textarea|pre)\b.*?<\/\1>/gs, "").split(/<[^>]*>/),
    ...[...page.matchAll(ATTRIBUTES)].map(([, text = ""]) => text),
  ]
  return [...new Set(texts.map(withoutValues).filter((text) => /\p{L}{2}/u.test(text)))]
}

const withoutValues = (text: string) =>
  VALUES.reduce((rest, value) => rest.replaceAll(value, "…"), text)
    .replaceAll(/\b[a-z_]+[.:][a-z_]+\b|\b[a-z]{3}_[0-9a-z]{26}\b/g, "…") // events, scopes and ids
    .replaceAll(/\S+@\S+|https?:\S+|\+\d[\d ]+|\d[\d:,.]*|&[#\w]+;|·/g, "…")
    .replace(/^[\s…]+|[\s…]+$/g, "")

/** A reseller with an invite in each state, a member, and browsers for all of them. */
async function createFixture() {
  const { browser: staff, resellerId } = await signInStaff()
  await env.DB.prepare("UPDATE resellers SET support_name = 'Acme Help', support_phone = '+14155550100'").run()
  await staff.post("/customers/invites/new", { ...CUSTOMER, contact_email: "kim@b.example" })
  const member = new Browser()
  await member.post(await latestRegistrationLink(), REGISTRATION_FORM)
  await member.post("/account/invites/new", { ...SAM, note: "Qzx." })
  const sam = await idOf("invites", "contact_email = 'sam@people.example'")
  const second = await latestRegistrationLink()
  const colleague = new Browser()
  await colleague.post(second, REGISTRATION_FORM)
  await member.post("/account/invites/new", { ...LEE, note: "Qzx." })
  const lee = await idOf("invites", "contact_email = 'lee@people.example'")
  await sendDueEmails()
  await member.post(`/account/invites/${lee}/edit`, { ...LEE, role: "admin", locale: "ja", note: "Qzy." })
  await staff.post("/customers/invites/new", CUSTOMER)
  const invite = await idOf("invites", "contact_email = 'priya@northwind.example'")
  const [mail] = await sendDueEmails()
  const link = registrationLinkIn(mail)
  const decline = /(\/decline\/\S+)/.exec(mail?.text ?? "")?.[1] ?? ""
  const copied = /\/r\/[\w.-]+/.exec(await (await staff.post(`/customers/invites/${invite}/links`)).text())?.[0] ?? ""
  await new Browser().post("/forgot-password", { email: "kim@b.example" })
  await member.post("/profile/email", { email: "new@b.example", current_password: REGISTRATION_FORM.password })
  const mails = (await sendDueEmails()).map(({ text }) => text).join("\n")
  const reset = /(\/reset-password\/\S+)/.exec(mails)?.[1] ?? ""
  const emailChange = /(\/confirm-email\/\S+)/.exec(mails)?.[1] ?? ""
  const kim = await idOf("users", "email = 'kim@b.example'")
  const colleagueId = await idOf("users", "email = 'sam@people.example'")
  await confirmIdentityOfAll()
  await setUpAuthenticator(colleague)
  const people = { staff, resellerId, member, colleague, kim, colleagueId }
  return { ...people, invite, sam, lee, link, decline, copied, reset, emailChange }
}

const SAM = { contact_name: "Sam Reyes", contact_email: "sam@people.example", role: "member", locale: "fr" }
const LEE = { contact_name: "Lee Wong", contact_email: "lee@people.example", role: "member", locale: "fr" }

async function idOf(table: string, where: string): Promise<string> {
  const id = await env.DB.prepare(`SELECT id FROM ${table} WHERE ${where}`).first<string>("id")
  if (!id) throw new Error(`no ${table} where ${where}`)
  return id
}

type Fixture = Awaited<ReturnType<typeof createFixture>>

const update = (table: string, values: string, id: string) =>
  env.DB.prepare(`UPDATE ${table} SET ${values} WHERE id = ?`).bind(id).run()

/** Every page of a registration link and of the links around it. */
async function contactPages(
  { invite, staff, member, link, decline, copied, reset, emailChange }: Fixture,
  locale: Locale,
): Promise<Pages> {
  const contact = new Browser()
  await contact.post(`/sign-in?language=${locale}`)
  const pages: Pages = {}
  const post = (form: Record<string, string>) => contact.post(link, { ...REGISTRATION_FORM, ...form })
  pages.form = await contact.get(link)
  pages.empty = await post({ name: "", password: "", accept_terms: "" })
  pages.long = await post({ name: "x".repeat(101), password: "x".repeat(129), terms_shown: "0 https://old.example" })
  pages.short = await post({ password: "short" })
  pages.common = await post({ password: "passwordpassword" })
  pages.names = await post({ password: "Northwind Logistics!" })
  pages.passkey = await post({ password: "", passkey: "{}" })
  pages.needsCode = await contact.get(copied)
  pages.wrongCode = await contact.post(`${copied}/verification`, { code: "12" })
  pages.decline = await contact.get(decline)
  const states: [name: string, values: string][] = [
    ["revoked", "status = 'revoked'"],
    ["declined", "status = 'declined'"],
    ["accepted", "status = 'accepted'"],
    ["expired", "expires_at = 1"],
    ["superseded", "link_version = link_version + 1, resent_at = 1"],
    ["changed", "link_version = link_version + 1, email_since_version = link_version + 1"],
  ]
  const before = await env.DB.prepare("SELECT * FROM invites WHERE id = ?")
    .bind(invite)
    .first<Record<string, unknown>>()
  for (const [name, values] of states) {
    await update("invites", values, invite)
    pages[name] = await contact.get(link)
    pages[`${name} declined`] = await contact.get(decline)
    const { status, expires_at, link_version, resent_at, email_since_version } = before ?? {}
    await env.DB.prepare(
      "UPDATE invites SET status = ?, expires_at = ?, link_version = ?, resent_at = ?, email_since_version = ? WHERE id = ?",
    )
      .bind(status, expires_at, link_version, resent_at, email_since_version, invite)
      .run()
  }
  await env.DB.prepare("UPDATE resellers SET suspended_at = 1").run()
  pages.suspended = await contact.get(link)
  await env.DB.prepare("UPDATE resellers SET suspended_at = NULL").run()
  for (const [name, browser] of Object.entries({ staff, member })) {
    browser.storeCookies(new Headers({ "Set-Cookie": `vestibule.language=${locale}; Path=/` }))
    pages[`wrong user ${name}`] = await browser.get(link)
  }
  for (const path of ["/r/broken", "/decline/broken", "/reset-password/broken", "/confirm-email/broken"]) {
    pages[path] = await contact.get(path)
  }
  pages.signIn = await contact.get("/sign-in")
  pages.signInEmpty = await contact.post("/sign-in", { email: "" })
  pages.signInWrong = await contact.post("/sign-in", { email: "nobody@b.example", password: "wrong" })
  pages.timedOut = await contact.get("/sign-in?flash=second_factor_expired")
  pages.resetDone = await contact.get("/sign-in?flash=password_reset")
  pages.forgot = await contact.get("/forgot-password")
  for (const email of [
    "",
    "a",
    '"a"@b.example',
    "ä@b.example",
    "a..b@b.example",
    `${"x".repeat(65)}@b.example`,
    "a@b_.example",
    "a@b.example c@d.example",
  ]) {
    pages[`forgot ${email}`] = await contact.post("/forgot-password", { email })
  }
  pages.forgotSent = await contact.post("/forgot-password", { email: `nobody-${locale}@b.example` })
  pages.reset = await contact.get(reset)
  pages.resetShort = await contact.post(reset.split("?")[0] ?? "", { password: "short" })
  pages.emailChange = await contact.get(emailChange)
  pages.tooLarge = await contact.post("/sign-in", { email: "x".repeat(70_000) })
  pages.urlTooLong = await contact.get(`/sign-in?x=${"x".repeat(9_000)}`)
  pages.headersTooLarge = await contact.get("/sign-in", { "X-Long": "x".repeat(40_000) })
  pages.foreign = await contact.post("/sign-in", {}, { Origin: "https://evil.example" })
  await contact.post("/sign-in", { email: "sam@people.example", password: REGISTRATION_FORM.password })
  pages.secondFactor = await contact.get("/sign-in/second-factor")
  pages.secondFactorWrong = await contact.post("/sign-in/second-factor", { code: "000000" })
  return pages
}

/** Every page of a customer's account and of a person's profile. */
async function memberPages({ member, colleague, sam, lee, kim, colleagueId }: Fixture, locale: Locale): Promise<Pages> {
  await member.post(`/account?language=${locale}`)
  await colleague.post(`/account?language=${locale}`)
  const pages: Pages = {}
  for (const flash of ["unchanged", "purged", "role_changed", "removed", "person_signed_out", "factors_reset"]) {
    pages[flash] = await member.get(href("account.show", {}, { flash }))
  }
  const ofInvites = ["invite_sent", "invite_resent", "invite_created", "invite_saved", "address_changed"]
  for (const flash of [...ofInvites, "invite_revoked", "invite_restored"]) {
    pages[flash] = await member.get(href("account.show", {}, { flash, invite: lee }))
  }
  const changes = ["name_changed", "password_changed", "email_requested", "email_cancelled"]
  for (const flash of [...changes, "session_ended", "other_sessions_ended", "factors_changed"]) {
    pages[flash] = await member.get(href("profile.show", {}, { flash }))
  }
  pages.accepted = await member.get(`/account/invites/${sam}`)
  pages.pending = await member.get(`/account/invites/${lee}`)
  for (const status of ["bounced", "complained", "failed", "deferred", "delivered", "queued"]) {
    await update("invites", `email_status = '${status}', email_error = 'Mailbox is full: 552 5.2.2'`, lee)
    pages[`email ${status}`] = await member.get(`/account/invites/${lee}`)
    pages[`edit ${status}`] = await member.get(`/account/invites/${lee}/edit`)
  }
  await update("invites", "email_status = 'sent', email_error = NULL", lee)
  pages.copied = await member.post(`/account/invites/${lee}/links`)
  pages.notFound = await member.get("/account/invites/none")
  pages.new = await member.get("/account/invites/new")
  const wrong = { contact_name: "", contact_email: "", role: "boss", locale: "xx", note: "x".repeat(501) }
  pages.newWrong = await member.post("/account/invites/new", wrong)
  pages.newPending = await member.post("/account/invites/new", LEE)
  pages.newJoined = await member.post("/account/invites/new", SAM)
  pages.notResendable = await member.post(`/account/invites/${sam}/resends`)
  pages.notRevocable = await member.post(`/account/invites/${sam}/revocation`)
  pages.self = await member.get(`/account/people/${kim}`)
  pages.selfDemoted = await member.post(`/account/people/${kim}/role`, { role: "member" })
  pages.other = await member.get(`/account/people/${colleagueId}`)
  pages.forbidden = await colleague.get("/account/invites/new")
  pages.profile = await member.get("/profile")
  pages.profileWithFactors = await colleague.get("/profile")
  pages.name = await member.post("/profile/name", { name: "" })
  pages.password = await member.post("/profile/password", { current_password: "", password: "short" })
  pages.wrongPassword = await member.post("/profile/password", { current_password: "wrong", password: "x".repeat(129) })
  pages.email = await member.post("/profile/email", { email: "a", current_password: "" })
  pages.secondFactor = await member.get("/profile/second-factor")
  pages.passkey = await member.get("/profile/passkeys/new")
  pages.passkeyRefused = await member.post("/profile/passkeys/new", { name: "Phone", passkey: "{}" })
  pages.authenticator = await member.get("/profile/authenticator/new")
  pages.wrongCode = await member.post("/profile/authenticator/new", { code: "000000" })
  pages.recoveryCodes = await colleague.post("/profile/recovery-codes")
  pages.confirm = await member.get("/confirm-identity")
  pages.confirmWrong = await member.post("/confirm-identity", { password: "wrong" })
  pages.wrongAccount = await member.post("/account/invites/new?account=cus_none", LEE)
  return pages
}

/** Whose pages they are, and in which languages. */
const PAGES: Record<
  string,
  [openPages: (fixture: Fixture, locale: Locale) => Promise<Pages>, locales: readonly Locale[]]
> = {
  contacts: [contactPages, LOCALES],
  members: [memberPages, LOCALES],
  "staff in Customers": [
    ({ staff, ...ids }, locale) => customerPages({ browser: staff, ...ids }, locale),
    STAFF_LOCALES,
  ],
  "staff in Settings": [({ staff }, locale) => settingsPages(staff, locale), STAFF_LOCALES],
}

describe.each(Object.entries(PAGES))("every page for %s", (_, [openPages, locales]) => {
  const words: Partial<Record<Locale, Map<string, string[]>>> = {}

  beforeAll(async () => {
    await resetStorage()
    const fixture = await createFixture()
    for (const locale of locales) words[locale] = await readPages(await openPages(fixture, locale), locale)
  }, 120_000)

  it.each(locales.filter((locale) => locale !== "en"))("has no English words in %s", (locale) => {
    const english = new Set([...(words.en?.values() ?? [])].flat())
    expect(english.size).toBeGreaterThan(60)
    const same = new Map<string, string>()
    for (const [page, texts] of words[locale] ?? []) {
      for (const text of texts) if (english.has(text) && !SHARED[locale].includes(text)) same.set(text, page)
    }
    expect(Object.fromEntries(same)).toEqual({})
  })
})

async function readPages(pages: Pages, locale: Locale) {
  const words = new Map<string, string[]>()
  for (const [name, response] of Object.entries(pages)) {
    const html = await response.text()
    expect([name, response.status, /<html lang="([^"]*)" dir="ltr"/.exec(html)?.[1] ?? html]).toEqual([
      name,
      response.status,
      locale,
    ])
    words.set(name, wordsOf(html))
  }
  return words
}
