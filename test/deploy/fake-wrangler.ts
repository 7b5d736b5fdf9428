import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { ApiError, StepError, type Tools } from "../../src/deploy/tools.ts"
import type { WranglerConfig } from "../../src/deploy/wrangler-config.ts"

type Api = (method: string, path: string, body?: unknown) => Promise<Result>
// biome-ignore lint/suspicious/noExplicitAny: whatever the API answers
type Result = any

/** A wrangler within this process: the same requests to the provider, for the commands that a deployment runs. */
export function fakeWrangler(
  fetch: (request: Request) => Promise<Response>,
  token: string,
  folder: string,
): Tools["wrangler"] {
  const api: Api = async (method, path, body) => {
    const headers = { Authorization: `Bearer ${token}` }
    const content = body instanceof FormData ? body : body === undefined ? null : JSON.stringify(body)
    const request = new Request(`https://api.cloudflare.test/client/v4${path}`, { method, headers, body: content })
    const response = await fetch(request)
    const { success, result, errors } = await response.json<{
      success: boolean
      result: Result
      errors: { message: string }[]
    }>()
    if (!success) throw new ApiError(path, response.status, errors[0]?.message ?? "")
    return result
  }
  return async (args, account) => {
    const { values, positionals } = parseArgs({ args, strict: false, allowPositionals: true, options: OPTIONS })
    const command = COMMANDS.find(({ words }) => words.every((word, index) => positionals[index] === word))
    if (!command) throw new Error(`the fake wrangler doesn't know ${args.join(" ")}`)
    const config = values.config ? JSON.parse(await readFile(join(folder, String(values.config)), "utf8")) : {}
    const accountId = account?.id ?? config.account_id
    const [name = ""] = positionals.slice(command.words.length)
    const flags = values as Record<string, string>
    try {
      return (await command.run({ api, accountId, name, flags, config, folder })) ?? ""
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      throw new StepError(error.message, "Look at what wrangler says.", `npx wrangler ${args.join(" ")}`)
    }
  }
}

const OPTIONS = Object.fromEntries(
  [
    "config",
    "command",
    "zone-id",
    "domain",
    "events",
    "source",
    "id",
    "from",
    "to",
    "subject",
    "text",
    "secrets-file",
  ].map((name) => [name, { type: "string" as const }]),
)

type Run = {
  api: Api
  accountId: string
  name: string
  flags: Record<string, string>
  config: WranglerConfig
  folder: string
}
type Command = { words: string[]; run: (run: Run) => Promise<string | void> }

const COMMANDS: Command[] = [
  {
    words: ["whoami"],
    async run({ api }) {
      await api("GET", "/user/tokens/verify").catch(() => {
        throw new StepError('{ "loggedIn": false }', "", "npx wrangler whoami --json")
      })
      return JSON.stringify({ accounts: await api("GET", "/accounts") })
    },
  },
  {
    words: ["d1", "create"],
    run: ({ api, accountId, name }) =>
      api("POST", `/accounts/${accountId}/d1/database`, { name }).then(() => undefined),
  },
  {
    words: ["queues", "create"],
    run: ({ api, accountId, name }) =>
      api("POST", `/accounts/${accountId}/queues`, { queue_name: name }).then(() => undefined),
  },
  {
    words: ["email", "sending", "enable"],
    run: ({ api, name, flags }) =>
      api("POST", `/zones/${flags["zone-id"]}/email/sending/subdomains`, { name }).then(() => undefined),
  },
  {
    words: ["email", "sending", "send"],
    run: ({ api, accountId, flags: { from, to, subject, text } }) =>
      api("POST", `/accounts/${accountId}/email/sending/send`, { from, to, subject, text }).then(() => undefined),
  },
  {
    words: ["queues", "subscription", "create"],
    async run({ api, accountId, name, flags: { domain, events = "", "zone-id": zone_id, source } }) {
      const [queue] = await api("GET", `/accounts/${accountId}/queues?name=${name}`)
      await api("POST", `/accounts/${accountId}/event_subscriptions/subscriptions`, {
        name: `${name} ${source}`,
        enabled: true,
        source: { type: source, zone_id, domain },
        destination: { type: "queues.queue", queue_id: queue.queue_id },
        events: events.split(","),
      })
    },
  },
  {
    words: ["queues", "subscription", "update"],
    async run({ api, accountId, flags: { id, events = "" } }) {
      const path = `/accounts/${accountId}/event_subscriptions/subscriptions/${id}`
      await api("PATCH", path, { events: events.split(","), enabled: true })
    },
  },
  { words: ["d1", "migrations", "apply"], run: migrate },
  {
    words: ["d1", "execute"],
    run: async ({ api, accountId, flags, config }) =>
      JSON.stringify(await api("POST", queryPath(accountId, config), { sql: flags.command })),
  },
  { words: ["deploy"], run: deploy },
]

