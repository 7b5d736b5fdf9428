import { env } from "cloudflare:workers"
import { expect, it } from "vitest"
import { runJob } from "../src/domain/jobs/run.ts"
import { addStaff, type Browser, count, signInAs, signInStaff, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { insertInvites, type JobQueue, jobDeps, jobResults, jobRow, runDueJobs } from "./support/jobs.ts"
import { formsOf } from "./support/page-forms.ts"
import { travelTo } from "./support/time.ts"

const NEW = "/customers/invites/jobs/new"

/** The fields of the confirmation that a query leads to. */
async function confirmation(browser: Browser, query: string): Promise<string[][]> {
  const response = await browser.get(`${NEW}?${query}`)
  const form = formsOf(await response.text(), browser).find(({ action }) => action.startsWith(NEW))
  return form?.fields.map(({ name, value }) => [name, value]).filter(([name]) => name !== "billing_account_id") ?? []
}

/** Confirms a bulk action as its page says it. */
const confirm = async (browser: Browser, query: string, more: string[][] = []) =>
  browser.post(NEW, [...(await confirmation(browser, query)), ...more])

const jobIdIn = (response: Response) => /job_[0-9a-z]{26}/.exec(response.headers.get("Location") ?? "")?.[0] ?? "none"
const update = (sql: string, ...values: unknown[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run()

/** Invites in every state that matters to a bulk action, by what they are. */
async function createStates(resellerId: string, billingId: string) {
  const names = [
    "pending", "expired", "overdue", "declined", "revoked", "accepted", "purged",
    "suppressed", "no account", "superseded", "twin", "cooling", "spent",
  ] // biome-ignore format: a list
  const ids = await insertInvites(resellerId, billingId, names.length)
  const states = Object.fromEntries(names.map((name, i) => [name, ids[i] ?? ""]))
  const set = (name: string, sql: string, ...values: unknown[]) =>
    update(`UPDATE invites SET ${sql} WHERE id = ?`, ...values, states[name])
  for (const name of ["expired", "declined", "revoked", "accepted"]) await set(name, `status = '${name}'`)
  await set("overdue", "expires_at = 1")
  await set("purged", "status = 'expired', purged_at = 1, contact_email = ''")
  await update(
    "INSERT INTO suppressions SELECT ?1, contact_email, 'complained', NULL, 0 FROM invites WHERE id = ?2",
    resellerId,
    states.suppressed,
  )
  await set("no account", "billing_account_id = 'bil_gone'")
  await set("superseded", "status = 'expired'")
  await set("twin", "contact_email = (SELECT contact_email FROM invites WHERE id = ?)", states.superseded)
  const reserve = (name: string, kind: "resend") =>
    env.EMAIL_LIMITER.getByName(resellerId).reserve({
      inviteId: states[name] ?? "",
      kind,
      at: Date.now(),
      limits: { resendCooldownSeconds: 0, resendsPerDay: 5, mailsPerHour: 500 },
    })
  await reserve("cooling", "resend")
  for (let n = 0; n < 5; n++) await reserve("spent", "resend")
  return { names, states }
}

const EXPECTED: Record<string, Record<string, string>> = {
  resend: {
    pending: "done", expired: "done", overdue: "done", declined: "done", revoked: "revoked", accepted: "accepted", purged: "purged",
    suppressed: "email_suppressed", "no account": "billing_account_removed", superseded: "newer_invite_pending", twin: "done",
    cooling: "resend_cooldown", spent: "resend_daily_limit",
  },
  revoke: {
    pending: "done", expired: "expired", overdue: "expired", declined: "declined", revoked: "revoked", accepted: "accepted",
    purged: "expired", suppressed: "done", "no account": "done", superseded: "expired", twin: "done", cooling: "done", spent: "done",
  },
  move_billing: {
    pending: "done", expired: "done", overdue: "done", declined: "done", revoked: "revoked", accepted: "accepted", purged: "purged",
    suppressed: "done", "no account": "done", superseded: "done", twin: "done", cooling: "unchanged", spent: "done",
  },
} // biome-ignore format: tables

it.each(["resend", "revoke", "move_billing"])(
  "%s answers for an invite in each state, as a single one would",
  async (kind) => {
    const { browser, resellerId, billingId } = await signInStaff()
    const { names, states } = await createStates(resellerId, billingId)
    const targetId = await addAccount(resellerId)
    await update(
      `UPDATE invites SET (billing_account_id, billing_email, billing_phone) =
      (SELECT id, email, phone FROM billing_accounts WHERE id = ?) WHERE id = ?`,
      targetId,
      states.cooling,
    )
    await update(
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
    expect(
      await count("audit_log", `action = '${action}' AND actor_kind = 'staff' AND actor_name = 'Dana Ortiz'`),
    ).toBe(done)
    expect(await count("outbox", "kind = 'invite' AND is_bulk = 1")).toBe(kind === "resend" ? done : 0)
    expect([await count("events", `type = '${action}'`), await count("outbox", "kind = 'webhook'")]).toEqual(
      kind === "move_billing" ? [0, 0] : [done, done],
    )
    if (kind === "move_billing") expect(await count("invites", `billing_account_id = '${targetId}'`)).toBe(done + 1)
  },
)

async function addAccount(resellerId: string): Promise<string> {
  await update(
    `INSERT INTO billing_accounts SELECT 'bil_target', reseller_id, first_name, last_name, po_number, 'target@acme.example', phone, address,
       0, version, created_at, updated_at FROM billing_accounts WHERE reseller_id = ?`,
    resellerId,
  )
  return "bil_target"
}

it("selecting, confirming and following a bulk action works without script", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  const ids = await insertInvites(resellerId, billingId, 30)
  const [newest = "", second = ""] = ids.toReversed()
  await update("UPDATE invites SET status = 'accepted' WHERE id = ?", second)
  const list = await (await browser.get("/customers/invites?status=pending")).text()
  const bar = /<form id="bulk"[^]*?<\/form>/.exec(list)?.[0] ?? ""
  expect([...bar.matchAll(/ name="(\w+)" value="(\w+)"/g)].map(([, name, value]) => `${name}=${value}`)).toEqual([
    "status=pending",
    "all=1",
    "action=resend",
    "action=revoke",
    "action=move_billing",
  ])
  expect(list.match(/<input type="checkbox" form="bulk" name="invite"/g)).toHaveLength(25)
  expect(list).not.toContain(`value="${second}"`)

  const all = await (await browser.get(`${NEW}?status=pending&all=1&action=revoke`)).text()
  expect(all).toContain("This applies to 29 invites.")
  expect(all).toContain("Their links stop working at once.")
  const response = await confirm(browser, `action=revoke&invite=${newest}&invite=${second}`)
  const path = response.headers.get("Location") ?? ""
  const queue: JobQueue = []
  await runJob(jobDeps(queue), jobIdIn(response))
  const page = await (await browser.get(path)).text()
  expect(page).toContain("2 of 2")
  expect(page).toContain("1 not done")
  expect(page).toContain(`/customers/invites/${newest}`)
  expect(page).toContain("Accepted")
  const failedOnly = await (await browser.get(`${path}?result=failed`)).text()
  expect([failedOnly.includes(newest), failedOnly.includes(second)]).toEqual([false, true])
  const jobs = await (await browser.get("/customers/invites/jobs")).text()
  expect(jobs).toContain(path)
})

it("a confirmation says who is left out and when the last email leaves", async () => {
  travelTo(new Date("2026-11-27T10:00:00Z"))
  const { browser, resellerId, billingId } = await signInStaff()
  const ids = await insertInvites(resellerId, billingId, 20)
  await update("UPDATE invites SET status = 'accepted' WHERE id IN (?, ?)", ids[0], ids[1])
  browser.env = { ...testEnv, INVITE_MAILS_PER_HOUR: "10" }
  const page = await (await browser.get(`${NEW}?all=1&action=resend`)).text()
  expect(page).toContain("This applies to 20 invites.")
  expect(page).toContain("2 of them will be left out:")
  expect(page).toContain("2: Accepted")
  expect(page).toContain('datetime="2026-11-27T12:00:00.000Z"')
})

it("nothing selected leads back, and a form that is sent twice starts one job", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  await insertInvites(resellerId, billingId, 3)
  const response = await browser.get(`${NEW}?action=revoke&status=pending`)
  expect(response.headers.get("Location")).toBe("/customers/invites?status=pending&flash=nothing_selected")
  const fields = await confirmation(browser, "action=revoke&all=1")
  const [first, again] = await Promise.all([browser.post(NEW, fields), browser.post(NEW, fields)])
  expect([first.status, again.status]).toEqual([303, 303])
  expect(jobIdIn(again)).toBe(jobIdIn(first))
  expect(jobIdIn(await browser.post(NEW, fields))).toBe(jobIdIn(first))
  expect(await count("jobs", "status = 'running'")).toBe(1)
})

it("more invites than were confirmed are asked for again, and moving needs an account", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  await insertInvites(resellerId, billingId, 5)
  const fields = await confirmation(browser, "action=revoke&all=1")
  await insertInvites(resellerId, billingId, 20).catch(() => undefined)
  await update("UPDATE invites SET contact_email = id")
  await insertInvites(resellerId, billingId, 20)
  const response = await browser.post(NEW, fields)
  expect([response.status, await count("jobs")]).toEqual([409, 0])
  expect(await response.text()).toContain("This applies to 25 invites.")
  const move = await confirm(browser, "action=move_billing&all=1", [["billing_account_id", ""]])
  expect(move.status).toBe(422)
  expect(await move.text()).toContain("Choose the billing account to move the invites to.")
  const other = await confirm(browser, "action=move_billing&all=1", [["billing_account_id", "bil_none"]])
  expect([other.status, await count("jobs")]).toEqual([422, 0])
})

it("invites that change while their chunk is prepared have the answer that fits", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  const ids = await insertInvites(resellerId, billingId, 5)
  const id = jobIdIn(await confirm(browser, "action=resend&all=1"))
  const DB = new Proxy(env.DB, {
    get: (database, name: keyof D1Database) => {
      if (name !== "batch") return Reflect.get(database, name).bind(database)
      return async (statements: D1PreparedStatement[]) => {
        if (statements.length > 3) {
          await update("UPDATE invites SET status = 'accepted' WHERE id = ?", ids[0])
          await update("UPDATE invites SET status = 'revoked' WHERE id = ?", ids[1])
          await update("UPDATE invites SET link_version = 9 WHERE id = ?", ids[2])
          await update("UPDATE invites SET billing_account_id = 'bil_gone' WHERE id = ?", ids[3])
        }
        return database.batch(statements)
      }
    },
  })
  await runJob(jobDeps([], { ...testEnv, DB }), id)
  const codes = (await jobResults(id)).toReversed().map(({ code }) => code)
  expect(codes).toEqual(["accepted", "revoked", "changed", "billing_account_removed", null])
  const { results } = await env.DB.prepare("SELECT invite_id FROM outbox WHERE is_bulk = 1").all()
  expect(results).toEqual([{ invite_id: ids[4] }])
  expect((await jobDeps([]).bulkAllowance(resellerId)).now, "unused reservations are released").toBe(399)
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
    code: "changed",
    invite_id: ids[20],
  })
  expect(await count("outbox", "is_bulk = 1")).toBe(59)
})

