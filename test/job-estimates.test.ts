import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { emailsEstimate, jobEstimate } from "../src/domain/jobs/jobs.ts"
import type { JobKind } from "../src/storage/schema.ts"
import { createReseller, testEnv } from "./support/app.ts"
import { insertInvites, insertJob, jobDeps, loadJob } from "./support/jobs.ts"
import { travel, travelTo } from "./support/time.ts"

const unlimited: Env = { ...testEnv, INVITE_MAILS_PER_HOUR: "100000" }
const START = new Date("2026-11-27T10:00:00Z")

/** A running job of 40 rows of which 10 are done. */
async function insertHalfDone(kind: JobKind) {
  const { resellerId, billingId } = await createReseller()
  const id = await insertJob(resellerId, kind, await insertInvites(resellerId, billingId, 40))
  await env.DB.prepare("UPDATE job_rows SET status = 'done' WHERE job_id = ? AND position <= 10").bind(id).run()
  return id
}

it.each<JobKind>(["resend", "revoke"])("a running job (%s) is done when its pace so far says", async (kind) => {
  travelTo(START)
  const deps = jobDeps([], { ...unlimited, MAILS_PER_SECOND: "0" })
  const id = await insertHalfDone(kind)
  expect(await jobEstimate(deps, await loadJob(id)), "just started").toEqual(START)
  travel({ minutes: 4 })
  expect(await jobEstimate(deps, await loadJob(id)), "30 rows, 24 seconds each").toEqual(
    new Date("2026-11-27T10:16:00Z"),
  )
  travel({ hours: 10 })
  expect(await jobEstimate(deps, await loadJob(id)), "it was paused").toEqual(deps.now())
})

it("emails take at least as long as the deployment's limits say", async () => {
  travelTo(START)
  const { resellerId } = await createReseller()
  const estimate = (added: number, limits: Partial<Env>) =>
    emailsEstimate(jobDeps([], { ...unlimited, ...limits }), resellerId, added)
  expect(await estimate(5_000, { MAILS_PER_SECOND: "10" })).toEqual(new Date("2026-11-27T10:08:20Z"))
  expect(await estimate(5_000, { MAILS_PER_SECOND: "10", MAILS_PER_DAY: "2000" }), "1,800 of bulk a day").toEqual(
    new Date("2026-11-29T10:00:00Z"),
  )
  expect(await estimate(0, { MAILS_PER_SECOND: "10", MAILS_PER_DAY: "2000" })).toEqual(START)
})
