import { env } from "cloudflare:workers"
import fc from "fast-check"
import { beforeEach, describe, expect, it } from "vitest"
import { parseAddress } from "../src/text/email-address.ts"
import { readableAddress, unicodeAddress, withReadableAddresses } from "../src/text/readable-address.ts"
import { maskEmail } from "../src/text/sanitize.ts"
import {
  addStaff,
  Browser,
  CUSTOMER,
  callApi,
  count,
  createApiKey,
  latestRegistrationLink,
  PASSWORD,
  REGISTRATION_FORM,
  sendDueEmails,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { clearRows } from "./support/storage.ts"
import { rowsOf } from "./support/table.ts"

const ROWS = rowsOf("addresses").map(([input = "", stored = "", shown = stored]) => ({ input, stored, shown }))
const ACCEPTED = ROWS.filter(({ stored }) => stored.includes("@"))

const UNICODE = "info@münchen.example"
const ASCII = "info@xn--mnchen-3ya.example"
/** As many emails as the tests need. */
const unlimited = { ...testEnv, INVITE_MAILS_PER_HOUR: "100000" }

describe("an address", () => {
  it("is one of at least 300 in the table", () => expect(ROWS.length).toBeGreaterThanOrEqual(300))

  it("is stored and shown, or refused, as the table says", () => {
    const read = ROWS.map(({ input }) => {
      const { address, problem } = parseAddress(input)
      return { input, stored: address ?? problem, shown: address ? readableAddress(address) : problem }
    })
    expect(read).toEqual(ROWS)
  })

  it("is the same address when the stored or the shown form is entered again", () => {
    for (const { stored, shown } of ACCEPTED) {
      expect([parseAddress(stored).address, parseAddress(shown).address]).toEqual([stored, stored])
    }
  })

  it("is ASCII in lowercase, within the limits of RFC 5321", () => {
    for (const { stored } of ACCEPTED) {
      expect(stored).toMatch(/^[!-~]{1,64}@[a-z0-9.-]+$/)
      expect([stored, stored.toLowerCase(), stored.length <= 254]).toEqual([stored, stored, true])
    }
  })

  it("is masked and found in a text in its readable form", () => {
    expect([maskEmail(ASCII), maskEmail("info@xn--80a1acny.xn--p1ai")]).toEqual([
      "i•••@m••••••.example",
      "i•••@п••••.рф",
    ])
    expect(withReadableAddresses(`Ana: ${ASCII} → a@x.example (b@xn--p1ai.example)`)).toBe(
      `Ana: ${UNICODE} → a@x.example (b@рф.example)`,
    )
  })
})

describe("an international domain", () => {
  beforeEach(clearRows)

  it.each([[UNICODE], [ASCII], ["Info@XN--MNCHEN-3YA.Example"]])(
    "is invited as %s, mailed in ASCII and shown readable",
    async (typed) => {
      const { browser } = await signInStaff()
      expect((await browser.post("/customers/invites/new", { ...CUSTOMER, contact_email: typed })).status).toBe(303)
      expect(await count("invites", `contact_email = '${ASCII}'`)).toBe(1)
      const [mail] = await sendDueEmails()
      expect([mail?.to, mail?.text.includes(UNICODE), mail?.text.includes("xn--")]).toEqual([ASCII, true, false])
      expect(mail?.html).not.toContain("xn--")

      const { id } = (await env.DB.prepare("SELECT id FROM invites").first<{ id: string }>()) ?? {}
      for (const path of ["/customers/invites", `/customers/invites/${id}`, `/customers/invites/${id}/edit`]) {
        const page = await (await browser.get(path)).text()
        expect([path, page.includes(UNICODE)]).toEqual([path, true])
        expect(page.replace(/<input type="hidden"[^>]*>/g, "")).not.toContain("xn--")
      }
      const unchanged = await browser.post(`/customers/invites/${id}/edit`, { contact_email: UNICODE })
      expect([unchanged.status, await count("outbox")]).toEqual([303, 1])
    },
  )

  it("is one address in both forms: invited once, found and signed in by either", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    const create = (contact_email: string) => callApi({ path: "/invites", key, body: { ...CUSTOMER, contact_email } })
    const created = await create(UNICODE)
    expect([created.status, await created.json()]).toEqual([201, expect.objectContaining({ contact_email: ASCII })])
    expect((await create(ASCII)).status).toBe(409)
    for (const query of [
      UNICODE,
      ASCII,
      "MÜNCHEN",
      "@münchen.example",
      "xn--mnchen",
      `Ana <${UNICODE}>`,
      "info@mu\u0308nchen.example",
    ]) {
      const found = await callApi({ path: `/invites?q=${encodeURIComponent(query)}`, key })
      const { data } = await found.json<{ data: unknown[] }>()
      expect([query, data.length]).toEqual([query, 1])
      const page = await (await browser.get(`/customers/invites?q=${encodeURIComponent(query)}`)).text()
      expect([query, page.includes(CUSTOMER.company_name)]).toEqual([query, true])
    }
    const other = await callApi({ path: `/invites?q=${encodeURIComponent("munchen")}x`, key })
    expect(await other.json()).toMatchObject({ data: [] })

    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    for (const email of [UNICODE, ASCII, ` ${UNICODE.toUpperCase()} `, `Ana <${UNICODE}>`]) {
      const { password } = REGISTRATION_FORM
      expect([email, (await new Browser().post("/sign-in", { email, password })).status]).toEqual([email, 303])
    }
    await new Browser().post("/forgot-password", { email: UNICODE })
    expect((await sendDueEmails()).map(({ to }) => to)).toEqual([ASCII])
  })

  it("works for billing accounts, support contacts and a change of one's own address", async () => {
    const { browser } = await signInStaff()
    const account = { po_number: "PO-1", email: UNICODE, phone: "+1 415 555 0199" }
    expect((await browser.post("/billing/new", account)).status).toBe(303)
    const billing = { billing_email: UNICODE, billing_phone: "+1 415 555 0199" }
    expect((await browser.post("/customers/invites/new", { ...CUSTOMER, ...billing })).status).toBe(303)
    expect(await (await browser.get("/billing")).text()).toContain(UNICODE)

    const company = { name: "Acme", support_email: "r&d?x=1@münchen.example", accent_color: "#1f4fd8" }
    expect((await browser.post("/settings", company)).status).toBe(303)
    const [mail] = await sendDueEmails()
    expect(mail?.replyTo).toBe("r&d?x=1@xn--mnchen-3ya.example")
    const page = await (await new Browser().get(/\/r\/\S+/.exec(mail?.text ?? "")?.[0] ?? "")).text()
    expect(page).toContain('href="mailto:r%26d%3Fx%3D1@xn--mnchen-3ya.example"')
    expect(page).toContain("r&amp;d?x=1@münchen.example")

    const change = { email: "ана@x.example", current_password: PASSWORD }
    expect(await (await browser.post("/profile/email", change)).text()).toContain("Our mail provider can&#39;t send")
  })
})

