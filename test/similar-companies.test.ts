import { env } from "cloudflare:workers"
import { describe, expect, it } from "vitest"
import { hashDomain, isFreeMail } from "../src/domain/invites/company-domain.ts"
import { type CompanyDraft, type SimilarCompany, similarCompaniesOf } from "../src/domain/invites/similar-companies.ts"
import { createDeps } from "../src/http/bindings.ts"
import {
  Browser,
  createReseller,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  signInStaff,
  testEnv,
} from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { insertInvites } from "./support/search-invites.ts"
import { searchRunsSql } from "./support/search-runs.ts"
import { travel, travelBack } from "./support/time.ts"

const find = (resellerId: string, drafts: CompanyDraft[], database = env.DB) =>
  similarCompaniesOf(
    createDeps({ ...testEnv, DB: database }, () => undefined),
    resellerId,
    drafts,
  )

const findOne = async (resellerId: string, draft: CompanyDraft) => (await find(resellerId, [draft]))[0]

type Named = [companyName: string, contactEmail?: string]
const PAIRS: [invited: Named, draft: Named, reason: SimilarCompany["reason"] | undefined][] = [
  [["Acme Inc."], ["ACME Inc"], "name"],
  [["Northwind Logistics"], ["northwind-logistics, Ltd."], "name"],
  [["Müller & Söhne GmbH"], ["Muller & Sohne GmbH & Co. KG"], "name"],
  [["ООО «Ромашка»"], ["РОМАШКА"], "name"],
  [["株式会社さくら工業"], ["サクラ工業（株）"], "name"],
  [["华为有限公司"], ["华为股份有限公司"], "name"],
  [["주식회사 삼성"], ["삼성(주)"], "name"],
  [["شركة الأمل"], ["شَرِكَة الامل"], "name"],
  [["Ελληνικά Λάδια ΑΕ"], ["ΕΛΛΗΝΙΚΑ ΛΑΔΙΑ ΑΕ"], "name"],
  [["Contoso"], ["Contoso Pharma"], undefined],
  [["Fabrikam"], ["Fabrikom"], undefined],
  [["日本電気"], ["日本電機"], undefined],
  [["Tailspin", "ana@tailspin.example"], ["Tailspin Toys", "ben@tailspin.example"], "domain"],
  [["Café Krone", "ana@xn--krone-caf-n7a.example"], ["Krone", "ben@xn--krone-caf-n7a.example"], "domain"],
  [["Wingtip", "ana@mail.wingtip.example"], ["Wing", "ben@wingtip.example"], undefined],
  [["Woodgrove", "ana@woodgrove.example"], ["Grove", "ben@notwoodgrove.example"], undefined],
  [["Litware", "ana@costarring.example"], ["Lit", "ben@liquid.example"], undefined], // the same hash
  [["Lucerne", "lucerne@gmail.com"], ["Publishing", "publishing@gmail.com"], undefined],
  [["Margie", "margie@yahoo.co.uk"], ["Travel", "travel@yahoo.co.uk"], undefined],
  [["Wide", "wide@acme.example"], ["World", "world@acme.example"], undefined],
]

