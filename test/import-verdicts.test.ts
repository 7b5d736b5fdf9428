import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { checkRows } from "../src/domain/imports/check-rows.ts"
import { fixRow, removeRow } from "../src/domain/imports/drafts.ts"
import { getImport, listImportRows } from "../src/domain/imports/find.ts"
import { countVerdicts } from "../src/domain/imports/verdicts.ts"
import { createDeps } from "../src/http/bindings.ts"
import { Browser, invite, latestRegistrationLink, REGISTRATION_FORM, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { createCheckedImport, createStaffActor, IMPORT_BILLING, importLines } from "./support/imports.ts"

it("a dry run gives every row its verdict", async () => {
  const { actor, browser } = await createStaffActor()
  await invite(browser, { contact_email: "pending@x.example" })
  await invite(browser, { contact_email: "joined@x.example" })
  const accepted = await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  expect(accepted.status).toBe(303)
  await env.DB.prepare("INSERT INTO suppressions VALUES (?1, 'bounced@x.example', 'bounced', NULL, 0)")
    .bind(actor.reseller.id)
    .run()
  const rows: [line: string, verdict: string][] = [
    ["Northwind,Priya,priya@y.example,,,,,", "ready"],
    ["NORTHWIND Logistics Inc.,Ann,ann@y.example,,,,,", "similar_company"],
    ["Another Name,Ann,ann@x.example,,,,,", "similar_company"],
    ["Northwind,Priya,PRIYA@y.example ,,,,,", "duplicate_row"],
    ["Nachtwind,Jörg,jo@nachtwind.example,,,Hallo,Deutsch,30", "ready"],
    [",Priya,a1@y.example,,,,,", "missing_field"],
    ["Northwind,,a2@y.example,,,,,", "missing_field"],
    ["Northwind,Priya,,,,,,", "missing_field"],
    ["Northwind,Priya,nobody,,,,,", "invalid_email"],
    ["Northwind,Priya,a b@x.example,,,,,", "invalid_email"],
    ["Northwind,Priya,a@x.example;b@x.example,,,,,", "invalid_email"],
    ["Northwind,Priya,a3@y.example,billing@acme.example,12,,,", "invalid_phone"],
    ["Northwind Ltd.,Priya,a4@a4.example,billing@acme.example,(415) 555-0132,,,", "similar_company"],
    ["Northwind,Priya,a5@y.example,billing@acme.example,+1 212 555 0187,,,", "billing_phone_mismatch"],
    ["Northwind,Priya,a6@y.example,nobody@acme.example,+1 212 555 0187,,,", "billing_account_not_found"],
    ["Northwind,Priya,a7@y.example,,,,Klingon,", "unknown_language"],
    ["Eastwind,Priya,a8@y.example,,,,pt,", "similar_company"],
    ["Northwind,Priya,a9@y.example,,,,,91", "invalid_expiry"],
    ["Northwind,Priya,a10@y.example,,,,,soon", "invalid_expiry"],
    [`${"N".repeat(101)},Priya,a11@y.example,,,,,`, "too_long"],
    [`Northwind,Priya,a12@y.example,,,${"n".repeat(100_000)},,`, "too_long"],
    ["Northwind,Priya,Pending@X.example,,,,,", "invite_pending"],
    ["Northwind,Priya,joined@x.example,,,,,", "already_customer"],
    ["Northwind,Priya,bounced@x.example,,,,,", "email_suppressed"],
    ["=cmd|' /C calc'!A0,<b>Priya</b>,a13@gmail.com,,,,,", "ready"],
    ["\u202e\u200b,Priya,a14@y.example,,,,,", "missing_field"],
  ]
  const { database, costs } = countingD1(env.DB)
  const deps = createDeps({ ...testEnv, DB: database }, () => undefined)
  const id = await createCheckedImport(
    actor,
    rows.map(([line]) => line),
    deps,
  )
  expect(costs.roundTrips).toBeLessThanOrEqual(6)
  const { rows: states } = await listImportRows(deps, { id }, {}, "status", { size: 50 })
  const verdicts = new Map(states.map(({ position, code }) => [position, code]))
  expect(rows.map(([line], index) => [line.slice(0, 60), verdicts.get(index + 2)])).toEqual(
    rows.map(([line, verdict]) => [line.slice(0, 60), verdict]),
  )
  const counted = Object.fromEntries(
    [...Map.groupBy(rows, ([, verdict]) => verdict)].map(([verdict, list]) => [verdict, list.length]),
  )
  const { status, params: checked, ...job } = await getImport(deps, actor, id)
  expect(checked.verdicts).toEqual(counted)
  expect(job).toMatchObject({
    rowCount: rows.length,
    waitingCount: 7,
    failedCount: rows.length - 7,
  })
  expect(status).toBe("draft")
})

it("a dry run checks 5,000 rows in a few round trips, whatever they are", async () => {
  const { actor } = await createStaffActor()
  const { database, costs } = countingD1(env.DB)
  const deps = createDeps({ ...testEnv, DB: database }, () => undefined)
  const lines = importLines(5_000).map((line, n) => line.replace("@", n % 10 === 0 ? "" : `@c${n}.`))
  const id = await createCheckedImport(actor, lines, deps)
  expect(costs.roundTrips).toBeLessThanOrEqual(10)
  expect((await getImport(deps, actor, id)).params.verdicts).toEqual({ ready: 4_500, invalid_email: 500 })
}, 60_000)

it("a dry run gives the database no value of two megabytes, with 5,000 of the longest addresses and names, and two secrets", async () => {
  const { actor } = await createStaffActor()
  const sizes: number[] = []
  const DB = new Proxy(env.DB, {
    get: (database, name: keyof D1Database) => {
      if (name !== "prepare") return Reflect.get(database, name).bind(database)
      return (sql: string) => measureValues(database.prepare(sql), sizes)
    },
  })
  const deps = createDeps({ ...testEnv, DB }, () => undefined)
  const config = { ...deps.config, previousMasterSecret: "an older secret of the deployment" }
  const domain = `${"d".repeat(60)}.${"d".repeat(60)}.${"d".repeat(59)}.example`
  const rows = Array.from({ length: 5_000 }, (_, n) => ({
    position: n + 1,
    fields: {
      company_name: String(n).padStart(100, "公"),
      contact_name: "Priya",
      contact_email: `${String(n).padStart(64, "a")}@${domain}`,
      ...IMPORT_BILLING,
    },
  }))
  const { checked } = await checkRows({ ...deps, config }, actor, "US", rows)
  expect(countVerdicts(checked)).toEqual({ ready: 1, similar_company: 4_999 })
  expect(Math.max(...sizes)).toBeGreaterThan(1_000_000)
  expect(Math.max(...sizes)).toBeLessThan(2_000_000)
}, 60_000)

/** A statement that notes the bytes of each value that it gets. */
const measureValues = (statement: D1PreparedStatement, sizes: number[]): D1PreparedStatement =>
  new Proxy(statement, {
    get: (target, name: keyof D1PreparedStatement) => {
      if (name !== "bind") return Reflect.get(target, name).bind(target)
      return (...values: unknown[]) => {
        for (const value of values) sizes.push(new TextEncoder().encode(String(value)).length)
        return target.bind(...values)
      }
    },
  })

it("a dry run warns of an earlier row for the same company until that is corrected or removed", async () => {
  const { actor } = await createStaffActor()
  const deps = createDeps(testEnv, () => undefined)
  const id = await createCheckedImport(actor, [
    "Northwind GmbH,Priya,priya@n.example,,,,,",
    "Northwind,Ann,ann@m.example,,,,,",
    "Other Company,Jo,jo@m.example,,,,,",
    "Third Company,Kim,kim@gmail.com,,,,,",
    "Fourth Company,Sam,sam@gmail.com,,,,,",
    "Fifth Company,Dana,dana@acme.example,,,,,",
    "Sixth Company,Lee,lee@acme.example,,,,,",
    "Northwind Inc.,Max,nobody,,,,,",
  ])
  const states = async () => {
    const { rows } = await listImportRows(deps, { id }, {}, "status", { size: 50 })
    return rows
      .filter(({ code }) => code !== "ready")
      .map(({ position, code, detail: { similarRow } }) => [position, code, similarRow])
  }
  const invalid = [9, "invalid_email", undefined]
  const [ann, jo] = [
    [3, "similar_company", { row: 2 }],
    [4, "similar_company", { row: 3, domain: "m.example" }],
  ]
  expect(await states()).toEqual([invalid, ann, jo])
  const text = { company_name: "Eastwind", contact_name: "Priya", contact_email: "priya@n.example", ...IMPORT_BILLING }
  await fixRow(deps, actor, id, 2, text)
  expect(await states()).toEqual([invalid, jo])
  await fixRow(deps, actor, id, 2, { ...text, company_name: "Northwind AG" })
  expect(await states()).toEqual([invalid, ann, jo])
  await removeRow(deps, actor, id, 3)
  expect(await states()).toEqual([invalid])
  expect((await getImport(deps, actor, id)).params.verdicts).toEqual({ ready: 6, invalid_email: 1 })
})

it("a row that is fixed or removed gives its address and external id to the next ones, and what follows from that", async () => {
  const { actor } = await createStaffActor()
  const deps = createDeps(testEnv, () => undefined)
  const lines = [
    "Alpha,Ann,a@alpha.example,crm-1",
    "Beta,Ben,b@beta.example,crm-1",
    "Gamma,Cem,b@beta.example,crm-2",
    "Delta,Dan,d@delta.example,crm-2",
    "Epsilon,Eve,e@epsilon.example,crm-3",
  ]
  const id = await createCheckedImport(actor, lines, deps, "company_name,contact_name,contact_email,external_id")
  const states = async () => {
    const { rows } = await listImportRows(deps, { id }, {}, "position", { size: 50 })
    return rows.map(({ position, code, detail: { errors = [] } }) => [position, code, errors[0]?.row])
  }
  const fix = (position: number, externalId: string) => {
    const [company_name = "", contact_name = "", contact_email = ""] = lines[position - 2]?.split(",") ?? []
    const text = { company_name, contact_name, contact_email, external_id: externalId, ...IMPORT_BILLING }
    return fixRow(deps, actor, id, position, text)
  }
  const ready = (position: number) => [position, "ready", undefined]
  const taken = (position: number, row: number) => [position, "external_id_taken", row]
  const sameAddress = (position: number, row: number) => [position, "duplicate_row", row]
  expect(await states()).toEqual([ready(2), taken(3, 2), ready(4), taken(5, 4), ready(6)])
  await fix(2, "crm-9")
  expect(await states()).toEqual([ready(2), ready(3), sameAddress(4, 3), ready(5), ready(6)])
  await fix(6, "crm-9")
  expect(await states()).toEqual([ready(2), ready(3), sameAddress(4, 3), ready(5), taken(6, 2)])
  await removeRow(deps, actor, id, 3)
  expect(await states()).toEqual([ready(2), ready(4), taken(5, 4), taken(6, 2)])
  await removeRow(deps, actor, id, 2)
  expect(await states()).toEqual([ready(4), taken(5, 4), ready(6)])
})
