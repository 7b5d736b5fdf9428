import { basename } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { root } from "../build/files.ts"
import { API_URL, createCloudflare, readLogin } from "../deploy/cloudflare.ts"
import { filesOf, writeJson } from "../deploy/environments.ts"
import { migrate } from "../deploy/worker.ts"
import { RESTORE_TABLE } from "../domain/deployment/restore-table.ts"
import { BackupError, type Database, type Row } from "./database.ts"
import type { Binding } from "./local-database.ts"

/** The waits between them add up to more than the five minutes for which the API refuses who has called it too often. */
const ATTEMPTS = 11
const FIRST_WAIT_MS = 500
/** D1 ends a query after 30 seconds. */
const TIMEOUT_MS = 60_000

/** What a statement returned. */
type StatementAnswer = { success?: boolean; error?: string; results?: { rows?: Row[] } }
type Answer<T> = { success: boolean; result: T; errors?: { code: number; message: string }[] }
type Call = <T>(path: string, body?: object) => Promise<T>

/** A deployed database, by Cloudflare's API, with CLOUDFLARE_API_TOKEN or the login of Wrangler. */
export async function openRemoteDatabase(binding: Binding, configuredAccount: string | undefined): Promise<Database> {
  const call = apiCaller(await readHeaders())
  const databases = databasesOf(await findAccount(call, configuredAccount))
  const id = binding.database_id ?? (await findDatabase(call, databases, binding))
  if (!id) throw new BackupError(`The account has no database ${binding.database_name}.`)
  return databaseAt(call, `${databases}/${id}`)
}

/**
 * The database with the name of `binding`, which is created and gets the migrations of this version, unless it has rows already. The configuration
 * that is left in `.wrangler.restore.json` has this database.
 */
export async function openNewDatabase(binding: Binding, configuredAccount: string | undefined): Promise<Database> {
  const call = apiCaller(await readHeaders())
  const account = await findAccount(call, configuredAccount)
  const id = await createDatabase(call, databasesOf(account), binding)
  const database = databaseAt(call, `${databasesOf(account)}/${id}`)
  const file = filesOf("restore", root).wrangler
  await writeJson(file, { name: "restore", account_id: account, d1_databases: [{ ...binding, database_id: id }] })
  if (await lacksMigrations(database)) await migrate(createCloudflare(), basename(file))
  return database
}

/** Whether the database has no tables yet, or not all: not if a restore has begun to fill it, nor if it is of another program. */
async function lacksMigrations(database: Database): Promise<boolean> {
  const rows = await database.query(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'",
  )
  const tables = rows.map(([name]) => name)
  if (tables.length === 0) return true
  if (!tables.includes("d1_migrations") || tables.includes(RESTORE_TABLE)) return false
  return !tables.includes("resellers") || (await database.query("SELECT 1 FROM resellers LIMIT 1")).length === 0
}

const databasesOf = (account: string) => `/accounts/${account}/d1/database`

function databaseAt(call: Call, database: string): Database {
  return {
    query: async (sql, json) => {
      const params = json === undefined ? [] : [json]
      const [answer] = await call<StatementAnswer[]>(`${database}/raw`, { sql, params })
      const rows = answer?.results?.rows
      if (!rows)
        throw new BackupError(`Cloudflare's API answered without rows: ${answer?.error ?? "it doesn't say why"}.`)
      return rows
    },
    bookmark: async () => (await call<{ bookmark: string }>(`${database}/time_travel/bookmark`)).bookmark,
    close: async () => {},
  }
}

async function readHeaders(): Promise<Record<string, string>> {
  const token = process.env.CLOUDFLARE_API_TOKEN
  if (token) return { Authorization: `Bearer ${token}` }
  return readLogin().catch((cause) => {
    throw new BackupError("Set CLOUDFLARE_API_TOKEN, or sign in with: npx wrangler login", { cause })
  })
}

/** Calls the API, again if it is busy or can't be reached: every statement of ours can run twice. */
function apiCaller(login: Record<string, string>): Call {
  return async <T>(path: string, body?: object) => {
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(API_URL + path, {
        method: body ? "POST" : "GET",
        headers: { ...login, "Content-Type": "application/json" },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }).catch((error: Error) => error)
      const isBusy = response instanceof Error || response.status === 429 || response.status >= 500
      if (!isBusy) return toResult<T>(path, response)
      if (attempt === ATTEMPTS) throw new BackupError(`Cloudflare's API doesn't answer: ${describe(response)}.`)
      await wait(waitMs(response, attempt))
    }
  }
}

const describe = (failed: Response | Error) => (failed instanceof Error ? failed.message : `status ${failed.status}`)

function waitMs(failed: Response | Error, attempt: number): number {
  const seconds = failed instanceof Error ? Number.NaN : Number(failed.headers.get("Retry-After") ?? Number.NaN)
  return Number.isNaN(seconds) ? FIRST_WAIT_MS * 2 ** (attempt - 1) : seconds * 1000
}

async function toResult<T>(path: string, response: Response): Promise<T> {
  const json: Promise<Answer<T>> = response.json()
  const answer = await json.catch(() => undefined)
  if (answer?.success) return answer.result
  const reasons = answer?.errors?.map(({ code, message }) => `${message} [${code}]`).join(", ")
  throw new BackupError(`Cloudflare's API refused ${path}: ${reasons ?? `status ${response.status}`}`)
}

async function findAccount(call: Call, configured: string | undefined): Promise<string> {
  const chosen = process.env.CLOUDFLARE_ACCOUNT_ID || configured
  if (chosen) return chosen
  const [account, ...others] = await call<{ id: string; name: string }[]>("/accounts")
  if (account && others.length === 0) return account.id
  throw new BackupError("Set CLOUDFLARE_ACCOUNT_ID: this login can use several accounts, or none.")
}

async function findDatabase(call: Call, databases: string, { database_name: name = "" }: Binding) {
  const found = await call<{ uuid: string; name: string }[]>(`${databases}?name=${encodeURIComponent(name)}`)
  return found.find((one) => one.name === name)?.uuid
}

/** The id of a database, which is created unless it exists: also by a call whose answer got lost. */
async function createDatabase(call: Call, databases: string, binding: Binding): Promise<string> {
  const existing = await findDatabase(call, databases, binding)
  if (existing) return existing
  try {
    return (await call<{ uuid: string }>(databases, { name: binding.database_name })).uuid
  } catch (error) {
    const created = await findDatabase(call, databases, binding)
    if (created) return created
    throw error
  }
}
