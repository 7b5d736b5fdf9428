import { applyD1Migrations } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { beforeAll, beforeEach, describe, expect, it } from "vitest"
import { backupLines } from "../src/backup/backup-lines.ts"
import { bindingDatabase } from "../src/backup/binding-database.ts"
import type { Database } from "../src/backup/database.ts"
import type { Header } from "../src/backup/format.ts"
import { holdUnfinished } from "../src/backup/hold.ts"
import { type Backup, restoreLines } from "../src/backup/restore-lines.ts"
import { sealAuditLog } from "../src/domain/audit/seal.ts"
import { replayDeadLetters } from "../src/domain/deployment/dead-letters.ts"
import { HOUR_MS } from "../src/domain/time.ts"
import { createDeps } from "../src/http/bindings.ts"
import { INVITE_STATUSES } from "../src/storage/schema.ts"
import {
  Browser,
  CUSTOMER,
  callApi,
  db,
  invite,
  latestRegistrationLink,
  REGISTRATION_FORM,
  registrationLinkIn,
  sendDueEmails,
  signIn,
  testEnv,
} from "./support/app.ts"
import { tamper, verifyChain } from "./support/audit.ts"
import { fillEverything, ODD_TEXT } from "./support/filled-database.ts"
import { insertJob } from "./support/jobs.ts"
import { createSandbox } from "./support/sandbox.ts"
import { clearingStatements, runSql } from "./support/storage.ts"
import { travel, travelTo } from "./support/time.ts"
import { createWebhookFixture } from "./support/webhooks.ts"

const source = bindingDatabase(env.DB)
const target = bindingDatabase(env.OTHER_DB)
const restoredEnv: Env = { ...testEnv, DB: env.OTHER_DB }

let clearing: D1PreparedStatement[]
beforeAll(async () => {
  await applyD1Migrations(env.OTHER_DB, env.TEST_MIGRATIONS)
  clearing = await clearingStatements(env.OTHER_DB)
})
beforeEach(() => env.OTHER_DB.batch(clearing))

/** A backup of a database, as a file would have it. */
async function backUp(database: Database = source): Promise<Backup> {
  const lines: string[] = []
  for await (const line of backupLines(database)) lines.push(line)
  const [header, footer] = [lines[0] ?? "", lines.at(-1) ?? ""].map((line) => JSON.parse(line))
  return {
    sha256: "a",
    header,
    footer,
    lines: async function* () {
      yield* lines
    },
  }
}

/** Every row of every table but that of migrations, with the columns that are generated and the schema itself. */
async function contentsOf(database: D1Database) {
  const { results: schema } = await database
    .prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT GLOB '_cf_*' ORDER BY type, name")
    .all<{ type: string; name: string; sql: string }>()
  const tables = schema.filter(
    ({ type, name, sql }) => type === "table" && !/VIRTUAL|_search_|d1_migrations/.test(sql + name),
  )
  const rows = tables.map(async ({ name }) => {
    const { results } = await database.prepare(`SELECT * FROM "${name}"`).all()
    return [name, results.map((row) => JSON.stringify(row)).sort()]
  })
  return { schema, rows: Object.fromEntries(await Promise.all(rows)) }
}

