import fc from "fast-check"
import { beforeEach, describe, expect, it } from "vitest"
import { isNationalPhone, parsePhone } from "../src/text/phone.ts"
import { CUSTOMER, callApi, count, createApiKey, signInStaff } from "./support/app.ts"
import { clearRows } from "./support/storage.ts"
import { rowsOf } from "./support/table.ts"

const ROWS = rowsOf("phones").map(([input = "", expected = ""]) => {
  const country = input.slice(0, 2)
  return { country: country as "US", text: input.slice(4), expected }
})

const OPERATOR = "local-operator"
const ACCOUNT = { po_number: "PO-1", email: "b@x.example" }
const COMPANY = { name: "Acme Networks", support_email: "support@acme.example", accent_color: "#1f4fd8" }

describe("a phone number", () => {
  it("is one of at least 100 in the table", () => expect(ROWS.length).toBeGreaterThanOrEqual(100))

  it("is stored or refused as the table says", () => {
    const read = ROWS.map(({ country, text, expected }) => {
      const { number, problem } = parsePhone(text, country)
      return { country, text, expected: number ?? problem, wanted: expected }
    })
    expect(read.filter(({ expected, wanted }) => expected !== wanted)).toEqual([])
  })

  it("is read for each country by itself, however often", () => {
    const read = () => (["US", "DE", undefined] as const).map((country) => parsePhone("030 901820", country))
    const expected = [{ problem: "invalid" }, { number: "+4930901820" }, { problem: "invalid" }]
    expect([read(), read()]).toEqual([expected, expected])
  })

  it("needs no country if it has a country code, and is otherwise left to the reseller's", () => {
    for (const { text, expected } of ROWS.filter((row) => row.expected.startsWith("+"))) {
      const { number } = parsePhone(text)
      expect([text, number ?? (isNationalPhone(text) && expected)]).toEqual([text, expected])
    }
  })
})

describe("whatever is read as a number", () => {
  it("is digits and then at most words, without anything that was left out", () => {
    const unit = fc.constantFrom(
      ..."0123456789+-(). /x,#OIl²①内",
      " ext ",
      " App. ",
      " Nst ",
      "+1 415 555 0132",
      "+49 30 901820",
    )
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 20 }), (text) => {
        const { number } = parsePhone(text, "DE")
        if (number === undefined) return
        expect(text).toMatch(/^[^\d+(]*[+\d\s()./-]+([a-z][a-z\s.-]*)?[\s.,]*$/i)
        expect(parsePhone(number)).toEqual({ number })
      }),
      { numRuns: 5_000, seed: 14 },
    )
  })
})

describe("a reseller's country", () => {
  beforeEach(clearRows)

  it("is US at first, and in Settings one of all countries", async () => {
    const { browser } = await signInStaff()
    const page = await (await browser.get("/settings")).text()
    expect(page).toMatch(/<option value="US" selected(="")?>United States<\/option>/)
    expect(page.match(/<option value="[A-Z]{2}"/g)?.length).toBeGreaterThan(200)
  })

  it("decides how its support phone, its billing accounts and the phones of its invites are read", async () => {
    const { browser, resellerId } = await signInStaff()
    const saved = await browser.post("/settings", { ...COMPANY, country: "DE", support_phone: "030 901820" })
    expect([saved.status, await count("resellers", "country = 'DE' AND support_phone = '+4930901820'")]).toEqual([
      303, 1,
    ])

    expect((await browser.post("/billing/new", { ...ACCOUNT, phone: "(0171) 1234567" })).status).toBe(303)
    expect(await count("billing_accounts", "email = 'b@x.example' AND phone = '+491711234567'")).toBe(1)
    const page = await (await browser.get("/billing/new")).text()
    expect(page).toContain("Germany")

    const billing = { ...CUSTOMER, billing_email: ACCOUNT.email, billing_phone: "0171/1234567" }
    expect((await browser.post("/customers/invites/new", billing)).status).toBe(303)

    const key = await createApiKey(resellerId)
    const created = await callApi({ path: "/invites", key, body: { ...billing, contact_email: "c@x.example" } })
    expect(created.status).toBe(201)
    const { id } = await created.json<{ id: string }>()
    const patched = await callApi({
      path: `/invites/${id}`,
      key,
      method: "PATCH",
      body: { billing_phone: "01711234567" },
    })
    expect(patched.status).toBe(200)
    const account = await callApi({
      path: "/billing_accounts",
      key,
      body: { ...ACCOUNT, email: "d@x.example", phone: "030 901820" },
    })
    expect(await account.json()).toMatchObject({ phone: "+4930901820" })
    expect(await count("invites", "billing_phone = '+491711234567'")).toBe(2)
  })

  it("is refused if there is none of that name", async () => {
    const { browser } = await signInStaff()
    const refused = await browser.post("/settings", { ...COMPANY, country: "ZZ" })
    expect([refused.status, await count("resellers", "country = 'US'")]).toEqual([422, 1])
  })

  it("can be set by the operator, with a support phone in its national form", async () => {
    const reseller = { name: "Rhein", admin_name: "Uwe", admin_email: "uwe@x.example" }
    const create = (fields: Record<string, string>) =>
      callApi({ path: "/resellers", key: OPERATOR, body: { ...reseller, ...fields } })
    const created = await create({ country: "DE", support_phone: "030 901820" })
    expect([created.status, await created.json()]).toEqual([
      201,
      expect.objectContaining({ country: "DE", support_phone: "+4930901820" }),
    ])
    expect(await (await create({ slug: "main" })).json()).toMatchObject({ country: "US" })
    expect((await create({ slug: "elbe", country: "Germany" })).status).toBe(422)
    expect((await create({ slug: "elbe", support_phone: "030 901820" })).status).toBe(422)
  })

  it("doesn't make an extension a number: staff and programs are told to leave it out", async () => {
    const { browser, resellerId } = await signInStaff()
    const page = await browser.post("/billing/new", { ...ACCOUNT, phone: "415 555 0132 ext. 12" })
    expect([page.status, await page.text()]).toEqual([422, expect.stringContaining("Leave the extension out")])
    const key = await createApiKey(resellerId)
    const body = { ...ACCOUNT, phone: "+1 415 555 0132 x12" }
    const { errors } = await (await callApi({ path: "/billing_accounts", key, body })).json<{ errors: unknown[] }>()
    expect(errors).toEqual([{ field: "phone", code: "phone_extension", detail: expect.stringContaining("extension") }])
    expect(await count("billing_accounts")).toBe(1)
  })
})
