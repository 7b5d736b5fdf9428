import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type Request, Response } from "miniflare"
import { serveAsset } from "../support/serve-asset.ts"
import { bundle } from "./build.ts"
import type { FakeServices } from "./fake-services.ts"

const queueConsumer = { maxBatchSize: 24, maxBatchTimeout: 0, maxRetries: 100, deadLetterQueue: "vestibule-dead" }

type RuntimeOptions = {
  services: FakeServices
  state: string
  claimSeconds: number
  mailsPerSecond: number
  /** With `http` among them, all requests of the Worker go to the fake API. */
  mailProviders: string
  onError: (message: string) => void
  /** Called when Miniflare restarts a dead runtime with the same state. */
  onRestart: () => void
}

/** Starts the built Worker in the Workers runtime, with the fake services of a test. */
export async function startRuntime({
  services,
  state,
  claimSeconds,
  mailsPerSecond,
  mailProviders,
  onError,
  onRestart,
}: RuntimeOptions) {
  const [wrapper, worker] = await Promise.all([
    readFile(join(import.meta.dirname, "faulty-worker.js"), "utf8"),
    readFile(join(bundle, "index.js"), "utf8"),
  ])
  return new Miniflare(
    convertV4MiniflareOptions({
      modules: [
        { type: "ESModule", path: "faulty-worker.js", contents: wrapper },
        { type: "ESModule", path: "worker.js", contents: worker },
      ],
      host: "127.0.0.1",
      cf: false,
      log: new Log(LogLevel.NONE),
      handleStructuredLogs: ({ level, message }) => level === "error" && onError(message),
      unsafeHandleRuntimeRestart: onRestart,
      resourcePersistencePath: state,
      compatibilityDate: "2026-10-01",
      compatibilityFlags: ["nodejs_compat"],
      d1Databases: { DB: "vestibule" },
      durableObjects: {
        ACCOUNT_LIMITER: { className: "AccountLimiter", useSQLite: true },
        MAIL_PACER: { className: "MailPacer", useSQLite: true },
      },
      ratelimits: {
        POST_LIMITER: { namespace_id: "1", simple: { limit: 1_000_000, period: 60 } },
        PERSON_POST_LIMITER: { namespace_id: "2", simple: { limit: 1_000_000, period: 60 } },
        PASSWORD_CHECK_LIMITER: { namespace_id: "3", simple: { limit: 1_000_000, period: 60 } },
      },
      queueProducers: {
        MAIL_QUEUE: "vestibule-mail",
        BULK_MAIL_QUEUE: "vestibule-bulk-mail",
        WEBHOOK_QUEUE: "vestibule-webhooks",
        JOB_QUEUE: "vestibule-jobs",
        DEAD_QUEUE: "vestibule-dead",
      },
      queueConsumers: {
        "vestibule-mail": queueConsumer,
        "vestibule-bulk-mail": { ...queueConsumer, maxBatchSize: 100 },
        "vestibule-webhooks": { ...queueConsumer, maxBatchSize: 1 },
        "vestibule-jobs": { maxBatchSize: 1, maxBatchTimeout: 0, maxRetries: 100 },
        "vestibule-dead": { maxBatchSize: 10, maxBatchTimeout: 1, maxRetries: 10 },
      },
      ...(mailProviders.includes("http") && {
        outboundService: async (request: Request) => {
          const key = request.headers.get("Idempotency-Key") ?? ""
          const { status, answer } = await services.answerApi(key, await request.text())
          return Response.json(answer, { status })
        },
      }),
      serviceBindings: {
        ASSETS: serveAsset,
        FAULTS: async (request) => {
          const { pathname } = new URL(request.url)
          const { ok, answer } = await services.answer(pathname, await request.text())
          return Response.json(answer, { status: ok ? 200 : 503 })
        },
      },
      bindings: {
        ENVIRONMENT: "local",
        BASE_URL: "http://localhost:8787",
        PLATFORM_NAME: "PacketFabric",
        MAIL_FROM: "invites@vestibule.example",
        TERMS_URL: "https://vestibule.example/terms",
        TERMS_VERSION: "2026-11",
        RESEND_COOLDOWN_SECONDS: "60",
        RESENDS_PER_DAY: "5",
        RECIPIENT_MAILS_PER_HOUR: "10",
        RECIPIENT_CODES_PER_DAY: "5",
        INVITE_MAILS_PER_HOUR: "100000",
        MEMBER_MAILS_PER_HOUR: "50",
        MAILS_PER_SECOND: String(mailsPerSecond),
        MAIL_PROVIDERS: mailProviders,
        MAIL_API_KEY: secret(),
        API_REQUESTS_PER_10_SECONDS: "100000",
        OUTBOX_CLAIM_SECONDS: String(claimSeconds),
        OUTBOX_FIRST_RETRY_SECONDS: "1",
        AUTH_SECRET: secret(),
        LINK_KEYS: JSON.stringify([{ kid: 0, secret: secret() }]),
        OPERATOR_TOKEN: secret(),
      },
    }),
  )
}

const secret = () => randomBytes(32).toString("base64url")
