import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { accountInviteEmail, inviteEmail, reminderEmail, verificationCodeEmail } from "../.generated/emails.ts"
import { remindContacts } from "../src/domain/invites/remind.ts"
import type { OutgoingEmail } from "../src/emails/provider.ts"
import { translateEmail } from "../src/emails/template.ts"
import { createDeps } from "../src/http/bindings.ts"
import { en } from "../src/text/en.ts"
import { LOCALES, messagesFor } from "../src/text/locales.ts"
import {
  Browser,
  CUSTOMER,
  callApi,
  count,
  createApiKey,
  latestRegistrationLink,
  REGISTRATION_FORM,
  sendDueEmails,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { travel, travelTo } from "./support/time.ts"

const SAM = { contact_name: "Sam Reyes", contact_email: "sam@people.example" }

/** A reseller with a support phone and an API key, and its signed-in Admin. */
async function createFixture() {
  const reseller = await signInStaff()
  await env.DB.prepare("UPDATE resellers SET support_phone = '+14155550100'").run()
  return { ...reseller, key: await createApiKey(reseller.resellerId) }
}

async function createMember(browser: Browser) {
  await browser.post("/customers/invites/new", CUSTOMER)
  const member = new Browser()
  await member.post(await latestRegistrationLink(), REGISTRATION_FORM)
  return member
}

const saveInviteSettings = (browser: Browser, fields: Record<string, string>) =>
  browser.post("/settings/invites", { default_expires_in_days: "14", reminders_enabled: "on", ...fields })
const latestInviteColumn = (column: string) =>
  env.DB.prepare(`SELECT ${column} AS it FROM invites ORDER BY seq DESC`).first("it")
const maskLinks = ({ text }: OutgoingEmail) => text.replace(/http:\/\/localhost:8787\/(\w+)\/\S+/g, "<$1>")

type EmailTrigger = (reseller: Awaited<ReturnType<typeof createFixture>>, locale: string) => Promise<void>

const EMAIL_TRIGGERS: Record<string, EmailTrigger> = {
  invite: async ({ browser }, locale) => {
    await browser.post("/customers/invites/new", { ...CUSTOMER, locale, note: "Bis bald." })
  },
  reminder: async ({ browser }, locale) => {
    await browser.post("/customers/invites/new", { ...CUSTOMER, locale })
    await sendDueEmails()
    travel({ days: 12 })
    await remindContacts(createDeps(testEnv, () => undefined))
  },
  code: async ({ key }, locale) => {
    const created = await callApi({ key, path: "/invites", body: { ...CUSTOMER, locale, send_email: false } })
    const { id } = await created.json<{ id: string }>()
    const copyLinkResponse = await callApi({ key, method: "POST", path: `/invites/${id}/links` })
    const { registration_url } = await copyLinkResponse.json<{ registration_url: string }>()
    await new Browser().post(`${new URL(registration_url).pathname}/codes`)
  },
  staff: async ({ browser }, locale) => {
    await browser.post("/settings/staff/invites/new", { ...SAM, role: "support", locale, note: "Bis bald." })
  },
  member: async ({ browser }, locale) => {
    const member = await createMember(browser)
    await member.post("/account/invites/new", { ...SAM, role: "member", locale })
  },
}

const GERMAN: [kind: string, subject: string, text: string][] = [
  [
    "invite",
    "Sie wurden zu Acme Networks eingeladen",
    `Guten Tag Priya Nair,

Sie wurden eingeladen, das Self-Service-Portal von Acme Networks mit
Technologie von PacketFabric zu nutzen. Erleben Sie Konnektivität so
elegant und automatisiert, wie Sie es von der Cloud erwarten!

Stärken Sie Ihr internes Netzwerk oder Ihren Backbone, stellen Sie
Verbindungen zu Ihren Cloud- und SaaS-Anbietern und zwischen ihnen her
und bauen Sie über unseren Marktplatz gemeinsam mit anderen Ihr eigenes
sicheres, privates Ökosystem auf.

Um die Registrierung abzuschließen, folgen Sie bitte dem Link unten und
legen Sie Ihr Konto an. Danach heißt es: klicken, anlegen, verbinden!

Jetzt verbinden:
<r>

Dana Ortiz von Acme Networks schreibt dazu:
> Bis bald.

Der Link gilt bis zum 5. Dezember 2099 um 00:00 UTC.
Dana Ortiz von Acme Networks hat priya@northwind.example als Kontakt von
Northwind Logistics eingeladen.
Fragen? Antworten Sie auf diese E-Mail oder rufen Sie uns an:
+1 415 555 0100.

Diese Einladung war nicht für mich bestimmt
<decline>`,
  ],
  [
    "reminder",
    "Ihre Einladung von Acme Networks läuft am 5. Dezember 2099 um 00:00 UTC ab",
    `Guten Tag Priya Nair,

Dana Ortiz von Acme Networks hat Sie eingeladen, das Konto von Northwind
Logistics bei Acme Networks einzurichten. Der Link unten gilt noch bis
zum 5. Dezember 2099 um 00:00 UTC; danach brauchen Sie eine neue
Einladung.

Jetzt verbinden:
<r>

Fragen? Antworten Sie auf diese E-Mail oder rufen Sie uns an:
+1 415 555 0100.
Dies ist die einzige Erinnerung.

Diese Einladung war nicht für mich bestimmt
<decline>`,
  ],
  [
    "code",
    "000000 ist Ihr Code",
    `Sie wurden eingeladen, das Konto von Northwind Logistics bei Acme
Networks einzurichten. Jemand hat diese Einladung geöffnet. Wenn Sie das
waren, geben Sie bitte diesen Code ein:

000000

Der Code gilt 10 Minuten lang und nur einmal.
Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Ohne den Code kommt
niemand weiter. Verraten Sie ihn niemandem; wir fragen nie danach.
Fragen? Antworten Sie auf diese E-Mail oder rufen Sie uns an:
+1 415 555 0100.`,
  ],
  [
    "staff",
    "Dana Ortiz von Acme Networks hat Sie zu Acme Networks eingeladen",
    `Guten Tag Sam Reyes,

Dana Ortiz von Acme Networks hat Sie eingeladen, dem Team von Acme
Networks beizutreten. Ihre Rolle wird Support sein. Die Technologie
kommt von PacketFabric.

Folgen Sie bitte dem Link unten, um Ihren Zugang anzulegen oder dieses
Konto Ihrem bestehenden Zugang hinzuzufügen.

Jetzt verbinden:
<r>

Dana Ortiz von Acme Networks schreibt dazu:
> Bis bald.

Der Link gilt bis zum 5. Dezember 2099 um 00:00 UTC.
Dana Ortiz von Acme Networks hat sam@people.example eingeladen.
Fragen? Antworten Sie auf diese E-Mail oder rufen Sie uns an:
+1 415 555 0100.

Diese Einladung war nicht für mich bestimmt
<decline>`,
  ],
  [
    "member",
    "Priya Nair von Northwind Logistics hat Sie zu Northwind Logistics eingeladen",
    `Guten Tag Sam Reyes,

Priya Nair von Northwind Logistics hat Sie eingeladen, dem Konto von
Northwind Logistics bei Acme Networks beizutreten. Ihre Rolle wird
Mitglied sein. Die Technologie kommt von PacketFabric.

Folgen Sie bitte dem Link unten, um Ihren Zugang anzulegen oder dieses
Konto Ihrem bestehenden Zugang hinzuzufügen.

Jetzt verbinden:
<r>

Der Link gilt bis zum 5. Dezember 2099 um 00:00 UTC.
Priya Nair von Northwind Logistics hat sam@people.example eingeladen.
Fragen? Antworten Sie auf diese E-Mail oder rufen Sie uns an:
+1 415 555 0100.

Diese Einladung war nicht für mich bestimmt
<decline>`,
  ],
]

const ENGLISH: typeof GERMAN = [
  [
    "reminder",
    "Your invite from Acme Networks expires on 5 December 2099 at 00:00 UTC",
    `Dear Priya Nair,

Dana Ortiz of Acme Networks invited you to set up the account of
Northwind Logistics with Acme Networks. The link below works until 5
December 2099 at 00:00 UTC. After that, you need a new invite.

Connect Here:
<r>

Questions? Reply to this email, or call +1 415 555 0100.
This is the only reminder.

This wasn't meant for me
<decline>`,
  ],
  [
    "code",
    "000000 is your code",
    `Someone opened the invite to set up the account of Northwind Logistics
with Acme Networks. If that was you, enter this code:

000000

The code works once, for 10 minutes.
If this wasn't you, ignore this email: nobody can continue without the
code. Don't share it. We'll never ask you for it.
Questions? Reply to this email, or call +1 415 555 0100.`,
  ],
  [
    "staff",
    "Dana Ortiz of Acme Networks invited you to Acme Networks",
    `Dear Sam Reyes,

Dana Ortiz of Acme Networks invited you to join the staff of Acme
Networks, powered by PacketFabric. Your role will be Support.

Follow the link below to create your account. If you already have one,
you can accept the invite with it.

Connect Here:
<r>

Dana Ortiz of Acme Networks adds:
> Bis bald.

The link works until 5 December 2099 at 00:00 UTC.
Dana Ortiz of Acme Networks invited sam@people.example.
Questions? Reply to this email, or call +1 415 555 0100.

This wasn't meant for me
<decline>`,
  ],
]

describe.each([
  { locale: "de", emails: GERMAN },
  { locale: "en", emails: ENGLISH },
])("emails to contacts in $locale", ({ locale, emails }) => {
  it.each(emails)("of kind %s have the subject “%s” and the expected text", async (kind, subject, text) => {
    travelTo(new Date("2099-11-21"))
    await EMAIL_TRIGGERS[kind]?.(await createFixture(), locale)
    const mail = (await sendDueEmails()).find(({ to }) => [SAM.contact_email, CUSTOMER.contact_email].includes(to))
    const code = kind === "code" ? (/\d{6}/.exec(mail?.subject ?? "")?.[0] ?? "none") : "none"
    expect(mail?.subject.replace(code, "000000")).toBe(subject)
    expect(mail && maskLinks(mail).replace(code, "000000")).toBe(text)
    expect(mail?.html).toContain(`<html lang="${locale}"`)
    expect(`${mail?.subject}${mail?.html}${mail?.text}`).not.toContain("{{")
  })

  it("name only the reseller for an invite created through the API", async () => {
    const { key } = await createFixture()
    await callApi({ key, path: "/invites", body: { ...CUSTOMER, locale } })
    const [mail] = await sendDueEmails()
    const expectedSentence = {
      de: "Acme Networks hat priya@northwind.example als",
      en: "Acme Networks invited priya@",
    }[locale]
    expect(mail?.text).toContain(`\n${expectedSentence}`)
  })
})

describe.each(Object.entries({ verificationCodeEmail, inviteEmail, accountInviteEmail, reminderEmail }))(
  "%s in every language besides English",
  (_, email) => {
    const otherLocales = LOCALES.filter((locale) => locale !== "en")

    it.each(otherLocales)("contains no English sentence in its text or HTML: %s", (locale) => {
      const translated = proseLines(translateEmail(email, messagesFor(locale)))
      const english = proseLines(translateEmail(email, en))
      expect(translated.length).toBeGreaterThan(5)
      expect(translated.filter((line) => english.includes(line))).toEqual([])
    })
  },
)

/** The text between an email's slots and HTML tags. */
function proseLines({ subject, text, html }: { subject: string; text: string; html: string }) {
  const parts = [subject, text, html.replace(/<(style|head)[\s\S]*?<\/\1>/g, "")]
    .join("\n")
    .split(/<[^>]*>|\{\{.*?\}\}|\n/)
  return parts.map((part) => part.trim()).filter((part) => /\p{L}{2}.*\P{L}\p{L}{2}|[\p{Script=Hira}]/u.test(part))
}

describe("the language of an invite", () => {
  it("defaults to the reseller's for customers and staff, by form and API, and to the member's for colleagues", async () => {
    const { browser, key } = await createFixture()
    const member = await createMember(browser)
    expect((await saveInviteSettings(browser, { locale: "de" })).status).toBe(303)
    await browser.post("/customers/invites/new", { ...CUSTOMER, contact_email: "a@b.example" })
    expect(await latestInviteColumn("locale")).toBe("de")
    const created = await callApi({ key, path: "/invites", body: { ...CUSTOMER, contact_email: "b@b.example" } })
    expect(await created.json()).toMatchObject({ locale: "de" })
    await browser.post("/settings/staff/invites/new", { ...SAM, role: "support" })
    expect(await latestInviteColumn("locale || kind")).toBe("destaff")
    await member.post("/account/invites/new", { ...SAM, role: "member" })
    expect(await latestInviteColumn("locale || kind")).toBe("enmember")
  })

  it("is English for a reseller's first Admin, and the reseller's for Admins that the operator invites later", async () => {
    const { browser, resellerId } = await createFixture()
    await saveInviteSettings(browser, { locale: "de" })
    const admin = { admin_name: "Bill Lumbergh", admin_email: "bill@initech.example" }
    const key = "local-operator"
    expect((await callApi({ key, path: "/resellers", body: { name: "Initech", ...admin } })).status).toBe(201)
    expect(await latestInviteColumn("locale")).toBe("en")
    expect((await callApi({ key, path: `/resellers/${resellerId}/admin_invites`, body: admin })).status).toBe(201)
    expect(await latestInviteColumn("locale || kind")).toBe("destaff")
  })

  it("is the one that the request names", async () => {
    const { browser, key } = await createFixture()
    await saveInviteSettings(browser, { locale: "de" })
    const body = { ...CUSTOMER, locale: "en" }
    expect(await (await callApi({ key, path: "/invites", body })).json()).toMatchObject({ locale: "en" })
    await browser.post("/settings/staff/invites/new", { ...SAM, role: "support", locale: "en" })
    expect(await latestInviteColumn("locale || kind")).toBe("enstaff")
  })

  it("doesn't depend on the settings of another reseller", async () => {
    const globex = await signInStaff("globex")
    const { browser } = await createFixture()
    await saveInviteSettings(browser, { locale: "de" })
    const key = await createApiKey(globex.resellerId)
    const billing = { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" }
    expect((await callApi({ key, path: "/invites", body: { ...CUSTOMER, ...billing } })).status).toBe(201)
    expect(await latestInviteColumn("locale")).toBe("en")
  })

  it("can be chosen in each form, defaults to the reseller's or the member's, and appears on the invite's page", async () => {
    const { browser } = await createFixture()
    const member = await createMember(browser)
    await saveInviteSettings(browser, { locale: "de" })
    const selectedLocale = async (visitor: Browser, path: string) =>
      /<option value="(\w+)"[^>]* selected=""[^>]*>(\w+)<\/option>/.exec(
        /<select id="locale"[\s\S]*?<\/select>/.exec(await (await visitor.get(path)).text())?.[0] ?? "",
      )?.[2]
    expect(await selectedLocale(browser, "/customers/invites/new")).toBe("Deutsch")
    expect(await selectedLocale(browser, "/settings/staff/invites/new")).toBe("Deutsch")
    expect(await selectedLocale(member, "/account/invites/new")).toBe("English") // the member's language
    expect(await selectedLocale(browser, "/settings/invites")).toBe("Deutsch")
    await browser.post("/customers/invites/new", { ...CUSTOMER, contact_email: "a@b.example", locale: "en" })
    const path = `/customers/invites/${await latestInviteColumn("id")}`
    expect(await selectedLocale(browser, `${path}/edit`)).toBe("English")
    expect(await (await browser.get(path)).text()).toContain('<dt>Language</dt><dd lang="en">English</dd>')
  })

  it.each(["xx", "DE", "", "de-DE"])("is refused with an error at its field when it is “%s”", async (locale) => {
    const { browser, key } = await createFixture()
    const member = await createMember(browser)
    const id = await latestInviteColumn("id")
    const errorAttributes = 'aria-invalid="true" aria-describedby="locale-hint"'
    const forms = [
      browser.post("/customers/invites/new", { ...CUSTOMER, contact_email: "a@b.example", locale }),
      browser.post("/settings/staff/invites/new", { ...SAM, role: "support", locale }),
      member.post("/account/invites/new", { ...SAM, role: "member", locale }),
      saveInviteSettings(browser, { locale }),
    ]
    for (const response of await Promise.all(forms)) {
      expect([response.status, await response.text()]).toEqual([422, expect.stringContaining(errorAttributes)])
    }
    const body = { ...CUSTOMER, contact_email: "a@b.example", locale }
    const refused = await callApi({ key, path: "/invites", body })
    expect(await refused.json()).toMatchObject({
      errors: [{ field: "locale", detail: `Use one of: ${LOCALES.join(", ")}.` }],
    })
    expect(await count("invites", `id <> '${id}'`)).toBe(0)
    expect(await count("resellers", "locale = 'en'")).toBe(1)
  })

  it("distinguishes a changed form from a repeated one", async () => {
    const { browser } = await createFixture()
    const form = { ...CUSTOMER, form_token: crypto.randomUUID(), locale: "de" }
    const postStatus = async (fields: Record<string, string>) =>
      (await browser.post("/customers/invites/new", fields)).status
    expect([await postStatus(form), await postStatus(form), await postStatus({ ...form, locale: "en" })]).toEqual([
      303, 303, 422,
    ])
    expect(await count("invites")).toBe(1)
  })
})

describe("editing the language of an invite", () => {
  it("applies to queued emails and later resends", async () => {
    const { browser, key } = await createFixture()
    await browser.post("/customers/invites/new", CUSTOMER)
    const id = await latestInviteColumn("id")
    const patch = (body: unknown) => callApi({ key, method: "PATCH", path: `/invites/${id}`, body })
    expect(await (await patch({ locale: "de" })).json()).toMatchObject({ locale: "de", send_count: 1 })
    expect((await sendDueEmails()).map(({ subject }) => subject)).toEqual(["Sie wurden zu Acme Networks eingeladen"])
    await browser.post(`/customers/invites/${id}/edit`, { ...CUSTOMER, locale: "en" })
    expect(await sendDueEmails()).toEqual([])
    await browser.post(`/customers/invites/${id}/resends`)
    expect((await sendDueEmails()).map(({ subject }) => subject)).toEqual([
      "You have been invited to join Acme Networks",
    ])
    const { results } = await env.DB.prepare(
      "SELECT changes FROM audit_log WHERE action = 'invite.updated' ORDER BY id",
    ).all()
    expect(results).toEqual([{ changes: '[["locale","en","de"]]' }, { changes: '[["locale","de","en"]]' }])
  })

  it("changes nothing when the field is omitted", async () => {
    const { browser, key } = await createFixture()
    await browser.post("/customers/invites/new", { ...CUSTOMER, locale: "de" })
    const id = await latestInviteColumn("id")
    const body = { contact_name: "Ana Costa" }
    await callApi({ key, method: "PATCH", path: `/invites/${id}`, body })
    expect(await latestInviteColumn("locale || contact_name")).toBe("deAna Costa")
    await browser.post(`/customers/invites/${id}/edit`, CUSTOMER)
    expect(await latestInviteColumn("locale || contact_name")).toBe("dePriya Nair")
  })

  it("works for staff invites, and refuses an unknown language", async () => {
    const { browser } = await createFixture()
    await browser.post("/settings/staff/invites/new", { ...SAM, role: "support" })
    const path = `/settings/staff/invites/${await latestInviteColumn("id")}`
    const refused = await browser.post(`${path}/edit`, { ...SAM, role: "support", locale: "xx" })
    expect([refused.status, await latestInviteColumn("locale")]).toEqual([422, "en"])
    await browser.post(`${path}/edit`, { ...SAM, role: "support", locale: "de" })
    expect((await sendDueEmails())[0]?.subject).toContain("hat Sie zu Acme Networks eingeladen")
  })
})

describe("the invite settings", () => {
  it("store language and reminders, and record both in the audit log", async () => {
    const { browser } = await createFixture()
    await browser.post("/settings/invites", { default_expires_in_days: "7", locale: "de" })
    expect(await count("resellers", "locale = 'de' AND reminders_enabled = 0 AND default_expires_in_days = 7")).toBe(1)
    await saveInviteSettings(browser, {})
    expect(await count("resellers", "locale = 'de' AND reminders_enabled = 1 AND default_expires_in_days = 14")).toBe(1)
    const { results } = await env.DB.prepare(
      "SELECT detail FROM audit_log WHERE action = 'reseller.invite_settings_changed' ORDER BY id",
    ).all()
    expect(results).toEqual([{ detail: "7 days, Deutsch, no reminders" }, { detail: "14 days, Deutsch, reminders" }])
    expect(await (await browser.get("/settings/invites")).text()).toMatch(/name="reminders_enabled" value="on" checked/)
  })
})

it("the OpenAPI document lists the languages and describes the default", async () => {
  const response = await callApi({ path: "/openapi.json" })
  const { components } = await response.json<{ components: { schemas: Record<string, { properties: object }> } }>()
  for (const name of ["Invite", "NewInvite", "InvitePatch"]) {
    expect(components.schemas[name]?.properties).toMatchObject({ locale: { type: "string", enum: LOCALES } })
  }
  expect(components.schemas.NewInvite?.properties).toMatchObject({
    locale: { description: expect.stringContaining("A new invite defaults to the reseller's setting.") },
  })
  expect(components.schemas.NewInvite).toMatchObject({ required: expect.not.arrayContaining(["locale"]) })
})
