import fc from "fast-check"
import { beforeEach, describe, expect, it } from "vitest"
import * as z from "zod"
import { multiLine, singleLine, validateFields } from "../src/domain/validation.ts"
import { countCharacters, sanitizeLine, sanitizeNote } from "../src/text/sanitize.ts"
import {
  Browser,
  CUSTOMER,
  callApi,
  count,
  createApiKey,
  invite,
  latestRegistrationLink,
  sendDueEmails,
  signInStaff,
} from "./support/app.ts"
import { addPasskey } from "./support/factors.ts"
import { clearRows } from "./support/storage.ts"
import { rowsOf } from "./support/table.ts"

const ROWS = rowsOf("names").map(([input = "", stored = ""]) => [input, stored === "refused" ? "" : stored])

describe("a name", () => {
  it("is one of at least 150 in the table", () => expect(ROWS.length).toBeGreaterThanOrEqual(150))

  it("is stored as the table says", () => {
    expect(ROWS.map(([input = ""]) => [input, sanitizeLine(input)])).toEqual(ROWS)
  })

  it("stays as it is when it is saved again", () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom(...ROWS.flatMap(([input = ""]) => [...input])), fc.string()),
    })
    fc.assert(
      fc.property(text, (input) => {
        const stored = sanitizeLine(input)
        expect(sanitizeLine(stored)).toBe(stored)
      }),
      { numRuns: 2_000, seed: 14 },
    )
  })

  it("takes linear time", () => {
    const inputs = ["\u0301\u00ad", "\u0915\u200d", "\u200d", "\u0915\u094d", "\u{1f3f4}\u{e0067}", "\u200c\u0627"]
    for (const unit of inputs) expect(countCharacters(sanitizeLine(unit.repeat(50_000)))).toBeLessThanOrEqual(100_000)
  })
})

/** A note as it is typed, and as it is stored. */
const NOTES: [typed: string, stored: string][] = [
  ["one line", "one line"],
  ["  indented", "  indented"],
  ["\tindented", "\tindented"],
  ["\u3000日本語の段落", "\u3000日本語の段落"],
  ["a  b\tc", "a  b\tc"],
  ["\u00a0\u2003a\u2009b", "  a b"],
  ["a   \nb\t\n", "a\nb"],
  ["a\u3000\n", "a"],
  ["first\n\nsecond", "first\n\nsecond"],
  ["first\r\n\r\nsecond\r\n", "first\n\nsecond"],
  ["a\rb", "a\nb"],
  ["a\u2028b\u2029c\u0085d\u000be\u000cf", "a\nb\nc\nd\ne\nf"],
  ["\n\n  a\n  \n b\n\n", "  a\n\n b"],
  ["- one\n  - two\n\t- three", "- one\n  - two\n\t- three"],
  ["a\n\n\n\n\n\nb", "a\n\n\n\n\n\nb"],
  [`a${"\n".repeat(50)}b`, "a\n\n\n\n\n\nb"],
  [`a${"\n \t".repeat(50)}\nb`, "a\n\n\n\n\n\nb"],
  ["Hel\u200blo,\n\u2060\nsee evil.\u2060example\u200e", "Hello,\n\nsee evil.example"],
  ["👩\u200d💻\n  👩\u200d💻", "👩\u200d💻\n  👩\u200d💻"],
  [`a\u0301${"\u0301".repeat(20)}\n e\u0301`, `\u00e1${"\u0301".repeat(7)}\n \u00e9`],
  ["\u2068\u202eabc\u2069", "abc"],
  ["\ud800a", "\ufffda"],
  [" \n\t\n\u200b", ""],
  ["\u200b\n\u3164", ""],
  ["", ""],
]

