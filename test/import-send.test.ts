import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { CHUNK } from "../src/domain/jobs/chunk.ts"
import { startJob } from "../src/domain/jobs/control.ts"
import { runJob } from "../src/domain/jobs/run.ts"
import {
  Browser,
  count,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  sendDueEmails,
  testEnv,
} from "./support/app.ts"
import { createCheckedImport, createStaffActor, importLines } from "./support/imports.ts"
import { interceptBatches } from "./support/intercepted-d1.ts"
import { type JobQueue, jobDeps, jobRow, runDueJobs } from "./support/jobs.ts"
import { runSql } from "./support/storage.ts"
import { travel } from "./support/time.ts"

const unlimited: Env = { ...testEnv, INVITE_MAILS_PER_HOUR: "100000" }

async function results(id: string) {
  const { results: rows } = await env.DB.prepare(
    `SELECT job_rows.position, job_rows.status, job_rows.code, invites.contact_email AS email FROM job_rows
     LEFT JOIN invites ON invites.id = job_rows.invite_id WHERE job_id = ? ORDER BY position`,
  )
    .bind(id)
    .all<{ position: number; status: string; code: string | null; email: string | null }>()
  return rows
}

/** Each invite of an import has what a single one has, once. */
async function expectCreated(total: number) {
  const imported = "SELECT id FROM invites WHERE contact_email GLOB 'contact*@x.example'"
  expect(await count("invites", `id IN (${imported})`)).toBe(total)
  expect(await count("outbox", `is_bulk = 1 AND kind = 'invite' AND invite_id IN (${imported})`)).toBe(total)
  expect(
    await count("audit_log", `action = 'invite.created' AND actor_name = 'Dana Ortiz' AND subject_id IN (${imported})`),
  ).toBe(total)
  expect(await count("events", `type = 'invite.created' AND invite_id IN (${imported})`)).toBe(total)
  expect(await count("invite_search")).toBe(await count("invites"))
}

it("an import sends every row that can be sent, and reports the others, also those that changed after the dry run", async () => {
  const { actor, browser } = await createStaffActor()
  await runSql(
    "INSERT INTO webhooks (id, reseller_id, url, events, created_at) VALUES ('whk_1', ?, 'https://x.example', '[\"invite.created\"]', 0)",
    actor.reseller.id,
  )
  await runSql(
    `INSERT INTO billing_accounts (id, reseller_id, email, phone, created_at, updated_at)
     VALUES ('bil_gone', ?, 'gone@acme.example', '+14155550199', 0, 0)`,
    actor.reseller.id,
  )
  await invite(browser, { contact_email: "early@x.example", expires_in_days: "1" })
  travel({ days: 2 })
  const id = await createCheckedImport(actor, [
    ...importLines(60),
    "Northwind,Priya,nobody,,,,,",
    "Northwind,Priya,contact1@x.example,,,,,",
    "Northwind,Priya,late@x.example,,,,,",
    "Northwind,Priya,joined@x.example,,,,,",
    "Northwind,Priya,bounced@x.example,,,,,",
    "Northwind,Priya,gone@x.example,gone@acme.example,+1 415 555 0199,,,",
    "Early & Sons,Ann,early@x.example,,,Hello,French,30",
  ])
  await invite(browser, { contact_email: "joined@x.example" })
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  await invite(browser, { contact_email: "late@x.example" })
  await runSql("INSERT INTO suppressions VALUES (?, 'bounced@x.example', 'bounced', NULL, 0)", actor.reseller.id)
  await runSql("DELETE FROM billing_accounts WHERE id = 'bil_gone'")
  await sendDueEmails()

  const queue: JobQueue = []
  await startJob(jobDeps(queue, unlimited), actor, id)
  await runDueJobs(queue, jobDeps(queue, unlimited))
  expect(await jobRow(id)).toEqual({ status: "done", row_count: 67, waiting_count: 0, failed_count: 6 })
  const reported = await results(id)
  expect(reported.slice(0, 60).map(({ status, code, email }) => [status, code, email])).toEqual(
    importLines(60).map((_, n) => ["done", null, `contact${n}@x.example`]),
  )
  expect(reported.slice(60).map(({ status, code }) => [status, code])).toEqual([
    ["failed", "invalid_email"],
    ["failed", "duplicate_row"],
    ["failed", "invite_pending"],
    ["failed", "already_customer"],
    ["failed", "email_suppressed"],
    ["failed", "billing_account_not_found"],
    ["done", null],
  ])
  await expectCreated(60)
  expect(await count("outbox", "kind = 'webhook' AND status = 'queued'")).toBe(60 + 1 + 3)
  expect(await count("events", "type = 'invite.expired'")).toBe(1)
  expect(
    await env.DB.prepare(
      "SELECT status, locale, note, expires_in_days, billing_phone, company_key, send_count FROM invites WHERE contact_email = 'early@x.example' AND status = 'pending'",
    ).first(),
  ).toEqual({
    status: "pending",
    locale: "fr",
    note: "Hello",
    expires_in_days: 30,
    billing_phone: "+14155550132",
    company_key: "early sons",
    send_count: 1,
  })
  const [mail] = (await sendDueEmails()).filter(({ to }) => JSON.stringify(to).includes("contact7@x.example"))
  expect(mail?.text).toContain("Contact 7")
})

