import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, Response } from "miniflare"
import { unstable_readConfig } from "wrangler"
import { root } from "../../src/build/files.ts"
import type { Release } from "./archive.ts"

const { vars, compatibility_date, compatibility_flags } = unstable_readConfig({ config: join(root, "wrangler.toml") })

const secret = () => randomBytes(32).toString("base64url")
const OPERATOR_TOKEN = secret()
/** The same for all versions, as in a deployment. */
const SECRETS = { AUTH_SECRET: secret(), LINK_KEYS: JSON.stringify([{ kid: 0, secret: secret() }]), OPERATOR_TOKEN }

const consumer = { maxBatchSize: 24, maxBatchTimeout: 0, maxRetries: 100 }
const limit = (id: string) => ({ namespace_id: id, simple: { limit: 1_000_000, period: 60 as const } })

export type Mail = { to: string; text: string }
export type Deployed = Awaited<ReturnType<typeof deploy>>

/** Runs a Worker on the data in `state`, with the assets of its version. */
export async function deploy({ worker, assets }: Pick<Release, "worker" | "assets">, state: string) {
  const mails: Mail[] = []
  const errors: string[] = []
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: [
        {
          type: "ESModule",
          path: "mailbox-worker.js",
          contents: await readFile(join(import.meta.dirname, "mailbox-worker.js"), "utf8"),
        },
        { type: "ESModule", path: "worker.js", contents: worker },
      ],
      host: "127.0.0.1",
      cf: false,
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: ({ level, message }) => level === "error" && errors.push(message),
      resourcePersistencePath: state,
      compatibilityDate: compatibility_date ?? "",
      compatibilityFlags: compatibility_flags,
      d1Databases: { DB: "vestibule" },
      durableObjects: {
        ACCOUNT_LIMITER: { className: "AccountLimiter", useSQLite: true },
        MAIL_PACER: { className: "MailPacer", useSQLite: true },
      },
      ratelimits: { POST_LIMITER: limit("1"), PERSON_POST_LIMITER: limit("2"), PASSWORD_CHECK_LIMITER: limit("3") },
      queueProducers: {
        MAIL_QUEUE: "vestibule-mail",
        BULK_MAIL_QUEUE: "vestibule-bulk-mail",
        WEBHOOK_QUEUE: "vestibule-webhooks",
        JOB_QUEUE: "vestibule-jobs",
        DEAD_QUEUE: "vestibule-dead",
      },
      queueConsumers: { "vestibule-mail": consumer },
      serviceBindings: {
        ASSETS: ({ url }) => {
          const asset = assets[new URL(url).pathname.slice(1)]
          return new Response(asset && Buffer.from(asset, "base64"), { status: asset ? 200 : 404 })
        },
        MAILBOX: async (request) => {
          mails.push((await request.json()) as Mail)
          return Response.json({ messageId: `<${crypto.randomUUID()}@provider.example>` })
        },
      },
      bindings: { ...vars, ...SECRETS, RESEND_COOLDOWN_SECONDS: "0" },
    }),
  )
  await miniflare.ready
  return {
    miniflare,
    mails,
    errors,
    baseUrl: String(vars.BASE_URL),
    operatorToken: OPERATOR_TOKEN,
    database: await miniflare.getD1Database("DB"),
    stop: () => miniflare.dispose(),
  }
}
