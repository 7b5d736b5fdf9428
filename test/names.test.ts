import fc from "fast-check"
import { beforeEach, describe, expect, it } from "vitest"
import * as z from "zod"
import { multiLine, singleLine, validateFields } from "../src/domain/validation.ts"
import { countCharacters, sanitizeLine, sanitizeLines } from "../src/text/sanitize.ts"
import {
  Browser,
  CUSTOMER,
  callApi,
  count,
  createApiKey,
  invite,
  latestRegistrationLink,
  signInStaff,
} from "./support/app.ts"
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

describe("a note", () => {
  it("loses what is invisible in each line", () => {
    expect(sanitizeLines("Hel\u200blo,\n\u2060\nsee evil.\u2060example\u200e\r\n👩\u200d💻")).toBe(
      "Hello,\nsee evil.example\n👩\u200d💻",
    )
    expect(sanitizeLines("\u200b\n\u3164")).toBe("")
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

  it("a name keeps its joiners and loses what was pasted along", async () => {
    const { browser } = await signInStaff()
    await invite(browser, { contact_name: "علی\u200cرضا\u200e", company_name: "North\u200bwind \u2060👩\u200d💻" })
    expect(await count("invites", "contact_name = 'علی\u200cرضا' AND company_name = 'Northwind 👩\u200d💻'")).toBe(1)
  })
})
