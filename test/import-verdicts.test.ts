import { env } from "cloudflare:workers"
import { eq } from "drizzle-orm"
import { expect, it } from "vitest"
import type { StaffActor } from "../src/domain/access/actor.ts"
import { checkImport, createImport } from "../src/domain/imports/drafts.ts"
import { getImport, listImportRows } from "../src/domain/imports/find.ts"
import { createDeps } from "../src/http/bindings.ts"
import { resellers, type StaffRole } from "../src/storage/schema.ts"
import {
  addStaff,
  Browser,
  createReseller,
  db,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  signInAs,
  testEnv,
} from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"

async function createActor(role: StaffRole = "admin") {
  const { resellerId } = await createReseller()
  const { userId } = await addStaff(resellerId, { name: "Dana Ortiz", email: "dana@acme.example", role })
  const [reseller] = await db.select().from(resellers).where(eq(resellers.id, resellerId))
  if (!reseller) throw new Error("there is no reseller")
  const person = { id: userId, name: "Dana Ortiz", email: "dana@acme.example", role, locale: "en" as const }
  const actor: StaffActor = { kind: "staff", ...person, reseller, timeZone: "UTC", memberships: [] }
  return { actor, browser: await signInAs(userId) }
}

const BILLING = { billing_email: "billing@acme.example", billing_phone: "+14155550132" }
const HEADER = "company_name,contact_name,contact_email,billing_email,billing_phone,note,locale,expires_in_days"

it("gives every row its verdict", async () => {
  const { actor, browser } = await createActor()
  await invite(browser, { contact_email: "pending@x.example" })
  await invite(browser, { contact_email: "joined@x.example" })
  const accepted = await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  expect(accepted.status).toBe(303)
  await env.DB.prepare("INSERT INTO suppressions VALUES (?1, 'bounced@x.example', 'bounced', NULL, 0)")
    .bind(actor.reseller.id)
    .run()
  const rows: [line: string, verdict: string][] = [
    ["Northwind,Priya,priya@x.example,,,,,", "ready"],
    ["Northwind,Priya,PRIYA@x.example ,,,,,", "duplicate_row"],
    ["Nachtwind,Jörg,jo@x.example,,,Hallo,Deutsch,30", "ready"],
    [",Priya,a1@x.example,,,,,", "missing_field"],
    ["Northwind,,a2@x.example,,,,,", "missing_field"],
    ["Northwind,Priya,,,,,,", "missing_field"],
    ["Northwind,Priya,nobody,,,,,", "invalid_email"],
    ["Northwind,Priya,a b@x.example,,,,,", "invalid_email"],
    ["Northwind,Priya,a@x.example;b@x.example,,,,,", "invalid_email"],
    ["Northwind,Priya,a3@x.example,billing@acme.example,12,,,", "invalid_phone"],
    ["Northwind,Priya,a4@x.example,billing@acme.example,(415) 555-0132,,,", "ready"],
    ["Northwind,Priya,a5@x.example,billing@acme.example,+1 212 555 0187,,,", "billing_phone_mismatch"],
    ["Northwind,Priya,a6@x.example,nobody@acme.example,+1 212 555 0187,,,", "billing_account_not_found"],
    ["Northwind,Priya,a7@x.example,,,,Klingon,", "unknown_language"],
    ["Northwind,Priya,a8@x.example,,,,pt,", "ready"],
    ["Northwind,Priya,a9@x.example,,,,,91", "invalid_expiry"],
    ["Northwind,Priya,a10@x.example,,,,,soon", "invalid_expiry"],
    [`${"N".repeat(101)},Priya,a11@x.example,,,,,`, "too_long"],
    [`Northwind,Priya,a12@x.example,,,${"n".repeat(100_000)},,`, "too_long"],
    ["Northwind,Priya,Pending@X.example,,,,,", "invite_pending"],
    ["Northwind,Priya,joined@x.example,,,,,", "already_customer"],
    ["Northwind,Priya,bounced@x.example,,,,,", "email_suppressed"],
    ["=cmd|' /C calc'!A0,<b>Priya</b>,a13@x.example,,,,,", "ready"],
    ["\u202e\u200b,Priya,a14@x.example,,,,,", "missing_field"],
  ]
  const { database, costs } = countingD1(env.DB)
  const deps = createDeps({ ...testEnv, DB: database }, () => undefined)
  const created = await createImport(deps, actor, [HEADER, ...rows.map(([line]) => line)].join("\n"), "customers.csv")
  if (!("id" in created)) throw new Error(created.problem.kind)
  const { params } = await getImport(deps, actor, created.id)
  await checkImport(deps, actor, created.id, { hasHeader: true, columns: params.columns ?? {}, defaults: BILLING })
  expect(costs.roundTrips).toBeLessThanOrEqual(6)
  const { rows: states } = await listImportRows(deps, { id: created.id }, {}, {})
  const verdicts = new Map(states.map(({ position, code }) => [position, code]))
  expect(rows.map(([line], index) => [line.slice(0, 60), verdicts.get(index + 2)])).toEqual(
    rows.map(([line, verdict]) => [line.slice(0, 60), verdict]),
  )
  const counted = Object.fromEntries(
    [...Map.groupBy(rows, ([, verdict]) => verdict)].map(([verdict, list]) => [verdict, list.length]),
  )
  const { status, params: checked, ...job } = await getImport(deps, actor, created.id)
  expect(checked.verdicts).toEqual(counted)
  expect(job).toMatchObject({
    rowCount: rows.length,
    waitingCount: counted.ready,
    failedCount: rows.length - (counted.ready ?? 0),
  })
  expect(status).toBe("draft")
})
