import { findFacts } from "../domain/deployment/facts.ts"
import { isBeingRestored, missingMigrations } from "../domain/deployment/migrations.ts"
import { MINUTE_MS, SECOND_MS } from "../domain/time.ts"
import { openDb } from "../storage/db.ts"
import { logError } from "./log.ts"
import { readSettings, type Settings, SettingsError, usesEmailService } from "./settings.ts"

type Check = { ok: true } | { ok: false; problem: string }

/** Whether the deployment can do its work, and what is wrong if it can't. */
export type Readiness = { isReady: boolean; checks: Record<string, Check> }

/** The cron trigger fires each minute. */
export const CRON_AGE_MAX_MS = 5 * MINUTE_MS
const DATABASE_WAIT_MS = 2 * SECOND_MS

/** Metrics are optional. */
type Binding = Exclude<keyof Env, keyof Settings | "METRICS" | `TEST_${string}`>

/** All others, each with a method that it has. */
const BINDINGS: Record<Binding, string> = {
  DB: "batch",
  ACCOUNT_LIMITER: "getByName",
  MAIL_PACER: "getByName",
  POST_LIMITER: "limit",
  PERSON_POST_LIMITER: "limit",
  PASSWORD_CHECK_LIMITER: "limit",
  MAIL_QUEUE: "sendBatch",
  BULK_MAIL_QUEUE: "sendBatch",
  WEBHOOK_QUEUE: "sendBatch",
  JOB_QUEUE: "send",
  DEAD_QUEUE: "sendBatch",
  EMAIL: "send",
  ASSETS: "connect",
}

/** Checks settings, bindings, the database with its migrations, and the cron trigger. Never throws, and answers within seconds. */
export async function checkReadiness(env: Env, now: Date): Promise<Readiness> {
  const bindings = Object.entries(BINDINGS).map(([name, method]) => [name, checkBinding(env, name, method)] as const)
  const deps = () => ({ db: openDb(env.DB) })
  const [database, applied, cron] = await Promise.all([
    checkDatabase(env, "doesn't answer", () => isBeingRestored(deps()), checkRestore),
    checkDatabase(env, "can't be read", () => missingMigrations(deps()), checkMigrations),
    checkDatabase(
      env,
      "can't be read",
      () => findFacts(deps()),
      ({ cron_run }) => checkCron(cron_run?.at, now),
    ),
  ])
  const checks = { settings: checkSettings(env), ...Object.fromEntries(bindings), database, migrations: applied, cron }
  return { isReady: Object.values(checks).every(({ ok }) => ok), checks }
}

const PASSED: Check = { ok: true }
const failed = (problem: string): Check => ({ ok: false, problem })

function checkSettings(env: Env): Check {
  try {
    readSettings(env)
    return PASSED
  } catch (error) {
    if (error instanceof SettingsError) return failed(error.message)
    throw error
  }
}

function checkBinding(env: Env, name: string, method: string): Check {
  if (typeof Reflect.get(Object(Reflect.get(env, name)), method) === "function") return PASSED
  return name === "EMAIL" && !usesEmailService(env) ? PASSED : failed("is not bound")
}

async function checkDatabase<T>(
  env: Env,
  problem: string,
  read: () => Promise<T>,
  check: (found: T) => Check = () => PASSED,
): Promise<Check> {
  if (!env.DB) return failed("needs DB")
  try {
    return check(await withTimeout(read()))
  } catch (error) {
    logError("the deployment isn't ready", error)
    return failed(problem)
  }
}

async function withTimeout<T>(result: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("D1 took too long")), DATABASE_WAIT_MS)
  })
  return Promise.race([result, timeout]).finally(() => clearTimeout(timer))
}

const checkRestore = (isRunning: boolean): Check =>
  isRunning ? failed("is being restored; if the restore was interrupted, run it again") : PASSED

const checkMigrations = (missing: string[]): Check =>
  missing.length === 0 ? PASSED : failed(`not applied: ${missing.join(", ")}`)

function checkCron(ranAt: Date | undefined, now: Date): Check {
  if (!ranAt) return failed("has not run yet")
  const ageMs = now.getTime() - ranAt.getTime()
  return ageMs <= CRON_AGE_MAX_MS ? PASSED : failed(`last ran ${Math.round(ageMs / MINUTE_MS)} minutes ago`)
}
