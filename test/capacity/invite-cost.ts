import { randomBytes } from "node:crypto"
import { parseLinkKeys } from "../../src/domain/access/signed-token.ts"
import { signLink } from "../../src/domain/invites/link-token.ts"
import { href } from "../../src/routes.ts"
import type { Call } from "../bench/client.ts"
import { fillInvites } from "../bench/fill-invites.ts"
import { cpuTimeMs, SECRETS } from "../bench/runtime.ts"
import { countD1 } from "./counted-d1.ts"
import { bytesByTable } from "./d1-file.ts"
import { type Lifecycle, RESELLER } from "./lifecycle-runtime.ts"
import { writeRows } from "./move.ts"
import { readTables, readWindow } from "./moved-table.ts"

/** What something used, for each invite that it was done to. */
export type Usage = Record<
  "requests" | "invocations" | "messages" | "objectRequests" | "emails" | "roundTrips" | "rowsRead" | "rowsWritten",
  number
>

export type Stage = {
  name: string
  /** How many invites it was done to. */
  count: number
  /** For each of these. */
  usage: Usage
  cpuMs: number
  /** Bytes in the database afterwards by kind of data, and what D1 says its size is. */
  bytes: Record<Kind, number>
  sizeAfter: number
}

const KINDS = {
  invite: ["invites", "invite_counts", "invite_days"],
  search: ["invite_search", "customer_search"],
  mail: ["outbox", "email_events", "email_codes", "suppressions"],
  audit: ["audit_entries", "audit_values", "audit_unsealed", "audit_seals", "audit_heads"],
  events: ["events", "notifications"],
  responses: ["idempotent_responses"],
  customer: ["users", "credentials", "sessions", "customers", "customer_metadata", "members", "terms_acceptances"],
}
export type Kind = keyof typeof KINDS | "other"

const MAIL_BATCH = 24
const EVENT_BATCH = 100
const CRON_RUNS_MAX = 500
const REPLAYED = 500
const REPLAY_INVITES = 10_000

/**
 * Follows `total` invites through the built Worker, of which `accepted` are accepted by new people with a password, until everything
 * temporary is deleted and the rest is purged.
 */
export async function measureLifecycle(
  lifecycle: Lifecycle,
  { total, accepted }: { total: number; accepted: number },
): Promise<Stage[]> {
  const { file } = lifecycle
  const stages: Stage[] = []
  async function stage(name: string, count: number, run: () => Promise<unknown>) {
    await lifecycle.takeUsage()
    const cpuBefore = await cpuTimeMs(lifecycle.processId)
    await run()
    const cpuMs = ((await cpuTimeMs(lifecycle.processId)) - cpuBefore) / count
    const usage = await lifecycle.takeUsage()
    for (const key of Object.keys(usage) as (keyof Usage)[]) usage[key] /= count
    const { meta } = await lifecycle.database.prepare("SELECT 1").run()
    stages.push({ name, count, usage, cpuMs, bytes: toKinds(await bytesByTable(file)), sizeAfter: meta.size_after })
  }
  const days = (number: number) => lifecycle.setClock(number)

  await stage("empty", 1, async () => undefined)
  await stage("created", total, () => createAll(lifecycle, total))
  await stage("sent", total, () => sendMails(lifecycle))
  await stage("delivered", total, () => reportDelivered(lifecycle))
  await stage("sealed", total, () => runCron(lifecycle))
  await stage("opened", accepted, () => openLinks(lifecycle, accepted))
  await stage("accepted", accepted, () => acceptLinks(lifecycle, accepted))
  await stage("sealed again", accepted, () => runCron(lifecycle))
  await days(2)
  await stage("after a day", total, () => runCron(lifecycle))
  await days(12.5)
  await stage("reminded", total - accepted, async () => {
    await runCron(lifecycle)
    await sendMails(lifecycle)
    await reportDelivered(lifecycle)
  })
  await days(16)
  await stage("expired", total - accepted, () => runCron(lifecycle))
  await days(140)
  await stage("after five months", total, () => runCron(lifecycle))
  await days(400)
  await stage("purged", total, () => runCron(lifecycle))
  return stages
}

/** What isn't deleted after some months. */
const KEPT_KINDS: Kind[] = ["invite", "search", "audit", "customer"]