it("5,000 invites that match are all answered, with the limits in the way", async () => {
  travelTo(new Date())
  const { browser, resellerId, billingId } = await signInStaff()
  const ids = await insertInvites(resellerId, billingId, 5_000)
  await update("UPDATE invites SET status = 'accepted' WHERE seq % 100 = 3")
  const limits = { resendCooldownSeconds: 0, resendsPerDay: 100, mailsPerHour: 5_000 }
  const spent = ids.slice(4, 44)
  for (const inviteId of spent) {
    for (let n = 0; n < 5; n++)
      await env.EMAIL_LIMITER.getByName(resellerId).reserve({
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
    await update("UPDATE outbox SET status = 'sent' WHERE kind = 'invite' AND status = 'queued'")
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
  expect(costs.roundTrips).toBeLessThan(5_000 / 8)
}, 60_000)

it("results are exported as CSV that spreadsheets don't run", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  const [id = ""] = await insertInvites(resellerId, billingId, 1)
  await update("UPDATE invites SET company_name = '=1+1', status = 'accepted'")
  const job = await confirm(browser, "action=revoke&all=1")
  await runJob(jobDeps([]), jobIdIn(job))
  const file = await browser.get(`${job.headers.get("Location")}/export`)
  expect(file.headers.get("Content-Type")).toBe("text/csv; charset=utf-8")
  const [, line] = (await file.text()).split("\r\n")
  expect(line).toContain(`1,${id},'=1+1,Contact 0,contact0-`)
  expect(line).toContain(",failed,accepted,,Accepted")
})

it("only staff of the reseller who can write invites reach its jobs", async () => {
  const { browser, resellerId, billingId } = await signInStaff()
  await insertInvites(resellerId, billingId, 2)
  const path = (await confirm(browser, "action=revoke&all=1")).headers.get("Location") ?? ""
  const others: [Browser, number][] = [
    [(await signInStaff("globex")).browser, 404],
    [await signInColleague(resellerId, "read_only"), 403],
  ]
  for (const [other, status] of others) {
    expect([(await other.get(path)).status, (await other.get(`${path}/export`)).status]).toEqual([status, status])
    for (const action of ["pause", "resumption", "cancellation"])
      expect((await other.post(`${path}/${action}`)).status).toBe(status)
  }
  expect(await count("jobs", "status = 'running'")).toBe(1)
  const support = await signInColleague(resellerId, "support")
  expect((await support.get(`${NEW}?action=move_billing&all=1`)).status).toBe(403)
  expect((await support.post(NEW, { action: "move_billing", all: "1", billing_account_id: billingId })).status).toBe(
    403,
  )
  expect(await (await support.get("/customers/invites")).text()).not.toContain("Move to billing account")
})

const signInColleague = async (resellerId: string, role: "read_only" | "support") =>
  signInAs((await addStaff(resellerId, { name: role, email: `${role}@acme.example`, role })).userId)
