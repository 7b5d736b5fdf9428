import { createExecutionContext } from "cloudflare:test"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { migrations } from "../.generated/migrations.ts"
import { factStatement } from "../src/domain/deployment/facts.ts"
import { RESTORE_TABLE } from "../src/domain/deployment/restore-table.ts"
import type { Readiness } from "../src/http/readiness.ts"
import { readSettings } from "../src/http/settings.ts"
import { app } from "../src/local/app.ts"
import { db, productionEnv } from "./support/app.ts"
import { interceptBatches } from "./support/intercepted-d1.ts"
import { runSql } from "./support/storage.ts"
import { travel } from "./support/time.ts"

const get = (url: string, bindings: object) => app.fetch(new Request(url), bindings as Env, createExecutionContext())

/** The status of `/readyz`, and the problem of each check that fails. */
async function readiness(bindings: object = productionEnv) {
  const response = await get("https://vestibule.example/readyz", bindings)
  const text = await response.text()
  const { checks }: Readiness = JSON.parse(text)
  const problems = Object.entries(checks).flatMap(([name, check]) => (check.ok ? [] : [[name, check.problem]]))
  return { status: response.status, problems: Object.fromEntries(problems), text }
}

const without = (name: string) => Object.fromEntries(Object.entries(productionEnv).filter(([key]) => key !== name))
const noteCronRun = () => factStatement({ db, now: () => new Date() }, "cron_run")

beforeEach(async () => {
  travel({})
  await noteCronRun()
})
beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined)
})
afterEach(() => {
  vi.restoreAllMocks()
})

const SETTINGS = Object.keys(readSettings(productionEnv))
const OPTIONAL = [
  "MAILS_PER_SECOND",
  "MAILS_PER_DAY",
  "WEBHOOK_HOSTS",
  "AUTH_SECRET_PREVIOUS",
  "MAIL_PROVIDERS",
  "MAIL_API_URL",
  "MAIL_API_KEY",
  "MAIL_EVENTS_SECRET",
]
const BINDINGS = [
  "ACCOUNT_LIMITER",
  "MAIL_PACER",
  "POST_LIMITER",
  "PERSON_POST_LIMITER",
  "PASSWORD_CHECK_LIMITER",
  "MAIL_QUEUE",
  "BULK_MAIL_QUEUE",
  "WEBHOOK_QUEUE",
  "JOB_QUEUE",
  "DEAD_QUEUE",
  "EMAIL",
  "ASSETS",
]

describe("a deployment is ready", () => {
  it.each(["https://vestibule.example", "http://vestibule.example", "https://10.0.0.1", "http://anything.example"])(
    "under any host: %s",
    async (origin) => {
      const response = await get(`${origin}/readyz`, productionEnv)
      expect([response.status, response.headers.get("Cache-Control")]).toEqual([200, "no-store"])
      const names = ["settings", "DB", ...BINDINGS, "database", "migrations", "cron"]
      expect(await response.json()).toEqual({
        status: "ready",
        checks: Object.fromEntries(names.map((name) => [name, { ok: true }])),
      })
    },
  )

  it.each(OPTIONAL)("without the setting %s, which is optional", async (name) => {
    expect(await readiness(without(name))).toMatchObject({ status: 200, problems: {} })
  })

  it("without the binding EMAIL if another provider sends the emails", async () => {
    const sentByHttp = { MAIL_PROVIDERS: "http", MAIL_API_KEY: "re_key" }
    expect(await readiness({ ...without("EMAIL"), ...sentByHttp })).toMatchObject({ status: 200, problems: {} })
    const { problems } = await readiness({ ...without("EMAIL"), ...sentByHttp, MAIL_PROVIDERS: "http binding" })
    expect(problems).toEqual({ EMAIL: "is not bound" })
  })

  it("when its schema is newer than its code", async () => {
    await runSql("INSERT INTO d1_migrations (name) VALUES ('9999_later.sql')")
    expect(await readiness()).toMatchObject({ status: 200 })
    await runSql("DELETE FROM d1_migrations WHERE name = '9999_later.sql'")
  })
})

