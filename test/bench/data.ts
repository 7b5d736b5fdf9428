import { join } from "node:path"
import { readD1Migrations } from "@cloudflare/vitest-plugin"
import { root } from "../../src/build/files.ts"
import { sha256Hex } from "../../src/domain/access/api-keys.ts"
import { seedDemo } from "../../src/local/demo.ts"
import { SCOPES } from "../../src/storage/schema.ts"
import { type AcceptableInvite, insertAcceptableInvites } from "./acceptable-invites.ts"
import { type Client, cookiesOf, createClient } from "./client.ts"
import { fillDashboard } from "./fill-dashboard.ts"
import { fillInvites, type InviteOwner } from "./fill-invites.ts"
import type { Service } from "./origins.ts"
import type { Runtime } from "./runtime.ts"

const API_KEY = `vst_live_${"5eed".repeat(16)}`
const BATCH = 50_000
export const FLOOR_RESELLER = "res_floor"

/** What requests to the services need to know. */
export type Data = {
  /** How many invites each service has. */
  size: number
  cookie: string
  apiKey: string
  billingEmail: string
  acceptableInvites: AcceptableInvite[]
  betterAuth: { cookie: string; organizationId: string }
}

/** Gives each service this number of invites, and us an Admin who is signed in and an API key. */
export async function createData(runtime: Runtime, size: number): Promise<Data> {
  await fillFloor(await runtime.database("floor"), size)
  const betterAuth = await withClient(runtime, "betterAuth", (client) => fillBetterAuth(runtime, client, size))

  const db = await runtime.database("vestibule")
  for (const { queries } of await readD1Migrations(join(root, "migrations"))) {
    await db.batch(queries.map((sql) => db.prepare(sql)))
  }
  const bindings = await runtime.miniflare.getBindings<Env>("vestibule")
  await seedDemo({ ...bindings, ENVIRONMENT: "local", BASE_URL: "http://localhost:8787" })
  const acme = await ownerOf(db, "acme")
  await insertApiKey(db, acme)
  const acceptableInvites = await insertAcceptableInvites(db, await ownerOf(db, "globex"))
  await fillInvites(db, acme, size)
  await fillDashboard(db, acme)
  const cookie = await withClient(runtime, "vestibule", signIn)
  return { size, cookie, apiKey: API_KEY, billingEmail: "billing@acme.example", acceptableInvites, betterAuth }
}

async function withClient<T>(runtime: Runtime, service: Service, use: (client: Client) => Promise<T>): Promise<T> {
  const client = createClient(service, { port: await runtime.portOf(service), connections: 1 })
  return use(client).finally(client.close)
}

async function ownerOf(db: D1Database, slug: string): Promise<InviteOwner> {
  const owner = await db
    .prepare(
      `SELECT resellers.id AS resellerId, billing_accounts.id AS billingAccountId, staff.user_id AS userId FROM resellers
       JOIN billing_accounts ON billing_accounts.reseller_id = resellers.id
       JOIN staff ON staff.reseller_id = resellers.id AND staff.role = 'admin' WHERE slug = ?`,
    )
    .bind(slug)
    .first<InviteOwner>()
  if (!owner) throw new Error(`the demo reseller ${slug} is missing`)
  return owner
}

async function insertApiKey(db: D1Database, { resellerId, userId }: InviteOwner) {
  const values = [resellerId, await sha256Hex(API_KEY), JSON.stringify(SCOPES), userId, Date.now()]
  await db
    .prepare(
      `INSERT INTO api_keys (id, reseller_id, name, secret_hash, masked_secret, scopes, created_by, created_at)
       VALUES ('key_bench', ?, 'Bench', ?, 'vst_live_…', ?, ?, ?)`,
    )
    .bind(...values)
    .run()
}

async function signIn({ send }: Client): Promise<string> {
  const form = { email: "admin@acme.example", password: "quiet-lantern-harbor" }
  const answer = await send({
    method: "POST",
    path: "/sign-in",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  })
  if (answer.status !== 303) throw new Error(`the sign-in answered ${answer.status}: ${answer.body}`)
  return cookiesOf(answer)
}

async function fillFloor(db: D1Database, size: number) {
  await db.batch([
    db.prepare(
      `CREATE TABLE invites (id TEXT PRIMARY KEY, reseller_id TEXT NOT NULL, company_name TEXT NOT NULL, contact_name TEXT NOT NULL,
         contact_email TEXT NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL) STRICT`,
    ),
    db.prepare("CREATE INDEX invites_by_reseller ON invites (reseller_id, id)"),
  ])
  await insertNumbered(
    db,
    size,
    `INSERT INTO invites SELECT printf('inv_%026d', value), '${FLOOR_RESELLER}', 'northwind logistics', 'priya nair', 'c' || value || '@h.h',
       'pending', 1800000000000, 4102444800000 FROM numbers`,
  )
}

async function fillBetterAuth(runtime: Runtime, { send }: Client, size: number) {
  const post = async (path: string, body: object, cookie = "") => {
    const headers = { "Content-Type": "application/json", Cookie: cookie }
    const answer = await send({ method: "POST", path, headers, body: JSON.stringify(body) })
    if (answer.status !== 200) throw new Error(`Better Auth answered ${answer.status}: ${answer.body}`)
    return answer
  }
  await post("/migrate", {})
  const user = { name: "Dana Ortiz", email: "admin@acme.example", password: "quiet-lantern-harbor" }
  const cookie = cookiesOf(await post("/api/auth/sign-up/email", user))
  const created = await post("/api/auth/organization/create", { name: "Acme Networks", slug: "acme" }, cookie)
  const { id: organizationId } = JSON.parse(created.body.toString())
  await insertNumbered(
    await runtime.database("betterAuth"),
    size,
    `INSERT INTO invitation (id, organizationId, email, role, status, expiresAt, createdAt, inviterId)
     SELECT 'inv' || value, '${organizationId}', 'c' || value || '@h.h', 'member', iif(value % 7 = 0, 'accepted', 'pending'),
       '2100-01-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z', (SELECT id FROM user) FROM numbers`,
  )
  return { cookie, organizationId }
}

/** Runs an INSERT that selects from `numbers`, for all numbers below `size`. */
async function insertNumbered(db: D1Database, size: number, insert: string) {
  for (let first = 0; first < size; first += BATCH) {
    const last = Math.min(first + BATCH, size) - 1
    const numbers = `WITH RECURSIVE numbers (value) AS (SELECT ${first} UNION ALL SELECT value + 1 FROM numbers WHERE value < ${last})`
    await db.prepare(`${numbers} ${insert}`).run()
  }
}