describe("a refused address", () => {
  beforeEach(clearRows)

  it.each([
    ['"ana ruiz"@x.example', "email_quoted", "can't send to addresses with quotes before the @"],
    ["josé@x.example", "email_letters", "can't send to addresses with letters outside A–Z before the @"],
    ["a@x.example, b@x.example", "email_several", "one address"],
    ["ana..ruiz@x.example", "email_local_part", "two dots in a row"],
    [`${"a".repeat(65)}@x.example`, "email_local_part_too_long", "64 characters"],
    ["ana@ab--cd.example", "email_domain", "domain"],
    ["ana", "invalid", "name@company.com"],
    ["\u200b", "required", "Enter the address"],
  ])("%s is refused with the code %s in the API, and in words", async (contact_email, code, words) => {
    const { resellerId, browser } = await signInStaff()
    const key = await createApiKey(resellerId)
    const response = await callApi({ path: "/invites", key, body: { ...CUSTOMER, contact_email } })
    const { errors } = await response.json<{ errors: { code: string; detail: string }[] }>()
    const isRequired = code === "required"
    expect([response.status, errors]).toEqual([
      422,
      [{ field: "contact_email", code, detail: expect.stringContaining(isRequired ? "Enter" : words) }],
    ])
    const page = await (await browser.post("/customers/invites/new", { ...CUSTOMER, contact_email })).text()
    expect(page).toContain((isRequired ? "Enter" : words).replaceAll("'", "&#39;"))
    expect(await count("invites")).toBe(0)
  })

  it("is explained in the language of the page", async () => {
    const headers = { "Accept-Language": "de" }
    const page = await new Browser().post("/forgot-password", { email: "josé@x.example" }, headers)
    expect([page.status, await page.text()]).toEqual([
      422,
      expect.stringContaining("Unser Maildienst kann nicht an Adressen"),
    ])
    const signIn = await new Browser().post("/sign-in", { email: " ", password: "x" }, headers)
    expect([signIn.status, await signIn.text()]).toEqual([
      422,
      expect.stringContaining("Geben Sie Ihre E-Mail-Adresse ein."),
    ])
  })
})