function queryPath(accountId: string, { d1_databases: databases = [] }: WranglerConfig) {
  return `/accounts/${accountId}/d1/database/${databases[0]?.database_id}/query`
}

async function migrate({ api, accountId, config, folder }: Run) {
  const query = async (sql: string) => api("POST", queryPath(accountId, config), { sql })
  await query("CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE)")
  const [{ results }] = await query("SELECT name FROM d1_migrations")
  const applied = results.map(({ name }: { name: string }) => name)
  const missing = (await readdir(join(folder, "migrations"))).sort().filter((name) => !applied.includes(name))
  for (const name of missing) {
    const sql = await readFile(join(folder, "migrations", name), "utf8")
    await query(`${sql}\nINSERT INTO d1_migrations (name) VALUES ('${name}');`)
  }
  return missing.length === 0 ? "No migrations to apply!" : missing.join("\n")
}

async function deploy({ api, accountId, flags, config }: Run) {
  const secrets = flags["secrets-file"] ? JSON.parse(await readFile(flags["secrets-file"], "utf8")) : {}
  const { queues = {}, name, routes = [], triggers, workers_dev: workersDev } = config
  const root = `/accounts/${accountId}`
  for (const { queue } of queues.producers ?? []) {
    const [existing] = await api("GET", `${root}/queues?name=${queue}`)
    if (!existing) await api("POST", `${root}/queues`, { queue_name: queue })
  }
  const script = `${root}/workers/scripts/${name}`
  const form = new FormData()
  form.set("metadata", JSON.stringify({ bindings: toBindings(config, secrets), migrations: { new_tag: "v1" } }))
  const { deployment_id: id } = await api("PUT", script, form)
  await api("POST", `${script}/subdomain`, { enabled: workersDev, previews_enabled: false })
  const origins = routes.map((route) => ({ hostname: typeof route === "string" ? route : route.pattern }))
  await api("PUT", `${script}/domains/records`, { origins, override_existing_dns_record: true })
  await api(
    "PUT",
    `${script}/schedules`,
    triggers?.crons?.map((cron) => ({ cron })),
  )
  for (const consumer of queues.consumers ?? []) await connect(api, root, name, consumer)
  return `Current Version ID: ${id}`
}

function toBindings(
  {
    vars = {},
    secrets: { required = [] } = {},
    d1_databases: databases = [],
    analytics_engine_datasets: datasets = [],
  }: WranglerConfig,
  secrets: Record<string, string>,
) {
  return [
    ...databases.map(({ binding: name, database_id: id }) => ({ type: "d1", name, id })),
    ...datasets.map(({ binding: name, dataset }) => ({ type: "analytics_engine", name, dataset })),
    ...Object.entries(vars).map(([name, text]) => ({ type: "plain_text", name, text })),
    ...Object.entries(secrets).map(([name, text]) => ({ type: "secret_text", name, text })),
    ...required.filter((name) => !(name in secrets)).map((name) => ({ type: "inherit", name })),
  ]
}

type Consumer = NonNullable<NonNullable<WranglerConfig["queues"]>["consumers"]>[number]

async function connect(api: Api, root: string, script: string | undefined, consumer: Consumer) {
  const [queue] = await api("GET", `${root}/queues?name=${consumer.queue}`)
  const existing = queue.consumers.find((one: { script: string }) => one.script === script)
  const body = {
    type: "worker",
    script_name: script,
    dead_letter_queue: consumer.dead_letter_queue,
    settings: {
      batch_size: consumer.max_batch_size,
      max_retries: consumer.max_retries,
      max_wait_time_ms: 1000 * (consumer.max_batch_timeout ?? 0),
    },
  }
  const path = `${root}/queues/${queue.queue_id}/consumers`
  await (existing ? api("PUT", `${path}/${existing.consumer_id}`, body) : api("POST", path, body))
}
