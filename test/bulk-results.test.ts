import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { CHUNK } from "../src/domain/jobs/chunk.ts"
import { BULK_KINDS, type BulkKind } from "../src/domain/jobs/obstacles.ts"
import { runJob } from "../src/domain/jobs/run.ts"
import { count, signInStaff, testEnv } from "./support/app.ts"
import { confirm, jobIdIn } from "./support/bulk.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { interceptBatches } from "./support/intercepted-d1.ts"
import { insertInvites, type JobQueue, jobDeps, jobResults, jobRow, runDueJobs } from "./support/jobs.ts"
import { runSql } from "./support/storage.ts"
import { travelTo } from "./support/time.ts"

/** Invites in every state that matters to a bulk action, by what they are. */
async function createStates(resellerId: string, billingId: string) {
  const names = [
    "pending",
    "expired",
    "overdue",
    "declined",
    "revoked",
    "accepted",
    "purged",
    "suppressed",
    "no account",
    "superseded",
    "twin",
    "cooling",
    "spent",
  ]
  const ids = await insertInvites(resellerId, billingId, names.length)
  const states = Object.fromEntries(names.map((name, i) => [name, ids[i] ?? ""]))
  const set = (name: string, sql: string, ...values: unknown[]) =>
    runSql(`UPDATE invites SET ${sql} WHERE id = ?`, ...values, states[name])
  for (const name of ["expired", "declined", "revoked", "accepted"]) await set(name, `status = '${name}'`)
  await set("overdue", "expires_at = 1")
  await set("purged", "status = 'expired', purged_at = 1, contact_email = ''")
  await runSql(
    "INSERT INTO suppressions SELECT ?1, contact_email, 'complained', NULL, 0 FROM invites WHERE id = ?2",
    resellerId,
    states.suppressed,
  )
  await set("no account", "billing_account_id = 'bil_gone'")
  await set("superseded", "status = 'expired'")
  await set("twin", "contact_email = (SELECT contact_email FROM invites WHERE id = ?)", states.superseded)
  const reserve = (name: string, kind: "resend") =>
    env.ACCOUNT_LIMITER.getByName(resellerId).reserve({
      inviteId: states[name] ?? "",
      kind,
      at: Date.now(),
      limits: { resendCooldownSeconds: 0, resendsPerDay: 5, mailsPerHour: 500 },
    })
  await reserve("cooling", "resend")
  for (let n = 0; n < 5; n++) await reserve("spent", "resend")
  return { names, states }
}

const EXPECTED: Record<BulkKind, Record<string, string>> = {
  resend: {
    pending: "done",
    expired: "done",
    overdue: "done",
    declined: "done",
    revoked: "revoked",
    accepted: "accepted",
    purged: "purged",
    suppressed: "email_suppressed",
    "no account": "billing_account_removed",
    superseded: "newer_invite_pending",
    twin: "done",
    cooling: "resend_cooldown",
    spent: "resend_daily_limit",
  },
  revoke: {
    pending: "done",
    expired: "expired",
    overdue: "expired",
    declined: "declined",
    revoked: "revoked",
    accepted: "accepted",
    purged: "expired",
    suppressed: "done",
    "no account": "done",
    superseded: "expired",
    twin: "done",
    cooling: "done",
    spent: "done",
  },
  move_billing: {
    pending: "done",
    expired: "done",
    overdue: "done",
    declined: "done",
    revoked: "revoked",
    accepted: "accepted",
    purged: "purged",
    suppressed: "done",
    "no account": "done",
    superseded: "done",
    twin: "done",
    cooling: "unchanged",
    spent: "done",
  },
}

it.each(BULK_KINDS)("%s answers for an invite in each state, as a single one would", async (kind) => {
  const { browser, resellerId, billingId } = await signInStaff()
  const { names, states } = await createStates(resellerId, billingId)
  const targetId = await addAccount(resellerId)
  await runSql(
    `UPDATE invites SET (billing_account_id, billing_email, billing_phone) =
      (SELECT id, email, phone FROM billing_accounts WHERE id = ?) WHERE id = ?`,
    targetId,
    states.cooling,
  )
  await runSql(
    "INSERT INTO webhooks (id, reseller_id, url, events, created_at) VALUES ('whk_1', ?, 'https://h.example', ?, 0)",
    resellerId,
    JSON.stringify(["invite.resent", "invite.revoked"]),
  )
  const selected = names.map((name) => `invite=${states[name]}`).join("&")
  const id = jobIdIn(await confirm(browser, `action=${kind}&${selected}`, [["billing_account_id", targetId]]))
  await runJob(jobDeps([]), id)
  const rows = await jobResults(id)
  const codeOf = (name: string) => {
    const row = rows.find(({ invite_id }) => invite_id === states[name])
    return row?.code ?? row?.status
  }
  expect(Object.fromEntries(names.map((name) => [name, codeOf(name)]))).toEqual(EXPECTED[kind])
  const done = rows.filter(({ status, code }) => status === "done" && code === null).length
  const action = { resend: "invite.resent", revoke: "invite.revoked", move_billing: "invite.billing_changed" }[kind]
  expect(await count("audit_log", `action = '${action}' AND actor_kind = 'staff' AND actor_name = 'Dana Ortiz'`)).toBe(
    done,
  )
  expect(await count("outbox", "kind = 'invite' AND is_bulk = 1")).toBe(kind === "resend" ? done : 0)
  expect([await count("events", `type = '${action}'`), await count("outbox", "kind = 'webhook'")]).toEqual(
    kind === "move_billing" ? [0, 0] : [done, done],
  )
  if (kind === "move_billing") expect(await count("invites", `billing_account_id = '${targetId}'`)).toBe(done + 1)
})

