import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { readD1Migrations } from "@cloudflare/vitest-plugin"
import { root } from "../../src/build/files.ts"
import { sha256Hex } from "../../src/domain/access/api-keys.ts"
import { SCOPES } from "../../src/storage/schema.ts"
import { bundleModule } from "../bench/bundles.ts"
import { type Call, cookiesOf, createClient } from "../bench/client.ts"
import { startWorkers, workerOptions } from "../bench/runtime.ts"
import { databaseFiles } from "./d1-file.ts"
import type { Usage } from "./invite-cost.ts"

/** The reseller whose invites are followed. */
export const RESELLER = {
  id: "res_00000000000000000000capaci",
  userId: "usr_00000000000000000000capaci",
  billingId: "bil_00000000000000000000capaci",
  billingEmail: "billing@acme.example",
  billingPhone: "+14155550132",
  apiKey: `vst_live_${randomBytes(32).toString("hex")}`,
}

type RecordedBatch = { sql: string; values: unknown[] }[]

export type Lifecycle = Awaited<ReturnType<typeof startLifecycle>>

/** Starts the built Worker with a clock that can be set and everything counted, and a reseller without invites. */
export async function startLifecycle(code: string, state: string) {
  const entry = await bundleModule(join(import.meta.dirname, "workers/lifecycle.ts"), true)
  const modules: [string, string][] = [
    ["lifecycle.js", entry],
    ["worker.js", code],
  ]
  const options = workerOptions("lifecycle", "vestibule", modules, { DB: "lifecycle", REPLAY: "replay" })
  // The namespaces of its own code: nothing else runs it.
  const durableObjects = {
    ACCOUNT_LIMITER: { className: "AccountLimiter", useSQLite: true },
    MAIL_PACER: { className: "MailPacer", useSQLite: true },
  }
  const runtime = await startWorkers([{ ...options, durableObjects }], { state })
  const worker = await runtime.miniflare.getWorker("lifecycle")
  const client = createClient("vestibule", { port: await runtime.portOf("lifecycle"), connections: 1 })
  const database = await runtime.miniflare.getD1Database("DB", "lifecycle")
  await migrate(database)
  const [file] = await databaseFiles(state)
  if (!file) throw new Error("the database has no file")
  const replayDatabase = await runtime.miniflare.getD1Database("REPLAY", "lifecycle")
  await migrate(replayDatabase)
  await insertReseller(database)

  async function send(call: Call, status = 200) {
    const answer = await client.send(call)
    if (answer.status !== status)
      throw new Error(`${call.path} answered ${answer.status}: ${answer.body.toString().slice(0, 500)}`)
    return { cookie: cookiesOf(answer), location: String(answer.headers.location ?? ""), body: answer.body.toString() }
  }
  let before: Usage | undefined
  const readAll = async () => JSON.parse((await send({ path: "/_usage" })).body) as Usage
  async function readUsage(): Promise<Usage> {
    const usage = await readAll()
    before = before
      ? (Object.fromEntries(
          Object.entries(usage).map(([key, n]) => [key, n + (before?.[key as keyof Usage] ?? 0)]),
        ) as Usage)
      : usage
    return before
  }

  return {
    ...runtime,
    database,
    replayDatabase,
    file,
    send,
    /** What was used since usage was taken last. */
    readUsage,
    takeUsage: async () => {
      const usage = await readUsage()
      before = undefined
      return usage
    },
    setClock: (days: number) => send({ path: `/_clock?days=${days}` }),
    /** The batches that were run since this was called last; records from the first call on. */
    record: async () => JSON.parse((await send({ path: "/_record" })).body) as RecordedBatch[],
    replay: (batches: RecordedBatch[]) => send({ method: "POST", path: "/_replay", body: JSON.stringify(batches) }),
    consume: async (queue: string, bodies: unknown[]) => {
      const messages = bodies.map((body) => ({
        id: randomBytes(8).toString("hex"),
        timestamp: new Date(),
        attempts: 1,
        body,
      }))
      const { outcome, explicitAcks } = await worker.queue(queue, messages)
      if (outcome !== "ok" || explicitAcks.length < messages.length)
        throw new Error(`a consumer of ${queue} ended with ${outcome}`)
    },
    runCron: async () => {
      const { outcome } = await worker.scheduled({ cron: "* * * * *" })
      if (outcome !== "ok") throw new Error(`the cron jobs ended with ${outcome}`)
    },
    close: async () => {
      client.close()
      await runtime.close()
    },
  }
}

export async function migrate(database: D1Database): Promise<void> {
  for (const { queries } of await readD1Migrations(join(root, "migrations"))) {
    await database.batch(queries.map((sql) => database.prepare(sql)))
  }
}

async function insertReseller(db: D1Database) {
  const { id, userId, billingId, billingEmail, billingPhone, apiKey } = RESELLER
  const at = Date.now()
  const insert = (table: string, row: Record<string, string | number>) =>
    db
      .prepare(
        `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${Object.keys(row)
          .map(() => "?")
          .join(", ")})`,
      )
      .bind(...Object.values(row))
  await db.batch([
    insert("users", {
      id: userId,
      name: "Dana Ortiz",
      email: "dana@acme.example",
      reference: randomBytes(8).toString("base64url"),
      created_at: at,
      updated_at: at,
    }),
    insert("resellers", {
      id,
      name: "Acme Networks",
      slug: "acme",
      support_email: "help@acme.example",
      created_at: at,
    }),
    insert("staff", { user_id: userId, reseller_id: id, role: "admin", created_at: at }),
    insert("billing_accounts", {
      id: billingId,
      reseller_id: id,
      email: billingEmail,
      phone: billingPhone,
      po_number: "1",
      is_default: 1,
      created_at: at,
      updated_at: at,
    }),
    insert("api_keys", {
      id: "key_00000000000000000000capaci",
      reseller_id: id,
      name: "Capacity",
      secret_hash: await sha256Hex(apiKey),
      masked_secret: "vst_live_…",
      scopes: JSON.stringify(SCOPES),
      created_by: userId,
      created_at: at,
    }),
  ])
}
