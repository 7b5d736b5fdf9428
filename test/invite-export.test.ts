import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { type Browser, invite, signInStaff, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { travel } from "./support/time.ts"

const HEADER =
  "id,status,email_status,company_name,contact_name,contact_email,billing_email,billing_phone,note,locale,external_id,metadata,billing_account_id,send_count,created_at,send_at,last_sent_at,expires_at,accepted_at,customer_id"
const GLOBEX = { billing_email: "billing@globex.example", billing_phone: "+1 212 555 0187" }

async function exportLines(browser: Browser, query = "") {
  const response = await browser.get(`/customers/invites/export${query}`)
  expect(response.status).toBe(200)
  const [header, ...lines] = (await response.text()).trimEnd().split("\r\n")
  expect(header).toBe(HEADER)
  return lines
}

/** Fills the reseller's list with invites of companies without names that a search finds. */
async function fillInvites(resellerId: string, total: number) {
  await env.DB.prepare(
    `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, status, company_name, contact_name, contact_email, billing_account_id,
       billing_email, billing_phone, locale, link_version, expires_in_days, send_count, last_change_id, invited_by, created_at, expires_at)
     WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?2)
     SELECT printf('inv_%026d', n), printf('%011d', n), ?1, 'customer', ?1, 'pending', 'Company ' || n, 'Contact', n || '@bulk.example',
       'bil_x', 'b@x.example', '+14155550132', 'en', 1, 14, 1, 'aud_z', 'usr_x', 0, 4102444800000 FROM numbers`,
  )
    .bind(resellerId, total)
    .run()
}

it("exports 100,000 invites newest first, a page of 1,000 at a time, as fast as the reader takes them", async () => {
  const { browser, resellerId } = await signInStaff()
  await fillInvites(resellerId, 100_000)
  const { database, costs } = countingD1(env.DB)
  browser.env = { ...testEnv, DB: database }
  const { body } = await browser.get("/customers/invites/export")
  const chunks = body?.pipeThrough(new TextDecoderStream()).getReader()
  const ids: string[] = []
  const roundTripsBefore = costs.roundTrips
  expect(roundTripsBefore).toBeLessThanOrEqual(3)
  for (let i = 0; i < 20; i++) await env.DB.prepare("SELECT 1").run()
  expect(costs.roundTrips - roundTripsBefore).toBeLessThanOrEqual(1)
  let mostRows = 0
  for (;;) {
    const chunk = await chunks?.read()
    if (!chunk || chunk.done) break
    const found = chunk.value.match(/inv_[0-9]{26}/g) ?? []
    mostRows = Math.max(mostRows, found.length)
    ids.push(...found)
  }
  expect(mostRows).toBe(1_000)
  expect(costs.roundTrips - roundTripsBefore).toBeLessThanOrEqual(101)
  expect([ids.length, new Set(ids).size, ids[0], ids.at(-1)]).toEqual([
    100_000,
    100_000,
    `inv_${"100000".padStart(26, "0")}`,
    `inv_${"1".padStart(26, "0")}`,
  ])
  expect(ids).toEqual(ids.toSorted().reverse())
  // Each page reads its rows, its cursor and little more.
  expect(costs.rowsRead).toBeLessThanOrEqual(100 * (1_000 + 8))
}, 120_000)

it("shows an invite once although it changes meanwhile, and none that is created meanwhile", async () => {
  const { browser, resellerId } = await signInStaff()
  await fillInvites(resellerId, 2_500)
  const { body } = await browser.get("/customers/invites/export")
  const chunks = body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = (await chunks?.read())?.value ?? ""
  text += (await chunks?.read())?.value ?? ""
  await env.DB.prepare(
    "UPDATE invites SET status = 'revoked', last_change_id = 'aud_9', company_name = 'Renamed'",
  ).run()
  await invite(browser)
  for (let chunk = await chunks?.read(); chunk && !chunk.done; chunk = await chunks?.read()) text += chunk.value
  const ids = text.match(/inv_[0-9]{26}/g) ?? []
  expect([ids.length, new Set(ids).size]).toEqual([2_500, 2_500])
  expect([text.includes("Renamed"), text.includes("Northwind")]).toEqual([true, false])
})

it("keeps the filter and the search of the page, whose link works without script", async () => {
  const { browser } = await signInStaff()
  await invite(browser, { company_name: "Kept Freight", contact_email: "kept@b.example" })
  await invite(browser, { company_name: "Kept Depot", contact_email: "revoked@b.example" })
  const revoked = /inv_[0-9a-z]{26}/.exec((await exportLines(browser))[0] ?? "")?.[0]
  await browser.post(`/customers/invites/${revoked}/revocation`)
  await invite(browser, { company_name: "Other", contact_email: "other@b.example" })
  const page = await (await browser.get("/customers/invites?status=pending&q=kept&before=")).text()
  const link = /href="(\/customers\/invites\/export[^"]*)"/.exec(page)?.[1]?.replaceAll("&amp;", "&") ?? ""
  expect(link).toBe("/customers/invites/export?status=pending&q=kept")
  const lines = await exportLines(browser, link.slice(link.indexOf("?")))
  expect(lines.map((line) => line.split(",")[3])).toEqual(["Kept Freight"])
  expect(await exportLines(browser, "?q=nobody")).toEqual([])
  expect(await exportLines(browser, "?status=undelivered")).toEqual([])
})