async function addAccount(resellerId: string): Promise<string> {
  await runSql(
    `INSERT INTO billing_accounts SELECT 'bil_target', reseller_id, first_name, last_name, po_number, 'target@acme.example', phone, address,
       0, version, created_at, updated_at FROM billing_accounts WHERE reseller_id = ?`,
    resellerId,
  )
  return "bil_target"
}

it("invites that change while their chunk is prepared have the answer that fits", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  const ids = await insertInvites(resellerId, billingId, 6)
  const id = jobIdIn(await confirm(browser, "action=resend&all=1"))
  const DB = interceptBatches(async (statements, commit) => {
    if (statements.length > 3) {
      await runSql("UPDATE invites SET status = 'accepted' WHERE id = ?", ids[0])
      await runSql("UPDATE invites SET status = 'revoked' WHERE id = ?", ids[1])
      await runSql("UPDATE invites SET link_version = 9 WHERE id = ?", ids[2])
      await runSql("UPDATE invites SET billing_account_id = 'bil_gone' WHERE id = ?", ids[3])
      await runSql(
        "INSERT INTO suppressions SELECT ?1, contact_email, 'complained', NULL, 0 FROM invites WHERE id = ?2",
        resellerId,
        ids[4],
      )
    }
    return commit()
  })
  await runJob(jobDeps([], { ...testEnv, DB }), id)
  const codes = (await jobResults(id)).toReversed().map(({ code }) => code)
  expect(codes).toEqual(["accepted", "revoked", "conflict", "billing_account_removed", "email_suppressed", null])
  const { results } = await env.DB.prepare("SELECT invite_id FROM outbox WHERE is_bulk = 1").all()
  expect(results).toEqual([{ invite_id: ids[5] }])
  expect((await jobDeps([]).jobAllowance(resellerId)).now, "unused reservations are released").toBe(399)
})

it("an invite that violates a constraint fails alone", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  const ids = await insertInvites(resellerId, billingId, 60)
  await env.DB.exec(
    `CREATE TRIGGER fail_one BEFORE UPDATE OF status ON invites WHEN old.id = '${ids[20]}' BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed'); END`,
  )
  const id = jobIdIn(await confirm(browser, "action=resend&all=1"))
  const queue: JobQueue = []
  jobDeps(queue).enqueueJob(id)
  await runDueJobs(queue)
  await env.DB.exec("DROP TRIGGER fail_one")
  expect(await jobRow(id)).toEqual({ status: "done", row_count: 60, waiting_count: 0, failed_count: 1 })
  expect((await jobResults(id)).find(({ status }) => status === "failed")).toMatchObject({
    code: "conflict",
    invite_id: ids[20],
  })
  expect(await count("outbox", "is_bulk = 1")).toBe(59)
})

it("5,000 invites that match are all answered, with the limits in the way", async () => {
  travelTo(new Date())
  const { browser, resellerId, billingId } = await signInStaff()
  const ids = await insertInvites(resellerId, billingId, 5_000)
  await runSql("UPDATE invites SET status = 'accepted' WHERE seq % 100 = 3")
  const limits = { resendCooldownSeconds: 0, resendsPerDay: 100, mailsPerHour: 5_000 }
  const spent = ids.slice(4, 44)
  for (const inviteId of spent) {
    for (let n = 0; n < 5; n++)
      await env.ACCOUNT_LIMITER.getByName(resellerId).reserve({
        inviteId,
        kind: "resend",
        at: Date.now() + 4 * 3_600_000,
        limits,
      })
  }
  const bindings = { ...testEnv, INVITE_MAILS_PER_HOUR: "1500" }
  const id = jobIdIn(await confirm(browser, "action=resend&all=1"))
  const queue: JobQueue = []
  const { database, costs } = countingD1(env.DB)
  const deps = jobDeps(queue, { ...bindings, DB: database })
  deps.enqueueJob(id)
  for (let n = 0; queue.length > 0 && n < 400; n++) {
    travelTo(new Date(Math.max(Date.now(), queue[0]?.dueAt ?? 0)))
    await runDueJobs(queue, deps)
    await runSql("UPDATE outbox SET status = 'sent' WHERE kind = 'invite' AND status = 'queued'")
  }
  expect(await jobRow(id)).toEqual({ status: "done", row_count: 5_000, waiting_count: 0, failed_count: 50 + 40 })
  const codes = Map.groupBy(await jobResults(id), ({ code }) => code)
  expect(Object.fromEntries([...codes].map(([code, rows]) => [code, rows.length]))).toEqual({
    null: 4_910,
    accepted: 50,
    resend_daily_limit: 40,
  })
  expect(await count("outbox", "is_bulk = 1 AND kind = 'invite'")).toBe(4_910)
  expect(await count("invites", "send_count = 2")).toBe(4_910)
  expect(costs.roundTrips, "three for each chunk, and three for each turn of three").toBeLessThanOrEqual(
    (5_000 / CHUNK) * 4,
  )
}, 60_000)
