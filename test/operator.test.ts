import { env } from "cloudflare:workers"
import { describe, expect, it, vi } from "vitest"
import { getDeployment } from "../src/domain/deployment/overview.ts"
import { createDeps } from "../src/http/bindings.ts"
import { Browser, callApi, count, createReseller, invite, sendDueEmails, signInStaff, testEnv } from "./support/app.ts"
import { countingD1 } from "./support/counting-d1.ts"
import { runSql } from "./support/storage.ts"
import { travel } from "./support/time.ts"

const TOKEN = "local-operator"
const page = (browser: Browser) => browser.get("/operator").then((response) => response.text())

async function signInOperator(bindings = testEnv) {
  const browser = new Browser()
  browser.env = bindings
  const response = await browser.post("/operator", { password: TOKEN })
  expect([response.status, response.headers.get("Location")]).toEqual([303, "/operator"])
  return browser
}

const sessionCookieOf = (browser: Browser) => /vestibule\.operator=[^;]*/.exec(browser.cookieHeader())?.[0] ?? ""

/** An invite whose email was tried for more than a day. */
async function giveUpEmail(browser: Browser, contact: object = {}) {
  const id = await invite(browser, contact)
  await sendDueEmails(() => Promise.reject(Object.assign(new Error("down"), { code: "E_INTERNAL_SERVER_ERROR" })))
  await runSql("UPDATE outbox SET status = 'failed' WHERE invite_id = ? AND kind = 'invite'", id)
  await runSql("UPDATE invites SET email_status = 'failed', email_error = 'down' WHERE id = ?", id)
  return id
}

describe("the operator's page", () => {
  it("asks for the token, and shows nothing else before", async () => {
    const { browser: staff } = await signInStaff()
    for (const browser of [new Browser(), staff]) {
      const text = await page(browser)
      expect(text).toContain("Operator token")
      expect(text).not.toContain("Dead letters")
    }
  })

  it("opens for an hour, in a cookie that scripts and other sites don't get", async () => {
    travel({})
    const browser = new Browser()
    const cookie = (await browser.post("/operator", { password: TOKEN })).headers.getSetCookie()[0]
    expect(cookie).toMatch(/^vestibule\.operator=\d+\.[\w-]{43}; Max-Age=3600; Path=\/; HttpOnly; SameSite=Strict$/)
    const response = await browser.get("/operator")
    expect(response.headers.get("Cache-Control")).toBe("private, no-store")
    expect(await response.text()).toContain("<h1>Deployment</h1>")
    travel({ minutes: 59, seconds: 59 })
    expect(await page(browser)).toContain("<h1>Deployment</h1>")
    travel({ seconds: 1 })
    expect(await page(browser)).toContain("Operator token")
  })

  it("has a cookie of this host alone on a deployment", async () => {
    const browser = new Browser()
    browser.env = {
      ...testEnv,
      ENVIRONMENT: "production",
      BASE_URL: "https://vestibule.example",
      OPERATOR_TOKEN: "t".repeat(32),
    }
    const response = await browser.post("/operator", { password: "t".repeat(32) })
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^__Host-vestibule\.operator=.*; HttpOnly; Secure; SameSite=Strict$/,
    )
  })

  it.each<[what: string, change: (cookie: string) => string, bindings?: object]>([
    ["with a later expiry", (cookie) => cookie.replace(/=\d+/, (expiry) => `${expiry}0`)],
    ["with another signature", (cookie) => `${cookie.slice(0, -1)}${cookie.endsWith("A") ? "B" : "A"}`],
    ["without a signature", (cookie) => cookie.replace(/\..*$/, "")],
    ["without an expiry", (cookie) => cookie.replace(/=\d+/, "=")],
    ["of an earlier token", (cookie) => cookie, { OPERATOR_TOKEN: "another" }],
    ["of an earlier secret", (cookie) => cookie, { AUTH_SECRET: "s".repeat(32) }],
  ])("doesn't open for a session %s", async (_, change, bindings = {}) => {
    const browser = await signInOperator()
    const [name = "", value = ""] = change(sessionCookieOf(browser)).split("=")
    const forger = new Browser()
    forger.env = { ...testEnv, ...bindings }
    forger.storeCookies(new Headers({ "Set-Cookie": `${name}=${value}` }))
    expect(await page(forger)).toContain("Operator token")
    const replay = await forger.post("/operator/dead-letters/replays")
    expect([replay.status, replay.headers.get("Location")]).toEqual([303, "/operator"])
  })

  it("ends when the operator signs out, and so does every copy of it, but no later one", async () => {
    const browser = await signInOperator()
    const copy = new Browser()
    copy.storeCookies(new Headers({ "Set-Cookie": sessionCookieOf(browser) }))
    expect(await page(copy)).toContain("<h1>Deployment</h1>")
    await new Browser().post("/operator/session/removal") // without a session
    expect(await page(copy)).toContain("<h1>Deployment</h1>")

    await browser.post("/operator/session/removal")
    expect(sessionCookieOf(browser)).toBe("")
    expect(await page(copy)).toContain("Operator token")
    travel({ seconds: 1 })
    expect(await page(await signInOperator())).toContain("<h1>Deployment</h1>")
  })

  it("refuses a wrong token, logs it, and after fifty of a network all, but not those of others", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined)
    const guesser = new Browser()
    const statuses: number[] = []
    for (const password of ["", `${TOKEN}x`, ...Array(48).fill("x"), TOKEN]) {
      statuses.push((await guesser.post("/operator", { password })).status)
    }
    const refused = log.mock.calls.map(([line]) => JSON.parse(String(line))).filter(({ level }) => level === "security")
    log.mockRestore()
    expect(statuses).toEqual([...Array(50).fill(422), 429])
    expect(refused.slice(0, 50)).toEqual(Array(50).fill(expect.objectContaining({ reason: "operator_token" })))
    expect(refused.at(-1)).toMatchObject({ event: "limit_reached", limit: "guess_limit" })
    await signInOperator()
  })

  it("accepts its forms from no other site", async () => {
    const browser = await signInOperator()
    const { browser: staff } = await signInStaff()
    await giveUpEmail(staff)
    for (const path of ["/operator", "/operator/dead-letters/replays", "/operator/session/removal"]) {
      expect((await browser.post(path, { password: TOKEN }, { Origin: "https://evil.example" })).status).toBe(403)
    }
    expect(await count("outbox", "status = 'queued'")).toBe(0)
  })
})