describe("similar companies", () => {
  it("are those of the same name but for spelling and legal form, or with a contact at the same domain", async () => {
    const { resellerId } = await signInStaff()
    const invited = PAIRS.map(([[companyName, contactEmail]], i) => ({
      companyName,
      contactName: "Ana",
      contactEmail: contactEmail ?? `ana@a${i}.example`,
    }))
    await insertInvites(resellerId, invited)
    const drafts = PAIRS.map(([, [companyName, contactEmail]], i) => ({
      companyName,
      contactEmail: contactEmail ?? `ben@b${i}.example`,
    }))
    const found = await find(resellerId, drafts)
    expect(found.map((company) => company && [company.name, company.reason, company.status])).toEqual(
      PAIRS.map(([[name], , reason]) => reason && [name, reason, "pending"]),
    )
    expect(await find(resellerId, [{}, { companyName: "", contactEmail: "" }])).toEqual([undefined, undefined])
  })

  it("don't count a domain of private mailboxes", () => {
    const free =
      "gmail.com qq.com 163.com gmx.net gmx.de web.de mail.ru yandex.ru laposte.net orange.fr docomo.ne.jp naver.com"
    const families = "hotmail.fr outlook.com.br yahoo.co.jp live.nl yandex.com"
    const others = "live.example yahoo-partner.com mail.northwind.example xqq.com qq.example northwind.gmx.net"
    const freeOnes = (domains: string) => domains.split(" ").filter(isFreeMail).join(" ")
    expect([free, families, others].map(freeOnes)).toEqual([free, families, ""])
  })

  it("are named once each: as a customer, else by a pending invite, else by one that has ended", async () => {
    const { browser, resellerId } = await signInStaff()
    const revoked = await invite(browser, { contact_email: "a@northwind.example" })
    await browser.post(`/customers/invites/${revoked}/revocation`)
    const draft = { companyName: "NORTHWIND logistics" }
    const colleague = { companyName: "Nord", contactEmail: "x@northwind.example" }
    expect(await findOne(resellerId, draft)).toMatchObject({ id: revoked, status: "revoked", reason: "name" })
    expect(await findOne(resellerId, colleague)).toMatchObject({ id: revoked, status: "revoked", reason: "domain" })
    const pending = await invite(browser, { contact_email: "b@northwind.example", expires_in_days: "5" })
    expect(await findOne(resellerId, draft)).toMatchObject({ id: pending, status: "pending" })
    const ended = await invite(browser, { company_name: "Contoso", contact_email: "a@contoso.example" })
    await browser.post(`/customers/invites/${ended}/revocation`)
    expect(await findOne(resellerId, { ...colleague, companyName: "Contoso" })).toMatchObject({ id: pending })
    travel({ days: 6 })
    expect(await findOne(resellerId, draft)).toMatchObject({ id: pending, status: "expired" })
    travelBack()
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    const customer = { kind: "customer", id: expect.stringMatching(/^cus_/), name: "Northwind Logistics", status: null }
    expect(await findOne(resellerId, draft)).toMatchObject({ ...customer, reason: "name" })
    expect(await findOne(resellerId, colleague)).toMatchObject({ ...customer, reason: "domain" })
  })

  it("are found after a purge as customers, by the name alone", async () => {
    const { browser, resellerId } = await signInStaff()
    const purge = async (id: string) =>
      expect((await browser.post(`/customers/invites/${id}/purge`)).headers.get("Location")).toContain("purged")
    const accepted = await invite(browser)
    await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
    const revoked = await invite(browser, { company_name: "Contoso", contact_email: "a@contoso.example" })
    await browser.post(`/customers/invites/${revoked}/revocation`)
    const drafts = [
      { companyName: "northwind logistics" },
      { contactEmail: "x@northwind.example" },
      { companyName: "contoso", contactEmail: "x@contoso.example" },
    ]
    const before = await find(resellerId, drafts)
    expect(before.map((company) => company?.kind)).toEqual(["customer", "customer", "invite"])
    await purge(accepted)
    await purge(revoked)
    expect(await find(resellerId, drafts)).toEqual([before[0], undefined, undefined])
  })

  it("follow an edit of the name or the address", async () => {
    const { browser, resellerId } = await signInStaff()
    const id = await invite(browser, { company_name: "Contoso", contact_email: "a@contoso.example" })
    const edit = { company_name: "Fabrikam", contact_email: "a@fabrikam.example" }
    expect((await browser.post(`/customers/invites/${id}/edit`, edit)).status).toBe(303)
    const drafts = [
      { companyName: "Contoso" },
      { contactEmail: "b@contoso.example" },
      { companyName: "Fabrikam" },
      { contactEmail: "b@fabrikam.example" },
    ]
    expect((await find(resellerId, drafts)).map((company) => company?.id)).toEqual([undefined, undefined, id, id])
  })

  it("are never another reseller's, nor people whom the reseller has invited to its staff", async () => {
    const acme = await signInStaff()
    await invite(acme.browser)
    const { resellerId } = await createReseller("globex")
    await insertInvites(resellerId, [
      { companyName: "Globex", contactName: "Ana", contactEmail: "ana@northwind.example" },
    ])
    const drafts = [
      { companyName: "Northwind Logistics" },
      { contactEmail: "x@northwind.example" },
      { companyName: "Globex" },
    ]
    expect((await find(resellerId, drafts)).map((company) => company?.name)).toEqual([undefined, "Globex", "Globex"])
    expect((await find(acme.resellerId, drafts)).map((company) => company?.name)).toEqual([
      "Northwind Logistics",
      "Northwind Logistics",
      undefined,
    ])
    const twin = `res_twin${acme.resellerId.slice(-6)}` // the search index has the end of an id alone
    await env.DB.prepare(
      "INSERT INTO resellers (id, name, slug, support_email, created_at) VALUES (?, 'Twin', 'twin', 'help@twin.example', 0)",
    )
      .bind(twin)
      .run()
    expect(await find(twin, drafts)).toEqual([undefined, undefined, undefined])
    const person = { contact_name: "Kim", contact_email: "kim@initech.example", role: "sales" }
    expect((await acme.browser.post("/settings/staff/invites/new", person)).status).toBe(303)
    expect(await findOne(acme.resellerId, { companyName: "Acme Networks", contactEmail: "x@initech.example" })).toBe(
      undefined,
    )
  })
})

