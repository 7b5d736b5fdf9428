import { setTimeout as wait } from "node:timers/promises"
import { afterAll, afterEach, expect, test } from "vitest"
import { type Harness, startHarness } from "./harness.ts"
import { random } from "./random.ts"
import { printTable, recordResult } from "./table.ts"

const isFullRun = process.env.FAULTS === "full"
const INVITES = isFullRun ? 1_500 : 250
const KILLS = isFullRun ? 10 : 3
const JOB_ID = "job_faults"
const MAX_PAUSE_BEFORE_KILL_MS = 100

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

  await harness.runCronDuring(Promise.all([finishJob(harness), killAtRandom(harness)]))
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

const waitingRows = async ({ query }: Harness) =>
  (await query<{ n: number }>("SELECT waiting_count AS n FROM jobs").catch(() => [])).at(0)?.n ?? INVITES

async function finishJob(harness: Harness) {
  const isDone = async () =>
    (await harness.query("SELECT 1 FROM jobs WHERE status = 'done'").catch(() => [])).length > 0
  for (let checks = 0; !(await isDone()) && checks < 500; checks++) await wait(200)
}

/** Kills the runtime at random moments of the job. */
async function killAtRandom(harness: Harness) {
  for (let kill = 0; kill < KILLS; kill++) {
    const killAfter = ((kill + random()) / KILLS) * INVITES * 0.9
    for (let checks = 0; INVITES - (await waitingRows(harness)) < killAfter && checks < 5_000; checks++) await wait(10)
    await wait(random() * MAX_PAUSE_BEFORE_KILL_MS)
    await harness.kill()
  }
}
