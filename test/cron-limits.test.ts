import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { encrypt } from "../src/domain/encryption.ts"
import { createDeps } from "../src/http/bindings.ts"
import worker from "../src/local/index.ts"
import { count, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { runSql } from "./support/storage.ts"
import { travel } from "./support/time.ts"

/** D1 takes 1,000 in an invocation. */
const STATEMENTS_MAX = 900
const RUNS = 20
/** As many as a batch of any job has rows, so that each row can be of another reseller. */
const RESELLERS = 100
const HOUR = 3_600_000
const DAY = 24 * HOUR

const reseller = `printf('res_%026d', n % ${RESELLERS})`
const user = "printf('usr_%026d', n)"

/** The columns of invites that a test of cron jobs doesn't care about. */
const inviteSql = (prefix: string, columns: Record<string, string>) => {
  const values: Record<string, string> = {
    id: `printf('inv_${prefix}%025d', n)`,
    reference: `'${prefix}' || n`,
    reseller_id: reseller,
    kind: "'customer'",
    audience_id: reseller,
    status: "'pending'",
    email_status: "'sent'",
    company_name: "'Northwind'",
    contact_name: "'Priya'",
    contact_email: `'${prefix}' || n || '@northwind.example'`,
    billing_account_id: "'bil_x'",
    billing_email: "'b@x.example'",
    billing_phone: "'+14155550132'",
    ...Object.fromEntries(
      ["link_version", "expires_in_days", "send_count", "created_at"].map((column) => [column, "1"]),
    ),
    locale: "'en'",
    last_change_id: "'aud_0'",
    invited_by: "'usr_x'",
    ...columns,
  }
  return `INSERT INTO invites (${Object.keys(values)}) SELECT ${Object.values(values)} FROM numbers`
}

const outboxSql = (prefix: string, status: string, times: string, recipient = "'a@b.example'", hash = "NULL") =>
  `INSERT INTO outbox (id, reseller_id, kind, recipient, recipient_hash, status, next_attempt_at, created_at)
   SELECT '${prefix}' || n, ${reseller}, 'invite', ${recipient}, ${hash}, '${status}', ${times} FROM numbers`

const jobSql = (prefix: string, status: string, columns: string, values: string) =>
  `INSERT INTO jobs (id, reseller_id, kind, status, actor_kind, params, row_count, waiting_count, created_at, ${columns})
   SELECT 'job_${prefix}' || n, ${reseller}, 'resend', '${status}', 'staff', '{}', 0, 0, 0, ${values} FROM numbers`

/** What can pile up: how many rows, the statement that adds them, and where a row still waits for its cron job. */
const piles = (now: number): [what: string, rows: number, sql: string, left: [table: string, where: string]][] => [
  [
    "emails whose message was lost",
    18_000,
    outboxSql("a", "queued", "1, 1"),
    ["outbox", "next_attempt_at = 1 AND status = 'queued'"],
  ],
  ["emails whose time has come", 8_000, outboxSql("b", "scheduled", "2, 2"), ["outbox", "status = 'scheduled'"]],
  ["old emails", 10_000, outboxSql("c", "sent", "3, 3"), ["outbox", "created_at = 3"]],
  [
    "recipients to forget",
    5_000,
    outboxSql("d", "sent", `4, ${now - 2 * DAY}`, "''", "'h' || n"),
    ["outbox", "recipient_hash IS NOT NULL AND recipient = ''"],
  ],
  ["overdue invites", 2_500, inviteSql("a", { expires_at: "5" }), ["invites", "status = 'pending' AND expires_at = 5"]],
  ["reminders", 450, inviteSql("b", { expires_at: `${now + DAY}`, remind_at: "6" }), ["invites", "remind_at = 6"]],
  [
    "unwanted reminders",
    4_000,
    inviteSql("c", { expires_at: `${now + DAY}`, remind_at: "7", email_status: "'bounced'" }),
    ["invites", "remind_at = 7"],
  ],
  [
    "ended invites",
    1_500,
    inviteSql("d", { expires_at: "8", status: "'revoked'" }),
    ["invites", "status = 'revoked' AND purged_at IS NULL"],
  ],
  [
    "old events",
    8_000,
    `INSERT INTO events (id, reseller_id, type, is_public, data, occurred_at)
    SELECT 'evt_00' || n, ${reseller}, 'invite.sent', 1, '{}', 9 FROM numbers`,
    ["events", "occurred_at = 9"],
  ],
  [
    "audit entries",
    6_000,
    `INSERT INTO audit_log (id, reseller_id, action, subject_id, actor_kind, created_at)
    SELECT 'aud_z' || n, ${reseller}, 'invite.created', 'inv_x', 'system', 10 FROM numbers`,
    ["audit_unsealed", "TRUE"],
  ],
  [
    "stored responses",
    8_000,
    `INSERT INTO idempotent_responses (actor_id, idempotency_key, request_hash, row, created_at)
    SELECT 'key', n, '', '{}', 11 FROM numbers`,
    ["idempotent_responses", "TRUE"],
  ],
  [
    "delivery events",
    8_000,
    `INSERT INTO email_events (id, type, payload, received_at) SELECT n, 't', '{}', 12 FROM numbers`,
    ["email_events", "TRUE"],
  ],
  [
    "webhook attempts",
    5_000,
    `INSERT INTO webhook_attempts SELECT n, 'd', 13, 200, '', 1 FROM numbers`,
    ["webhook_attempts", "TRUE"],
  ],
  [
    "hours of webhooks",
    2_000,
    `INSERT INTO webhook_hours SELECT 'w', n, 1, 1, 1, 1 FROM numbers`,
    ["webhook_hours", "TRUE"],
  ],
  ["guess counts", 5_000, `INSERT INTO guess_counts SELECT n, 1, 0, 14, 'g' FROM numbers`, ["guess_counts", "TRUE"]],
  ["email codes", 2_000, `INSERT INTO email_codes SELECT n, NULL, 1, 0, 15 FROM numbers`, ["email_codes", "TRUE"]],
  ["challenges", 2_000, `INSERT INTO used_challenges SELECT n, 'u', 16 FROM numbers`, ["used_challenges", "TRUE"]],
  [
    "days of the funnel",
    2_000,
    `INSERT INTO invite_days SELECT ${reseller}, n / ${RESELLERS}, 1, 1, 1, 1, 1, '{}' FROM numbers`,
    ["invite_days", "day < 100"],
  ],
  [
    "staff",
    400,
    `INSERT INTO staff (user_id, reseller_id, role, created_at) SELECT ${user}, ${reseller}, 'admin', 0 FROM numbers`,
    ["staff", "last_digest_at = 0"],
  ],
  [
    "notifications",
    400,
    `INSERT INTO notifications (event_id, user_id, reseller_id) SELECT 'new' || n, ${user}, ${reseller} FROM numbers`,
    ["notifications", "email_id IS NULL"],
  ],
  [
    "sessions",
    1_000,
    `INSERT INTO sessions (id, user_id, token, expires_at, created_at, updated_at)
    SELECT n, printf('usr_%026d', 1 + n % 400), n, 17, 0, 0 FROM numbers`,
    ["sessions", "TRUE"],
  ],
  [
    "changes of address",
    400,
    `INSERT INTO email_changes SELECT ${user}, n, 'n@x.example', NULL, NULL, 18, 18 FROM numbers`,
    ["email_changes", "TRUE"],
  ],
  [
    "pending sign-ins",
    400,
    `INSERT INTO pending_sign_ins SELECT n, ${user}, 0, 19 FROM numbers`,
    ["pending_sign_ins", "TRUE"],
  ],
  ["drafts of jobs", 50, jobSql("a", "draft", "started_at", "NULL"), ["jobs", "status = 'draft'"]],
  ["paused jobs", 50, jobSql("b", "paused", "started_at", "20"), ["jobs", "status = 'paused'"]],
  ["ended jobs", 50, jobSql("c", "done", "finished_at", "21"), ["jobs", "status = 'done' AND emptied_at IS NULL"]],
]

const numbers = (rows: number) =>
  `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${rows})`
const addRows = (rows: number, sql: string) => {
  const select = sql.lastIndexOf("SELECT")
  return runSql(`${sql.slice(0, select)} ${numbers(rows)} ${sql.slice(select)}`)
}

it(`no run of the cron jobs sends more than ${STATEMENTS_MAX} statements when 100,000 rows are due, and ${RUNS} runs are enough`, async () => {
  travel({})
  const now = Date.now()
  await addRows(
    RESELLERS,
    `INSERT INTO resellers (id, name, slug, support_email, created_at) SELECT ${reseller}, n, n, 's@x.example', 0 FROM numbers`,
  )
  await addRows(
    400,
    `INSERT INTO users (id, name, email, reference, created_at, updated_at) SELECT ${user}, n, n || '@x.example', n, 0, 0 FROM numbers`,
  )
  await addRows(
    400,
    `INSERT INTO events (id, reseller_id, type, is_public, data, occurred_at)
    SELECT 'new' || n, ${reseller}, 'invite.expired', 0, '{}', ${now} FROM numbers`,
  )
  await addRows(150, jobSql("d", "running", "next_run_at", "22"))
  const oldKey = { ...testEnv, AUTH_SECRET: "p".repeat(32) }
  for (let n = 1; n <= 150; n++) {
    const ownerId = `usr_${String(n).padStart(26, "0")}`
    const secret = await encrypt(
      createDeps(oldKey, () => undefined),
      { kind: "authenticator secrets", ownerId },
      new Uint8Array(20),
    )
    await runSql("INSERT INTO authenticators VALUES (?, ?, 'SHA1', 0, 0)", ownerId, secret)
  }
  const encryptedBefore = await env.DB.prepare(
    "SELECT substr(encrypted_secret, 1, instr(encrypted_secret, '.')) AS key FROM authenticators LIMIT 1",
  ).first<string>("key")
  const all = piles(now)
  for (const [, rows, sql] of all) await addRows(rows, sql)
  const due = all.reduce((sum, [, rows]) => sum + rows, 0)
  expect(due).toBeGreaterThanOrEqual(100_000)

  const { database, costs } = countingD1(env.DB)
  const bindings = { ...testEnv, DB: database, AUTH_SECRET_PREVIOUS: oldKey.AUTH_SECRET }
  const statements: number[] = []
  for (let run = 1; run <= RUNS; run++) {
    costs.statements = 0
    const context = createExecutionContext()
    await worker.scheduled(createScheduledController(), bindings, context)
    await waitOnExecutionContext(context)
    statements.push(costs.statements)
  }
  const left = await Promise.all(
    all.map(async ([what, , , [table, where]]) => ({ what, rows: await count(table, where) })),
  )
  expect(await count("authenticators", `encrypted_secret GLOB '${encryptedBefore}*'`)).toBe(0)
  expect(left.filter(({ rows }) => rows > 0)).toEqual([])
  expect(statements.filter((sent) => sent > STATEMENTS_MAX)).toEqual([])
})
