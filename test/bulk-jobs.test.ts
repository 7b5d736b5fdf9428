import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { jobEstimate } from "../src/domain/jobs/jobs.ts"
import { runJob } from "../src/domain/jobs/run.ts"
import { CUSTOMER, count, createReseller, invite, signInStaff, testEnv } from "./support/app.ts"
import { interceptBatches } from "./support/intercepted-d1.ts"
import {
  insertInvites,
  insertJob,
  type JobQueue,
  jobDeps,
  jobResults,
  jobRow,
  loadJob,
  runDueJobs,
} from "./support/jobs.ts"
import { travel, travelTo } from "./support/time.ts"

const DONE = { status: "done", failed_count: 0, waiting_count: 0 }

it("a job handles every row once, with an audit entry and an event each, and records that it is done", async () => {
  const { resellerId, billingId } = await createReseller()
  const ids = await insertInvites(resellerId, billingId, 120)
  const queue: JobQueue = []
  const id = await insertJob(resellerId, "revoke", ids)
  await runJob(jobDeps(queue), id)
  expect(await jobRow(id)).toEqual({ ...DONE, row_count: 120 })
  expect(queue).toEqual([])
  expect(await jobResults(id)).toEqual(ids.map((invite_id) => ({ status: "done", code: null, invite_id })))
  expect(await count("invites", "status = 'revoked'")).toBe(120)
  expect(await count("audit_log", "action = 'invite.revoked' AND actor_name = 'Dana Ortiz'")).toBe(120)
  expect(await count("events", "type = 'invite.revoked'")).toBe(120)
  expect(await count("audit_log", "action = 'job.finished' AND detail = 'revoke'")).toBe(1)
})

it("a runner that dies before its batch or after it loses no row and does none twice", async () => {
  const { resellerId, billingId } = await createReseller()
  const ids = await insertInvites(resellerId, billingId, 230)
  const queue: JobQueue = []
  const id = await insertJob(resellerId, "revoke", ids)
  let batches = 0
  for (const [dieAt, isAfter] of [
    [2, false],
    [3, true],
    [4, false],
    [5, true],
  ] as const) {
    batches = 0
    const DB = interceptBatches(async (_, commit) => {
      batches += 1
      if (batches === dieAt && !isAfter) throw new Error("killed")
      const results = await commit()
      if (batches === dieAt) throw new Error("killed")
      return results
    })
    await expect(runJob(jobDeps(queue, { ...env, DB }), id)).rejects.toThrow("killed")
    expect(await runJob(jobDeps(queue), id), "the claim of the dead runner lasts").toBeGreaterThan(0)
    travel({ seconds: 31 })
  }
  await runJob(jobDeps(queue), id)
  await runDueJobs(queue)
  expect(await jobRow(id)).toEqual({ ...DONE, row_count: 230 })
  expect(await jobResults(id)).toEqual(ids.map((invite_id) => ({ status: "done", code: null, invite_id })))
  expect(await count("audit_log", "action = 'invite.revoked'")).toBe(230)
  expect(await count("events", "type = 'invite.revoked'")).toBe(230)
})

it("of two runners only one has the job, and the batch of one that lost its claim has no effect", async () => {
  const { resellerId, billingId } = await createReseller()
  const ids = await insertInvites(resellerId, billingId, 60)
  const queue: JobQueue = []
  const id = await insertJob(resellerId, "revoke", ids)
  let isInterrupted = false
  const DB = interceptBatches(async (statements, commit) => {
    if (statements.length > 3 && !isInterrupted) {
      isInterrupted = true
      expect(await runJob(jobDeps(queue), id)).toBeGreaterThan(0)
      travel({ seconds: 31 })
      await runJob(jobDeps(queue), id)
    }
    return commit()
  })
  await runJob(jobDeps(queue, { ...env, DB }), id)
  expect(isInterrupted).toBe(true)
  expect(await jobRow(id)).toEqual({ ...DONE, row_count: 60 })
  expect(await count("audit_log", "action = 'invite.revoked'")).toBe(60)
  expect(await count("audit_log", "action = 'job.finished'")).toBe(1)
})

