import { afterAll, afterEach, expect, test } from "vitest"
import { contactEmail, type Harness, startHarness } from "./harness.ts"
import { expectOnlyInFlightTwice } from "./in-flight.ts"
import { finishJobWithKills } from "./kill-job.ts"
import { printTable, recordResult } from "./table.ts"

const isFullRun = process.env.FAULTS === "full"
const ROWS = isFullRun ? 2_000 : 200
const KILLS = isFullRun ? 10 : 2
/** What is wrong with the first seven of twenty rows. */
const FAULTS = [
  "invalid_email",
  "invalid_phone",
  "duplicate_row",
  "already_customer",
  "invite_pending",
  "email_suppressed",
  "billing_account_not_found",
] as const
type Fault = (typeof FAULTS)[number]
/** The contact of this row is invited by somebody else after the dry run: it is the last one. */
const OVERTAKEN = ROWS - 1

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})
afterAll(printTable)

test("an import with every fault, whose Worker is killed repeatedly, invites each contact once and reports each row", async () => {
  const started = Date.now()
  const harness = await startHarness({ claimSeconds: 5 })
  cleanups.push(harness.close)
  harness.services.mailFailureRate = 0.05
  await insertObstacles(harness)

  const { id } = await harness.post("/invite_imports", { invites: Array.from({ length: ROWS }, (_, n) => toInvite(n)) })
  const inFlight = await finishJobWithKills(harness, {
    rows: ROWS,
    kills: KILLS,
    onKill: async (kill) => kill === 0 && harness.invite(OVERTAKEN),
  })
  await harness.drainOutbox()

  const sent = Array.from({ length: ROWS }, (_, n) => n).filter((n) => expectedResult(n).status === "done")
  const inFlightCount = inFlight.reduce((sum, { size }) => sum + size, 0)
  const extra = `${ROWS - sent.length} rows with problems, ${inFlightCount} emails in flight at kills`
  recordResult("import, Worker killed", harness, sent.length, started, extra)
  expect(harness.services.kills).toBe(KILLS)
  const results = await harness.query("SELECT position - 1 AS n, status, code FROM job_rows ORDER BY position")
  expect(results).toEqual(Array.from({ length: ROWS }, (_, n) => ({ n, ...expectedResult(n) })))
  expect(
    await harness.query(`SELECT status, row_count, waiting_count, failed_count FROM jobs WHERE id = '${id}'`),
  ).toEqual([{ status: "done", row_count: ROWS, waiting_count: 0, failed_count: ROWS - sent.length }])

  const created = `FROM job_rows JOIN invites ON invites.id = job_rows.invite_id`
  expect(await harness.query(`SELECT position - 1 AS n, contact_email AS email ${created} ORDER BY position`)).toEqual(
    sent.map((n) => ({ n, email: contactEmail(n) })),
  )
  expect(await harness.query("SELECT count(*) AS n FROM invites")).toEqual([{ n: sent.length + PENDING_BEFORE + 1 }])
  expect(
    await harness.query(
      `SELECT count(*) AS entries, count(DISTINCT subject_id) AS invites FROM audit_log
       WHERE action = 'invite.created' AND subject_id IN (SELECT invite_id FROM job_rows)`,
    ),
  ).toEqual([{ entries: sent.length, invites: sent.length }])
  expect(
    await harness.query(
      "SELECT status, count(*) AS n, count(DISTINCT invite_id) AS invites FROM outbox WHERE is_bulk = 1 GROUP BY 1",
    ),
  ).toEqual([{ status: "sent", n: sent.length, invites: sent.length }])
  const missing = sent.filter((n) => !harness.services.accepted.has(contactEmail(n)))
  expect(missing).toEqual([])
  expectOnlyInFlightTwice(harness, inFlight)
  expect(harness.errors.filter((error) => !error.includes("the email provider failed"))).toEqual([])
})

const faultOf = (n: number): Fault | undefined => (n % 20 < FAULTS.length && n !== 2 ? FAULTS[n % 20] : undefined)
const PENDING_BEFORE = Array.from({ length: ROWS }, (_, n) => n).filter((n) => faultOf(n) === "invite_pending").length

const BILLING = { billing_email: "billing@acme.example", billing_phone: "+1 415 555 0132" }

function toInvite(n: number) {
  const fault = faultOf(n)
  return {
    company_name: `Company ${n}`,
    contact_name: `Contact ${n}`,
    ...BILLING,
    contact_email: contactEmail(fault === "duplicate_row" ? 8 : n),
    ...(fault === "invalid_email" && { contact_email: `contact ${n} at customer.example` }),
    ...(fault === "invalid_phone" && { billing_phone: "12" }),
    ...(fault === "billing_account_not_found" && { billing_email: `nobody-${n}@acme.example` }),
  }
}

function expectedResult(n: number): { status: "done" | "failed"; code: string | null } {
  const code = faultOf(n) ?? (n === OVERTAKEN ? "invite_pending" : null)
  return { status: code ? "failed" : "done", code }
}

/** Inserts the customers, pending invites and suppressions that rows conflict with. */
async function insertObstacles(harness: Harness) {
  const { query } = harness
  const numbers = (fault: Fault) => {
    const found = Array.from({ length: ROWS }, (_, n) => n).filter((n) => faultOf(n) === fault)
    return `json_each('${JSON.stringify(found)}') AS number`
  }
  const email = "'contact-' || number.value || '@customer.example'"
  const acme = "(SELECT id FROM resellers WHERE slug = 'acme')"
  for (let n = 0; n < ROWS; n++) if (faultOf(n) === "invite_pending") await harness.invite(n)
  await harness.drainOutbox()
  await query(
    `INSERT INTO suppressions (sender_id, email, cause, created_at)
     SELECT ${acme}, ${email}, 'complained', 0 FROM ${numbers("email_suppressed")}`,
  )
  await query(
    `INSERT INTO users (id, name, email, reference, created_at, updated_at)
     SELECT 'usr_' || number.value, 'Contact', ${email}, printf('%011d', number.value), 0, 0 FROM ${numbers("already_customer")}`,
  )
  await query(
    `INSERT INTO customers (id, reseller_id, name, billing_account_id, created_at)
     SELECT 'cus_' || number.value, ${acme}, 'Company', 'none', 0 FROM ${numbers("already_customer")}`,
  )
  await query(
    `INSERT INTO members (user_id, customer_id, role, created_at)
     SELECT 'usr_' || number.value, 'cus_' || number.value, 'admin', 0 FROM ${numbers("already_customer")}`,
  )
}