it("a restored database has every row of every table, but what was due is held, and goes on as the one before", async () => {
  const { resellerId, browser, link } = await fillEverything()
  travelTo(new Date())
  const backup = await backUp()
  expect(Object.entries(backup.footer.counts).filter(([, count]) => count === 0)).toEqual([])
  expect(backup.footer.counts.invites).toBeGreaterThan(100)
  expect(Object.keys(await countsOf(env.DB, resellerId)).sort()).toEqual(await countersOf(env.DB))

  const { heldEmails, ...differences } = await restoreLines(target, backup)
  expect(differences).toEqual({ leftOut: {}, corrected: {}, incomplete: [] })
  expect(heldEmails).toBe(await holdUnfinished(source, new Date()))
  expect(await contentsOf(env.OTHER_DB)).toEqual(await contentsOf(env.DB))
  expect(await target.query("PRAGMA foreign_key_check")).toEqual([])
  expect(await target.query("SELECT identifier FROM verifications")).toEqual([[ODD_TEXT]])
  expect(await target.query("SELECT hex(bytes) FROM logos")).toEqual([["00FF1089"]])

  expect(await verifyChain(resellerId, undefined, env.OTHER_DB)).toEqual([])
  await expect(target.query("DELETE FROM audit_entries")).rejects.toThrow("append-only")

  browser.env = restoredEnv
  const pages = [
    ["/customers/invites?q=ontact17", "contact17@x.example"],
    ["/customers/invites?q=contact3%40&status=pending", "contact3@x.example"],
    ["/customers?q=nair", "priya@accepted.example"],
  ]
  for (const [path = "", text] of pages) expect(await (await browser.get(path)).text()).toContain(text)

  const contact = new Browser()
  contact.env = restoredEnv
  expect(await (await contact.get(link)).text()).toContain("Set up Company of ana@pending.example")
  expect((await contact.post(link, { ...REGISTRATION_FORM, name: "Ana" })).status).toBe(303)
  expect(await countsOf(env.OTHER_DB, resellerId)).toEqual({
    ...(await countsOf(env.DB, resellerId)),
    accepted: 2,
    customers: 2,
    pending: ((await countsOf(env.DB, resellerId)).pending ?? 0) - 1,
  })
})

/** A reseller's counters, which triggers keep. */
async function countsOf(database: D1Database, resellerId: string): Promise<Record<string, number>> {
  const { results } = await database
    .prepare("SELECT counter, count FROM invite_counts WHERE reseller_id = ?")
    .bind(resellerId)
    .all<{ counter: string; count: number }>()
  return Object.fromEntries(results.map(({ counter, count: n }) => [counter, n]))
}