it("an import reports what comes between the check of a row and its invite", async () => {
  const { actor, browser } = await createStaffActor()
  await runSql(
    `INSERT INTO billing_accounts (id, reseller_id, email, phone, created_at, updated_at)
     VALUES ('bil_gone', ?, 'gone@acme.example', '+14155550199', 0, 0)`,
    actor.reseller.id,
  )
  await invite(browser, { contact_email: "joined@x.example" })
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  const addresses = ["late", "moved", "bounced"].map((name) => `Northwind,Priya,${name}@x.example,,,,,`)
  const lines = [...addresses, "Northwind,Priya,gone@x.example,gone@acme.example,+1 415 555 0199,,,"]
  const id = await createCheckedImport(actor, [...lines, ...importLines(1)])
  const queue: JobQueue = []
  await startJob(jobDeps(queue, unlimited), actor, id)
  const DB = interceptBatches(async (statements, commit) => {
    if (statements.length > 6) {
      await invite(browser, { contact_email: "late@x.example" })
      await runSql("UPDATE users SET email = 'moved@x.example' WHERE email = 'joined@x.example'")
      await runSql("INSERT INTO suppressions VALUES (?, 'bounced@x.example', 'bounced', NULL, 0)", actor.reseller.id)
      await runSql("DELETE FROM billing_accounts WHERE id = 'bil_gone'")
    }
    return commit()
  })
  await runJob(jobDeps(queue, { ...unlimited, DB }), id)
  expect((await results(id)).map(({ status, code }) => [status, code])).toEqual([
    ["failed", "invite_pending"],
    ["failed", "already_customer"],
    ["failed", "email_suppressed"],
    ["failed", "billing_account_not_found"],
    ["done", null],
  ])
  await expectCreated(1)
  expect((await jobDeps([]).jobAllowance(actor.reseller.id)).now, "unused reservations are released").toBe(
    500 * 0.8 - 3,
  )
})

it("an import whose runners are killed loses and doubles nothing", async () => {
  const { actor } = await createStaffActor()
  const id = await createCheckedImport(actor, importLines(165))
  const queue: JobQueue = []
  await startJob(jobDeps(queue, unlimited), actor, id)
  for (let kill = 0; kill < 10; kill++) {
    let batches = 0
    const DB = interceptBatches(async (_, commit) => {
      batches += 1
      if (batches === 4 && kill % 2 === 0) throw new Error("killed")
      const written = await commit()
      if (batches === 4) throw new Error("killed")
      return written
    })
    await expect(runJob(jobDeps(queue, { ...unlimited, DB }), id)).rejects.toThrow("killed")
    travel({ seconds: 31 })
    await runSql("UPDATE outbox SET status = 'sent'") // otherwise the job waits for them
  }
  await runDueJobs(queue, jobDeps(queue, unlimited))
  expect(await jobRow(id)).toEqual({ status: "done", row_count: 165, waiting_count: 0, failed_count: 0 })
  await expectCreated(165)
})

it("of two runners of an import at once, one sends", async () => {
  const { actor } = await createStaffActor()
  const id = await createCheckedImport(actor, importLines(60))
  const queue: JobQueue = []
  const deps = jobDeps(queue, unlimited)
  await startJob(deps, actor, id)
  await Promise.all([runJob(deps, id), runJob(deps, id)])
  expect(await jobRow(id)).toEqual({ status: "done", row_count: 60, waiting_count: 0, failed_count: 0 })
  await expectCreated(60)
})

it("an import writes a chunk with the same number of statements, however many rows it has", async () => {
  const { actor } = await createStaffActor()
  const sizes: number[] = []
  for (const rows of [1, CHUNK]) {
    const id = await createCheckedImport(actor, importLines(rows, `r${rows}.example`))
    const queue: JobQueue = []
    await startJob(jobDeps(queue, unlimited), actor, id)
    let largest = 0
    const DB = interceptBatches((statements, commit) => {
      largest = Math.max(largest, statements.length)
      return commit()
    })
    await runJob(jobDeps(queue, { ...unlimited, DB }), id)
    expect(await jobRow(id)).toMatchObject({ status: "done", failed_count: 0 })
    sizes.push(largest)
  }
  expect(sizes).toEqual([sizes[0], sizes[0]])
})

it("an import waits for the hourly limit, and continues after it", async () => {
  const { actor } = await createStaffActor()
  const id = await createCheckedImport(actor, importLines(20))
  const queue: JobQueue = []
  const deps = jobDeps(queue, { ...testEnv, INVITE_MAILS_PER_HOUR: "10" })
  await startJob(deps, actor, id)
  await runDueJobs(queue, deps)
  expect(await jobRow(id)).toEqual({ status: "running", row_count: 20, waiting_count: 12, failed_count: 0 })
  await expectCreated(8)
  for (let hour = 0; hour < 2; hour++) {
    travel({ minutes: 61 })
    await runDueJobs(queue, deps)
  }
  expect(await jobRow(id)).toEqual({ status: "done", row_count: 20, waiting_count: 0, failed_count: 0 })
  await expectCreated(20)
})