const atom = fc.string({ unit: fc.constantFrom(..."abcXYZ019!#$%&'*+/=?^_`{|}~-"), minLength: 1, maxLength: 12 })
const localPart = fc.array(atom, { minLength: 1, maxLength: 3 }).map((atoms) => atoms.join("."))
const label = fc.constantFrom("x", "a-b", "münchen", "почта", "xn--mnchen-3ya", "例え", "תחנה", "ÉCOLE", "straße", "9")
const domain = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => `${labels.join(".")}.example`)
const wrapped = fc.constantFrom(
  (address: string) => address,
  (address: string) => ` \u200b${address}\u200e `,
  (address: string) => `"Ruiz, Ana" <${address}>`,
  (address: string) => `mailto:${encodeURIComponent(address)}?subject=Hi`,
  (address: string) => `${address}.`,
  (address: string) => address.replace("@", "＠"),
  (address: string) => `**${address}**,`,
  (address: string) => `{${address}}`,
  (address: string) => `- "${address}"`,
  (address: string) => `→ ${address}™ —`,
  (address: string) => `${address}’s`,
  (address: string) => `Email: mailto://${encodeURIComponent(address)}`,
  (address: string) => `Ana (${address})`,
  (address: string) => `[${address}](mailto:${encodeURIComponent(address)})`,
)
const typed = fc.record({ localPart, domain, wrap: wrapped })

describe("whatever is accepted", () => {
  beforeEach(clearRows)

  it("has only letters, marks and digits in its domain, and stays as it is when it is entered again", () => {
    const characters = [...new Set(ROWS.flatMap(({ input }) => [...input.slice(0, 80)]))]
    const part = fc.oneof(fc.constantFrom("@x.example", "ana", "mailto:", ...characters), fc.string({ unit: "binary" }))
    const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(""))
    fc.assert(
      fc.property(text, text, (before, after) => {
        const { address } = parseAddress(`${before}ana@x.example${after}`)
        if (address === undefined) return
        expect([parseAddress(address).address, parseAddress(readableAddress(address)).address]).toEqual([
          address,
          address,
        ])
        const domain = unicodeAddress(address).slice(address.lastIndexOf("@") + 1)
        expect(domain.replace(/\p{Cf}/gu, "")).toMatch(/^[\p{L}\p{M}\p{Nd}〇·・׳״་.-]+$/u)
      }),
      { numRuns: 5_000, seed: 14 },
    )
  })

  it("has one form, however it is typed", () => {
    fc.assert(
      fc.property(typed, ({ localPart, domain, wrap }) => {
        const { address = "" } = parseAddress(`${localPart}@${domain}`)
        expect(address).toContain("@")
        expect(address.slice(0, address.lastIndexOf("@"))).toBe(localPart.toLowerCase())
        expect(parseAddress(wrap(`${localPart}@${domain}`)).address).toBe(address)
        expect(parseAddress(readableAddress(address)).address).toBe(address)
      }),
      { numRuns: 1_000, seed: 14 },
    )
  })

  it("can sign in, be found, be mailed and be exported unchanged", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    const { userId } = await addStaff(resellerId, { name: "Kim Sato", email: "kim@x.example", role: "admin" })
    const check = async (input: string, address: string) => {
      const invited = await callApi({
        path: "/invites",
        key,
        body: { ...CUSTOMER, contact_email: input },
        env: unlimited,
      })
      const { id } = await invited.json<{ id: string }>()
      expect((await sendDueEmails()).map(({ to }) => to)).toEqual([address])
      const found = await callApi({ path: `/invites?q=${encodeURIComponent(input)}`, key })
      expect(await found.json()).toMatchObject({ data: [{ id, contact_email: address }] })
      const exported = await browser.post("/settings/privacy/exports", { email: input })
      expect(await exported.json()).toMatchObject({ email: address, invites: [{ contactEmail: address }] })
      await env.DB.prepare("UPDATE users SET email = ? WHERE id = ?").bind(address, userId).run()
      expect((await new Browser().post("/sign-in", { email: input, password: PASSWORD })).status).toBe(303)
    }
    const samples = fc.sample(typed, { numRuns: 12, seed: 14 })
    for (const { localPart, domain, wrap } of samples) {
      const input = wrap(`${localPart}@${domain}`)
      await check(input, parseAddress(input).address ?? "")
    }
  })
})
