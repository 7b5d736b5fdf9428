import { join } from "node:path"
import type { Unstable_RawConfig } from "wrangler"
import { type Environment, filesOf, writeJson } from "./environments.ts"

export type WranglerConfig = Unstable_RawConfig

/** What wrangler.toml says, with the names of an environment: its Worker, database and queues are its own. */
export async function configOf(environment: Environment, folder: string): Promise<WranglerConfig> {
  const { experimental_readRawConfig } = await import("wrangler")
  const { rawConfig } = experimental_readRawConfig({ config: join(folder, "wrangler.toml") })
  return environment === "production" ? rawConfig : rename(rawConfig, environment)
}

/** Names that are unique in an account. */
const UNIQUE_NAMES = ["database_name", "queue", "dead_letter_queue"]

/** Far above the ids in wrangler.toml. Limits with the same id count together. */
const RATE_LIMIT_OFFSET = 1_000

function rename(config: WranglerConfig, environment: Environment): WranglerConfig {
  const renamed = JSON.parse(JSON.stringify(config), (key, value) => {
    if (UNIQUE_NAMES.includes(key) && typeof value === "string") return `${value}-${environment}`
    if (key === "dataset") return `${value}_${environment}` // a table in SQL, where a hyphen would be a minus
    if (key === "namespace_id") return String(Number(value) + RATE_LIMIT_OFFSET)
    return value
  })
  return { ...renamed, name: `${config.name}-${environment}` }
}

/** The same with another database, if there is one. */
export function withDatabase(config: WranglerConfig, name: string | undefined): WranglerConfig {
  if (name === undefined) return config
  return { ...config, d1_databases: config.d1_databases?.map((one) => ({ ...one, database_name: name })) ?? [] }
}

/** The names of what a deployment needs in its account. */
export function namesOf(config: WranglerConfig) {
  const queues = config.queues ?? {}
  const consumed = (queues.consumers ?? []).map(({ queue }) => queue)
  const produced = (queues.producers ?? []).flatMap(({ queue }) => queue ?? [])
  const events = consumed.find((queue) => !produced.includes(queue))
  const database = config.d1_databases?.[0]?.database_name
  if (!config.name || !database || !events)
    throw new Error("wrangler.toml lacks a name, a database or the queue of events")
  return { worker: config.name, database, events }
}

type Values = { accountId: string; host: string; vars: Record<string, string>; databaseId: string }

/** Writes the configuration that wrangler deploys an environment with. Returns its name, relative to the root. */
export async function writeConfig(
  environment: Environment | "dry-run",
  folder: string,
  config: WranglerConfig,
  { accountId, host, vars, databaseId }: Values,
): Promise<string> {
  const file = filesOf(environment, folder).wrangler
  await writeJson(file, {
    ...config,
    account_id: accountId,
    workers_dev: false,
    preview_urls: false,
    routes: [{ pattern: host, custom_domain: true }],
    vars: { ...config.vars, ...vars },
    d1_databases: config.d1_databases?.map((database) => ({ ...database, database_id: databaseId })),
  })
  return file.slice(folder.length + 1)
}
