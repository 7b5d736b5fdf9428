import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { IMPORT_BYTES_MAX } from "../src/domain/imports/read-table.ts"
import { count, invite, signInStaff } from "./support/app.ts"
import { importOnPages } from "./support/imports.ts"
import { runTurnsOf } from "./support/jobs.ts"

const LIST = "/customers/invites/imports"
const CSV = `Firma;Ansprechpartner;E-Mail
Northwind GmbH;Priya Nair;priya@northwind.example
Contoso;Marta;nobody
"=HYPERLINK(""http://evil.example"")";<script>alert(1)</script>;kim@contoso.example
Contoso;Marta;priya@northwind.example
`

const upload = (
  browser: Awaited<ReturnType<typeof signInStaff>>["browser"],
  content: string | Uint8Array<ArrayBuffer>,
  name = "customers.csv",
) => browser.upload(LIST, "file", new File([content], name))

it("an import leads from a file to its columns, the dry run, the confirmation and the results, without script", async () => {
  const { browser } = await signInStaff()
  const uploaded = await upload(browser, CSV)
  const mappingPath = uploaded.headers.get("Location") ?? ""
  expect([uploaded.status, mappingPath]).toEqual([303, expect.stringMatching(/imports\/job_\w{26}\/mapping$/)])
  const mapping = await (await browser.get(mappingPath)).text()
  expect(mapping).toContain("3: E-Mail")
  expect(mapping).toMatch(/name="column_contact_email".*?<option value="2" selected/s)
  expect(mapping).toContain("&lt;script&gt;alert(1)&lt;/script&gt;")
  expect((await browser.post(mappingPath, { has_header: "on" })).status).toBe(422)

  const id = await importOnPages(browser, CSV)
  const path = `${LIST}/${id}`
  const checked = await (await browser.get(path)).text()
  expect(checked).toContain("2 of 4 rows can be sent")
  expect(checked).toContain("Invalid email address")
  expect(checked).toContain("Row 2 has the same address.")
  expect(checked).not.toContain("<script>alert")
  expect(checked.indexOf("Contoso")).toBeLessThan(checked.indexOf("Northwind GmbH"))
  const onlyInvalid = await (await browser.get(`${path}?code=invalid_email`)).text()
  expect(onlyInvalid).not.toContain("Northwind GmbH")

  const form = await (await browser.get(`${path}?edit=3`)).text()
  expect(form).toContain('value="nobody"')
  const fields = {
    company_name: "Contoso",
    contact_name: "Marta Silva",
    billing_email: "billing@acme.example",
    billing_phone: "+1 415 555 0132",
    locale: "fr",
  }
  const wrong = await browser.post(`${path}/rows/3`, { ...fields, contact_email: "marta@" })
  expect(wrong.headers.get("Location")).toBe(`${path}?edit=3#row-3`)
  const fixed = await browser.post(`${path}/rows/3`, { ...fields, contact_email: "marta@contoso.example" })
  expect(fixed.headers.get("Location")).toBe(`${path}?flash=row_saved#row-3`)
  expect((await browser.post(`${path}/rows/2/removal`)).status).toBe(303)
  const ready = await (await browser.get(path)).text()
  expect(ready).toContain("All 3 rows can be sent")

  const confirmation = await (await browser.get(`${path}/start`)).text()
  expect(confirmation).toContain("Send 3 invites?")
  for (const _ of ["first", "second"]) expect((await browser.post(`${path}/start`)).status).toBe(303)
  expect(await count("audit_log", "action = 'job.started'")).toBe(1)
  expect(await (await browser.get(path)).text()).toContain("0 of 3")
  await runTurnsOf(id)
  const done = await (await browser.get(path)).text()
  expect(done).toContain("3 of 3")
  expect(done).toContain("Done")
  expect(await count("invites", "contact_email = 'marta@contoso.example' AND locale = 'fr'")).toBe(1)

  const results = await browser.get(`${path}/export`)
  expect(results.headers.get("Content-Disposition")).toMatch(/attachment; filename="import-.*csv"/)
  const lines = (await results.text()).trimEnd().split("\r\n")
  expect(lines[0]).toBe(
    "row,company_name,contact_name,contact_email,billing_email,billing_phone,note,locale,expires_in_days,external_id,result,code,message,invite_id",
  )
  expect(lines).toHaveLength(4)
  expect(lines.join()).toContain(`"'=HYPERLINK(""http://evil.example"")"`)
  expect(await (await browser.get(LIST)).text()).toContain("customers.csv")
})

