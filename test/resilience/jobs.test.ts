import { afterAll, afterEach, expect, test } from "vitest"
import { type Harness, startHarness } from "./harness.ts"
import { finishJobWithKills } from "./kill-job.ts"
import { printTable, recordResult } from "./table.ts"

const isFullRun = process.env.FAULTS === "full"
const INVITES = isFullRun ? 1_500 : 250
const KILLS = isFullRun ? 10 : 3
const JOB_ID = "job_faults"

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})
afterAll(printTable)

test("a bulk resend whose Worker is killed repeatedly resends each invite once", async () => {
  const started = Date.now()
  const harness = await startHarness({ claimSeconds: 5 })
  cleanups.push(harness.close)
  await harness.inviteMany(1)
  await harness.drainOutbox()
  await insertJob(harness)

  await finishJobWithKills(harness, { rows: INVITES, kills: KILLS })
  await harness.drainOutbox()

  recordResult("bulk resend, Worker killed", harness, INVITES, started)
  expect(harness.services.kills).toBe(KILLS)
  expect(await harness.query("SELECT status, waiting_count, failed_count FROM jobs")).toEqual([
    { status: "done", waiting_count: 0, failed_count: 0 },
  ])
  const perInvite = `SELECT count(*) AS n, count(DISTINCT subject_id) AS invites FROM audit_log WHERE action = 'invite.resent'`
  expect(await harness.query(perInvite)).toEqual([{ n: INVITES, invites: INVITES }])
  const emails =
    "SELECT status, count(*) AS n, count(DISTINCT invite_id) AS invites FROM outbox WHERE is_bulk = 1 GROUP BY 1"
  expect(await harness.query(emails)).toEqual([{ status: "sent", n: INVITES, invites: INVITES }])
  expect(
    await harness.query(
      "SELECT send_count, link_version, count(*) AS n FROM invites WHERE id LIKE 'inv_copy%' GROUP BY 1, 2",
    ),
  ).toEqual([{ send_count: 2, link_version: 2, n: INVITES }])
  expect(await harness.query("SELECT action FROM audit_log WHERE action = 'job.finished'")).toHaveLength(1)
  expect(harness.errors).toEqual([])
})

/** Copies the only invite, and inserts a running job that resends the copies. */
async function insertJob({ query }: Harness) {
  const [original] = await query<{ id: string }>("SELECT id FROM invites LIMIT 1")
  const columns = await query<{ name: string }>(
    "SELECT name FROM pragma_table_xinfo('invites') WHERE hidden = 0 AND name <> 'seq'",
  )
  const copied: Record<string, string> = {
    id: "printf('inv_copy%d', copy.value)",
    reference: "printf('%011d', copy.value)",
    contact_email: "'copy-' || copy.value || '@customer.example'",
    latest_email_id: "NULL",
  }
  const numbers = `json_each('${JSON.stringify(Array.from({ length: INVITES }, (_, n) => n))}') AS copy`
  const names = columns.map(({ name }) => name)
  await query(
    `INSERT INTO invites (${names.join()}) SELECT ${names.map((name) => copied[name] ?? `invites.${name}`).join()}
     FROM invites, ${numbers} WHERE invites.id = '${original?.id}'`,
  )
  await query(
    `INSERT INTO jobs (id, reseller_id, kind, status, actor_kind, params, row_count, waiting_count, next_run_at, created_at)
     SELECT '${JOB_ID}', reseller_id, 'resend', 'running', 'system', '{}', ${INVITES}, ${INVITES}, 0, 0 FROM invites LIMIT 1`,
  )
  await query(
    `INSERT INTO job_rows (job_id, position, status, invite_id)
     SELECT '${JOB_ID}', copy.value + 1, 'waiting', printf('inv_copy%d', copy.value) FROM ${numbers}`,
  )
}
