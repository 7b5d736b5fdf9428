import { env } from "cloudflare:workers"
import { eq } from "drizzle-orm"
import type { Deps } from "../../src/domain/deps.ts"
import { runJob } from "../../src/domain/jobs/run.ts"
import { createDeps } from "../../src/http/bindings.ts"
import { newId } from "../../src/storage/ids.ts"
import { type Job, type JobKind, jobs } from "../../src/storage/schema.ts"
import { db, testEnv } from "./app.ts"

/** The queue of jobs: the messages that were sent, each with the time from which it is due. */
export type JobQueue = { jobId: string; dueAt: number }[]

/** Deps whose job messages come to `queue`. */
export function jobDeps(queue: JobQueue, bindings: Env = testEnv): Deps {
  const deps = createDeps(bindings, () => undefined)
  const enqueueJob = (jobId: string, delaySeconds = 0) => {
    queue.push({ jobId, dueAt: Date.now() + delaySeconds * 1000 })
  }
  return { ...deps, enqueueJob }
}

/** Runs the due messages of the queue in turn until there is none. Returns the ids of the jobs in the order of their turns. */
export async function runDueJobs(queue: JobQueue, deps = jobDeps(queue)): Promise<string[]> {
  const turns: string[] = []
  for (;;) {
    const next = queue.findIndex(({ dueAt }) => dueAt <= Date.now())
    const [message] = next < 0 ? [] : queue.splice(next, 1)
    if (!message) return turns
    turns.push(message.jobId)
    await runJob(deps, message.jobId)
  }
}

/** Runs the turns of one job until none is due. */
export async function runTurnsOf(id: string): Promise<void> {
  await runDueJobs([{ jobId: id, dueAt: 0 }])
}

/** Inserts a running job with a row for each invite. */
export async function insertJob(
  resellerId: string,
  kind: JobKind,
  inviteIds: string[],
  params: Record<string, unknown> = {},
): Promise<string> {
  const at = new Date()
  const id = newId("job", at)
  const counts = { rowCount: inviteIds.length, waitingCount: inviteIds.length }
  await db.insert(jobs).values({
    id,
    resellerId,
    kind,
    status: "running",
    actorKind: "staff",
    actorId: "usr_starter",
    actorName: "Dana Ortiz",
    params,
    ...counts,
    nextRunAt: at,
    startedAt: at,
    createdAt: at,
  })
  await env.DB.prepare(
    "INSERT INTO job_rows (job_id, position, status, invite_id) SELECT ?, key + 1, 'waiting', value FROM json_each(?)",
  )
    .bind(id, JSON.stringify(inviteIds))
    .run()
  return id
}

/** The rows of a job with their results, in order. */
export async function jobResults(id: string) {
  const { results } = await env.DB.prepare(
    "SELECT status, code, invite_id FROM job_rows WHERE job_id = ? ORDER BY position",
  )
    .bind(id)
    .all<{ status: string; code: string | null; invite_id: string }>()
  return results
}

/** A job with its counts. */
export const jobRow = (id: string) =>
  env.DB.prepare("SELECT status, row_count, waiting_count, failed_count FROM jobs WHERE id = ?").bind(id).first()

/** Inserts pending invites of a reseller directly, newest last, and returns their ids. */
export async function insertInvites(resellerId: string, billingId: string, count: number): Promise<string[]> {
  const at = Date.now()
  const ids = Array.from({ length: count }, () => newId("inv", new Date(at))).sort()
  await env.DB.prepare(
    `INSERT INTO invites (id, reference, kind, audience_id, reseller_id, company_name, contact_name, contact_email, billing_account_id,
       billing_email, billing_phone, status, email_status, link_version, email_since_version, send_count, last_change_id, invited_by,
       created_at, expires_at, expires_in_days, search_runs, company_key, locale)
     SELECT value, 'ref' || substr(value, 12), 'customer', ?1, ?1, 'Company ' || key, 'Contact ' || key,
       'contact' || key || '-' || substr(?1, -6) || '@bulk.example', ?2, account.email, account.phone, 'pending', 'sent', 1, 1, 1,
       'aud_' || substr(value, 5), 'usr_starter', ?3, ?3 + 14 * 86400000, 14, '', '', 'en'
     FROM json_each(?4), billing_accounts AS account WHERE account.id = ?2`,
  )
    .bind(resellerId, billingId, at, JSON.stringify(ids))
    .run()
  return ids
}

export async function loadJob(id: string): Promise<Job> {
  const [job] = await db.select().from(jobs).where(eq(jobs.id, id))
  if (!job) throw new Error(`there is no job ${id}`)
  return job
}
