import { RESTORE_TABLE } from "../domain/deployment/restore-table.ts"
import type { Account } from "./account.ts"
import { type Secrets, withSecretsFile } from "./secrets.ts"
import { readOr, StepError, type Tools } from "./tools.ts"

/** The names of the secrets that the deployed Worker has; undefined if it wasn't deployed yet. */
export async function readDeployedSecrets(tools: Tools, account: Account, worker: string) {
  const secrets = await readOr(tools, `/accounts/${account.id}/workers/scripts/${worker}/secrets`, [404], undefined)
  return secrets?.map(({ name }) => String(name))
}

/** Throws a `StepError` if a restore hasn't filled the database yet: it lacks rows and triggers, and may not be migrated. */
export async function refuseUnfinishedRestore(tools: Tools, config: string): Promise<void> {
  const tables = await execute(tools, config, `SELECT name FROM sqlite_schema WHERE name = '${RESTORE_TABLE}'`)
  if (tables.includes(RESTORE_TABLE))
    throw new StepError("The database is being restored.", "Wait, or run the restore again if it was interrupted.")
}

/** What the query for resellers answers. */
export const FILLED = "has_resellers"

/** Throws a `StepError` if the database has no reseller: the Worker would go on without any data. */
export async function refuseEmpty(tools: Tools, config: string): Promise<void> {
  const rows = await execute(tools, config, `SELECT '${FILLED}' AS state FROM resellers LIMIT 1`).catch((error) => {
    if (error instanceof StepError && error.message.includes("no such table")) return ""
    throw error
  })
  if (!rows.includes(FILLED))
    throw new StepError("The database is empty.", "Restore a backup into it, as the README shows, or name another one.")
}

const execute = (tools: Tools, config: string, query: string) =>
  tools.wrangler(["d1", "execute", "DB", "--remote", "--config", config, "--json", "--command", query])

/** Applies the migrations that the database lacks. The code that is live until then must work with both schemas. */
export async function migrate(tools: Pick<Tools, "wrangler">, config: string): Promise<string> {
  const output = await tools.wrangler(["d1", "migrations", "apply", "DB", "--remote", "--config", config])
  if (output.includes("No migrations to apply")) return "the database has all of them"
  const names = [...new Set(output.match(/\b\d{4}_[\w-]+\.sql\b/g))]
  return `applied ${names.join(", ")}`
}

/** Deploys the Worker, with the secrets that it lacks, or with all that we know. */
export async function upload(
  tools: Tools,
  config: string,
  secrets: Secrets | undefined,
  sendsAll: boolean,
): Promise<string> {
  return withSecretsFile(secrets, sendsAll, async (file, names) => {
    const output = await tools.wrangler(["deploy", "--config", config, ...(file ? ["--secrets-file", file] : [])])
    const [, version] = /Current Version ID: (\S+)/.exec(output) ?? []
    const deployed = version ? `deployed version ${version}` : "deployed"
    return names.length > 0 ? `${deployed} with ${names.join(", ")}` : `${deployed}; its secrets are unchanged`
  })
}

/** Whether an upload was refused because the account has never enabled Analytics Engine: Cloudflare's error 10089. */
export const needsAnalyticsEngine = (error: unknown): boolean =>
  error instanceof StepError && /\b10089\b|enable Analytics Engine/.test(error.message)
