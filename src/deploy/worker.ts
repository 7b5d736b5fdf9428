import type { Account } from "./account.ts"
import { type Secrets, withSecretsFile } from "./secrets.ts"
import { readOr, StepError, type Tools } from "./tools.ts"

/** The names of the secrets that the deployed Worker has; undefined if it wasn't deployed yet. */
export async function readDeployedSecrets(tools: Tools, account: Account, worker: string) {
  const secrets = await readOr(tools, `/accounts/${account.id}/workers/scripts/${worker}/secrets`, [404], undefined)
  return secrets?.map(({ name }) => String(name))
}

/** The table in which a restore keeps how far it is. */
const RESTORE_TABLE = "restore_progress"

/** Throws a `StepError` if a restore hasn't filled the database yet: it lacks rows and triggers, and may not be migrated. */
export async function refuseUnfinishedRestore(tools: Tools, config: string): Promise<void> {
  const query = `SELECT name FROM sqlite_schema WHERE name = '${RESTORE_TABLE}'`
  const target = ["DB", "--remote", "--config", config]
  const output = await tools.wrangler(["d1", "execute", ...target, "--json", "--command", query])
  if (output.includes(RESTORE_TABLE))
    throw new StepError("The database is being restored.", "Wait, or run the restore again if it was interrupted.")
}

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