/** The names of all counters of a reseller: those in the triggers, and the statuses. */
async function countersOf(database: D1Database): Promise<string[]> {
  const { results } = await database
    .prepare("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND sql LIKE '%INTO invite_counts%'")
    .all<{ sql: string }>()
  const named = results.flatMap(({ sql }) => /INTO invite_counts VALUES \(new\.\w+, '(\w+)'/.exec(sql)?.[1] ?? [])
  return [...new Set([...named, ...INVITE_STATUSES])].sort()
}

/** A reseller with a customer, an invite that waits and a webhook: enough for a row in most tables. */
async function fillSome() {
  const { browser, resellerId, key } = await createWebhookFixture()
  await invite(browser)
  await new Browser().post(await latestRegistrationLink(), REGISTRATION_FORM)
  await invite(browser, { contact_email: "other@x.example", metadata: "region: emea" })
  await createSandbox(await signIn("admin@acme.example")) // whose session is in the sandbox from then on
  await sealAuditLog({ db, now: () => new Date() })
  return { browser, resellerId, key }
}

/** A database that loses the connection at the nth statement, before or after the statement has an effect. */
function interruptedAt(n: number): Database {
  let statements = 0
  return {
    ...target,
    query: async (sql, json) => {
      statements += 1
      if (statements === n && n % 2 === 0) throw new Error("interrupted")
      const rows = await target.query(sql, json)
      if (statements === n) throw new Error("interrupted")
      return rows
    },
  }
}

describe("a restore", () => {
  it("that is interrupted, wherever, is completed when it is run again", async () => {
    await fillSome()
    travelTo(new Date())
    const backup = await backUp()
    expect(await holdUnfinished(source, new Date())).toBeGreaterThan(0)
    const expected = await contentsOf(env.DB)
    let interruptions = 0
    for (let isComplete = false; !isComplete; interruptions += 1) {
      await env.OTHER_DB.batch(clearing)
      isComplete = await restoreLines(interruptedAt(1 + 37 * interruptions), backup).then(
        () => true,
        (error: Error) => {
          expect(error.message).toBe("interrupted")
          return false
        },
      )
      if (!isComplete) await restoreLines(target, backup)
      expect(await contentsOf(env.OTHER_DB), `interruption ${interruptions}`).toEqual(expected)
    }
    expect(interruptions).toBeGreaterThan(4)
  })

  it("holds emails and reminders that were due and jobs that ran, and the operator can send the emails", async () => {
    const { browser, resellerId, key } = await createWebhookFixture()
    const due = await invite(browser)
    const inAnHour = Date.now() + HOUR_MS
    const later = { ...CUSTOMER, contact_email: "later@x.example", send_at: new Date(inAnHour).toISOString() }
    await callApi({ key, path: "/invites", body: later, headers: { "Idempotency-Key": "later" } })
    await runSql("UPDATE invites SET remind_at = iif(id = ?, 1, ?)", due, inAnHour)
    const reset = "('eml_reset', 'password_reset', 'dana@x.example', '{}', 'sending', 1, 1)"
    await runSql(
      `INSERT INTO outbox (id, kind, recipient, payload, status, next_attempt_at, created_at) VALUES ${reset}`,
    )
    await insertJob(resellerId, "revoke", [due])
    await runSql(
      "INSERT INTO notifications SELECT events.id, users.id, ?, NULL FROM events JOIN users LIMIT 1",
      resellerId,
    )

    const backup = await backUp()
    expect(await restoreLines(target, backup)).toMatchObject({ heldEmails: 1 })
    await expect(restoreLines(target, backup)).rejects.toThrow("restored already")
    expect(
      await target.query("SELECT contact_email, email_status, email_error, remind_at FROM invites ORDER BY id"),
    ).toEqual([
      [CUSTOMER.contact_email, "failed", "On hold after a restore, since it may have been sent already", null],
      [later.contact_email, "queued", null, inAnHour],
    ])
    const held =
      "SELECT kind, status, recipient, payload FROM outbox WHERE last_error_code = 'E_HELD_BY_RESTORE' ORDER BY kind"
    expect(await target.query(held)).toEqual([
      ["invite", "failed", CUSTOMER.contact_email, null],
      ["password_reset", "failed", "", null],
    ])
    expect(await target.query("SELECT status FROM outbox WHERE kind = 'webhook'")).toEqual([["queued"], ["queued"]])
    expect(await target.query("SELECT status, next_run_at FROM jobs")).toEqual([["paused", null]])
    expect(await target.query("SELECT count(*) FROM notifications")).toEqual([[0]])
    expect(await countsOf(env.OTHER_DB, resellerId)).toEqual({ pending: 2, undelivered: 1 })

    expect(await replayDeadLetters(createDeps(restoredEnv, () => undefined))).toBe(1)
    expect(
      await target.query("SELECT email_status, email_error FROM invites WHERE id = ?1 ->> '$'", JSON.stringify(due)),
    ).toEqual([["queued", null]])
  })

  it("is refused in a database with rows, or in which another file is being restored, and changes nothing", async () => {
    await fillSome()
    const backup = await backUp()
    await expect(restoreLines(source, backup)).rejects.toThrow("restored already")
    await runSql("DELETE FROM sessions")
    const before = await contentsOf(env.DB)
    await expect(restoreLines(source, backup)).rejects.toThrow(/isn't empty: there are rows in .*invites/)
    expect(await contentsOf(env.DB)).toEqual(before)

    await expect(restoreLines(interruptedAt(90), backup)).rejects.toThrow("interrupted")
    const begun = await contentsOf(env.OTHER_DB)
    await expect(restoreLines(target, { ...backup, sha256: "b" })).rejects.toThrow("another file was started")
    expect(await contentsOf(env.OTHER_DB)).toEqual(begun)
    await restoreLines(target, backup)
  })

  it("is refused if the database has other migrations or columns than the backup, and changes nothing", async () => {
    await fillSome()
    const backup = await backUp()
    const before = await contentsOf(env.OTHER_DB)
    const withHeader = (changes: Partial<Header>) =>
      restoreLines(target, { ...backup, header: { ...backup.header, ...changes } })
    await expect(withHeader({ migrations: ["0001_schema.sql", "0002_more.sql"] })).rejects.toThrow(
      "migrations 0001_schema.sql, 0002_more.sql; this one has 0001_schema.sql",
    )
    const tables = backup.header.tables.map((table) =>
      table.name === "users" ? { ...table, columns: table.columns.filter((name) => name !== "theme") } : table,
    )
    await expect(withHeader({ tables })).rejects.toThrow("different columns: users.theme")
    expect(await contentsOf(env.OTHER_DB)).toEqual(before)
  })
})

/** A database in which `change` happens before every nth statement. */
function changingDatabase(every: number, change: (n: number) => Promise<unknown>): Database {
  let statements = 0
  return {
    ...source,
    query: async (sql, json) => {
      statements += 1
      if (statements % every === 0) await change(statements / every)
      return source.query(sql, json)
    },
  }
}

/** A database in which `change` happens before the first page of a table is read. */
function beforeReading(database: Database, table: string, change: () => Promise<unknown>): Database {
  let isRead = false
  return {
    ...database,
    query: async (sql, json) => {
      if (!isRead && sql.includes(`FROM "${table}"`)) {
        isRead = true
        await change()
      }
      return database.query(sql, json)
    },
  }
}

it("a database without migrations isn't backed up", async () => {
  await expect(backUp({ ...source, query: async () => [] })).rejects.toThrow("has no tables")
})

describe("a backup of a database that changes meanwhile", () => {
  it("has references, counters and an audit log that hold, once it is restored", async () => {
    const { browser, resellerId } = await fillSome()
    const changing = changingDatabase(3, async (n) => {
      const id = await invite(browser, { contact_email: `meanwhile${n}@x.example`, metadata: `n: ${n}` })
      const link = registrationLinkIn((await sendDueEmails()).at(-1))
      if (n % 3 === 0) await browser.post(`/customers/invites/${id}/revocation`)
      else await new Browser().post(link, { ...REGISTRATION_FORM, name: `Kim ${n}` })
      await sealAuditLog({ db, now: () => new Date() })
    })
    const deleteEvents = () => runSql("DELETE FROM events WHERE type = 'invite.created'")
    const { leftOut, incomplete } = await restoreLines(
      target,
      await backUp(beforeReading(changing, "events", deleteEvents)),
    )
    expect(Object.keys(leftOut)).toEqual(["outbox"])
    expect(incomplete.length).toBeGreaterThan(0)
    expect(await target.query("PRAGMA foreign_key_check")).toEqual([])
    expect(await verifyChain(resellerId, undefined, env.OTHER_DB)).toEqual([])
    expect(await countsOf(env.OTHER_DB, resellerId)).toEqual(await recount(resellerId))
    const wrong =
      "SELECT 1 FROM customers WHERE member_count <> (SELECT count(*) FROM members WHERE customer_id = customers.id)"
    expect(await target.query(wrong)).toEqual([])
  })

  it("keeps what was altered in the audit log before it was begun visible", async () => {
    const { resellerId } = await fillSome()
    await tamper(
      env.DB.prepare("DELETE FROM audit_seals WHERE sequence = (SELECT max(sequence) FROM audit_seals)"),
      env.DB.prepare("UPDATE audit_entries SET created_at = 1"),
    )
    travel({ hours: 1 })
    const problems = await verifyChain(resellerId)
    await restoreLines(target, await backUp())
    expect(problems.length).toBeGreaterThan(1)
    expect(await verifyChain(resellerId, undefined, env.OTHER_DB)).toEqual(problems)
  })
})

/** The counters as they should be in the restored database. */
async function recount(resellerId: string): Promise<Record<string, number>> {
  const rows = await target.query(
    `SELECT status, count(*) FROM invites WHERE audience_id = ?1 ->> '$' AND kind = 'customer' GROUP BY status
     UNION ALL SELECT 'customers', count(*) FROM customers WHERE reseller_id = ?1 ->> '$'`,
    JSON.stringify(resellerId),
  )
  return Object.fromEntries(rows)
}