/** Adds invites of one company and domain, and of as many others. */
async function fill(resellerId: string, total: number) {
  const domain = "(CASE value % 2 WHEN 0 THEN 'bulk' ELSE 'c' || value END || '.example')"
  const company = "(CASE value % 2 WHEN 0 THEN 'bulk' ELSE 'company ' || value END)"
  await env.DB.prepare(
    `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, status, company_name, contact_name, contact_email,
       billing_account_id, billing_email, billing_phone, locale, link_version, expires_in_days, send_count, last_change_id, invited_by,
       created_at, expires_at, search_runs, company_key)
     SELECT printf('inv_%026d', value), 'f' || value, ?1, 'customer', ?1,
       CASE value % 3 WHEN 0 THEN 'revoked' WHEN 1 THEN 'expired' ELSE 'pending' END, ${company}, 'filler', value || '@' || ${domain}, 'bil_x',
       'b@x.example', '+14155550132', 'en', 1, 14, 1, 'aud_z', 'usr_x', 0, 4102444800000, ${searchRunsSql("'f' || value")} || iif(value % 2 = 0, char(10) || '${hashDomain("bulk.example")}', ''), ${company}
     FROM json_each(?2)`,
  )
    .bind(resellerId, JSON.stringify(Array.from({ length: total }, (_, i) => i + 1)))
    .run()
}

it("a draft is compared in one round trip that reads the same few rows among 100 and 100,000 invites", async () => {
  const { resellerId } = await signInStaff()
  const drafts = {
    same: { companyName: "Bulk Ltd", contactEmail: "x@bulk.example" },
    none: { companyName: "Other", contactEmail: "x@other.example" },
  }
  const measure = async (total: number) => {
    await env.DB.prepare("DELETE FROM invites").run()
    await fill(resellerId, total)
    const costs = []
    for (const draft of Object.values(drafts)) {
      const counted = countingD1(env.DB)
      const [company] = await find(resellerId, [draft], counted.database)
      costs.push({ name: company?.name, ...counted.costs })
    }
    return costs
  }
  const few = await measure(100)
  expect(await measure(100_000)).toEqual(few)
  expect(few).toEqual([
    { name: "bulk", roundTrips: 1, statements: 1, rowsRead: expect.any(Number), rowsWritten: 0 },
    { name: undefined, roundTrips: 1, statements: 1, rowsRead: expect.any(Number), rowsWritten: 0 },
  ])
  expect(Math.max(...few.map(({ rowsRead }) => rowsRead))).toBeLessThanOrEqual(70)
}, 300_000)

it("5,000 rows are compared in one statement that reads a few rows for each", async () => {
  const { resellerId } = await signInStaff()
  await fill(resellerId, 10_000)
  const rows = Array.from({ length: 5_000 }, (_, i) => ({
    companyName: `Company ${2 * i + 1}`,
    contactEmail: `x@d${i}.example`,
  }))
  const { database, costs } = countingD1(env.DB)
  const found = await find(resellerId, rows, database)
  expect(found.map((company) => company?.name)).toEqual(rows.map(({ companyName }) => companyName.toLowerCase()))
  expect(costs.roundTrips).toBe(1)
  expect(costs.rowsRead / rows.length).toBeLessThan(25)
}, 300_000)