/**
 * Bytes that an invite takes while everything about it is there, and after five months, by what became of it and on average if so many are
 * accepted; and what a purge adds.
 */
export function toSizes(stages: Stage[], acceptance: number) {
  const stageOf = (name: string) => {
    const stage = stages.find((one) => one.name === name)
    if (!stage) throw new Error(`the stage ${name} was not measured`)
    return stage
  }
  const allKinds = Object.keys(stageOf("empty").bytes) as Kind[]
  const sizeAt = (name: string, kinds = allKinds) =>
    kinds.reduce((sum, kind) => sum + stageOf(name).bytes[kind] - stageOf("empty").bytes[kind], 0)
  const [total, accepted] = [stageOf("created").count, stageOf("accepted").count]
  const acceptedSize = (kinds?: Kind[]) =>
    sizeAt("sealed", kinds) / total + (sizeAt("sealed again", kinds) - sizeAt("sealed", kinds)) / accepted
  const othersSize = (name: string, acceptedBytes: number) =>
    (sizeAt(name) - accepted * acceptedBytes) / (total - accepted)
  const fresh = { accepted: acceptedSize(), unanswered: 0 }
  fresh.unanswered = othersSize("expired", fresh.accepted)
  const kept = { accepted: acceptedSize(KEPT_KINDS), unanswered: 0 }
  kept.unanswered = othersSize("after five months", kept.accepted)
  const mean = (sizes: typeof kept) => acceptance * sizes.accepted + (1 - acceptance) * sizes.unanswered
  const purge = (sizeAt("purged") - sizeAt("after five months")) / total
  return { fresh: { ...fresh, mean: mean(fresh) }, kept: { ...kept, mean: mean(kept) }, purge }
}

function toKinds(tables: Map<string, number>): Record<Kind, number> {
  const kindOf = (table: string) =>
    (Object.keys(KINDS) as (keyof typeof KINDS)[]).find((kind) =>
      KINDS[kind].some((name) => table === name || (kind === "search" && table.startsWith(`${name}_`))),
    ) ?? "other"
  const kinds = { invite: 0, search: 0, mail: 0, audit: 0, events: 0, responses: 0, customer: 0, other: 0 }
  for (const [table, bytes] of tables) kinds[kindOf(table)] += bytes
  return kinds
}

async function createAll(lifecycle: Lifecycle, total: number) {
  for (let n = 0; n < total; n++) await lifecycle.send(createCall(n), 201)
}

const COMPANIES = [
  "Northwind Logistics",
  "Blue Harbor Trading",
  "Meridian Networks",
  "Fjord Consulting GmbH",
  "Lumen & Sons",
]
const CONTACTS = ["Priya Nair", "Łukasz Kowalski", "Ana Ortiz", "Zoë Müller", "José García"]

const createCall = (n: number): Call => ({
  method: "POST",
  path: "/api/v1/invites",
  headers: {
    "Content-Type": "application/json",
    Authorization: `Bearer ${RESELLER.apiKey}`,
    "Idempotency-Key": `create-${n}-${randomBytes(6).toString("hex")}`,
  },
  body: JSON.stringify({
    company_name: `${COMPANIES[n % COMPANIES.length]} ${n}`,
    contact_name: CONTACTS[n % CONTACTS.length],
    contact_email: `contact.${n}@company-${n}.example`,
    billing_email: RESELLER.billingEmail,
    billing_phone: RESELLER.billingPhone,
  }),
})

/** Sends what is queued, as the consumers of the queue do. */
async function sendMails(lifecycle: Lifecycle) {
  for (;;) {
    const { results } = await lifecycle.database
      .prepare("SELECT id AS outboxId, reseller_id AS resellerId, kind FROM outbox WHERE status = 'queued' LIMIT ?")
      .bind(MAIL_BATCH)
      .all()
    if (results.length === 0) return
    await lifecycle.consume("vestibule-mail", results)
  }
}

/** The provider reports each email that isn't known to be delivered. */
async function reportDelivered(lifecycle: Lifecycle) {
  const { results } = await lifecycle.database
    .prepare(
      "SELECT message_id AS id FROM outbox WHERE status = 'sent' AND message_id NOT IN (SELECT message_id FROM email_events)",
    )
    .all<{ id: string }>()
  for (let start = 0; start < results.length; start += EVENT_BATCH) {
    const messages = results.slice(start, start + EVENT_BATCH).map(({ id }) => ({
      type: "cf.email.sending.message.delivered",
      payload: { eventId: `event ${id}`, messageId: id, delivery: { smtpResponse: "250 2.0.0 OK" } },
    }))
    await lifecycle.consume("vestibule-mail-events", messages)
  }
}