it("says what a file needs: the current status, times in UTC, and nothing of another reseller", async () => {
  const { browser, billingId } = await signInStaff()
  const id = await invite(browser, { expires_in_days: "1" })
  const globex = await signInStaff("globex")
  await invite(globex.browser, GLOBEX)
  travel({ days: 2 })
  await env.DB.prepare("UPDATE sessions SET expires_at = expires_at + 86400000 * 30").run()
  const response = await browser.get("/customers/invites/export")
  expect(response.headers.get("Content-Type")).toBe("text/csv; charset=utf-8")
  expect(response.headers.get("Content-Disposition")).toMatch(/^attachment; filename="invites-\d{4}-\d\d-\d\d\.csv"$/)
  const lines = await exportLines(browser)
  expect(lines).toHaveLength(1)
  const time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"
  expect(lines[0]).toMatch(
    new RegExp(
      `^${id},expired,queued,Northwind Logistics,Priya Nair,priya@northwind\\.example,billing@acme\\.example,'\\+14155550132,,en,,,${billingId},1,${time},,,${time},,$`,
    ),
  )
})

it("writes texts that begin like a formula as text", async () => {
  const { browser } = await signInStaff()
  const formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]
  const id = await invite(browser)
  for (const formula of formulas) {
    await env.DB.prepare("UPDATE invites SET company_name = ?, note = ? WHERE id = ?")
      .bind(formula, `${formula},"x"\nsecond line`, id)
      .run()
    const text = await (await browser.get("/customers/invites/export")).text()
    const field = formula.includes("\r") ? `"'${formula}"` : `'${formula}`
    expect(text).toContain(`,queued,${field},Priya Nair,`)
    expect(text).toContain(`,"'${formula},""x""\nsecond line",en,,,`)
  }
})

it("leaves out billing for roles that can't see it", async () => {
  const { browser, resellerId } = await signInStaff("acme", "support")
  await fillInvites(resellerId, 1)
  expect((await exportLines(browser))[0]).toContain(",1@bulk.example,,,,en,,,,")
})

it("has the metadata as one column of JSON", async () => {
  const { browser } = await signInStaff()
  await invite(browser, { external_id: "crm-1", metadata: 'plan: "gold"\nregion: EMEA, north' })
  await invite(browser, { contact_email: "other@b.example" })
  const [plain, withMetadata] = await exportLines(browser)
  expect(withMetadata).toContain(',crm-1,"{""plan"":""\\""gold\\"""",""region"":""EMEA, north""}",bil_')
  expect(plain).toContain(",en,,,bil_")
})
