import { expect, it } from "vitest"
import { cancelPausedJobs, deleteOldDrafts, emptyEndedJobs } from "../src/domain/jobs/retention.ts"
import { addStaff, count, createReseller, signInStaff } from "./support/app.ts"
import { insertInvites, insertJob, jobDeps, jobRow } from "./support/jobs.ts"
import { runSql } from "./support/storage.ts"
import { travel } from "./support/time.ts"

const emptied = "input IS NULL AND detail IS NULL"

async function createJob(kind: "import" | "resend", status: string) {
  const { resellerId, billingId } = await createReseller(`r${crypto.randomUUID().slice(0, 8)}`)
  const id = await insertJob(resellerId, kind, await insertInvites(resellerId, billingId, 3))
  await runSql("UPDATE jobs SET status = ? WHERE id = ?", status, id)
  if (status === "done") await runSql("UPDATE jobs SET finished_at = started_at WHERE id = ?", id)
  await runSql(`UPDATE job_rows SET input = '{"company":"Northwind"}', detail = 'x' WHERE job_id = ?`, id)
  return id
}

it("drafts of imports are deleted after a week, unfinished bulk actions after an hour", async () => {
  await createJob("import", "draft")
  await createJob("resend", "draft")
  await createJob("import", "running")
  await deleteOldDrafts(jobDeps([]))
  expect(await count("jobs")).toBe(3)
  travel({ hours: 1, seconds: 1 })
  await deleteOldDrafts(jobDeps([]))
  expect([await count("jobs"), await count("job_rows")]).toEqual([2, 6])
  travel({ days: 7 })
  await deleteOldDrafts(jobDeps([]))
  expect([await count("jobs", "status = 'running'"), await count("jobs"), await count("job_rows")]).toEqual([1, 1, 3])
})

it("rows of a job lose what was entered 30 days after its end, and keep their results", async () => {
  const id = await createJob("import", "done")
  travel({ days: 29 })
  await emptyEndedJobs(jobDeps([]))
  expect(await count("job_rows", emptied)).toBe(0)
  travel({ days: 2 })
  await emptyEndedJobs(jobDeps([]))
  expect([
    await count("job_rows", `${emptied} AND invite_id IS NOT NULL`),
    await count("jobs", "emptied_at > 0"),
  ]).toEqual([3, 1])
  expect(await jobRow(id)).toMatchObject({ status: "done", row_count: 3 })
})

it("a job that stays paused for 30 days is cancelled", async () => {
  const id = await createJob("import", "paused")
  travel({ days: 31 })
  await cancelPausedJobs(jobDeps([]))
  expect(await jobRow(id)).toMatchObject({ status: "cancelled", waiting_count: 3 })
  expect(await count("audit_log", "action = 'job.cancelled' AND actor_kind = 'system'")).toBe(1)
})

it("a purge of an invite empties its rows of jobs", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  const [inviteId = "", other = ""] = await insertInvites(resellerId, billingId, 2)
  await insertJob(resellerId, "import", [inviteId, other])
  await runSql(`UPDATE job_rows SET input = '{"company":"Northwind"}', detail = 'x'`)
  await runSql("UPDATE invites SET status = 'revoked' WHERE id = ?", inviteId)
  expect((await browser.post(`/customers/invites/${inviteId}/purge`)).status).toBe(303)
  expect(await count("job_rows", `${emptied} AND invite_id = '${inviteId}'`)).toBe(1)
  expect(await count("job_rows", emptied)).toBe(1)
})

it("a job doesn't name a person who started it and was deleted", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  const { userId } = await addStaff(resellerId, { name: "Kim Sato", email: "kim@acme.example", role: "regular" })
  const ids = await insertInvites(resellerId, billingId, 1)
  for (const _ of [1, 2]) await insertJob(resellerId, "resend", ids)
  await runSql("UPDATE jobs SET actor_id = ? WHERE rowid = (SELECT min(rowid) FROM jobs)", userId)
  expect((await browser.post(`/settings/staff/people/${userId}/purge`)).status).toBe(303)
  expect([await count("jobs", "actor_name IS NULL"), await count("jobs")]).toEqual([1, 2])
})

it("the export of a person's data has what was imported about them", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  const ids = await insertInvites(resellerId, billingId, 3)
  await runSql("UPDATE invites SET contact_email = 'priya@northwind.example' WHERE id = ?", ids[0])
  const id = await insertJob(resellerId, "import", ids)
  await runSql(
    "UPDATE job_rows SET input = json_object('company', 'C' || position), detail = '{}' WHERE job_id = ?",
    id,
  )
  await runSql(
    "UPDATE job_rows SET detail = json_object('email', 'priya@northwind.example'), invite_id = NULL WHERE position = 2",
  )
  const response = await browser.post("/settings/privacy/exports", { email: "priya@northwind.example" })
  const { imported_rows } = await response.json<{ imported_rows: { input: unknown }[] }>()
  expect(imported_rows.map(({ input }) => input)).toEqual([{ company: "C1" }, { company: "C2" }])
})