describe("a deployment isn't ready, and says why,", () => {
  it.each(SETTINGS.filter((name) => !OPTIONAL.includes(name)))("without the setting %s", async (name) => {
    expect(await readiness(without(name))).toMatchObject({
      status: 503,
      problems: { settings: expect.stringMatching(`^${name} (is not set|must )`) },
    })
  })

  it("with malformed settings, whose values it doesn't repeat", async () => {
    const malformed = {
      AUTH_SECRET: "short-secret",
      OPERATOR_TOKEN: "short-token",
      LINK_KEYS: "no-json",
      BASE_URL: "ftp://x",
    }
    const { status, problems, text } = await readiness({ ...productionEnv, ...malformed })
    expect([status, Object.keys(problems)]).toEqual([503, ["settings"]])
    for (const [name, value] of Object.entries(malformed)) {
      expect(problems.settings).toContain(`${name} must`)
      expect(text).not.toContain(value)
    }
  })

  it.each(BINDINGS)("without the binding %s", async (name) => {
    expect(await readiness(without(name))).toMatchObject({ status: 503, problems: { [name]: "is not bound" } })
    expect(Object.keys((await readiness(without(name))).problems)).toEqual([name])
    expect(await readiness({ ...productionEnv, [name]: "a variable" })).toMatchObject({
      status: 503,
      problems: { [name]: "is not bound" },
    })
  })

  it("without the database", async () => {
    const problems = { DB: "is not bound", database: "needs DB", migrations: "needs DB", cron: "needs DB" }
    expect(await readiness(without("DB"))).toMatchObject({ status: 503, problems })
  })

  it.each([
    ["fails", () => Promise.reject(new Error("D1_ERROR: planted-value"))],
    ["doesn't answer", () => new Promise<never>(() => undefined)],
  ])("when D1 %s", async (_, all) => {
    const statement = { bind: () => statement, all, raw: all }
    const DB = { prepare: () => statement, batch: all }
    const { status, problems, text } = await readiness({ ...productionEnv, DB })
    expect([status, problems]).toEqual([
      503,
      { database: "doesn't answer", migrations: "can't be read", cron: "can't be read" },
    ])
    expect(text).not.toContain("planted")
  })

  it.each(migrations)("without the migration %s", async (name) => {
    await runSql("DELETE FROM d1_migrations WHERE name = ?", name)
    expect(await readiness()).toMatchObject({ status: 503, problems: { migrations: `not applied: ${name}` } })
    await runSql("INSERT INTO d1_migrations (name) VALUES (?)", name)
  })

  it("while a restore fills the database, or was interrupted", async () => {
    await runSql(`CREATE TABLE ${RESTORE_TABLE} (file TEXT)`)
    expect((await readiness()).problems).toEqual({
      database: "is being restored; if the restore was interrupted, run it again",
    })
    await runSql(`DROP TABLE ${RESTORE_TABLE}`)
  })

  it("before any migration", async () => {
    await runSql("ALTER TABLE d1_migrations RENAME TO hidden")
    expect((await readiness()).problems).toEqual({ migrations: `not applied: ${migrations.join(", ")}` })
    await runSql("ALTER TABLE hidden RENAME TO d1_migrations")
  })

  it("unless the cron jobs ran within five minutes", async () => {
    travel({ minutes: 5 })
    expect(await readiness()).toMatchObject({ status: 200 })
    travel({ seconds: 1 })
    expect((await readiness()).problems).toEqual({ cron: "last ran 5 minutes ago" })
    travel({ minutes: 60 })
    expect((await readiness()).problems).toEqual({ cron: "last ran 65 minutes ago" })
    await runSql("DELETE FROM deployment_facts")
    expect(await readiness()).toMatchObject({ status: 503, problems: { cron: "has not run yet" } })
  })
})

describe("a deployment is alive", () => {
  it.each<[what: string, bindings: object]>([
    ["when all is well", productionEnv],
    ["without any setting and binding", {}],
    ["while D1 fails", { ...productionEnv, DB: interceptBatches(() => Promise.reject(new Error("gone"))) }],
  ])("%s", async (_, bindings) => {
    const response = await get("http://10.0.0.1/healthz", bindings)
    expect([response.status, await response.json()]).toEqual([200, { status: "alive" }])
    expect(response.headers.get("Cache-Control")).toBe("no-store")
  })
})
