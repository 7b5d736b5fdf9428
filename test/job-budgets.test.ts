import { env } from "cloudflare:workers"
import { beforeEach, expect, it } from "vitest"
import type { StaffActor } from "../src/domain/access/actor.ts"
import { startJob } from "../src/domain/jobs/control.ts"
import { runJob } from "../src/domain/jobs/run.ts"
import { testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { createCheckedImport, createStaffActor, importLines } from "./support/imports.ts"
import { insertJob, jobDeps } from "./support/jobs.ts"
import { runSql } from "./support/storage.ts"

const ROWS = 25 // a chunk
const SIZES = [100, 10_000]

let actor: StaffActor
let billingId: string

beforeEach(async () => {
  ;({ actor, billingId } = await createStaffActor())
})

/** Adds pending invites until there are so many. */
async function fillInvites(from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, n) => from + n)
  await runSql(
    `INSERT INTO invites (id, reference, reseller_id, kind, audience_id, status, company_name, contact_name, contact_email, billing_account_id,
       billing_email, billing_phone, locale, link_version, expires_in_days, send_count, last_change_id, invited_by, created_at, expires_at)
     SELECT 'inv_' || value, value, ?1, 'customer', ?1, 'pending', 'Company', 'Kim', value || '@filled.example', ?2, 'b@x.example',
       '+14155550132', 'en', 1, 14, 1, 'aud_1', 'usr_1', 1, 9000000000000000 FROM json_each(?3)`,
    actor.reseller.id,
    billingId,
    JSON.stringify(numbers),
  )
}

/** Runs a job's turn. Returns how many rows it read. */
async function rowsReadBy(jobId: string): Promise<number> {
  const { database, costs } = countingD1(env.DB)
  await runJob(jobDeps([], { ...testEnv, DB: database, INVITE_MAILS_PER_HOUR: "100000" } as Env), jobId)
  return costs.rowsRead
}

const createImport = async (size: number) => {
  const deps = jobDeps([], testEnv)
  const id = await createCheckedImport(actor, importLines(ROWS, `import-${size}.example`), deps)
  await startJob(deps, actor, id)
  return id
}

const idsFrom = (first: number) => Array.from({ length: ROWS }, (_, n) => `inv_${first + n}`)

it.each<[name: string, create: (size: number, first: number) => Promise<string>]>([
  ["import", createImport],
  ["resend", (_, first) => insertJob(actor.reseller.id, "resend", idsFrom(first))],
  ["revoke", (_, first) => insertJob(actor.reseller.id, "revoke", idsFrom(first))],
  [
    "move_billing",
    (_, first) => insertJob(actor.reseller.id, "move_billing", idsFrom(first), { billingAccountId: billingId }),
  ],
])("a chunk of a job reads as many rows with 10,000 invites as with 100: %s", async (_, create) => {
  const rowsRead: number[] = []
  let filled = 0
  for (const size of SIZES) {
    await fillInvites(filled, size)
    rowsRead.push(await rowsReadBy(await create(size, filled)))
    expect(await env.DB.prepare("SELECT count(*) AS n FROM job_rows WHERE status = 'done'").first("n")).toBe(
      ROWS * rowsRead.length,
    )
    await runSql("UPDATE outbox SET status = 'sent'")
    filled = size
  }
  const [few = 0, many = 0] = rowsRead
  expect(many).toBeLessThan(few * 1.2)
})
