import { countingD1 } from "../../support/counting-d1.ts"
import worker from "./worker.js"

export { AccountLimiter, MailPacer } from "./worker.js"

// A built Worker in front of several databases. The global one says which group a request belongs to. With a signed hint in a cookie, a page
// is read from that group while the global database is asked, and read again if the reseller has moved. For measurements, a request can
// choose its group (X-Group), ask no directory (X-Alone), count (X-Count) and put the databases so many milliseconds away (X-Delay).

type Bindings = Record<`GROUP_${number}`, D1Database> & { GLOBAL: D1Database; AUTH_SECRET: string; DB: D1Database }
type Place = { group_number: number; is_closed: number }

const BY_SESSION = `SELECT place.group_number, place.is_closed, users.name, users.email, sessions.expires_at FROM sessions
  JOIN users ON users.id = sessions.user_id JOIN reseller_groups AS place ON place.reseller_id = sessions.reseller_id WHERE sessions.token = ?1`
const MEMBERSHIPS = `SELECT membership.account_id, membership.name, place.group_number FROM sessions
  JOIN memberships AS membership ON membership.user_id = sessions.user_id
  JOIN reseller_groups AS place ON place.reseller_id = membership.reseller_id WHERE sessions.token = ?1 LIMIT 50`
const BY_KEY = `SELECT place.group_number, place.is_closed FROM api_key_resellers
  JOIN reseller_groups AS place USING (reseller_id) WHERE secret_hash = ?1`

type Binding = "GLOBAL" | `GROUP_${number}`
const counted = new Map<Binding, ReturnType<typeof countingD1>>()
/** Of each database: what an isolate keeps belongs to the object of its bindings. */
const environments = new Map<D1Database, Bindings>()

export default {
  async fetch(request, env, ctx) {
    const isCounted = request.headers.has("X-Count")
    const delayMs = Number(request.headers.get("X-Delay"))
    for (const { costs } of counted.values())
      Object.assign(costs, { roundTrips: 0, statements: 0, rowsRead: 0, rowsWritten: 0 })
    const database = (binding: Binding) =>
      isCounted ? countingOf(env, binding) : delayMs ? farAway(env, binding, delayMs) : databaseOf(env, binding)
    const serve = async (group: number) => {
      const environment = environmentOf(env, database(`GROUP_${group}`))
      const copy = request.clone() as typeof request
      return (await worker.fetch?.(copy, environment, ctx)) ?? new Response(null, { status: 500 })
    }
    const chosen = Number(request.headers.get("X-Group"))
    if (request.headers.has("X-Alone")) return serve(chosen)
    const isRead = request.method === "GET"
    const asked = askDirectory(database("GLOBAL"), request)
    const hint = isRead ? await readHint(request, env.AUTH_SECRET) : undefined
    const early = hint && serve(hint)
    const found = await asked
    const place = chosen && found ? { ...found, group_number: chosen } : found
    if (!place) return new Response("unknown", { status: 401 })
    if (place.is_closed && !isRead) return new Response("moving", { status: 503, headers: { "Retry-After": "5" } })
    const response = early && hint === place.group_number ? await early : await serve(place.group_number)
    await early
    const copy = new Response(response.body, response)
    copy.headers.set("X-Group", String(place.group_number))
    if (isCounted) {
      const [directory, group] = (["GLOBAL", `GROUP_${place.group_number}`] as const).map(
        (binding) => counted.get(binding)?.costs,
      )
      copy.headers.set("X-Costs", JSON.stringify({ directory, group }))
    }
    return copy
  },
} satisfies ExportedHandler<Bindings>

async function askDirectory(global: D1Database, request: Request): Promise<Place | undefined> {
  const key = /^Bearer (.+)$/.exec(request.headers.get("Authorization") ?? "")?.[1]
  if (key) {
    const hash = Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key))).toString("hex")
    return (await global.prepare(BY_KEY).bind(hash).first<Place>()) ?? undefined
  }
  const token = decodeURIComponent(cookieOf(request, "__Host-vestibule.session_token")).split(".")[0] ?? ""
  const [session] = await global.batch<Place>([
    global.prepare(BY_SESSION).bind(token),
    global.prepare(MEMBERSHIPS).bind(token),
  ])
  return session?.results[0]
}

const cookieOf = (request: Request, name: string) =>
  new RegExp(`(?:^|; )${name}=([^;]*)`).exec(request.headers.get("Cookie") ?? "")?.[1] ?? ""

let key: Promise<CryptoKey> | undefined

/** The group that a cookie names, if we signed it: 2.<HMAC of it>. */
async function readHint(request: Request, secret: string): Promise<number | undefined> {
  const [group = "", code = ""] = cookieOf(request, "group").split(".")
  if (!group) return undefined
  key ??= crypto.subtle.importKey("raw", new TextEncoder().encode(secret), { name: "HMAC", hash: "SHA-256" }, false, [
    "verify",
  ])
  const isOurs = await crypto.subtle.verify(
    "HMAC",
    await key,
    Buffer.from(code, "base64url"),
    new TextEncoder().encode(group),
  )
  return isOurs ? Number(group) : undefined
}

function environmentOf(env: Bindings, database: D1Database): Bindings {
  const known = environments.get(database) ?? { ...env, DB: database }
  environments.set(database, known)
  return known
}

const distant = new Map<string, D1Database>()

/** A database whose answers take so much longer. */
function farAway(env: Bindings, binding: Binding, delayMs: number): D1Database {
  const database = databaseOf(env, binding)
  const known =
    distant.get(`${binding} ${delayMs}`) ??
    new Proxy(database, {
      get(target, name: keyof D1Database) {
        if (name !== "batch") return Reflect.get(target, name).bind(target)
        return async (statements: D1PreparedStatement[]) => {
          await new Promise((resolve) => setTimeout(resolve, delayMs))
          return target.batch(statements)
        }
      },
    })
  distant.set(`${binding} ${delayMs}`, known)
  return known
}

function countingOf(env: Bindings, binding: Binding): D1Database {
  const known = counted.get(binding) ?? countingD1(databaseOf(env, binding))
  counted.set(binding, known)
  return known.database
}

function databaseOf(env: Bindings, binding: Binding): D1Database {
  const database = env[binding]
  if (!database) throw new Error(`there is no ${binding}`)
  return database
}