describe("a note", () => {
  it.each(NOTES)("typed as %j is stored as %j, also when it is saved again", (typed, stored) => {
    expect([sanitizeNote(typed), sanitizeNote(sanitizeNote(typed))]).toEqual([stored, stored])
  })

  it("stays as it is when it is saved again", () => {
    const text = fc.string({ unit: fc.oneof(fc.constantFrom(...NOTES.flatMap(([typed]) => [...typed])), fc.string()) })
    fc.assert(
      fc.property(text, (input) => {
        expect(sanitizeNote(sanitizeNote(input))).toBe(sanitizeNote(input))
      }),
      { numRuns: 1_000, seed: 14 },
    )
  })

  it("takes linear time", () => {
    for (const unit of ["\n", " \n", "\t", " ", "a\n\n", "\u0301\u00ad"]) {
      expect(sanitizeNote(unit.repeat(50_000)).length).toBeLessThanOrEqual(200_000)
    }
  })

  it("has its paragraphs and indentation in the form, on the page, in the email and in the API", async () => {
    await clearRows()
    const { browser, resellerId } = await signInStaff()
    const typed = "\r\n  Hello,\r\n\r\n\tsee  you\r\n"
    const note = "  Hello,\n\n\tsee  you"
    const refused = await browser.post("/customers/invites/new", { ...CUSTOMER, contact_email: "", note: typed })
    expect(await refused.text()).toContain(`>\n${typed}</textarea>`) // a browser ignores the first line break

    const id = await invite(browser, { note: typed } as object)
    const page = await (await browser.get(`/customers/invites/${id}`)).text()
    expect(page).toContain(`<dd class="typed" dir="auto">${note}</dd>`)
    expect(await (await browser.get(`/customers/invites/${id}/edit`)).text()).toContain(`>${note}</textarea>`)
    const [mail] = await sendDueEmails()
    expect(mail?.text).toContain("\n>   Hello,\n>\n> \tsee  you\n")
    expect(mail?.html).toMatch(/<td dir="auto"[^>]*>\u00a0 Hello,<br><br>\u00a0\u00a0 see\u00a0 you<\/td>/)
    const preview = await browser.post("/customers/invites/preview", { ...CUSTOMER, note: typed })
    expect(await preview.text()).toMatch(/>\u00a0 Hello,<br><br>\u00a0\u00a0 see\u00a0 you<\/td>/)

    const key = await createApiKey(resellerId)
    expect(await (await callApi({ path: `/invites/${id}`, key })).json()).toMatchObject({ note })
    const body = { ...CUSTOMER, contact_email: "b@x.example", note: typed }
    expect(await (await callApi({ path: "/invites", key, body })).json()).toMatchObject({ note })
  })
})

describe("lengths", () => {
  const fields = z.object({ name: singleLine("Enter a name.", 100), note: multiLine(500) })
  const codesOf = (name: string, note = "") => validateFields(fields, { name, note }).errors.map(({ code }) => code)

  it.each(["a", "é", "Ж", "張", "𠮷", "😀"])(
    "are counted in characters: 100 times %s fit, and not one more",
    (character) => {
      expect(codesOf(character.repeat(100), character.repeat(500))).toEqual([])
      expect(codesOf(character.repeat(101), character.repeat(501))).toEqual(["too_long", "too_long"])
    },
  )

  it("don't count what is removed, and count a line break once", () => {
    expect(codesOf(`${"a\u200b".repeat(100)}`, `${"a".repeat(249)}\r\n${"a".repeat(250)}`)).toEqual([])
  })
})