it("a file of results says what went wrong, and its names are those of the file when it is imported again", async () => {
  const { browser } = await signInStaff()
  const names = [`=HYPERLINK(""x"")`, "@SUM works", "+Plus AG", "-5 Ltd", "'s Gravenhage BV"]
  const lines = names.map((name, n) => `"${name}","${name}",c${n}@n.example`)
  const id = await importOnPages(browser, ["Company,Contact,Email", ...lines].join("\n"))
  await invite(browser, { contact_email: "c0@n.example" })
  await browser.post(`${LIST}/${id}/start`)
  await runTurnsOf(id)
  const page = await (await browser.get(`${LIST}/${id}`)).text()
  expect(page).toContain(">Invited</span>")
  expect(page).not.toMatch(/>(Not s|S)ent\b/)
  const file = await (await browser.get(`${LIST}/${id}/export`)).text()
  expect(file).toContain(
    ",failed,invite_pending,Priya Nair of Northwind Logistics already has a pending invite at this address.,",
  )
  expect(file).toContain(",'@SUM works,'@SUM works,")
  await env.DB.prepare("DELETE FROM outbox").run()
  const again = await importOnPages(browser, file.replaceAll("@n.example", "@again.example"))
  await browser.post(`${LIST}/${again}/start`)
  await runTurnsOf(again)
  const { results } = await env.DB.prepare(
    "SELECT company_name, contact_name FROM invites WHERE contact_email GLOB '*@again.example' ORDER BY contact_email",
  ).all()
  expect(results).toEqual(
    names.map((name) => name.replaceAll('""', '"')).map((name) => ({ company_name: name, contact_name: name })),
  )
})

it("a file of results says which rows a cancelled import didn't reach", async () => {
  const { browser } = await signInStaff()
  const id = await importOnPages(browser, "Company,Contact,Email\nNorthwind,Priya,priya@n.example\n")
  await browser.post(`${LIST}/${id}/start`)
  await browser.post(`/customers/invites/jobs/${id}/cancellation`)
  expect(await (await browser.get(`${LIST}/${id}/export`)).text()).toContain(",waiting,ready,Cancelled,")
})

it("pages of an import speak of one row and one invite, and of who started it if that is known", async () => {
  const { browser } = await signInStaff()
  const id = await importOnPages(browser, "Company,Contact,Email\nNorthwind,Priya,priya@n.example\n")
  const path = `${LIST}/${id}`
  const text = async (page: string) => (await browser.get(page)).text()
  expect(await text(LIST)).toMatch(/\b1 row\b/)
  expect(await text(path)).toContain("Send 1 invite<")
  expect(await text(path)).toContain("1 row can be sent.")
  const confirmation = await text(`${path}/start`)
  expect(confirmation).toContain("Send 1 invite?")
  expect(confirmation).toContain("1 contact will get an email with a registration link.")
  await browser.post(`${path}/start`)
  const started = await text(path)
  expect(started).toMatch(/Started <time.*?<\/time> by Dana Ortiz/)
  expect(started.match(/Reload this page/g)).toHaveLength(1)
  await env.DB.exec("UPDATE jobs SET actor_name = NULL")
  expect(await text(path)).toMatch(/Started <time[^<]*<\/time><\/p>/)
})