describe("the state of the deployment", () => {
  const read = (key = TOKEN) => callApi({ path: "/deployment", key })
  const cases: [what: string, prepare: () => Promise<unknown>, words: string, api: object][] = [
    [
      "cron jobs that never ran",
      async () => undefined,
      "The cron jobs have never run",
      { cron: { last_run_at: null } },
    ],
    [
      "cron jobs that don't run any more",
      () => runSql("INSERT INTO deployment_facts VALUES ('cron_run', ?, NULL)", Date.now() - 20 * 60_000),
      "The cron jobs last ran",
      { cron: { last_run_at: expect.any(String), failed_jobs: [] } },
    ],
    [
      "cron jobs that fail",
      () =>
        runSql(
          "INSERT INTO deployment_facts VALUES ('cron_run', ?, 'remind contacts, seal the audit log')",
          Date.now(),
        ),
      "these cron jobs failed: remind contacts, seal the audit log.",
      { cron: { failed_jobs: ["remind contacts", "seal the audit log"] } },
    ],
    [
      "a sender that is refused",
      () => runSql("INSERT INTO deployment_facts VALUES ('sender_refused', ?, 'E_SENDER_NOT_VERIFIED')", Date.now()),
      "E_SENDER_NOT_VERIFIED",
      { emails: { sender_refused: { at: expect.any(String), reason: "E_SENDER_NOT_VERIFIED" } } },
    ],
    [
      "no sender that was refused before the last email left",
      () =>
        runSql(
          "INSERT INTO deployment_facts VALUES ('sender_refused', 1, 'E_X'), ('email_sent', 2, NULL), ('email_event', 2, NULL)",
        ),
      "The cron jobs have never run",
      { emails: { sender_refused: null, lacks_events: false } },
    ],
    [
      "a queue without a subscription to delivery events",
      () => {
        const at = Date.now() - 2 * 3_600_000
        return runSql("INSERT INTO deployment_facts VALUES ('email_sent', ?, ?)", at, String(at))
      },
      "no delivery event comes",
      { emails: { lacks_events: true } },
    ],
    [
      "emails that don't leave",
      () =>
        runSql(
          `INSERT INTO outbox (id, kind, recipient, status, next_attempt_at, last_error_code, created_at)
           VALUES ('eml_1', 'security_notice', 'x@x.example', 'queued', 1, 'E_NO_ANSWER', ?)`,
          Date.now() - 16 * 60_000,
        ),
      "Emails are stuck, the oldest from",
      { emails: { waiting: [{ reason: "E_NO_ANSWER", count: 1 }] } },
    ],
  ]

  it("isn't wrong while emails wait for a limit, or leave by another provider", async () => {
    const at = Date.now()
    const values = (id: string, due: number, created: number, code = "NULL", isBulk = 0) =>
      `('${id}', 'security_notice', 'x@x.example', 'queued', ${due}, ${code}, ${isBulk}, ${created})`
    await runSql(
      `INSERT INTO outbox (id, kind, recipient, status, next_attempt_at, last_error_code, is_bulk, created_at)
       VALUES ${values("eml_1", at + 60_000, 1)}, ${values("eml_2", 1, at - 60_000)},
         ${values("eml_3", at + 60_000, 1, "'E_DAILY_LIMIT_EXCEEDED'")}, ${values("eml_4", 1, 1, "NULL", 1)}`,
    )
    await runSql("INSERT INTO deployment_facts VALUES ('cron_run', ?, NULL)", at)
    expect(await page(await signInOperator())).toContain("The deployment is fine.")
    await runSql("DELETE FROM outbox WHERE id <> 'eml_3'")
    await runSql("INSERT INTO deployment_facts VALUES ('sender_refused', ?, 'E_SENDER_KEY_REFUSED')", at)
    expect(await page(await signInOperator())).toContain("E_SENDER_KEY_REFUSED. No email waits for the repair.")
  })

  it("lacks no delivery events where the provider isn't set to report any", async () => {
    const at = Date.now() - 2 * 3_600_000
    await runSql("INSERT INTO deployment_facts VALUES ('email_sent', ?, ?)", at, String(at))
    const lacks = async (bindings: Record<string, string>) => {
      const env = { ...testEnv, MAIL_API_KEY: "re_key", ...bindings } as Env
      return (await (await callApi({ path: "/deployment", key: TOKEN, env })).json<{ emails: object }>()).emails
    }
    expect(await lacks({ MAIL_PROVIDERS: "http" })).toMatchObject({ lacks_events: false })
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    expect(await lacks({ MAIL_PROVIDERS: "http", MAIL_EVENTS_SECRET: secret })).toMatchObject({ lacks_events: true })
    expect(await lacks({ MAIL_PROVIDERS: "binding http" })).toMatchObject({ lacks_events: true })
  })

  it.each(cases)("names %s, on the page and in the API", async (_, prepare, words, api) => {
    await prepare()
    expect(await page(await signInOperator())).toContain(words)
    expect(await (await read()).json()).toMatchObject(api)
  })

  it("names a migration that is missing", async () => {
    const name = await env.DB.prepare("SELECT name FROM d1_migrations LIMIT 1").first<string>("name")
    await runSql("DELETE FROM d1_migrations WHERE name = ?", name)
    expect(await page(await signInOperator())).toContain(`Migrations are missing: ${name}.`)
    expect(await (await read()).json()).toMatchObject({ missing_migrations: [name] })
    await runSql("INSERT INTO d1_migrations (name) VALUES (?)", name)
    await runSql("INSERT INTO deployment_facts VALUES ('cron_run', ?, NULL)", Date.now())
    expect(await page(await signInOperator())).toContain("The deployment is fine.")
  })

  it("is for the operator alone", async () => {
    for (const key of ["wrong", ""]) expect((await read(key)).status).toBe(404)
    expect((await callApi({ path: "/deployment", key: "wrong", method: "POST", body: {} })).status).toBe(404)
    const response = await read()
    expect([response.status, response.headers.get("Cache-Control")]).toEqual([200, "private, no-store"])
  })

  it("says what waits and why, what failed, which webhooks are off, and who sends most, without a name of a contact", async () => {
    travel({})
    const { browser, resellerId } = await signInStaff()
    const { resellerId: other } = await createReseller("globex")
    await giveUpEmail(browser)
    await invite(browser, { contact_email: "waits@northwind.example" })
    const now = Date.now()
    await runSql(
      "UPDATE outbox SET last_error_code = 'E_DAILY_LIMIT_EXCEEDED', created_at = ? WHERE status = 'queued'",
      now - 60_000,
    )
    await runSql(
      "INSERT INTO outbox (id, reseller_id, kind, recipient, status, next_attempt_at, created_at) VALUES ('eml_s', ?, 'invite', 'x', 'scheduled', ?, ?)",
      resellerId,
      now + 1,
      now,
    )
    await runSql(
      "INSERT INTO outbox (id, reseller_id, kind, recipient, status, next_attempt_at, created_at) VALUES ('evt_w', ?, 'webhook', 'whk_1', 'queued', ?, ?)",
      other,
      now + 1,
      now,
    )
    await runSql(
      "INSERT INTO webhooks (id, reseller_id, url, events, disabled_at, disabled_reason, created_at) VALUES ('whk_1', ?, 'https://secret-hook.example/x', '[]', ?, 'failures', 0)",
      resellerId,
      now,
    )
    await runSql(
      "INSERT INTO webhooks (id, reseller_id, url, events, disabled_at, disabled_reason, created_at) VALUES ('whk_2', ?, 'https://x.example', '[]', ?, 'staff', 0)",
      resellerId,
      now,
    )
    await runSql("UPDATE resellers SET suspended_at = ? WHERE id = ?", now, other)
    await runSql("INSERT INTO invite_days VALUES (?, ?, 7, 0, 0, 0, 0, '{}')", other, Math.floor(now / 86_400_000))
    const text = await (await read()).text()
    const at = new Date(now).toISOString()
    expect(JSON.parse(text)).toMatchObject({
      emails: {
        waiting: [{ reason: "E_DAILY_LIMIT_EXCEEDED", count: 1, oldest_at: new Date(now - 60_000).toISOString() }],
        scheduled: 1,
      },
      webhooks: {
        waiting: [{ reason: "suspended", count: 1, oldest_at: at }],
        switched_off: { count: 1, latest: [{ id: "whk_1", reseller_id: resellerId, reason: "failures", at }] },
      },
      failures: [{ kind: "email", code: "E_INTERNAL_SERVER_ERROR", count: 1 }],
      dead_letters: [
        { kind: "invite", reseller_id: resellerId, code: "E_INTERNAL_SERVER_ERROR", attempts: 1, can_replay: true },
      ],
      resellers: {
        by_volume: { resellers: [{ id: other, name: "Globex Connect", sent: 7, pending: 0 }] },
        suspended: { count: 1, resellers: [{ id: other, name: "Globex Connect", suspended_at: at }] },
      },
    })
    const shown = await page(await signInOperator())
    for (const words of [
      "E_DAILY_LIMIT_EXCEEDED",
      "1 scheduled for later",
      "Reseller suspended",
      "whk_1",
      "Failed for days",
      "Globex Connect",
    ]) {
      expect(shown).toContain(words)
    }
    for (const hidden of ["northwind", "Priya", "secret-hook", "@"]) expect(text + shown).not.toContain(hidden)
  })

  it("counts up to a thousand, and reads few rows of 30,000, each by an index", async () => {
    const { resellerId } = await createReseller()
    const numbers = (last: number) =>
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${last})`
    for (const [status, rows] of [
      ["queued", 10_000],
      ["scheduled", 5_000],
      ["failed", 10_000],
      ["sent", 5_000],
    ] as const) {
      await runSql(
        `INSERT INTO outbox (id, reseller_id, kind, recipient, status, claimed_at, next_attempt_at, created_at)
         ${numbers(rows)} SELECT '${status}' || n, ?, 'invite', 'x', '${status}', ?, 0, 0 FROM numbers`,
        resellerId,
        Date.now(),
      )
    }
    await runSql(
      `INSERT INTO invite_days ${numbers(2_000)} SELECT 'res_' || n, 20000 + n, 1, 0, 0, 0, 0, '{}' FROM numbers`,
    )
    await runSql(
      `INSERT INTO webhooks (id, reseller_id, url, events, created_at) ${numbers(2_000)} SELECT n, ?, 'u', '[]', 0 FROM numbers`,
      resellerId,
    )
    const { database, costs } = countingD1(env.DB)
    const statements: string[] = []
    const DB = new Proxy(database, {
      get: (target, name: keyof D1Database) => {
        if (name !== "prepare") return Reflect.get(target, name).bind(target)
        return (query: string) => {
          statements.push(query)
          return target.prepare(query)
        }
      },
    })
    const { mail, failures, deadLetters } = await getDeployment(createDeps({ ...testEnv, DB }, () => undefined))
    expect(mail.waiting).toMatchObject([{ reason: "queued", count: 1_001 }])
    expect([mail.scheduledCount, failures[0]?.count, deadLetters.length]).toEqual([1_001, 1_001, 20])
    expect(costs.rowsRead).toBeLessThanOrEqual(17_000)
    const named = await env.DB.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all<{ name: string }>()
    const tables = new Set(named.results.map(({ name }) => name))
    const scans: string[] = []
    for (const query of new Set(statements)) {
      const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${query}`)
        .bind(...Array((query.match(/\?/g) ?? []).length).fill(0))
        .all<{ detail: string }>()
      // A list of at most so many rows has another name.
      const scanned = results.map(({ detail }) => /^SCAN (\w+)(?!.* USING )/.exec(detail)?.[1] ?? "")
      scans.push(...scanned.filter((name) => tables.has(name)))
    }
    expect(scans).toEqual(["deployment_facts"])
  })
})

