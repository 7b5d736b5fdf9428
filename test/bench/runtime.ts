import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare"
import { unstable_readConfig } from "wrangler"
import { root } from "../../src/build/files.ts"
import { serveAsset } from "../support/serve-asset.ts"
import type { Bundles } from "./bundles.ts"
import { ORIGINS, type Service } from "./origins.ts"

const { vars, compatibility_date, compatibility_flags } = unstable_readConfig({ config: join(root, "wrangler.toml") })

const secret = () => randomBytes(32).toString("base64url")
const NO_LIMIT = 999_999_999
const noRateLimit = (id: string) => ({ namespace_id: id, simple: { limit: NO_LIMIT, period: 60 as const } })

/** The secrets of our Worker. */
export const SECRETS = {
  AUTH_SECRET: secret(),
  LINK_KEYS: JSON.stringify([{ kid: 0, secret: secret() }]),
  OPERATOR_TOKEN: secret(),
}

/** The limits count every request, but refuse none. */
const LIMITS = Object.fromEntries(
  Object.keys(vars)
    .filter((name) => /_PER_/.test(name))
    .map((name) => [name, String(NO_LIMIT)]),
)

type StartOptions = {
  /** The folder of the databases; in memory without one. */
  state?: string
  inspectorPort?: number
}

type RuntimeOptions = StartOptions & {
  bundles: Bundles
  services: readonly Service[]
  /** Whether each service runs once, without the others that run its code. */
  isAlone?: boolean
}

export type Runtime = Awaited<ReturnType<typeof startRuntime>>

/**
 * Starts the services in one workerd, each on a socket of its own, so that no other program stands between. Each runs a second time
 * with a D1 binding that counts, on the same database. Emails stay in the outbox: nothing consumes the queue.
 */
export async function startRuntime({ bundles, services, isAlone = false, ...options }: RuntimeOptions) {
  const workers = services.flatMap((service) => {
    const worker = workerOptions(service, service, [["worker.js", bundles[service]]])
    return isAlone ? [worker] : [worker, ...variants(service, bundles)]
  })
  const runtime = await startWorkers(workers, options)
  return { ...runtime, database: (service: Service) => runtime.miniflare.getD1Database("DB", service) }
}

/** Starts workers in one workerd. */
export async function startWorkers(
  workers: ReturnType<typeof workerOptions>[],
  { state, inspectorPort }: StartOptions,
) {
  const earlier = await childProcesses()
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      cf: false,
      log: new Log(LogLevel.ERROR),
      handleStructuredLogs: ({ level, message }) => level === "error" && console.error(message),
      ...(state && { resourcePersistencePath: state }),
      ...(inspectorPort && { inspectorPort }),
      workers,
    }),
  )
  await runtime.ready
  const [processId] = (await childProcesses()).filter((id) => !earlier.includes(id))
  if (!processId) throw new Error("workerd did not start")
  return {
    miniflare: runtime,
    processId,
    portOf: async (worker: string) => Number((await runtime.unsafeGetDirectURL(worker)).port),
    close: () => runtime.dispose(),
  }
}

/** The other workers that run the code of a service: one counts what it uses of D1, ours also has a slow email provider. */
function variants(service: Service, bundles: Bundles) {
  const variant = (name: string, entry: "counted" | "slowMail") =>
    workerOptions(name, service, [
      [`${entry}.js`, bundles[entry]],
      ["worker.js", bundles[service]],
    ])
  const counted = variant(`${service}-counted`, "counted")
  return service === "vestibule" ? [counted, variant("vestibule-mail", "slowMail")] : [counted]
}

/** A worker that runs modules with the bindings of a service; `databases` are those of D1, by binding. */
export function workerOptions(
  name: string,
  service: Service,
  modules: [path: string, contents: string][],
  databases: Record<string, string> = { DB: service },
) {
  const scriptName = name === service ? {} : { scriptName: service }
  return {
    name,
    modules: modules.map(([path, contents]) => ({ type: "ESModule" as const, path, contents })),
    // `proxy`: requests name the origin that they are for, so that https ones can be sent unencrypted.
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0, proxy: true }],
    compatibilityDate: compatibility_date ?? "",
    compatibilityFlags: compatibility_flags,
    d1Databases: databases,
    bindings: { ...vars, ...LIMITS, ...SECRETS, BASE_URL: ORIGINS[service] },
    ...(service === "vestibule" && {
      durableObjects: {
        ACCOUNT_LIMITER: { className: "AccountLimiter", useSQLite: true, ...scriptName },
        MAIL_PACER: { className: "MailPacer", useSQLite: true, ...scriptName },
      },
      ratelimits: {
        POST_LIMITER: noRateLimit("1"),
        PERSON_POST_LIMITER: noRateLimit("2"),
        PASSWORD_CHECK_LIMITER: noRateLimit("3"),
      },
      serviceBindings: { ASSETS: serveAsset },
      queueProducers: {
        MAIL_QUEUE: "vestibule-mail",
        BULK_MAIL_QUEUE: "vestibule-bulk-mail",
        WEBHOOK_QUEUE: "vestibule-webhooks",
        JOB_QUEUE: "vestibule-jobs",
        DEAD_QUEUE: "vestibule-dead",
      },
    }),
  }
}

const CLOCK_TICK_MS = 10

/** The CPU time that a process and its threads have used, in milliseconds. Linux only. */
export async function cpuTimeMs(processId: number): Promise<number> {
  const stat = await readFile(`/proc/${processId}/stat`, "utf8")
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS
}

async function childProcesses(): Promise<number[]> {
  const list = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, "utf8")
  const ids = list.trim().split(" ").filter(Boolean).map(Number)
  const names = await Promise.all(ids.map((id) => readFile(`/proc/${id}/comm`, "utf8").catch(() => "")))
  return ids.filter((_, index) => names[index]?.startsWith("workerd"))
}