it("an import can be paused, resumed and cancelled on its page, which replaces itself meanwhile", async () => {
  const { browser } = await signInStaff()
  const id = await importOnPages(browser, CSV)
  const path = `${LIST}/${id}`
  await browser.post(`${path}/start`)
  const progress = await browser.get(`${path}?poll=1`, { "HX-Request": "true" })
  const fragment = await progress.text()
  expect(fragment).toMatch(/^<div id="import"/)
  expect(fragment).toContain('hx-trigger="load delay:3s, send"')
  expect((await browser.post(`/customers/invites/jobs/${id}/pause`)).headers.get("Location")).toBe(
    `${path}?flash=job_paused`,
  )
  await runTurnsOf(id)
  expect(await count("invites")).toBe(0)
  expect(await (await browser.get(path)).text()).not.toMatch(/hx-trigger="load|[?&]poll=/)
  await browser.post(`/customers/invites/jobs/${id}/resumption`)
  await browser.post(`/customers/invites/jobs/${id}/cancellation`)
  await runTurnsOf(id)
  expect(await count("invites")).toBe(0)
  expect(await (await browser.get(path)).text()).toContain("Cancelled")
  expect(await count("audit_log", "action GLOB 'job.*'")).toBe(4)
})

it("the upload page says what is wrong with a file, a text, and one that is too large", async () => {
  const { browser } = await signInStaff()
  const workbook = Uint8Array.from([0x50, 0x4b, 3, 4, ...Array(200).fill(1)])
  expect(await (await upload(browser, workbook, "customers.xlsx")).text()).toContain("save it as CSV")
  expect(await (await upload(browser, "Company;Email\n")).text()).toContain("There are no rows")
  expect(await (await upload(browser, "Company;Phone\nNorthwind;1\n")).text()).toContain("no email address")
  const pasted = await browser.post(LIST, { text: 'a,b\n"c,d\n' })
  expect([pasted.status, await pasted.text()]).toEqual([422, expect.stringContaining("In row 2")])
  const large = await upload(browser, "x".repeat(IMPORT_BYTES_MAX + 20_000))
  expect([large.status, await large.text()]).toEqual([413, expect.stringContaining("4 MB or less")])
  expect((await browser.post(LIST, { text: "Northwind\tPriya\tpriya@n.example" })).status).toBe(303)
  expect((await upload(browser, `${"x,".repeat(50)}x@y.example\n`.repeat(5_000))).status).toBe(303)
  expect(await count("jobs")).toBe(2)
})

it("a draft is hidden from other resellers, and can be discarded", async () => {
  const { browser } = await signInStaff()
  const id = await importOnPages(browser, CSV)
  const { browser: other } = await signInStaff("globex")
  const path = `${LIST}/${id}`
  for (const page of ["", "/mapping", "/start", "/export"]) {
    expect((await other.get(path + page)).status, page).toBe(404)
  }
  expect((await browser.post(`${path}/rows/x`, {})).status).toBe(404)
  for (const form of ["/mapping", "/rows/3", "/rows/3/removal", "/start", "/removal"]) {
    const values = {
      has_header: "on",
      column_company_name: "0",
      column_contact_name: "1",
      column_contact_email: "2",
      billing_email: "billing@globex.example",
    }
    expect((await other.post(path + form, values)).status, form).toBe(404)
  }
  expect(await (await other.get(LIST)).text()).not.toContain("customers.csv")
  expect(await count("job_rows", "status = 'failed'")).toBe(2)
  expect((await browser.post(`${path}/removal`)).status).toBe(303)
  expect([await count("jobs"), await count("job_rows")]).toEqual([0, 0])
  expect((await browser.get(path)).status).toBe(404)
})

it("pages of a draft that was started lead to its current state", async () => {
  const { browser } = await signInStaff()
  const id = await importOnPages(browser, CSV)
  const path = `${LIST}/${id}`
  await browser.post(`${path}/start`)
  const mapping = { column_company_name: "0", column_contact_name: "1", column_contact_email: "2" }
  for (const response of [
    await browser.get(`${path}/start`),
    await browser.get(`${path}/mapping`),
    await browser.post(`${path}/mapping`, { ...mapping, billing_email: "billing@acme.example" }),
    await browser.post(`${path}/rows/1/removal`),
    await browser.post(`${path}/removal`),
  ]) {
    expect([response.status, response.headers.get("Location")]).toEqual([303, `${path}?flash=import_changed`])
  }
  const page = await (await browser.get(`${path}?flash=import_changed`)).text()
  expect(page).toContain("This import has changed meanwhile.")
})

it("the first row of a file is one of the rows if it names no columns", async () => {
  const { browser } = await signInStaff()
  const id = await importOnPages(browser, "Company,Contact,Email\nNorthwind,Priya,priya@n.example\n", {
    has_header: "",
  })
  const codes = async () =>
    (await env.DB.prepare("SELECT position, code FROM job_rows WHERE job_id = ?").bind(id).raw()).map(String)
  expect(await codes()).toEqual(["1,invalid_email", "2,ready"])
  const columns = { column_company_name: "0", column_contact_name: "1", column_contact_email: "2" }
  const mapping = { ...columns, billing_email: "billing@acme.example" }
  await browser.post(`${LIST}/${id}/mapping`, { ...mapping, has_header: "on" })
  expect(await codes()).toEqual(["2,ready"])
  expect(await (await browser.get(`${LIST}/${id}/mapping`)).text()).toContain("3: Email")
  await browser.post(`${LIST}/${id}/mapping`, mapping)
  expect(await codes()).toEqual(["1,invalid_email", "2,ready"])
})

/** The errors of a page by their field. */
const fieldErrors = (page: string) =>
  Object.fromEntries(
    [...page.matchAll(/<p class="error" id="(\w+)-hint">\s*([^<]*?)\s*<\/p>/g)].map(([, name, text]) => [name, text]),
  )

it("a value for all rows that no invite can have is refused at its field", async () => {
  const { browser } = await signInStaff()
  const path = (await upload(browser, CSV)).headers.get("Location") ?? ""
  const columns = { has_header: "on", column_company_name: "0", column_contact_name: "1", column_contact_email: "2" }
  const account = { billing_email: "billing@acme.example" }
  const days = { expires_in_days: "Use a whole number of days from 1 to 90." }
  const needed = "Choose the column for this field."
  for (const [values, errors] of [
    [{ ...account, expires_in_days: "0" }, days],
    [{ ...account, expires_in_days: "abc" }, days],
    [{ ...account, locale: "tlh" }, { locale: "Choose a language." }],
    [{ expires_in_days: "91" }, { column_billing_email: needed, column_billing_phone: needed, ...days }],
  ] as const) {
    const response = await browser.post(path, { ...columns, ...values })
    expect([response.status, fieldErrors(await response.text())]).toEqual([422, errors])
  }
  expect(await count("job_rows", "code IS NOT NULL")).toBe(0)
  const fitting = { ...columns, ...account, locale: "German", expires_in_days: "90" }
  expect((await browser.post(path, fitting)).status).toBe(303)

  const { browser: support } = await signInStaff("globex", "support")
  const uploaded = await upload(support, CSV)
  const response = await support.post(uploaded.headers.get("Location") ?? "", {
    ...columns,
    billing_email: "nobody",
    billing_phone: "12",
  })
  expect([response.status, Object.keys(fieldErrors(await response.text()))]).toEqual([
    422,
    ["billing_email", "billing_phone"],
  ])
})

it("staff without access to billing enter the account of an import", async () => {
  const { browser } = await signInStaff("acme", "support")
  const account = { billing_email: "billing@acme.example", billing_phone: "(415) 555-0132" }
  const id = await importOnPages(browser, CSV, account)
  expect(await (await browser.get(`${LIST}/${id}`)).text()).toContain("2 of 4 rows can be sent")
  const unknown = await importOnPages(browser, CSV, { ...account, billing_email: "guess@acme.example" })
  expect(await (await browser.get(`${LIST}/${unknown}`)).text()).toContain(
    "don&#39;t match any of your billing accounts",
  )
})