describe("a dead letter", () => {
  it("is sent again, alone or with all others, and arrives", async () => {
    const { browser: staff } = await signInStaff()
    const ids = [await giveUpEmail(staff)]
    for (const n of [1, 2]) ids.push(await giveUpEmail(staff, { contact_email: `c${n}@northwind.example` }))
    const operator = await signInOperator()
    const outboxId = await env.DB.prepare("SELECT id FROM outbox WHERE invite_id = ?").bind(ids[0]).first<string>("id")
    const one = await operator.post(`/operator/dead-letters/${outboxId}/replays`)
    expect(one.headers.get("Location")).toBe("/operator?replayed=1")
    expect(await count("invites", `id = '${ids[0]}' AND email_status = 'queued' AND email_error IS NULL`)).toBe(1)
    const all = await operator.post("/operator/dead-letters/replays")
    expect(all.headers.get("Location")).toBe("/operator?replayed=2")
    expect(await (await operator.get("/operator?replayed=2")).text()).toContain("2 messages will be sent again.")
    expect(await sendDueEmails()).toHaveLength(3)
    expect(await count("invites", "email_status = 'sent'")).toBe(3)
  })

  it.each<[what: string, change: (inviteId: string, staff: Browser) => Promise<unknown>]>([
    ["the invite was revoked", (id, staff) => staff.post(`/customers/invites/${id}/revocation`)],
    ["it was sent again", (id) => runSql("UPDATE invites SET link_version = link_version + 1 WHERE id = ?", id)],
    [
      "its address was corrected",
      (id) => runSql("UPDATE invites SET contact_email = 'new@northwind.example' WHERE id = ?", id),
    ],
    [
      "the provider suppresses its address",
      () => runSql("UPDATE outbox SET last_error_code = 'E_RECIPIENT_SUPPRESSED'"),
    ],
    ["its address was forgotten", () => runSql("UPDATE outbox SET recipient = ''")],
    ["it was sent meanwhile", () => runSql("UPDATE outbox SET status = 'sent'")],
  ])("isn't sent again if %s", async (_, change) => {
    const { browser: staff } = await signInStaff()
    const id = await giveUpEmail(staff)
    await change(id, staff)
    const outboxId = await env.DB.prepare("SELECT id FROM outbox WHERE invite_id = ?").bind(id).first<string>("id")
    const operator = await signInOperator()
    for (const path of [`/operator/dead-letters/${outboxId}/replays`, "/operator/dead-letters/replays"]) {
      expect((await operator.post(path)).headers.get("Location")).toBe("/operator?replayed=0")
    }
    expect(await count("outbox", "status = 'queued'")).toBe(0)
    expect(await (await operator.get("/operator?replayed=0")).text()).toContain("Nothing was sent again")
  })

  it("of a webhook is sent again while the webhook is on", async () => {
    const { resellerId } = await createReseller()
    await runSql(
      "INSERT INTO webhooks (id, reseller_id, url, events, created_at) VALUES ('whk_1', ?, 'u', '[]', 0)",
      resellerId,
    )
    await runSql(
      "INSERT INTO outbox (id, reseller_id, kind, recipient, status, claimed_at, next_attempt_at, created_at) VALUES ('evt_w', ?, 'webhook', 'whk_1', 'failed', 1, 0, 0)",
      resellerId,
    )
    const operator = await signInOperator()
    await runSql("UPDATE webhooks SET disabled_at = 1, disabled_reason = 'failures'")
    expect((await operator.post("/operator/dead-letters/evt_w/replays")).headers.get("Location")).toBe(
      "/operator?replayed=0",
    )
    await runSql("UPDATE webhooks SET disabled_at = NULL, disabled_reason = NULL")
    expect((await operator.post("/operator/dead-letters/evt_w/replays")).headers.get("Location")).toBe(
      "/operator?replayed=1",
    )
  })
})
