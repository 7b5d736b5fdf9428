import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { runJob } from "../src/domain/jobs/run.ts"
import { count, createReseller } from "./support/app.ts"
import { insertInvites, insertJob, type JobQueue, jobDeps, jobResults, jobRow, runDueJobs } from "./support/jobs.ts"
import { travel } from "./support/time.ts"

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
    const DB = new Proxy(env.DB, {
      get: (database, name: keyof D1Database) => {
        if (name !== "batch") return Reflect.get(database, name).bind(database)
        return async (statements: D1PreparedStatement[]) => {
          batches += 1
          if (batches === dieAt && !isAfter) throw new Error("killed")
          const results = await database.batch(statements)
          if (batches === dieAt) throw new Error("killed")
          return results
        }
      },
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
  const DB = new Proxy(env.DB, {
    get: (database, name: keyof D1Database) => {
      if (name !== "batch") return Reflect.get(database, name).bind(database)
      return async (statements: D1PreparedStatement[]) => {
        if (statements.length > 3 && !isInterrupted) {
          isInterrupted = true
          expect(await runJob(jobDeps(queue), id)).toBeGreaterThan(0)
          travel({ seconds: 31 })
          await runJob(jobDeps(queue), id)
        }
        return database.batch(statements)
      }
    },
  })
  await runJob(jobDeps(queue, { ...env, DB }), id)
  expect(isInterrupted).toBe(true)
  expect(await jobRow(id)).toEqual({ ...DONE, row_count: 60 })
  expect(await count("audit_log", "action = 'invite.revoked'")).toBe(60)
  expect(await count("audit_log", "action = 'job.finished'")).toBe(1)
})