it("a job that is paused or cancelled in the middle does nothing more, and continues where it stopped", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  const ids = await insertInvites(resellerId, billingId, 450)
  const queue: JobQueue = []
  const [id, cancelledId] = [
    await insertJob(resellerId, "revoke", ids.slice(0, 220)),
    await insertJob(resellerId, "revoke", ids.slice(220)),
  ]
  const duringBatch = (action: () => Promise<unknown>, chunk: number) => {
    let chunks = 0
    const DB = interceptBatches(async (statements, commit) => {
      if (statements.length > 3 && ++chunks === chunk) await action()
      return commit()
    })
    return jobDeps(queue, { ...testEnv, DB })
  }
  const act = async (jobId: string, action: string) =>
    expect((await browser.post(`/customers/invites/jobs/${jobId}/${action}`)).status).toBe(303)
  await runJob(
    duringBatch(() => act(id, "pause"), 2),
    id,
  )
  expect(await jobRow(id)).toEqual({ status: "paused", row_count: 220, waiting_count: 195, failed_count: 0 })
  await runJob(jobDeps(queue), id)
  expect([await count("invites", "status = 'revoked'"), queue]).toEqual([25, []])
  await act(id, "resumption")
  await runJob(jobDeps(queue), id)
  expect(await jobRow(id)).toEqual({ ...DONE, row_count: 220 })
  expect(await count("audit_log", "action = 'invite.revoked'")).toBe(220)

  await runJob(
    duringBatch(() => act(cancelledId, "cancellation"), 3),
    cancelledId,
  )
  for (const action of ["resumption", "pause"]) await act(cancelledId, action)
  await runJob(jobDeps(queue), cancelledId)
  expect(await jobRow(cancelledId)).toEqual({
    status: "cancelled",
    row_count: 230,
    waiting_count: 180,
    failed_count: 0,
  })
  expect(await count("invites", "status = 'revoked'")).toBe(270)
  const { results } = await env.DB.prepare("SELECT action FROM audit_log WHERE action GLOB 'job.*' ORDER BY id").all()
  expect(results.map(({ action }) => action)).toEqual(["job.paused", "job.resumed", "job.finished", "job.cancelled"])
})

it("jobs of two resellers take turns", async () => {
  const queue: JobQueue = []
  const jobIds: string[] = []
  for (const slug of ["acme", "globex"]) {
    const { resellerId, billingId } = await createReseller(slug)
    jobIds.push(await insertJob(resellerId, "revoke", await insertInvites(resellerId, billingId, 450)))
  }
  const [one = "", two = ""] = jobIds
  for (const jobId of jobIds) jobDeps(queue).enqueueJob(jobId)
  expect(await runDueJobs(queue)).toEqual([one, two, one, two, one, two])
  for (const jobId of jobIds) expect(await jobRow(jobId)).toEqual({ ...DONE, row_count: 450 })
})

it("the hourly limit paces a job, and leaves a share for single invites", async () => {
  travelTo(new Date())
  const { browser, resellerId, billingId } = await signInStaff()
  const ids = await insertInvites(resellerId, billingId, 25)
  const queue: JobQueue = []
  const bindings = { ...testEnv, INVITE_MAILS_PER_HOUR: "10" }
  const deps = jobDeps(queue, bindings)
  const id = await insertJob(resellerId, "resend", ids)
  const start = Date.now()
  await runJob(deps, id)
  expect(await jobRow(id)).toEqual({ status: "running", row_count: 25, waiting_count: 17, failed_count: 0 })
  expect(queue).toEqual([{ jobId: id, dueAt: start + 3_600_000 }])
  browser.env = bindings
  await invite(browser)
  await invite(browser, { contact_email: "two@northwind.example" })
  const third = await browser.post("/customers/invites/new", { ...CUSTOMER, contact_email: "three@northwind.example" })
  expect(third.status).toBe(429)
  expect(await jobEstimate(deps, await loadJob(id)), "17 rows, of which 8 in an hour").toEqual(
    new Date(start + 3 * 3_600_000),
  )
  const waiting: number[] = []
  for (let hour = 1; hour <= 3; hour++) {
    travel({ hours: 1 })
    await runDueJobs(queue, deps)
    waiting.push(Number((await jobRow(id))?.waiting_count))
  }
  expect(waiting).toEqual([9, 1, 0])
  expect(await jobRow(id)).toEqual({ ...DONE, row_count: 25 })
  expect(await count("outbox", "kind = 'invite' AND is_bulk = 1")).toBe(25)
  expect(await count("invites", "link_version = 2 AND send_count = 2")).toBe(25)
})

it("a job waits while too many of its emails wait, and a killed one counts no email twice", async () => {
  const { resellerId, billingId } = await createReseller()
  const ids = await insertInvites(resellerId, billingId, 120)
  const queue: JobQueue = []
  const id = await insertJob(resellerId, "resend", ids)
  const bindings = { ...testEnv, INVITE_MAILS_PER_HOUR: "150" }
  let chunks = 0
  const DB = interceptBatches(async (statements, commit) => {
    if (statements.length > 3 && ++chunks === 3) throw new Error("killed")
    return commit()
  })
  await expect(runJob(jobDeps(queue, { ...bindings, DB }), id)).rejects.toThrow("killed")
  travel({ seconds: 31 })
  const deps = jobDeps(queue, bindings)
  await runJob(deps, id)
  expect(await jobRow(id)).toEqual({ status: "running", row_count: 120, waiting_count: 45, failed_count: 0 })
  travel({ seconds: 2 })
  await runDueJobs(queue, deps)
  expect((await jobRow(id))?.waiting_count, "75 emails of it wait").toBe(45)
  await env.DB.prepare("UPDATE outbox SET status = 'sent' WHERE kind = 'invite'").run()
  travel({ seconds: 2 })
  await runDueJobs(queue, deps)
  expect(await jobRow(id), "120 emails are what jobs can send in an hour").toEqual({ ...DONE, row_count: 120 })
  expect(await deps.jobAllowance(resellerId)).toMatchObject({ now: 0, perHour: 120 })
})
