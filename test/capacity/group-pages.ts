import { createHmac, randomBytes } from "node:crypto"
import { serializeSigned } from "hono/utils/cookie"
import { sha256Hex } from "../../src/domain/access/api-keys.ts"
import { sessionCookieOptions } from "../../src/http/session-cookie.ts"
import { SCOPES } from "../../src/storage/schema.ts"
import type { Call, Client } from "../bench/client.ts"
import { ORIGINS } from "../bench/origins.ts"
import { SECRETS } from "../bench/runtime.ts"
import type { Costs } from "../support/counting-d1.ts"
import type { FilledReseller } from "./filled-resellers.ts"
import { staffOf } from "./filled-rows.ts"
import type { GroupsRuntime } from "./groups-runtime.ts"

const DAY_MS = 86_400_000
const FUNNEL_DAYS = 90
const WARM_UP = 8

/** What somebody of a reseller looks at, or a program of it asks for. */
export const PAGES = {
  "invites page": "/customers/invites",
  search: "/customers/invites?q=haddad",
  dashboard: "/",
  "API list": "/api/v1/invites",
}
export type PageName = keyof typeof PAGES

/** A reseller whose Admin is signed in, with an API key. */
export type Visitor = { reseller: FilledReseller; apiKey: string; cookie: string; token: string }

/** Signs an Admin of the reseller in, in the databases of these groups and the global one. */
export async function createVisitor(
  runtime: GroupsRuntime,
  reseller: FilledReseller,
  groups: number[],
): Promise<Visitor> {
  const [token, apiKey] = [randomBytes(24).toString("base64url"), `vst_live_${randomBytes(32).toString("hex")}`]
  const { userId, email } = staffOf(reseller)
  const at = Date.now()
  const personStatements = (db: D1Database) => [
    db
      .prepare(
        `INSERT INTO users (id, name, email, email_verified, reference, created_at, updated_at) SELECT ?1, 'Dana Ortiz', ?2, 1, ?3, ?4, ?4
         WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = ?1)`,
      )
      .bind(userId, email, `staff-${reseller.number}`, at - 400 * DAY_MS),
    db
      .prepare(
        `INSERT INTO sessions (id, user_id, token, reseller_id, expires_at, created_at, updated_at) VALUES ('ses_' || ?1, ?1, ?2, ?3, ?4, ?5, ?5)`,
      )
      .bind(userId, token, reseller.id, at + 14 * DAY_MS, at),
  ]
  for (const number of groups) {
    const db = databaseOf(runtime, number)
    await db.batch(personStatements(db))
  }
  const home = databaseOf(runtime, groups[0] ?? 1)
  const hash = await sha256Hex(apiKey)
  await home.batch([
    home
      .prepare(
        `INSERT INTO api_keys (id, reseller_id, name, secret_hash, masked_secret, scopes, created_by, created_at, last_used_at)
         VALUES ('key_' || ?2, ?1, 'Capacity', ?2, 'vst_live_…', ?3, ?4, ?5, ?5)`,
      )
      .bind(reseller.id, hash, JSON.stringify(SCOPES), userId, at),
    home
      .prepare(
        `INSERT INTO invite_days (reseller_id, day, sent, delivered, opened, started, accepted)
         SELECT ?1, ?2 - 1 - value, 10, 10, 8, 7, 5 FROM json_each(?3)`,
      )
      .bind(reseller.id, Math.floor(at / DAY_MS), JSON.stringify(Array.from({ length: FUNNEL_DAYS }, (_, n) => n))),
  ])
  await runtime.global.batch([
    ...personStatements(runtime.global),
    runtime.global.prepare("INSERT INTO api_key_resellers VALUES (?, ?)").bind(hash, reseller.id),
  ])
  const { cookiePrefix } = sessionCookieOptions(ORIGINS.vestibule)
  const cookie = await serializeSigned(`${cookiePrefix}.session_token`, token, SECRETS.AUTH_SECRET, {
    path: "/",
    secure: true,
  })
  return { reseller, apiKey, token, cookie: cookie.split(";")[0] ?? "" }
}

export function databaseOf({ groups }: GroupsRuntime, number: number): D1Database {
  const database = groups[number - 1]
  if (!database) throw new Error(`there is no group ${number}`)
  return database
}

/** The cookie that names the group of somebody who is signed in. */
const hintOf = (group: number) =>
  `group=${group}.${createHmac("sha256", SECRETS.AUTH_SECRET).update(String(group)).digest("base64url")}`

/** How the directory is asked, and how far the databases are away. */
type Asking = { how?: "alone" | "first" | "with a hint"; group?: number; delayMs?: number }

export function pageCall({ cookie, apiKey }: Visitor, page: PageName, { how, group, delayMs }: Asking = {}): Call {
  const path = PAGES[page]
  const measured = {
    ...(group && how !== "with a hint" && { "X-Group": String(group) }),
    ...(how === "alone" && { "X-Alone": "1" }),
  }
  const headers = { ...measured, ...(delayMs && { "X-Delay": String(delayMs) }) }
  if (path.startsWith("/api/")) return { path, headers: { ...headers, Authorization: `Bearer ${apiKey}` } }
  return {
    path,
    headers: { ...headers, Cookie: group && how === "with a hint" ? `${cookie}; ${hintOf(group)}` : cookie },
  }
}

export type PageCosts = { directory: Costs; group: Costs; answeredBy: number; bytes: number }

/** What a page uses once the caches of the isolate are filled, in its group or another one that has the reseller still. */
export async function countPage(front: Client, visitor: Visitor, page: PageName, group?: number): Promise<PageCosts> {
  const { path, headers } = pageCall(visitor, page, group ? { group } : {})
  const call = { path, headers: { ...headers, "X-Count": "1" } }
  await front.send(call)
  await front.send(call)
  const answer = await front.send(call)
  if (answer.status !== 200)
    throw new Error(`${path} answered ${answer.status}: ${answer.body.toString().slice(0, 300)}`)
  const costs: Pick<PageCosts, "directory" | "group"> = JSON.parse(String(answer.headers["x-costs"]))
  return { ...costs, answeredBy: Number(answer.headers["x-group"]), bytes: answer.body.length }
}

/** The medians of requests that are sent in turn, in milliseconds: what else the machine does disturbs all of them alike. */
export async function medians(requests: { client: Client; call: Call }[], rounds: number): Promise<number[]> {
  const times: number[][] = requests.map(() => [])
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const [n, { client, call }] of requests.entries()) {
      const started = performance.now()
      const answer = await client.send(call)
      if (answer.status !== 200) throw new Error(`${call.path} answered ${answer.status}`)
      if (round >= 0) times[n]?.push(performance.now() - started)
    }
  }
  return times.map((list) => list.sort((one, other) => one - other)[Math.floor(list.length / 2)] ?? 0)
}