describe("over HTTP", () => {
  beforeEach(clearRows)
  const LONGEST = "😀".repeat(100)

  it("form, API and database count alike, and no input of a form cuts text off", async () => {
    const { browser, resellerId } = await signInStaff()
    for (const path of ["/customers/invites/new", "/customers/invites"]) {
      expect(await (await browser.get(path)).text()).not.toMatch(/maxlength/i)
    }
    await invite(browser, { company_name: LONGEST })
    const refused = await browser.post("/customers/invites/new", { ...CUSTOMER, company_name: `${LONGEST}😀` })
    expect([refused.status, await refused.text()]).toEqual([
      422,
      expect.stringContaining("Use 100 characters or fewer."),
    ])

    const key = await createApiKey(resellerId)
    const create = (company_name: string, contact_email: string) =>
      callApi({ path: "/invites", key, body: { ...CUSTOMER, company_name, contact_email } })
    expect((await create(LONGEST, "b@x.example")).status).toBe(201)
    expect((await create(`${LONGEST}😀`, "c@x.example")).status).toBe(422)
    expect(await count("invites", "length(company_name) = 100")).toBe(2)

    const search = (text: string) => callApi({ path: `/invites?q=${encodeURIComponent(text)}`, key })
    expect([(await search("😀".repeat(200))).status, (await search("😀".repeat(201))).status]).toEqual([200, 422])
    expect((await browser.get(`/customers/invites?q=${encodeURIComponent("😀".repeat(201))}`)).status).toBe(200)
  })

  it("a name without a visible character is refused as missing, in the page's language", async () => {
    const { browser } = await signInStaff()
    const refused = await browser.post("/customers/invites/new", { ...CUSTOMER, contact_name: "\u3164\u200b" })
    expect([refused.status, await refused.text()]).toEqual([
      422,
      expect.stringContaining("Enter the name of the person"),
    ])
    expect(await count("invites")).toBe(0)

    await invite(browser)
    const path = await latestRegistrationLink()
    const form = { name: "\u2800", password: "a short sentence works", accept_terms: "on" }
    const page = await new Browser().post(path, form)
    expect([page.status, await page.text()]).toEqual([422, expect.stringContaining("Enter your name.")])
  })

  it("is refused in every field for a name, also if the field is optional", async () => {
    const { browser, resellerId } = await signInStaff()
    const key = await createApiKey(resellerId)
    const nothing = "\u200b\u3164\u2060"
    const company = { name: "Acme Networks", support_email: "s@x.example", accent_color: "#1f4fd8" }
    const account = { po_number: "PO-1", email: "b@x.example", phone: "+1 415 555 0199" }
    const sam = { contact_email: "sam@x.example", role: "sales" }
    const forms: [path: string, form: Record<string, string>, message: string][] = [
      ["/customers/invites/new", { ...CUSTOMER, company_name: nothing }, "Enter the customer&#39;s business name."],
      ["/settings/staff/invites/new", { ...sam, contact_name: nothing }, "Enter the person&#39;s name."],
      ["/settings", { ...company, name: nothing }, "Enter your company&#39;s name."],
      ["/settings", { ...company, support_name: nothing }, "Use at least one character that can be seen."],
      ["/settings/api-keys/new", { name: nothing, scopes: "invites:read" }, "Enter what the key is for"],
      ["/billing/new", { ...account, first_name: nothing }, "Use at least one character that can be seen."],
      ["/billing/new", { ...account, po_number: nothing }, "Use at least one character that can be seen."],
      ["/profile/name", { name: nothing }, "Enter your name."],
    ]
    for (const [path, form, message] of forms) {
      const refused = await browser.post(path, form)
      expect([path, refused.status, await refused.text()]).toEqual([path, 422, expect.stringContaining(message)])
    }
    const { response } = await addPasskey(browser, nothing)
    expect([response.status, await response.text()]).toEqual([422, expect.stringContaining("that can be seen")])
    const called = await callApi({ path: "/billing_accounts", key, body: { ...account, last_name: nothing } })
    const problem: { errors: { code: string }[] } = await called.json()
    expect([called.status, problem.errors.map(({ code }) => code)]).toEqual([422, ["not_visible"]])
    const reseller = { name: nothing, admin_name: "Uwe", admin_email: "uwe@x.example" }
    expect((await callApi({ path: "/resellers", key: "local-operator", body: reseller })).status).toBe(422)
    expect(await count("billing_accounts")).toBe(1)
  })

  it("a name keeps its joiners and loses what was pasted along", async () => {
    const { browser } = await signInStaff()
    await invite(browser, { contact_name: "علی\u200cرضا\u200e", company_name: "North\u200bwind \u2060👩\u200d💻" })
    expect(await count("invites", "contact_name = 'علی\u200cرضا' AND company_name = 'Northwind 👩\u200d💻'")).toBe(1)
  })
})