/** Runs the cron jobs until they find nothing to do. */
async function runCron(lifecycle: Lifecycle) {
  for (let run = 0, written = -1; run < CRON_RUNS_MAX; run++) {
    await lifecycle.runCron()
    await sendMails(lifecycle)
    const { rowsWritten } = await lifecycle.readUsage()
    if (rowsWritten === written) return
    written = rowsWritten
  }
  throw new Error("the cron jobs don't come to an end")
}

async function linksOf(lifecycle: Lifecycle, count: number): Promise<string[]> {
  const keys = parseLinkKeys(SECRETS.LINK_KEYS)
  const { results } = await lifecycle.database
    .prepare(
      "SELECT reference, created_at FROM invites WHERE reseller_id = ? AND email_status = 'delivered' ORDER BY seq LIMIT ?",
    )
    .bind(RESELLER.id, count)
    .all<{ reference: string; created_at: number }>()
  return Promise.all(
    results.map(async ({ reference, created_at }) => {
      const invite = { reference, linkVersion: 1, createdAt: new Date(created_at), sendAt: null, resentAt: null }
      return signLink(keys, { invite, use: "registration", via: "email" })
    }),
  )
}

/** Each contact opens the link, and moves the pointer. */
async function openLinks(lifecycle: Lifecycle, count: number) {
  for (const token of await linksOf(lifecycle, count)) {
    await lifecycle.send({ path: href("registration.show", { token }) }, 200)
    await lifecycle.send(form(href("registration.opening", { token }), {}), 204)
    await lifecycle.send(form(href("registration.start", { token }), {}), 204)
  }
}

/** Each contact registers with a password, and sees the page that follows. */
async function acceptLinks(lifecycle: Lifecycle, count: number) {
  for (const [n, token] of (await linksOf(lifecycle, count)).entries()) {
    const fields = {
      name: CONTACTS[n % CONTACTS.length] ?? "",
      password: `violet-harbor-lantern-${n}`,
      accept_terms: "on",
    }
    const { cookie, location } = await lifecycle.send(form(href("registration.accept", { token }), fields), 303)
    await lifecycle.send({ path: location, headers: { Cookie: cookie } }, 200)
  }
}

const form = (path: string, fields: Record<string, string>): Call => ({
  method: "POST",
  path,
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams(fields).toString(),
})

/** The CPU time of the batch that creates an invite, for D1 and the call of it, in a database of its own with 10,000 invites. */
export async function measureBatch(lifecycle: Lifecycle): Promise<number> {
  const source = countD1(lifecycle.database)
  const target = countD1(lifecycle.replayDatabase)
  const tables = (await readTables(source)).filter(({ name }) =>
    ["resellers", "users", "staff", "billing_accounts", "api_keys"].includes(name),
  )
  for (const table of tables) {
    const { rows } = await readWindow(source, table, { resellerId: RESELLER.id, journaled: "as they are" })
    await writeRows(target, table, rows)
  }
  const { billingId, userId } = RESELLER
  await fillInvites(
    lifecycle.replayDatabase,
    { resellerId: RESELLER.id, userId, billingAccountId: billingId },
    REPLAY_INVITES,
  )
  await lifecycle.record()
  for (let n = 0; n < REPLAYED; n++) await lifecycle.send(createCall(1_000_000 + n), 201)
  const batches = (await lifecycle.record()).filter((batch) =>
    batch.some(({ sql }) => /^insert into "invites"/i.test(sql)),
  )
  if (batches.length !== REPLAYED) throw new Error(`${batches.length} batches created ${REPLAYED} invites`)
  const warmUp = Math.floor(REPLAYED / 5)
  await lifecycle.replay(batches.slice(0, warmUp))
  const cpuBefore = await cpuTimeMs(lifecycle.processId)
  await lifecycle.replay(batches.slice(warmUp))
  return ((await cpuTimeMs(lifecycle.processId)) - cpuBefore) / (REPLAYED - warmUp)
}
